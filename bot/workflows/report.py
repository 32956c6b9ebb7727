"""An event comes in: keep what it says, once, and have it told."""

from collections.abc import Mapping
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
from bot.core.changes import ChangeKind, GroupDetails, Outcome, SecurityGroupChange
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
    """What became of an event; *unreadable* says why it could not be read in full, None where it could."""

    outcome: Reported
    event_id: str | None = None
    alert_id: str | None = None
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Reporting:
    """Takes events in; *new_id* makes a lease's holder, unlike any other."""

    store: Facts
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    new_id: NewId

    def report(self, event: Mapping[str, Any]) -> Report:
        """
        Keep the change that *event* states, with its alert, and draw the card.

        The change is safe once it is stored: what Slack then does or does not do never fails an event. The alert is
        stored with its lease already taken, so that telling it costs no call more, and so that a crash right here is
        what an expired lease always is.

        Raises:
            StoreError: nothing was stored; the same event is to come again.
        """
        if not changes_a_group(event):
            return Report(Reported.FOREIGN)
        now = self.clock()
        unreadable = None
        try:
            change = parse_change(event)
        except EventError as error:
            unreadable = str(error)
            change = glimpse_change(event, now)
        known = self.store.group(change.group) if change.group else None
        if known and known.name and change.group_name is None:
            change = replace(change, group_name=known.name)
        alert = None
        if is_worth_telling(change):
            alert = raise_alert(change, assess(change), details=known, now=now)
            alert = replace(alert, lease=Lease(self.new_id(), now + LEASE))
        try:
            self.store.record_change(
                change, event, alert=alert, learn=_what_it_teaches(change, known), now=now
            )
        except AlreadyRecorded as error:
            # It may be here again because the function died before it drew the card.
            if error.alert_id:
                self.drawing.draw(error.alert_id)
            return Report(Reported.DUPLICATE, change.event_id, error.alert_id, unreadable)
        if alert:
            self.drawing.draw_leased(alert)
        if known is None or known.name is None:
            self._have_it_observed(change, alert)
        return Report(Reported.NEW, change.event_id, alert.alert_id if alert else None, unreadable)

    def _have_it_observed(self, change: SecurityGroupChange, alert: Alert | None) -> None:
        """Ask the worker to learn what a group is called that nobody has told of yet."""
        gone = change.kind is ChangeKind.DELETE and change.outcome is Outcome.SUCCEEDED
        if change.group and not gone and change.group_name is None:
            with suppress(JobError):  # the group keeps its id on the card; its next change asks again
                self.jobs.send(ObserveJob(change.group, alert.alert_id if alert else None))


def _what_it_teaches(change: SecurityGroupChange, known: GroupDetails | None) -> GroupDetails | None:
    if change.group is None:
        return None
    learned = GroupDetails(change.group, change.group_name, change.vpc_id)
    if known is None or (known.name is None and learned.name):
        return learned
    return None
