"""What waited while Slack was away, as one message: pure, from the alerts that it tells."""

from collections import Counter
from typing import Any

from bot.core.catch_up import CaughtUp
from bot.core.places import ANYWHERE, Places
from bot.slack.blocks import actions, button, section
from bot.slack.cards import EVENT_TYPE
from bot.slack.headlines import draw_headline
from bot.slack.text import counted, date
from bot.slack.wording import SEVERITY_WORDS

LIST_UNACKNOWLEDGED = "list_unacknowledged"

_HEADLINES = 15
_MOST_CHARACTERS = 8_000  # of the headlines together: a whole message takes about 13,000
_MOST_PLAIN_CHARACTERS = 3_000
_NOT_TOLD_APART = "None of them has a card of its own. Those that wait for someone are in the list, to be acknowledged there."


def draw_catch_up(told: CaughtUp, places: Places = ANYWHERE) -> dict[str, Any]:
    """Draw what is *told* together as the arguments of chat.postMessage."""
    headlines = _headlines(told, places, _MOST_CHARACTERS)
    blocks = [
        section(f"*{_summary(told)}*\n{_counts(told)}"),
        *(section(headline) for headline in headlines),
        section(_rest(told, len(headlines))),
        actions("catch-up", button(LIST_UNACKNOWLEDGED, "List what waits", told.catch_up_id)),
    ]
    return {"text": _notification(told, places), "blocks": blocks, "metadata": _metadata(told)}


def draw_plain_catch_up(told: CaughtUp, places: Places = ANYWHERE) -> dict[str, Any]:
    """Draw it as text alone, for when Slack does not take its blocks."""
    headlines = _headlines(told, places, _MOST_PLAIN_CHARACTERS)
    lines = [_summary(told), _counts(told), *headlines, _rest(told, len(headlines))]
    return {"text": "\n".join(lines), "metadata": _metadata(told)}


def _summary(told: CaughtUp) -> str:
    span = f"{date(told.since, '{date_short_pretty} {time}')} – {date(told.until, '{time}')}"
    principals = len({alert.digest.change.principal.key for alert in told.alerts})
    alerts = counted(len(told.alerts), "alert")
    return f"While Slack did not answer, {span}: {alerts} about changes by {counted(principals, 'principal')}"


def _notification(told: CaughtUp, places: Places) -> str:
    return f"{_summary(told)}. Worst: {draw_headline(told.alerts[0], places)}"


def _counts(told: CaughtUp) -> str:
    counts = Counter(alert.severity for alert in told.alerts)
    return ", ".join(
        f"{counts[severity]:,} {SEVERITY_WORDS[severity]}" for severity in sorted(counts, reverse=True)
    )


def _headlines(told: CaughtUp, places: Places, most: int) -> list[str]:
    """Give the headlines of the worst, as many as fit."""
    shown: list[str] = []
    for alert in told.alerts[:_HEADLINES]:
        headline = draw_headline(alert, places)
        if sum(map(len, shown)) + len(headline) > most:
            break
        shown.append(headline)
    return shown


def _rest(told: CaughtUp, shown: int) -> str:
    more = len(told.alerts) - shown
    return f"… and {more:,} more. {_NOT_TOLD_APART}" if more else _NOT_TOLD_APART


def _metadata(told: CaughtUp) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"alert_id": told.catch_up_id}}
