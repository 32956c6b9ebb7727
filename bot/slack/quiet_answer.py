"""What was kept from the channel: the list of it, and the message that tells of a day: pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.core.alerts import Alert
from bot.core.history import QuietScope, encode_quiet_scope
from bot.core.places import Places
from bot.core.quiet_day import QuietDay
from bot.slack.answers import place_words
from bot.slack.blocks import Block, actions, button, ephemeral, section
from bot.slack.headlines import draw_headline
from bot.slack.status import quiet_words
from bot.slack.text import counted, cut, date, mrkdwn
from bot.slack.wording import MAX_NAME, who_line

SHOW_QUIET = "show_quiet"
MORE_QUIET = "more_quiet"

_MOST_EXPECTED = 5


def quiet_answer(
    alerts: Sequence[Alert], scope: QuietScope, *, more: QuietScope | None, places: Places
) -> Block:
    """Answer with the alerts that nobody was notified of, newest first; *more* is where the list goes on."""
    where = mrkdwn(place_words(scope.place, places), 200)
    span = f"since {date(scope.since)} until {date(scope.until)}"
    title = f"Not posted{where}, {span}"
    blocks: list[Block] = [section(f"*{title}*")]
    for alert in alerts:
        who = mrkdwn(who_line(alert.digest.change, places), 300)
        why = mrkdwn(quiet_words(alert) or "", 150)
        told = f"{who} · {date(alert.digest.change.time)}\n{why}"
        blocks.append(section(f"{draw_headline(alert, places)}\n{told}"))
    if not alerts:
        words = "Nothing among those that were looked through; there are older ones." if more else "Nothing."
        blocks.append(section(words))
    paging = [button(MORE_QUIET, "Older →", encode_quiet_scope(more))] if more else []
    return ephemeral(title, [*blocks, *([actions("paging", *paging)] if paging else [])])


def digest_card(told: QuietDay, places: Places) -> dict[str, Any]:
    """Draw the message that tells what was quiet on a day, as the arguments "text" and "blocks" of chat.postMessage."""
    at_least = "at least " if told.is_cut else ""
    counts = [f"{count:,} {severity.name.lower()}" for severity, count in told.below]
    shown = told.expected[:_MOST_EXPECTED]
    counts += [f"{count:,} of {cut(name, MAX_NAME)} (expected)" for name, count in shown]
    rest = sum(count for _, count in told.expected[_MOST_EXPECTED:])
    counts += [f"{rest:,} of other expected principals"] if rest else []
    counts += [f"{told.upkeep:,} of AWS services (upkeep)"] if told.upkeep else []
    counts += [f"{told.muted:,} muted"] if told.muted else []
    headline = mrkdwn(f"Yesterday, quietly: {at_least}{', '.join(counts)}", 1000)
    lines = [headline, *_group_lines(told, places)]
    begin = datetime.combine(told.day, time(), UTC)
    scope = QuietScope(begin, begin + timedelta(days=1))
    show = button(SHOW_QUIET, f"Show {told.count:,}", encode_quiet_scope(scope))
    return {"text": headline, "blocks": [section("\n".join(lines)), actions("quiet", show)]}


def _group_lines(told: QuietDay, places: Places) -> list[str]:
    groups = [
        f"{cut(name or key.group_id, MAX_NAME)} in {places.account(key.account_id)} ({count:,})"
        for key, name, count in told.groups
    ]
    if not groups:
        return []
    more = f" and {counted(told.other_groups, 'more group')}" if told.other_groups else ""
    return [mrkdwn(f"Most of it on {', '.join(groups)}{more}", 800)]
