"""The mutes that hold, as an answer: pure, from what the store and the policy gave."""

from collections.abc import Sequence

from bot.core.mutes import Mute
from bot.core.places import Places
from bot.slack.blocks import Block, actions, button, context, ephemeral, section
from bot.slack.mute_wording import subject_words
from bot.slack.text import counted, date, mrkdwn

END_MUTE = "end_mute"

_SHOWN = 15  # with its button each takes two blocks, of which a message has fifty
_MAX_SUBJECT, _MAX_REASON, _MAX_OWNER = 300, 400, 80


def mutes_answer(mutes: Sequence[Mute], places: Places) -> Block:
    """Answer with the mutes, those that end first before the others; people end those of people by a button."""
    if not mutes:
        nothing = "Nothing is muted."
        return ephemeral(nothing, [section(f"{nothing} “Mute…” in the menu of a card does that.")])
    title = counted(len(mutes), "mute") + (
        ", those that end first before the others" if len(mutes) > 1 else ""
    )
    blocks: list[Block] = [section(f"*{title}*")]
    for mute in mutes[:_SHOWN]:
        blocks.append(section(_mute_markup(mute, places)))
        if not mute.is_of_file:
            blocks.append(actions(f"mute-{mute.mute_id}", button(END_MUTE, "End", mute.mute_id)))
    rest = len(mutes) - _SHOWN
    more = [context("more", f"… and {rest:,} more, which end later")] if rest > 0 else []
    return ephemeral(title, [*blocks, *more])


def _mute_markup(mute: Mute, places: Places) -> str:
    what = mrkdwn(subject_words(mute.subject, places), _MAX_SUBJECT)
    owner = (
        f"{mrkdwn(mute.owner, _MAX_OWNER)} in policy.toml, where it is to be ended"
        if mute.is_of_file
        else f"<@{mute.owner}>"
    )
    critical = "Hides what is critical, too. " if mute.also_critical else ""
    hidden = f"Hid {counted(mute.hidden, 'alert')}." if mute.hidden else "Has hidden nothing yet."
    return (
        f"*{what}*\nUntil {date(mute.until)} · by {owner}\n"
        f"Why: {mrkdwn(mute.reason, _MAX_REASON)}\n{critical}{hidden}"
    )
