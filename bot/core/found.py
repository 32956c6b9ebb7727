"""
What is found without an event: a reading of a group shows what no event tells of, and none has come since.

CloudTrail may lose an event, or be switched off by who has reason to. So a difference that only a reading shows is told like any
change. But most events that a reading is ahead of are merely late: CloudTrail's latency is mostly seconds, and minutes happen. So
nothing is said before WAIT is over, and then only if the facts, folded once more, still leave it to an event not seen.

What the ledger is not certain of is left alone: where rules are in doubt, or AWS left some out of a record, a difference proves
nothing. Neither does a group's first reading, by which one learns what there is.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alerts import Alert, alert_id_for
from bot.core.changes import (
    ChangeKind,
    Discovery,
    GroupDetails,
    GroupKey,
    Observation,
    Origin,
    Outcome,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.ledger import Author, Entry, Ledger, Moment, Step, Timeline, content_of, fact_time
from bot.core.replay import author_of
from bot.core.rules import Rule

WAIT = timedelta(minutes=16)
"""How long an event may take before a difference counts as found without one: CloudTrail's quarter of an hour, and some."""

_MOST_READINGS = 5
"""In so many readings behind a late event its change may have been found; the first that was sure to show it is among them."""

_NOBODY = Principal(PrincipalKind.UNKNOWN, "nobody knows who", None, None, "", "")


@dataclass(frozen=True, slots=True)
class Found:
    """The reading's *step*, and what it shows as the *change* that nobody told of."""

    step: Step
    change: SecurityGroupChange


def shows_unexplained(timeline: Timeline, at: datetime) -> bool:
    """Tell whether the reading of the time *at* shows anything that no event among the facts tells of, certain or not."""
    step = _reading(timeline, at)
    return step is not None and step.before.is_known and any(_unexplained(step))


def find(timeline: Timeline, key: GroupKey, at: datetime, details: GroupDetails | None) -> Found | None:
    """Give what the reading of the time *at* shows and no event tells of; None for nothing, and where that is not certain."""
    step = _reading(timeline, at)
    if step is None or not step.before.is_certain or not step.after.is_certain:
        return None
    added, removed = _unexplained(step)
    if not (added or removed):
        return None
    moments = [entry.opened for entry in added] + [entry.closed for entry in removed if entry.closed]
    change = SecurityGroupChange(
        event_id=found_id(key, at),
        event_name="",
        kind=ChangeKind.FOUND,
        time=at.replace(microsecond=0),
        account_id=key.account_id,
        region=key.region,
        group_id=key.group_id,
        group_name=details.name if details else None,
        vpc_id=details.vpc_id if details else None,
        principal=_NOBODY,
        origin=Origin(None, None),
        outcome=Outcome.SUCCEEDED,
        added=tuple(entry.rule for entry in added),
        removed=tuple(entry.rule for entry in removed),
        effect=Discovery(min((moment.after for moment in moments if moment.after), default=None)),
    )
    return Found(step, change)


def found_id(key: GroupKey, at: datetime) -> str:
    """Name what the reading of the time *at* shows, in the place of an event's id: a reading is told once."""
    text = f"{key.account_id}/{key.region}/{key.group_id}@{at.isoformat()}"
    return f"found-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def alerts_to_explain(timeline: Timeline, key: GroupKey, since: datetime) -> tuple[str, ...]:
    """Name the alerts that may have told, as found without an event, what happened at *since* or after: those of the next readings."""
    readings = [
        step.fact.at
        for step in timeline.steps
        if isinstance(step.fact, Observation) and step.fact.at >= since
    ]
    return tuple(alert_id_for(found_id(key, at)) for at in readings[:_MOST_READINGS])


def accounts_for(step: Step, kept: Ledger) -> bool:
    """Tell whether *step* did what the ledger *kept*, which does not know of it yet, puts down to an event not seen."""
    unseen = _marked(
        (entry.rule for entry in (*kept.live, *kept.closed) if _is_inferred(entry.opened)),
        (entry.rule for entry in kept.closed if entry.closed and entry.closed.by is None),
    )
    return bool(_done(step) & unseen)


def explains(step: Step, alert: Alert) -> bool:
    """Tell whether *alert* told, without knowing who did it, all that *step* did."""
    done = _done(step)
    return bool(done) and done <= _told(alert)


def explanation(timeline: Timeline, alert: Alert) -> tuple[Author, ...]:
    """Name the changes in *timeline* that did what *alert* told as found without an event, in their order."""
    told, until = _told(alert), alert.digest.change.time
    return tuple(
        author_of(step.change)
        for step in timeline.changes()
        if step.change and fact_time(step.fact) <= until and _done(step) & told
    )


def _reading(timeline: Timeline, at: datetime) -> Step | None:
    readings = (step for step in timeline.steps if isinstance(step.fact, Observation))
    return next((step for step in readings if fact_time(step.fact) == at), None)


def _unexplained(step: Step) -> tuple[list[Entry], list[Entry]]:
    """Give the entries that opened, and those that closed, by what the reading alone shows."""
    was = {entry.content for entry in step.before.live}
    now = {entry.content for entry in step.after.live}
    at = fact_time(step.fact)

    def is_unseen(moment: Moment | None) -> bool:
        return moment is not None and moment.by is None and moment.at == at

    opened = [entry for entry in step.after.live if entry.content not in was and is_unseen(entry.opened)]
    closed = [
        entry
        for entry in step.closed
        if entry.content not in now and is_unseen(entry.closed) and not _is_inferred(entry.opened)
    ]
    return opened, closed


def _is_inferred(moment: Moment) -> bool:
    """Tell whether no event told of *moment*, though the contrary was known: what then ends is told by the alert of that, if any."""
    return moment.by is None and moment.after is not None


def _done(step: Step) -> set[tuple[bool, Rule]]:
    return _marked(
        (entry.rule for entry in step.opened),
        (entry.rule for entry in step.closed),
    )


def _told(alert: Alert) -> set[tuple[bool, Rule]]:
    change = alert.digest.change
    return _marked(change.added, change.removed)


def _marked(added: Iterable[Rule], removed: Iterable[Rule]) -> set[tuple[bool, Rule]]:
    return {(True, content_of(rule)) for rule in added} | {(False, content_of(rule)) for rule in removed}
