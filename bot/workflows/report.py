"""An event comes in: keep what it says, once, and have it told."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.core.alerts import (
    LEASE,
    Alert,
    AlreadyRecorded,
    Lease,
    is_worth_telling,
    raise_alert,
)
from bot.core.assessment import assess
from bot.core.baseline import Where
from bot.core.changes import (
    ChangeKind,
    GroupDetails,
    GroupKey,
    Outcome,
    Principal,
    SecurityGroupChange,
)
from bot.core.cloudtrail import changes_a_group, glimpse_change, parse_change
from bot.core.completion import needs_reading, with_directions
from bot.core.errors import EventError, JobError, StoreError
from bot.core.history import KnownPrincipal
from bot.core.jobs import ObserveJob
from bot.workflows.draw import Drawing
from bot.workflows.ports import Clock, Facts, Jobs, NewId

_MOST_MET = 20  # an interface has 16 groups at most
_HEARD_AGAIN = timedelta(hours=1)


class Reported(StrEnum):
    """What became of an event."""

    FOREIGN = "foreign"  # nothing to do with security groups
    NEW = "new"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Report:
    """
    What became of an event; *unreadable* says why it could not be read in full, None where it could.

    *alert* is set when it is new and to be told, and is stored with its lease taken.
    """

    outcome: Reported
    event_id: str | None = None
    alert_id: str | None = None
    alert: Alert | None = None
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Reporting:
    """Takes events in; *new_id* makes a lease's holder, unlike any other."""

    store: Facts
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    new_id: NewId
    _known_principals: set[str] = field(default_factory=set)
    _heard: dict[Where, datetime] = field(default_factory=dict)

    def record(self, event: Mapping[str, Any]) -> Report:
        """
        Keep the change that *event* states, with the alert that is to tell it.

        The alert is stored with its lease already taken, so that telling it costs no call more, and so that a crash
        right here is what an expired lease always is.

        Raises:
            StoreError: it is not known to be stored; the same event is to come again.
            JobError: it is stored, but not all that is to be told of it; likewise.
        """
        if not changes_a_group(event):
            return Report(Reported.FOREIGN)
        received = self.clock()
        unreadable = None
        try:
            change = parse_change(event)
        except EventError as error:
            unreadable = str(error)
            change = glimpse_change(event, received)
        change, known = self._complete(change)
        alert = None
        if is_worth_telling(change):
            alert = raise_alert(change, assess(change), details=known, now=received)
            alert = replace(alert, lease=Lease(self.new_id(), self.clock() + LEASE))
        learn = _what_it_teaches(change, known)
        self._learn_principal(change.principal)
        if unreadable is None:
            self._hear_from((change.account_id, change.region), received)
        try:
            met = _whom_it_meets(change)
            self.store.record_change(change, event, alert=alert, learn=learn, now=received, meet=met)
        except AlreadyRecorded as error:
            # It may be here again because the function died before it asked for a reading.
            self._have_it_observed(change, error.alert_id)
            return Report(Reported.DUPLICATE, change.event_id, error.alert_id, unreadable=unreadable)
        self._have_it_observed(change, alert.alert_id if alert else None)
        alert_id = alert.alert_id if alert else None
        return Report(Reported.NEW, change.event_id, alert_id, alert, unreadable)

    def tell(self, reports: Iterable[Report], is_time_left: Callable[[], bool]) -> None:
        """
        Draw the cards of what was recorded; what Slack then does or does not do fails no event.

        Once time runs short, or Slack is in a trouble that the next card would meet too, the rest become jobs.
        """
        go_on = True
        for report in reports:
            go_on = go_on and is_time_left()
            if report.alert and not go_on:
                self.drawing.postpone(report.alert)
            elif report.alert:
                go_on = not self.drawing.draw_leased(report.alert).is_general
            elif report.outcome is Reported.DUPLICATE and report.alert_id and go_on:
                # It may be here again because the function died before it drew the card.
                go_on = not self.drawing.draw(report.alert_id).is_general

    def _complete(self, change: SecurityGroupChange) -> tuple[SecurityGroupChange, GroupDetails | None]:
        """Add what the store knows of the group: its id where the call gave only a name, else its name."""
        if change.group is None and change.group_name and change.kind is not ChangeKind.CREATE:
            called = self.store.groups_called(change.group_name, change.account_id, change.region)
            if len(called) != 1:  # a name is unique within a VPC, not within an account
                return change, None
            key = called[0].key
            return replace(change, group_id=key.group_id), self.store.group(key) or called[0]
        known = self.store.group(change.group) if change.group else None
        if known and known.name:
            change = replace(change, group_name=known.name)
        if change.group and needs_reading(change) and change.modified:
            recorded = self.store.latest_observation(change.group)
            change = with_directions(change, recorded.rules if recorded else ())
        return change, known

    def _learn_principal(self, principal: Principal) -> None:
        """
        Keep what a principal is called, once for each of this function's lives.

        That is outside the transaction, as what one principal does often comes at once and would wait for each other; and
        before it, so that a principal who has changed something can be found.
        """
        if principal.key in self._known_principals:
            return
        with suppress(StoreError):  # the next life of the function tries again
            self.store.learn_principal(
                KnownPrincipal(principal.key, principal.label, principal.kind, principal.account_id)
            )
            self._known_principals.add(principal.key)

    def _hear_from(self, where: Where, now: datetime) -> None:
        """Keep that events come from an account and region, once an hour in each of this function's lives."""
        heard = self._heard.get(where)
        if heard and now - heard < _HEARD_AGAIN:
            return
        with suppress(StoreError):  # the next event tries again
            self.store.hear_from(*where, now)
            self._heard[where] = now

    def _have_it_observed(self, change: SecurityGroupChange, alert_id: str | None) -> None:
        """
        Ask the worker to read what the record does not tell: what a group is called, or what has changed.

        Raises:
            JobError: it could not be asked for what has changed; the same event is to come again.
        """
        is_gone = change.kind is ChangeKind.DELETE and change.outcome is Outcome.SUCCEEDED
        if change.group is None or is_gone or change.outcome is Outcome.FAILED:
            return
        job = ObserveJob(change.group, alert_id)
        if needs_reading(change) and change.outcome is Outcome.SUCCEEDED:
            self.jobs.send(job)
        elif change.group_name is None:
            with suppress(JobError):  # the group keeps its id on the card; its next change asks again
                self.jobs.send(job)


def _whom_it_meets(change: SecurityGroupChange) -> tuple[GroupKey, ...]:
    """Name the groups that a call on several shows to be there; what a refused one names may be invented."""
    is_of_several = 1 < len(change.groups) <= _MOST_MET
    return change.groups if is_of_several and change.outcome is Outcome.SUCCEEDED else ()


def _what_it_teaches(change: SecurityGroupChange, known: GroupDetails | None) -> GroupDetails | None:
    """Take what a change says of a group that is new; only a call that AWS carried out is believed."""
    if change.group is None or change.outcome is not Outcome.SUCCEEDED:
        return None
    learned = GroupDetails(change.group, change.group_name, change.vpc_id)
    return learned if known is None or (known.name is None and learned.name) else None
