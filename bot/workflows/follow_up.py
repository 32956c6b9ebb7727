"""What is to follow once a change is kept: what the worker is asked to read, and to tell."""

from contextlib import suppress
from dataclasses import dataclass

from bot.core.alerts import Alert, alert_id_for
from bot.core.behind import asks_what_sits_behind
from bot.core.changes import ChangeKind, Outcome, SecurityGroupChange
from bot.core.completion import needs_reading
from bot.core.errors import JobError
from bot.core.found import accounts_for
from bot.core.jobs import BehindJob, ListEditJob, ObserveJob, ReadListsJob, TellAgainJob
from bot.core.ledger import SURE_AFTER_SECONDS
from bot.core.prefix_lists import lists_named
from bot.workflows.ledgers import Folding
from bot.workflows.ports import Jobs


@dataclass(frozen=True, slots=True)
class FollowingUp:
    """Asks the worker for what an event alone does not tell."""

    jobs: Jobs

    def ask(
        self,
        change: SecurityGroupChange,
        folding: Folding | None,
        alert_id: str | None,
        *,
        is_quiet: bool = False,
        is_again: bool = False,
    ) -> None:
        """
        Ask the worker for what is to follow: to read what the facts do not tell, and to tell other alerts again.

        Raises:
            JobError: it could not be asked for what cards are to show; the same event is to come again.
        """
        if change.kind is ChangeKind.PREFIX_LIST and change.outcome is Outcome.SUCCEEDED and alert_id:
            self.jobs.send(ListEditJob(alert_id))
        # What sits behind is told on a card of the change's own: one that it joined has been asked for already.
        own_id = alert_id if alert_id == alert_id_for(change.event_id) and not is_quiet else None
        if change.group is None or change.outcome is Outcome.FAILED:
            self._look_behind(change, own_id)
            return
        succeeded = change.outcome is Outcome.SUCCEEDED
        named = lists_named(change.opening)
        if named and succeeded:  # the worker knows which of them are known
            self.jobs.send(ReadListsJob(change.group, named, change.time))
        if folding and (told_anew := _told_anew(change, folding, is_again=is_again)):
            self.jobs.send(told_anew)
        job = ObserveJob(change.group, alert_id)
        if change.kind is ChangeKind.DELETE and succeeded:
            step = folding.timeline.of(change.event_id) if folding else None
            if step and not step.before.is_known:
                with suppress(
                    JobError
                ):  # there is nothing to read any more, but perhaps a reason why nothing was
                    self.jobs.send(job, delay_seconds=SURE_AFTER_SECONDS)
            return
        end = folding.timeline.end if folding else None
        if needs_reading(change) and succeeded:
            self.jobs.send(job)
        elif change.group_name is None or (end and not end.is_known):
            with suppress(JobError):  # the card goes without; the group's next change asks again
                self.jobs.send(job)
        else:  # who reads the group looks behind it too, so that the card is drawn once for both
            self._look_behind(change, own_id)
        if end and end.is_known and not end.is_certain:
            self.jobs.send(job, delay_seconds=SURE_AFTER_SECONDS)

    def have_exposing_read(self, change: SecurityGroupChange, alert: Alert | None) -> None:
        """Ask the worker for those groups that something was put under of which nobody knows what they admit."""
        is_own = alert is not None and alert.alert_id == alert_id_for(change.event_id)
        unknown = alert.exposes.unknown if alert and alert.exposes and is_own else ()
        for key in change.groups:
            if key.group_id in unknown:
                with suppress(JobError):  # the card says that it is not known
                    self.jobs.send(ObserveJob(key, alert.alert_id if alert else None))

    def _look_behind(self, change: SecurityGroupChange, alert_id: str | None) -> None:
        """Ask the worker what sits behind the group of *change*, for the card of the alert that is its own, if it has one."""
        if alert_id and asks_what_sits_behind(change):
            with suppress(JobError):  # the card goes without
                self.jobs.send(BehindJob(alert_id))


def _told_anew(change: SecurityGroupChange, folding: Folding, *, is_again: bool) -> TellAgainJob | None:
    """
    Ask for alerts to be told again that *change* may say something of: by coming late, or by closing what they opened.

    Coming late, it may account for what was found without an event; where it *is_again* here, the ledger knows of it by now.
    """
    step = folding.timeline.of(change.event_id)
    may_explain = folding.is_late and bool(step and (is_again or accounts_for(step, folding.kept.ledger)))
    last = [step for step in folding.timeline.steps if step.change][-1]
    is_last = (
        last.change is not None
        and not may_explain
        and last.change.event_id == change.event_id
        and not any(since == change.time for _, since in last.after.doubts)
    )
    if is_last and not (folding.kept.watched and step and step.closed):
        return None
    return TellAgainJob(folding.kept.key, None if is_last else change.time)
