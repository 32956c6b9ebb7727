"""Lists of changes and of alerts, in a modal or as an answer that one person sees: pure, from what the store gave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.core.alerts import Alert, AlertStatus
from bot.core.changes import Digest, Outcome
from bot.core.health import Health
from bot.core.history import (
    AlertScope,
    HistoryEntry,
    Listing,
    Page,
    Place,
    Silence,
    encode_listing,
    encode_scope,
)
from bot.core.meaning import Meaning
from bot.core.places import ANYWHERE, Places
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    ephemeral,
    header,
    line,
    listing,
    mention,
    modal,
    moment,
    rich_text,
    section,
    text,
)
from bot.slack.cards import ACKNOWLEDGE, button_value, group_buttons
from bot.slack.commands import COMMAND
from bot.slack.headlines import draw_headline
from bot.slack.lines import rule_lines
from bot.slack.meaning_words import effect_in_short
from bot.slack.status import closing_lines, closing_markup, policy_words, quiet_words
from bot.slack.text import cut, date, duration, mrkdwn
from bot.slack.watched import names_line, watched_lines
from bot.slack.wording import (
    MAX_NAME,
    group_words,
    outcome_words,
    what_words,
    who_line,
)

_MAX_SECTION = 3000  # https://docs.slack.dev/reference/block-kit/blocks/section-block

OLDER_CHANGES = "older_changes"
NEWER_CHANGES = "newer_changes"
MORE_ALERTS = "more_alerts"
SHARE_CHANGES = "share_changes"
SHARE_ALERTS = "share_alerts"

NOT_ACKNOWLEDGED = "This alert is not acknowledged any more. Nothing changed."

PAGE = 8
"""How many changes, or alerts, a page of a list shows."""

_RULES, _LINE = 2, 110  # what of an entry's rules is shown, in a page that is to stay within a message

_HELP = (
    (COMMAND, "latest changes in every account"),
    (f"{COMMAND} web-prod", "changes of a group (id, name or start of name)"),
    (f"{COMMAND} web-prod 7d", "…since 2h, 7d, 2026-11-01 or 2026-11-01..2026-11-05"),
    (f"{COMMAND} rules web-prod", "its rules now"),
    (f"{COMMAND} rules web-prod at 20:07", "…as they were then, in UTC; also: yesterday 20:07, 2h ago"),
    (f"{COMMAND} why web-prod 22", "what admits it, who opened that; also: 53/udp, 22 10.0.0.0/8"),
    (f"{COMMAND} exposed", "groups that admit the internet now, most severe first"),
    (f"{COMMAND} unacked", "waiting for someone, most severe first"),
    (f"{COMMAND} by alice", "what one principal changed"),
    (f"{COMMAND} quiet 7d", "what was kept from the channel, and why"),
    (f"{COMMAND} mutes", "what is muted, by whom and until when"),
    (f"{COMMAND} doctor", "is Panopticon working?"),
    (f"{COMMAND} help", "this"),
)
_HELP_BELOW = (
    "Narrow all but the last three: account:payments-prod region:ap-northeast-2",
    f'A group named like a command, or with spaces? Quote it: {COMMAND} "rules"',
)

Answer = dict[str, Any]


def changes_view(page: Page, places: Places) -> Block:
    """Show a page of a group's changes in a modal."""
    blocks: list[Block] = []
    if key := page.listing.group:
        where = f"{key.group_id} · {places.account(key.account_id)} · {key.region}"
        blocks = [header(page.listing.name or key.group_id), context("where", mrkdwn(where, 200))]
    blocks += _entries(page)
    if not page.entries:
        blocks.append(section("No change of this group has been recorded."))
    buttons = _turning(page)
    return modal("Recent changes", [*blocks, *([actions("paging", *buttons)] if buttons else [])])


def changes_answer(page: Page, places: Places) -> Answer:
    """Answer with a page of changes."""
    title = listing_words(page.listing, places)
    blocks: list[Block] = [section(f"*{mrkdwn(title, 400)}*{_span_markup(page.listing)}")]
    blocks += _entries(page)
    if not page.entries:
        more = "; there are older ones" if page.older else ", and there are no older ones"
        blocks.append(section(f"Nothing among those that were looked through{more}."))
    share = button(SHARE_CHANGES, "Share in channel", encode_listing(page.listing))
    return ephemeral(mrkdwn(title, 400), [*blocks, actions("paging", *_turning(page), share)])


def open_alerts_answer(
    alerts: Sequence[Alert], scope: AlertScope, *, more: AlertScope | None, now: datetime, places: Places
) -> Answer:
    """Answer with the alerts that wait for someone, each with its buttons; *more* is where the list goes on."""
    where = place_words(scope.place, places)
    if not alerts and not more:
        nothing = mrkdwn(f"Nothing waits for anyone{where}.", 300)
        return ephemeral(nothing, [section(f"{nothing} ✅")])
    waiting = "1 alert waits" if len(alerts) == 1 else f"{len(alerts)} alerts wait"
    is_all = more is None and scope.behind is None
    title = f"{waiting} for someone{where}" if is_all else f"Alerts that wait for someone{where}"
    title = mrkdwn(title if len(alerts) == 1 and is_all else f"{title}, most severe first", 300)
    blocks: list[Block] = [section(f"*{title}*")]
    for alert in alerts:
        waited = duration((now - alert.created_at).total_seconds())
        who = mrkdwn(who_line(alert.digest.change, places), 400)
        blocks.append(section(f"{draw_headline(alert, places)}\n{who} · waiting for {waited}"))
        take = button(ACKNOWLEDGE, "Acknowledge", button_value(alert), style="primary")
        blocks.append(actions(f"alert-{alert.alert_id}", take, *group_buttons(alert)))
    paging = [button(MORE_ALERTS, "More →", encode_scope(more))] if more else []
    share = button(SHARE_ALERTS, "Share in channel", encode_scope(scope))
    return ephemeral(title, [*blocks, actions("paging", *paging, share)])


def shared(answer: Answer, user_id: str) -> Answer:
    """Turn an answer into a message for all: without buttons, which are the asker's, and with who shares it."""
    blocks = [block for block in answer["blocks"] if block["type"] != "actions"]
    return {
        "text": answer["text"],
        "blocks": [*blocks, context("shared", f"Shared by <@{user_id}> · {COMMAND}")],
    }


def health_answer(health: Health, places: Places = ANYWHERE) -> Answer:
    """Answer whether Panopticon works, in lines that say what to do where it does not; and what it hears from, and reads."""
    event = (
        f"{date(health.last_event)}"
        if health.last_event
        else "none yet. Is there a trail that logs write events?"
    )
    card = f"{date(health.last_card)}" if health.last_card else "none yet"
    post = "yes" if health.post_trouble is None else f"no: {mrkdwn(health.post_trouble, 300)}"
    lines = [
        f"{_mark(health.last_event is not None)} Last event seen: {event}",
        f"{_mark(health.last_card is not None)} Last card posted: {card}",
        f"{_mark(health.post_trouble is None)} Can post to the alert channel: {post}",
    ]
    if health.organization:
        lines.append(names_line(health.organization))
    blocks = [section("\n".join(lines))]
    if health.places:
        blocks += map(section, _packed(watched_lines(health.places, places)))
    return ephemeral("Is Panopticon working?", blocks)


def _packed(lines: list[str]) -> list[str]:
    """Put *lines* together in as few texts as a section may hold: one does, but for long names in many places."""
    texts = lines[:1]
    for line_ in lines[1:]:
        if len(texts[-1]) + len(line_) < _MAX_SECTION:
            texts[-1] += f"\n{line_}"
        else:
            texts.append(line_)
    return texts


def help_answer() -> Answer:
    """Answer with what one can ask."""
    width = max(len(command) for command, _ in _HELP)
    lines = [f"{command:<{width}}  {what}" for command, what in _HELP]
    title = "Security group changes. Only you see this."
    below = [line(text(sentence)) for sentence in _HELP_BELOW]
    return ephemeral(title, [rich_text("help", line(text(title)), listing(lines), *below)])


def nothing_answer(listing: Listing, silence: Silence, places: Places) -> Answer:
    """Answer that no change is recorded, and what makes that worth something."""
    title = listing_words(listing, places)
    what = mrkdwn("No change" + title.removeprefix("Latest changes").removeprefix("Changes"), 400)
    markup = f"{what}{_span_markup(listing)} has been recorded.{_silence_markup(silence)}"
    return ephemeral(f"{what} has been recorded.", [section(markup)])


def not_found_answer(sentence: str, silence: Silence) -> Answer:
    """Answer that nobody is known by a name; *sentence* is not escaped yet."""
    answer = sentence_answer(sentence)
    known = _silence_markup(silence).strip()
    return {**answer, "blocks": [*answer["blocks"], *([context("silence", known)] if known else [])]}


def _silence_markup(silence: Silence) -> str:
    words = ""
    if silence.watching_since:
        words += f" Panopticon watches since {date(silence.watching_since)}."
    if silence.last_change:
        whose = "last change before or after that" if silence.is_of_list else "last change of any group"
        words += f" The {whose} was {date(silence.last_change)}."
    return words


def sentence_answer(sentence: str) -> Answer:
    """Answer with one sentence, which is not escaped yet."""
    return ephemeral(mrkdwn(sentence, 1000), [rich_text("sentence", line(text(sentence, 1000)))])


def already_acknowledged(alert: Alert, now: datetime) -> str:
    """Tell the second clicker who was first, as mrkdwn."""
    taken = alert.acknowledgement
    if taken is None:
        by_policy = policy_words(alert)
        return f"{mrkdwn(by_policy, 200)}. Nothing changed." if by_policy else NOT_ACKNOWLEDGED
    ago = duration((now - taken.at).total_seconds())
    return f"Already acknowledged by <@{taken.user.user_id}> {ago} ago. Nothing changed."


def already_closed(alert: Alert) -> str:
    """Tell a late clicker who closed what the alert told, and when, as mrkdwn."""
    return f"{closing_markup(alert) or 'Closed'}. Nothing to acknowledge."


def listing_words(listing: Listing, places: Places) -> str:
    """Name a list, to head it."""
    if listing.group:
        key = listing.group
        where = f"{places.account(key.account_id)}, {key.region}"
        return f"Changes of {cut(listing.name or key.group_id, MAX_NAME)} ({where})"
    what = f"Changes by {cut(listing.name or 'someone', MAX_NAME)}" if listing.principal else "Latest changes"
    return f"{what}{place_words(listing.place, places)}"


def place_words(place: Place, places: Places) -> str:
    """Say where a question is narrowed to, to follow a sentence; nothing where it is not."""
    words = [places.account(place.account_id) if place.account_id else "", place.region or ""]
    named = ", ".join(word for word in words if word)
    return f" in {named}" if named else ""


def _span_markup(listing: Listing) -> str:
    """Say which time a list is about, in the reader's zone."""
    since = f" since {date(listing.since)}" if listing.since else ""
    return f"{since}{f' until {date(listing.until)}' if listing.until else ''}"


def _entries(page: Page) -> list[Block]:
    of_one_group = page.listing.group is not None
    return [
        _entry(entry, page.alerts.get(entry.position), number, of_one_group=of_one_group)
        for number, entry in enumerate(page.entries)
    ]


def _entry(entry: HistoryEntry, alert: Alert | None, number: int, *, of_one_group: bool) -> Block:
    digest, meaning = entry.digest, None
    if alert and alert.meaning and alert.digest.change.event_id == digest.change.event_id:
        # A list's own digest lacks the rules' ids, by which a meaning tells of them.
        digest, meaning = alert.digest, alert.meaning
    change = digest.change
    name = alert.group_name if alert and alert.group == change.group else None
    group = "" if of_one_group else f"{group_words(change, name)}: "
    what = what_words(digest, meaning, is_listed=meaning is not None)
    parts = [
        line(moment(change.time), text("  "), text(f"{group}{what}", 160, bold=True)),
        line(text(who_line(change), 240)),
    ]
    lines = rule_lines(
        digest, meaning, most=_RULES if meaning else None
    )  # what the store gives is cut already
    if lines and not _is_told_by_title(digest, meaning):
        parts.append(listing(lines, _LINE))
    if change.outcome is not Outcome.SUCCEEDED:
        parts.append(line(text(f"{outcome_words(change)}. Nothing changed.", 200)))
        return rich_text(f"change-{number}", *parts)
    if meaning and (effect := effect_in_short(meaning, change)):
        parts.append(line(text(effect, 160)))
    return rich_text(f"change-{number}", *parts, *(_status(alert) if alert else []))


def _is_told_by_title(digest: Digest, meaning: Meaning | None) -> bool:
    """Tell whether the title of an entry names the one rule that there is to tell."""
    change = digest.change
    if digest.count != 1:
        return False
    is_named = bool(meaning and meaning.held) if change.removed_rule_ids else bool(change.removed)
    return bool(change.added or is_named or (change.modified and meaning is None))


def _status(alert: Alert) -> list[Block]:
    words = []
    if taken := alert.acknowledgement:
        note = [text(f': "{taken.note}"', 150)] if taken.note else []
        words.append(line(text("Acknowledged by "), mention(taken.user.user_id), *note))
    elif alert.status is AlertStatus.OPEN:
        words.append(line(text("Not acknowledged")))
    if told := " · ".join(each for each in (policy_words(alert), quiet_words(alert)) if each):
        words.append(line(text(told, 250)))
    return [*words, *closing_lines(alert)]


def _turning(page: Page) -> list[Block]:
    buttons = []
    if page.newer:
        buttons.append(button(NEWER_CHANGES, "← Newer", encode_listing(page.newer)))
    if page.older:
        buttons.append(button(OLDER_CHANGES, "Older →", encode_listing(page.older)))
    return buttons


def _mark(good: bool) -> str:
    return "✅" if good else "⚠️"
