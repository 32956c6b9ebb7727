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
    part_of,
    raise_alert,
    takes_more,
    with_joined,
)
from bot.core.assessment import assess, with_who
from bot.core.baseline import Where
from bot.core.behind import Exposed
from bot.core.bursts import BurstMoved, Bursts, attempts_of, place, session_of, with_attempt
from bot.core.changes import ChangeKind, GroupDetails, Membership, Outcome, SecurityGroupChange
from bot.core.cloudtrail import changes_a_group, glimpse_change, parse_change
from bot.core.completion import with_directions
from bot.core.errors import EventError, JobError, StoreError
from bot.core.found import accounts_for, alerts_to_explain, explains
from bot.core.history import KnownPrincipal
from bot.core.jobs import DrawJob
from bot.core.keeping import LedgerMove, LedgerMoved
from bot.core.learning import what_it_teaches, whom_it_meets
from bot.core.ledger import Step
from bot.core.meaning import mean, what_it_opened
from bot.core.parts import AlertRef, Part
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import Treatment, treated
from bot.core.replay import alters_rules
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.sightings import Sighting, is_first_in_a_while
from bot.core.who import NOTHING_KNOWN, Known, judge_who
from bot.workflows.draw import Drawing
from bot.workflows.follow_up import FollowingUp
from bot.workflows.ledgers import Folding, Ledgers
from bot.workflows.ports import Clock, Facts, Jobs, NewId, Pause
from bot.workflows.quieting import Quieting

_ATTEMPTS = 12  # one of those that want to change a ledger, or to join a burst, at once always may
_REDRAW_SECONDS = 5  # a card that gathers is not drawn more often
_LAST_VERSION = 10**8
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

    *alert* is set when it is new and to be told, and is stored with its lease taken. *quiet* says why one that is new is not.
    """

    outcome: Reported
    event_id: str | None = None
    alert_id: str | None = None
    alert: Alert | None = None
    unreadable: str | None = None
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Reporting:
    """
    Takes events in; *new_id* makes a lease's holder, unlike any other.

    *known* is what the organisation knows as its own, *severities* what it says about how much things matter. *pause* is made
    after each time that others were first, so that those who want the same do not go on meeting.
    """

    store: Facts
    ledgers: Ledgers
    quieting: Quieting
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    new_id: NewId
    pause: Pause
    known: Known = NOTHING_KNOWN
    severities: SeverityPolicy = STANDARD
    _known_principals: set[str] = field(default_factory=set)
    _watching: list[datetime | None] = field(
        default_factory=list
    )  # once asked: that it is not known counts too
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
        change = self._find_group(change)
        is_first, principals = self._meet(change, received)
        if unreadable is None:
            self._hear_from((change.account_id, change.region), received)
        for attempt in range(1, _ATTEMPTS + 1):
            change, known, folding, bursts = self._fold(change)
            telling, move = self._tell(change, known, folding, bursts, received, is_first)
            alert = telling.alert
            learn, met = what_it_teaches(change, known), whom_it_meets(change)
            try:
                self.store.record_change(
                    change,
                    event,
                    alert=alert,
                    learn=learn,
                    now=received,
                    meet=met,
                    move=move,
                    part=telling.part,
                    bursts=telling.bursts,
                )
            except (LedgerMoved, BurstMoved):
                # Another change of the group, or of the session, was kept meanwhile: look at both again.
                if attempt < _ATTEMPTS:
                    self.pause(attempt)
                continue
            except AlreadyRecorded as error:
                self._known_principals.update(principals)
                # It may be here again because the function died before it asked for what is still to do.
                self._following_up.ask(change, folding, error.alert_id, is_again=True)
                return Report(Reported.DUPLICATE, change.event_id, error.alert_id, unreadable=unreadable)
            self._known_principals.update(principals)
            alert_id = alert.alert_id if alert else None
            self._following_up.ask(change, folding, alert_id, is_quiet=bool(alert and alert.quiet))
            if telling.redraws and alert:
                with suppress(JobError):  # the sweep draws it
                    self.jobs.send(DrawJob(alert.alert_id), delay_seconds=_REDRAW_SECONDS)
            self._following_up.have_exposing_read(change, alert)
            quiet = alert.quiet if alert else None
            new = None if telling.part or quiet else alert
            return Report(Reported.NEW, change.event_id, alert_id, new, unreadable, quiet)
        raise StoreError("record_change", "LedgerMoved")

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

    @property
    def _following_up(self) -> FollowingUp:
        return FollowingUp(self.jobs)

    def _find_group(self, change: SecurityGroupChange) -> SecurityGroupChange:
        """Find the group of a call that gave only its name; a name is unique within a VPC, not within an account."""
        if change.group or not change.group_name or change.kind is ChangeKind.CREATE:
            return change
        called = self.store.groups_called(change.group_name, change.account_id, change.region)
        return replace(change, group_id=called[0].key.group_id) if len(called) == 1 else change

    def _fold(
        self, change: SecurityGroupChange
    ) -> tuple[SecurityGroupChange, GroupDetails | None, Folding | None, Bursts | None]:
        """
        Add what the store knows of the group, and see what the change makes of its rules; None where it makes nothing of them.

        Gives also what the session has changed lately, None where that does not matter.
        """
        session = session_of(change) if is_worth_telling(change, self.known.marks_as_code) else None
        if change.group is None:
            return change, None, None, self.store.bursts(session) if session else None
        known, kept, bursts = self.store.group_ledger_and_bursts(change.group, session)
        if known and known.name:
            change = replace(change, group_name=known.name)
        if not alters_rules(change):
            return change, known, None, bursts
        folding = self.ledgers.fold(kept, change)
        step = folding.timeline.of(change.event_id)
        rules = (*step.before.rules, *step.after.rules) if step else ()
        return with_directions(change, rules), known, folding, bursts

    def _tell(
        self,
        change: SecurityGroupChange,
        known: GroupDetails | None,
        folding: Folding | None,
        bursts: Bursts | None,
        now: datetime,
        is_first: bool,
    ) -> tuple["_Telling", LedgerMove | None]:
        """Find the alert that tells *change*, or raise one, and say what the change makes of its group's ledger."""
        step = folding.timeline.of(change.event_id) if folding else None
        meaning = None
        if step:
            lists = self.ledgers.lists(step.before, step.after)
            meaning = self.ledgers.blamed(mean(step, lists, self.severities))
        telling = _Telling(None)
        if is_worth_telling(change, self.known.marks_as_code):
            exposes = self._exposed(change)
            found = assess(change, meaning=meaning, exposes=exposes, known=self.known, policy=self.severities)
            tags = known.tags if known and known.tags else ()
            assessment = with_who(found, judge_who(change, tags, self.known))
            alert = raise_alert(
                change,
                assessment,
                details=known,
                now=now,
                meaning=meaning,
                exposes=exposes,
                is_first=is_first,
                policy=self.severities,
            )
            attempts = attempts_of(with_attempt(bursts, change), change) if bursts else 0
            treatment = self.quieting.treat(change, assessment, now, attempts=attempts)
            if (
                folding
                and step
                and not treatment.quiet
                and (told := self._found_before(alert, folding, step))
            ):
                treatment = Treatment(Quiet(QuietReason.EXPLAINS, told.alert_id))
            alert = treated(alert, treatment)
            telling = self._place(alert, bursts, now)
        if folding is None:
            return telling, None
        watch = [telling.alert.alert_id] if telling.alert and what_it_opened(meaning) else []
        return telling, self.ledgers.move(folding, now=now, name=change.group_name, watch=watch)

    def _exposed(self, change: SecurityGroupChange) -> Exposed | None:
        """Say what the groups expose that the change puts something under; None, without a call, where it puts nothing."""
        puts_under = isinstance(change.effect, Membership) and change.outcome is Outcome.SUCCEEDED
        return self.ledgers.exposed(change.groups) if puts_under else None

    def _found_before(self, new: Alert, folding: Folding, step: Step) -> Alert | None:
        """Find the alert that told all that *new* would, without knowing who did it, before this late event came; None for none."""
        change = new.digest.change
        if change.group is None or not folding.is_late or not accounts_for(step, folding.kept.ledger):
            return None
        found = self.store.alerts(alerts_to_explain(folding.timeline, change.group, change.time))
        posted = (
            alert for alert in found.values() if alert.quiet is None and alert.judged_severity >= new.severity
        )
        return next((alert for alert in posted if explains(step, alert)), None)

    def _place(self, new: Alert, bursts: Bursts | None, now: datetime) -> "_Telling":
        """Find the alert that the change which *new* tells is to join, else have *new* told."""
        lease = Lease(self.new_id(), self.clock() + LEASE) if new.is_behind else None
        leased = replace(new, lease=lease)
        is_apart = new.quiet is not None and new.quiet.reason in (QuietReason.MUTED, QuietReason.EXPLAINS)
        if bursts is None:
            return _Telling(leased)
        if is_apart:  # what is muted shows on no card, not even beside other things
            tried = with_attempt(bursts, new.digest.change)
            return _Telling(leased, bursts=tried if tried.attempts else None)
        taken: set[str] = set()
        while True:
            placement = place(
                bursts, new.digest.change, new.severity, new.alert_id, closed_to_more=frozenset(taken)
            )
            moved = placement.bursts if placement.bursts != bursts else None
            if placement.join is None:
                return _Telling(replace(leased, attempts=placement.attempts), bursts=moved)
            alert = self.store.alerts_telling({"": AlertRef(placement.join, _LAST_VERSION)}).get("")
            if alert and takes_more(alert):
                return _join(alert, replace(new, attempts=placement.attempts), moved, now)
            taken.add(placement.join)

    def _meet(self, change: SecurityGroupChange, now: datetime) -> tuple[bool, set[str]]:
        """
        Keep what a principal is called and when it was seen, once for each of this function's lives; say whether *change* is
        its first in a while, and whom to take for known once that is kept.

        That is outside the transaction, as what one principal does often comes at once and would wait for each other; and
        before it, so that a principal who has changed something can be found.
        """
        principal = change.principal
        if principal.key in self._known_principals:
            return False, set()
        known = KnownPrincipal(principal.key, principal.label, principal.kind, principal.account_id)
        try:
            sighting = self.store.meet_principal(known, change.event_id, now)
        except StoreError:  # the next change tries again
            return False, set()
        is_first = change.outcome is Outcome.SUCCEEDED and self._is_first(sighting, now)
        return is_first, {principal.key}

    def _is_first(self, sighting: Sighting | None, now: datetime) -> bool:
        """Tell whether that is the first change in a while; a call in each of this function's lives, for one who was never seen."""
        if sighting and sighting.before is None and not self._watching:
            with suppress(StoreError):  # nothing is said then
                self._watching.append(self.store.watching_since())
        return is_first_in_a_while(sighting, next(iter(self._watching), None), now)

    def _hear_from(self, where: Where, now: datetime) -> None:
        """Keep that events come from an account and region, once an hour in each of this function's lives."""
        heard = self._heard.get(where)
        if heard and now - heard < _HEARD_AGAIN:
            return
        with suppress(StoreError):  # the next event tries again
            self.store.hear_from(*where, now)
            self._heard[where] = now


@dataclass(frozen=True, slots=True)
class _Telling:
    """
    How a change is told: by *alert*, None for not at all; as a *part* of it where it joins one that is there.

    *bursts* are the session's with this change, None where they stay as they are. *redraws* says that a job is to draw the
    card anew, as none is on its way.
    """

    alert: Alert | None
    part: Part | None = None
    bursts: Bursts | None = None
    redraws: bool = False


def _join(alert: Alert, new: Alert, bursts: Bursts | None, now: datetime) -> _Telling:
    redraws = alert.redraw_due is None or alert.redraw_due <= now
    due = now + timedelta(seconds=_REDRAW_SECONDS) if redraws else alert.redraw_due
    joined = with_joined(alert, new, redraw_due=due)
    part = replace(part_of(new), version=joined.version)
    return _Telling(joined, part, bursts, redraws and joined.is_behind)
