"""Where an alert stands, for cards, lists and late clicks: who took it, what is open still, who closed it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.alerts import Alert, AlertStatus
from bot.core.meaning import what_it_let_in
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.quiet import QuietReason
from bot.slack.admitted import admitted_words
from bot.slack.blocks import Block, line, mention, moment, text
from bot.slack.text import counted, cut, date, duration, mrkdwn
from bot.slack.wording import MAX_NAME

MAX_NOTE = 500
"""How long a note may be, in characters."""

_MAX_REMAINING = 300
_SAME_DAY = timedelta(hours=12)


def status_lines(alert: Alert, most: int = MAX_NOTE, networks: NamedNetworks = NO_NAMES) -> list[Block]:
    """
    Say who took *alert*, with up to *most* characters of their note, and what is open still or who closed it.

    *networks* have names.
    """
    lines = [line(text(words, 300, bold=True)) for words in explained_words(alert)]
    if taken := alert.acknowledgement:
        waited = duration((taken.at - alert.created_at).total_seconds())
        lines.append(
            line(
                text("Acknowledged by ", bold=True),
                mention(taken.user.user_id),
                text(" "),
                moment(taken.at, "{time}"),
                text(f", after {waited}"),
                *([text(f': "{taken.note}"', most + 4)] if taken.note else []),
            )
        )
    elif by_policy := policy_words(alert):
        lines.append(line(text(by_policy, 200, bold=True)))
    if alert.status is AlertStatus.OPEN:
        lines.append(line(text("Not acknowledged", bold=True)))
    if remaining := remaining_words(alert, networks):
        lines.append(line(text("Still open: ", bold=True), text(remaining, _MAX_REMAINING)))
    lines += closing_lines(alert)
    if left := left_words(alert, networks):
        lines.append(line(text("Not closed by that: ", bold=True), text(left, _MAX_REMAINING)))
    return lines


def explained_words(alert: Alert) -> list[str]:
    """Say whose it was after all that was found without an event; nothing where no event has come."""
    calls = [f"{author.event_name} by {cut(author.name, MAX_NAME)}" for author in alert.explained]
    more = f" and {counted(len(calls) - 1, 'more call')}" if len(calls) > 1 else ""
    return [f"Now explained: {calls[0]}{more}, of which the event came late"] if calls else []


def policy_words(alert: Alert) -> str | None:
    """Say that the policy acknowledged *alert*, and as whose; None where it did not."""
    return f"Acknowledged by policy: {cut(alert.expected, MAX_NAME)}" if alert.expected else None


def quiet_words(alert: Alert) -> str | None:
    """Say why nobody was notified of *alert*, to follow its status in lists; None where it has a card."""
    if alert.quiet is None:
        return None
    match alert.quiet.reason:
        case QuietReason.BELOW_THRESHOLD:
            return f"Not posted: below {cut(alert.quiet.by, MAX_NAME)}"
        case QuietReason.EXPECTED:
            return f"Not posted: expected of {cut(alert.quiet.by, MAX_NAME)}"
        case QuietReason.UPKEEP:
            return f"Not posted: upkeep by {cut(alert.quiet.by, MAX_NAME)}, nothing let in from outside"
        case QuietReason.MUTED:
            return "Not posted: muted"
        case QuietReason.EXPLAINS:
            return f"Posted before, as found without an event: ref {alert.quiet.by[:6]}"
        case QuietReason.CAUGHT_UP:
            return "Posted together with others"


def closing_lines(alert: Alert) -> list[Block]:
    """Say who closed what *alert* told, and after how long; nothing while it is open."""
    first, *others = _closing_words(alert) or [""]
    if not first:
        return []
    elements = [moment(part, _form(alert)) if isinstance(part, datetime) else text(part) for part in others]
    return [line(text(str(first), bold=True), *elements)]


def closing_markup(alert: Alert) -> str:
    """Say the same as mrkdwn."""
    parts = (
        date(part, _form(alert)) if isinstance(part, datetime) else mrkdwn(part, 120)
        for part in _closing_words(alert)
    )
    return "".join(parts)


def remaining_words(alert: Alert, networks: NamedNetworks = NO_NAMES) -> str | None:
    """
    Say what of an alert is open still; None for nothing, and while all of it is, and nobody took it. *networks* have names.
    """
    is_taken = alert.status is AlertStatus.ACKNOWLEDGED
    let_in = set(what_it_let_in(alert.meaning))
    is_partly_closed = alert.status is AlertStatus.OPEN and set(alert.remaining) != let_in
    if not alert.remaining or alert.is_gathered or not (is_taken or is_partly_closed):
        return None
    return admitted_words(alert.remaining, networks=networks)


def left_words(alert: Alert, networks: NamedNetworks = NO_NAMES) -> str | None:
    """Say what of lesser weight *alert* told that was open still when it was closed; None for nothing. *networks* have names."""
    is_left = alert.status is AlertStatus.CLOSED and alert.remaining
    return admitted_words(alert.remaining, networks=networks) if is_left else None


def _closing_words(alert: Alert) -> Sequence[str | datetime]:
    closing = alert.closing
    if closing is None:
        return []
    how_long = ""
    if closing.since:
        at_most = "" if closing.name else "at most "
        how_long = f", open {at_most}{duration((closing.at - closing.since).total_seconds())}"
    if closing.name is None:
        return ["Closed by ", closing.at, f" by an event that was not seen{how_long}"]
    return ["Closed ", closing.at, f" by {cut(closing.name, MAX_NAME)}{how_long}"]


def _form(alert: Alert) -> str:
    """Leave the day out where it is that of the alert, or nearly."""
    closing = alert.closing
    soon = closing is not None and closing.at - alert.created_at < _SAME_DAY
    return "{time}" if soon else "{date_short_pretty} {time}"
