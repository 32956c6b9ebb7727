"""The words for who opened and closed rules, and when, in answers from ledgers; what they return is not escaped, but for markup."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.changes import ChangeKind, GroupDetails, SecurityGroupChange
from bot.core.ledger import Acceptance, Author, Entry, Moment
from bot.core.places import Places
from bot.slack.blocks import Block, line, mention, moment, text
from bot.slack.text import counted, cut, date, duration, mrkdwn
from bot.slack.wording import MAX_NAME, rule_words

_MAX_WHO = 60
_MAX_RULE = 200
_CUTS_SHOWN = 3

_OPENED = {ChangeKind.CREATE: "Opened with the group by", ChangeKind.MODIFY: "Changed to this by"}
_OPENED_SHORT = {ChangeKind.MODIFY: "changed by "}


def group_with_place(group: GroupDetails, places: Places) -> str:
    """Name a group, and where it is."""
    name = cut(group.name or group.key.group_id, MAX_NAME)
    return f"{name} ({places.account(group.key.account_id)}, {group.key.region})"


def who(author: Author) -> str:
    """Name who made a change, short enough for a line."""
    return cut(author.name, _MAX_WHO)


def day_and_minute(time: datetime, now: datetime) -> str:
    """
    Write *time* in UTC for a list, with its year where that is not the one of *now*.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> day_and_minute(datetime(2026, 11, 3, 9, 5, tzinfo=UTC), now), day_and_minute(datetime(2025, 1, 2, tzinfo=UTC), now)
    ('3 Nov 09:05', '2 Jan 2025 00:00')
    """
    year = f" {time.year}" if time.year != now.year else ""
    return f"{time.day} {time:%b}{year} {time:%H:%M}"


def opened_short(entry: Entry, now: datetime) -> str:
    """Say in a few words who opened a rule and when, in UTC; *now* is the moment that the list is about."""
    opened = entry.opened
    at = day_and_minute(opened.at, now)
    if opened.by:
        return f"{_OPENED_SHORT.get(opened.by.kind, '')}{who(opened.by)}, {at}"
    if opened.after is None:
        return f"there before {at}"
    return f"by an event that was not seen, {day_and_minute(opened.after, now)} to {at}"


def opened_line(entry: Entry, now: datetime) -> Block:
    """Say who opened a rule, when, and in which change."""
    opened = entry.opened
    if opened.by is None:
        return line(*_unseen("It was there before", "Opened by an event that was not seen, between ", opened))
    ago = duration((now - opened.at).total_seconds())
    change = f" ({ago} ago) · {opened.by.event_name}"
    verb = _OPENED.get(opened.by.kind, "Opened by")
    return line(text(f"{verb} {who(opened.by)}, "), moment(opened.at), text(change, 150))


def origin_line(entry: Entry) -> list[Block]:
    """Say since when the rule is there, where it admitted something else at first."""
    first = entry.origin
    if first is None:
        return []
    if first.by is None:
        return [line(*_unseen("The rule itself was there before", "The rule itself opened between ", first))]
    return [line(text(f"The rule itself was opened by {who(first.by)}, "), moment(first.at))]


def accepted_line(entry: Entry, acceptance: Acceptance | None) -> list[Block]:
    """Say who acknowledged the change that opened a rule; nothing where it is not known which did."""
    if entry.opened.by is None:
        return []
    if acceptance is None:
        return [line(text("Never acknowledged"))]
    note = [text(f': "{acceptance.note}"', 250)] if acceptance.note else []
    by = (
        mention(acceptance.user_id)
        if acceptance.user_id.isascii() and acceptance.user_id.isalnum()
        else text(acceptance.user_id, _MAX_WHO)
    )
    return [line(text("Acknowledged by "), by, text(" "), moment(acceptance.at), *note)]


def closed_markup(entry: Entry, closed: Moment) -> str:
    """Say since when, and by whom, a rule is closed, as mrkdwn."""
    rule = mrkdwn(entry.rule.rule_id or "the rule", 60)
    is_known = entry.opened.by is not None or entry.opened.after is not None
    open_for = duration((closed.at - entry.opened.at).total_seconds())
    how_long = f"open {'' if is_known else 'at least '}{open_for}"
    if closed.by is None:
        after = f"some time after {date(closed.after)}" if closed.after else "at an unknown time"
        return f"since {date(closed.at)} at the latest ({rule} went by an event that was not seen, {after})"
    did = {
        ChangeKind.DELETE: f"deleted the group with {rule}",
        ChangeKind.MODIFY: f"made something else of {rule}",
    }.get(closed.by.kind, f"removed {rule}")
    return f"since {date(closed.at)} ({mrkdwn(who(closed.by), 200)} {did}, {how_long})"


def rule_with_id(entry: Entry) -> str:
    """Say what a rule admits, and which one it is."""
    rule_id = f" · {entry.rule.rule_id}" if entry.rule.rule_id else ""
    return f"{cut(rule_words(entry.rule), _MAX_RULE)}{cut(rule_id, _MAX_WHO)}"


def since_markup(since: Moment | None, now: datetime) -> str:
    """Say since when something is open and by whom, as mrkdwn."""
    if since is None:
        return "since when is not known"
    if since.by is None:
        if since.after is None:
            return f"there before {date(since.at)}"
        return f"since {date(since.at)} at the latest, by an event that was not seen"
    for_long = duration((now - since.at).total_seconds())
    return f"since {date(since.at)} ({for_long}) by {mrkdwn(who(since.by), 80)}"


def cut_words(cuts: Sequence[SecurityGroupChange]) -> str:
    """Say of which changes AWS left out what they changed."""
    named = [
        *dict.fromkeys(f"{change.event_name} by {cut(change.principal.label, _MAX_WHO)}" for change in cuts)
    ]
    listed = [*named[:_CUTS_SHOWN], *(["others"] if len(named) > _CUTS_SHOWN else [])]
    return f"AWS left out of its record what {counted(len(cuts), 'change')} did ({', '.join(listed)})"


def _unseen(before: str, between: str, when: Moment) -> list[Block]:
    if when.after is None:
        return [text(f"{before} "), moment(when.at), text(", as far back as Panopticon knows")]
    return [text(between), moment(when.after), text(" and "), moment(when.at)]
