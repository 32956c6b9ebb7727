"""
Which alert tells a change: one of its own, or one that gathers what a session changes while it keeps changing.

Slack notifies of messages and not of their edits. So what is critical or high gets an alert of its own while those are few,
and only once for a group; everything else that a session does in one go is told by one card that is drawn anew.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.changes import ChangeKind, Outcome, SecurityGroupChange
from bot.core.errors import PanopticonError
from bot.core.severity import Severity

QUIET_AFTER = timedelta(seconds=60)
"""A burst is over when nothing was changed for this long."""

LONGEST = timedelta(minutes=10)
"""What a session changes for longer than this is told by a further alert."""

MOST_OWN = 5
"""How many alerts of their own a burst may have."""

DENIED_WITHIN = timedelta(minutes=10)
"""Denied attempts of one principal within this are told as several."""

_MOST_DENIED = 50  # that many are many

_MOST_KEPT = 4  # bursts of one session, as events come late and in any order


class Gathers(StrEnum):
    """What an alert gathers of a burst."""

    BELOW_HIGH = "below high"
    THE_REST = "the rest"  # what is high or critical, and has no alert of its own
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """
    One session of a principal, and where it calls: what gathers has one account and region.

    *denied_to* is the principal's key where AWS denied it the call: then it matters what else it was denied of late, in
    whichever session, account and region. None where AWS did not.
    """

    account_id: str
    region: str
    session: str
    denied_to: str | None = None


@dataclass(frozen=True, slots=True)
class Attempts:
    """When AWS denied a *principal* something of late; *version* rises with each write, 0 before the first."""

    principal: str
    version: int = 0
    times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Burst:
    """
    What one session changes while it keeps changing, from *first* to *last* by the events' own times.

    *alerts* are those that gather, by what they do. *told* are the groups with an alert of their own, and the severity that
    it told; *own* counts those alerts.
    """

    first: datetime
    last: datetime
    alerts: tuple[tuple[Gathers, str], ...] = ()
    told: tuple[tuple[str, Severity], ...] = ()
    own: int = 0

    def takes(self, time: datetime) -> bool:
        """Tell whether what happened at *time* belongs to it."""
        length = max(self.last, time) - min(self.first, time)
        return self.first - QUIET_AFTER <= time <= self.last + QUIET_AFTER and length <= LONGEST


@dataclass(frozen=True, slots=True)
class Bursts:
    """
    The latest bursts of a session, by time, and what its principal was denied of late, None where the key asks for nothing.

    *version* rises with each write, 0 before the first.
    """

    key: SessionKey
    version: int = 0
    bursts: tuple[Burst, ...] = ()
    attempts: Attempts | None = None


class BurstMoved(PanopticonError):
    """The bursts of a session, or the alert that gathers one, are not what they were when they were read."""


@dataclass(frozen=True, slots=True)
class Placement:
    """
    Which alert is to tell a change: the one it joins, None for a new one; and the session's *bursts* with that.

    *gathers* says what a new alert gathers from then on, None for an alert that stays alone. *attempts* counts what AWS denied
    the principal in the ten minutes up to a denied change, with that; 0 for any other.
    """

    join: str | None
    gathers: Gathers | None
    bursts: Bursts
    attempts: int = 0


def session_of(change: SecurityGroupChange) -> SessionKey | None:
    """
    Name the session whose burst *change* may be of; None for one that is always told by itself.

    The edit of a prefix list is a thing of its own: its card says which groups it concerns.
    """
    if change.kind is ChangeKind.PREFIX_LIST:
        return None
    denied_to = change.principal.key if change.outcome is Outcome.DENIED else None
    return SessionKey(change.account_id, change.region, change.principal.session, denied_to)


def place(
    bursts: Bursts,
    change: SecurityGroupChange,
    severity: Severity,
    new_alert_id: str,
    *,
    closed_to_more: Collection[str] = (),
) -> Placement:
    """
    Find the alert that is to tell *change*, which is of *severity*; a new one is to be called *new_alert_id*.

    *closed_to_more* are the alerts that nothing can join any more, as somebody took them.
    """
    burst = next((one for one in reversed(bursts.bursts) if one.takes(change.time)), None)
    others = tuple(one for one in bursts.bursts if one is not burst)
    burst = burst or Burst(change.time, change.time)
    burst = replace(burst, first=min(burst.first, change.time), last=max(burst.last, change.time))
    join: str | None = None
    gathers: Gathers | None = _gathers(change, severity)
    if gathers is Gathers.THE_REST and _is_worth_its_own(burst, change, severity):
        gathers = None
        told = {**dict(burst.told), _told_as(change): severity}
        burst = replace(burst, told=tuple(told.items()), own=burst.own + 1)
    if gathers:
        alerts = dict(burst.alerts)
        if alerts.get(gathers) not in closed_to_more:
            join = alerts.get(gathers)
        burst = replace(burst, alerts=tuple({**alerts, gathers: join or new_alert_id}.items()))
    kept = sorted((*others, burst), key=lambda one: one.last)[-_MOST_KEPT:]
    tried = with_attempt(bursts, change)
    return Placement(join, gathers, replace(tried, bursts=tuple(kept)), attempts_of(tried, change))


def with_attempt(bursts: Bursts, change: SecurityGroupChange) -> Bursts:
    """Add *change* to what the principal was denied; unchanged where AWS did not deny it."""
    attempts = bursts.attempts
    if attempts is None:
        return bursts
    times = tuple(sorted((*attempts.times, change.time))[-_MOST_DENIED:])
    return replace(bursts, attempts=replace(attempts, times=times))


def attempts_of(tried: Bursts, change: SecurityGroupChange) -> int:
    """Count what AWS denied the principal in the ten minutes up to *change*, which is among it; 0 where AWS did not deny that."""
    times = tried.attempts.times if tried.attempts else ()
    return sum(change.time - DENIED_WITHIN < time <= change.time for time in times)


def _gathers(change: SecurityGroupChange, severity: Severity) -> Gathers:
    if change.outcome is not Outcome.SUCCEEDED:
        return Gathers.DENIED
    return Gathers.THE_REST if severity >= Severity.HIGH else Gathers.BELOW_HIGH


def _is_worth_its_own(burst: Burst, change: SecurityGroupChange, severity: Severity) -> bool:
    """Tell whether nobody has been notified yet that this group has something as bad."""
    told = dict(burst.told).get(_told_as(change))
    return burst.own < MOST_OWN and (told is None or told < severity)


def _told_as(change: SecurityGroupChange) -> str:
    return change.group_id or next(iter(change.mentioned), "-")
