"""Read a group from EC2: for the ledger, for a card that lacks its name, for a person who asks."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.core.alerts import Alert, AlertNotFound, Unread, as_told_by
from bot.core.behind import Exposed
from bot.core.changes import GroupKey, Observation
from bot.core.completion import complete, lacks_before
from bot.core.errors import (
    GroupNotFound,
    JobError,
    ReadDenied,
    ReadRoleMissing,
    ReadThrottled,
    SecurityGroupError,
)
from bot.core.jobs import ObserveJob, ReadListsJob, TellAgainJob
from bot.core.ledger import SURE_AFTER_SECONDS
from bot.core.prefix_lists import lists_named
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import NOTHING_KNOWN, Known
from bot.workflows.behind import LookingBehind
from bot.workflows.draw import Drawing
from bot.workflows.keep_reading import KeepingReadings, told_anew_since
from bot.workflows.ports import Alerts, Clock, Groups, Jobs, Modals, Readings, View
from bot.workflows.quieting import Quieting
from bot.workflows.tell_again import TellingAgain


@dataclass(frozen=True, slots=True)
class Observing:
    """Reads groups and keeps what it read, each reading a fact of its own."""

    groups: Groups
    keeping: KeepingReadings
    telling: TellingAgain
    alerts: Alerts
    quieting: Quieting
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    looking: LookingBehind
    known: Known = NOTHING_KNOWN
    severities: SeverityPolicy = STANDARD

    def complete_alert(self, key: GroupKey, alert_id: str | None) -> None:
        """
        Read a group, keep the reading, and put on the cards what the records did not tell.

        A group that is gone by now stays without it; a card is never held back for that. Where Panopticon may not read the
        group, the card says so until a reading succeeds. What sits behind the group is told first, so that the card is drawn
        once for both.

        Raises:
            SecurityGroupError: EC2 did not tell this time, and may the next; nothing is kept.
            StoreError: the reading may not have been kept, or not told.
        """
        owes_drawing = alert_id is not None and self.looking.tell(alert_id)
        try:
            self._complete(key, alert_id)
        finally:
            if owes_drawing and alert_id is not None:
                self.drawing.draw(alert_id)

    def _complete(self, key: GroupKey, alert_id: str | None) -> None:
        try:
            observation = self.groups.observe(key, clock=self.clock)
        except GroupNotFound:
            gone = self.keeping.keep_gone(key)
            if gone:  # the event that deleted it was not seen
                self.telling.tell_again(key, told_anew_since(gone))
            return
        except ReadDenied as error:
            if alert_id is not None:
                self._tell_unread(alert_id, error)
            raise
        timeline = self.keeping.keep(observation)
        named = lists_named(observation.rules)
        if named:
            with suppress(JobError):  # they stay names until the next reading
                self.jobs.send(ReadListsJob(key, named, told_anew_since(timeline)))
        told = self.telling.tell_again(key, told_anew_since(timeline))
        if not timeline.end.is_certain:
            with suppress(JobError):  # the baseline's next reading is as good
                self.jobs.send(ObserveJob(key, alert_id), delay_seconds=SURE_AFTER_SECONDS)
        if alert_id is not None and alert_id not in told:
            self._name(alert_id, observation)

    def _name(self, alert_id: str, observation: Observation) -> None:
        """Put on a card what the group is called, where nothing else is to be told of it."""
        try:
            alert = self.alerts.alert(alert_id)
        except AlertNotFound:
            return
        key, now = observation.group.key, self.clock()
        if alert.group == key or not alert.is_gathered or key in alert.digest.change.groups:
            completion = complete(
                alert,
                observation=observation,
                exposes=self._exposed(alert, key),
                known=self.known,
                policy=self.severities,
            )
            if completion is None:
                return
            completed = self.alerts.complete(alert, self.quieting.weigh(alert, completion, now))
            if completed and completed.is_behind:
                self.drawing.draw(alert_id)
            return
        for part in self.alerts.parts(alert)[1:]:
            told = as_told_by(part, alert)
            if part.group == key and (
                completion := complete(
                    told, observation=observation, known=self.known, policy=self.severities
                )
            ):
                completion = self.quieting.weigh(alert, completion, now)
                alert = self.alerts.complete_part(alert, part, completion) or alert
                self.drawing.draw(alert_id)

    def _exposed(self, alert: Alert, key: GroupKey) -> Exposed | None:
        """Say what the groups admit that something was put under, where that is known better by the reading of *key*."""
        was_unknown = alert.exposes is not None and key.group_id in alert.exposes.unknown
        return self.telling.ledgers.exposed(alert.digest.change.groups) if was_unknown else None

    def _tell_unread(self, alert_id: str, error: ReadDenied) -> None:
        """Put on a card why what it lacks could not be read, once."""
        try:
            alert = self.alerts.alert(alert_id)
        except AlertNotFound:
            return
        unread = Unread(self.clock(), error.code, error.role if isinstance(error, ReadRoleMissing) else None)
        is_told = alert.unread is not None and replace(alert.unread, at=unread.at) == unread
        if lacks_before(alert) and not is_told and self.alerts.tell_unread(alert, unread):
            self.drawing.draw(alert_id)


@dataclass(frozen=True, slots=True)
class ShowingRules:
    """Fills the modal that a person looks at with a group's rules."""

    groups: Groups
    readings: Readings
    keeping: KeepingReadings
    jobs: Jobs
    modals: Modals
    clock: Clock
    rules_view: Callable[..., View]
    notice_view: Callable[[str, str], View]
    account_name: Callable[[str], str]

    def show(self, key: GroupKey, view_id: str) -> None:
        """
        Show the rules as EC2 has them now; where it does not tell, say why, and show them as last recorded.

        Raises:
            SlackError: the modal could not be filled; it may have been closed meanwhile.
            StoreError: the reading was shown but not kept.
        """
        try:
            observation = self.groups.observe(key, clock=self.clock)
        except SecurityGroupError as error:
            self._show_recorded(key, view_id, explain(error, key, self.account_name(key.account_id)))
            timeline = self.keeping.keep_gone(key) if isinstance(error, GroupNotFound) else None
        else:
            # Kept first, so that its further pages are there to be turned to.
            try:
                timeline = self.keeping.keep(observation)
            finally:
                self.modals.update_view(view_id, self.rules_view(observation))
        since = told_anew_since(timeline) if timeline else None
        if since is not None:
            with suppress(JobError):  # the baseline's next reading says the same
                self.jobs.send(TellAgainJob(key, since))

    def _show_recorded(self, key: GroupKey, view_id: str, trouble: str) -> None:
        recorded = self.readings.latest_observation(key)
        if recorded:
            view = self.rules_view(recorded, trouble=trouble)
        else:
            view = self.notice_view("Rules", f"{trouble} Nothing was recorded earlier.")
        self.modals.update_view(view_id, view)


def explain(error: SecurityGroupError, key: GroupKey, account: str) -> str:
    """Say in a sentence why a group's rules could not be read."""
    match error:
        case GroupNotFound():
            return f"{key.group_id} does not exist in {account}, {key.region} (any more)."
        case ReadRoleMissing():
            return f"Panopticon may not read {account}: role {error.role} is missing there, or does not let it in."
        case ReadDenied():
            return f"Panopticon may not read {key.group_id} in {account} ({error.code})."
        case ReadThrottled():
            return f"AWS asks to slow down ({error.code}). Try again in a minute."
        case _:
            return f"AWS did not answer in {key.region} ({error.code}). Try again in a minute."
