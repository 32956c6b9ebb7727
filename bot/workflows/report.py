"""An event comes in: keep what it says, once, and have it told."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
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
from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Outcome, SecurityGroupChange
from bot.core.cloudtrail import changes_a_group, glimpse_change, parse_change
from bot.core.errors import EventError, JobError
from bot.core.jobs import ObserveJob
from bot.workflows.draw import Drawing
from bot.workflows.ports import Clock, Facts, Jobs, NewId


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

    def record(self, event: Mapping[str, Any]) -> Report:
        """
        Keep the change that *event* states, with the alert that is to tell it.

        The alert is stored with its lease already taken, so that telling it costs no call more, and so that a crash
        right here is what an expired lease always is.

        Raises:
            StoreError: it is not known to be stored; the same event is to come again.
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
        try:
            self.store.record_change(change, event, alert=alert, learn=learn, now=received)
        except AlreadyRecorded as error:
            return Report(Reported.DUPLICATE, change.event_id, error.alert_id, unreadable=unreadable)
        if change.group and change.group_name is None and change.outcome is Outcome.SUCCEEDED:
            self._have_it_observed(change, change.group, alert)
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
            return replace(change, group_id=called[0].key.group_id), called[0]
        known = self.store.group(change.group) if change.group else None
        if known and known.name:
            change = replace(change, group_name=known.name)
        return change, known

    def _have_it_observed(self, change: SecurityGroupChange, group: GroupKey, alert: Alert | None) -> None:
        """Ask the worker to learn what a group is called that nobody has told of yet."""
        if change.kind is ChangeKind.DELETE:
            return
        with suppress(JobError):  # the group keeps its id on the card; its next change asks again
            self.jobs.send(ObserveJob(group, alert.alert_id if alert else None))


def _what_it_teaches(change: SecurityGroupChange, known: GroupDetails | None) -> GroupDetails | None:
    """Take what a change says of a group that is new; only a call that AWS carried out is believed."""
    if change.group is None or change.outcome is not Outcome.SUCCEEDED:
        return None
    learned = GroupDetails(change.group, change.group_name, change.vpc_id)
    return learned if known is None or (known.name is None and learned.name) else None
