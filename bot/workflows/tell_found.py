"""Tell what a reading of a group shows and no event tells of, once every event has had its time to come."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from bot.core.alerts import LEASE, Alert, AlreadyRecorded, Lease, raise_alert
from bot.core.assessment import assess
from bot.core.changes import GroupDetails, GroupKey
from bot.core.errors import StoreError
from bot.core.found import WAIT, Found, find
from bot.core.jobs import LONGEST_DELAY_SECONDS, ObserveJob, TellFoundJob
from bot.core.keeping import LedgerMoved
from bot.core.meaning import mean, what_it_opened
from bot.core.quieting import treated
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import NOTHING_KNOWN, Known
from bot.workflows.draw import Drawing
from bot.workflows.ledgers import Ledgers
from bot.workflows.ports import Clock, Jobs, LedgerFacts, NewId, Pause, Telling
from bot.workflows.quieting import Quieting

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class TellingFound:
    """
    Raises the alert of what was found without an event.

    Its id follows from the reading, so that it is raised once; and it is kept on condition that the ledger is the one that it
    was found in, so that of it and the late event that explains it, the second knows of the first.
    """

    store: LedgerFacts
    ledgers: Ledgers
    quieting: Quieting
    telling: Telling
    drawing: Drawing
    jobs: Jobs
    clock: Clock
    new_id: NewId
    pause: Pause
    known: Known = NOTHING_KNOWN
    severities: SeverityPolicy = STANDARD

    def tell(self, key: GroupKey, at: datetime) -> str | None:
        """
        Tell what the reading of the time *at* shows, if by now no event tells of it; give the id of the alert, None for none.

        Before its time this asks to be done later. What closed it since, if anything did, is told too, and the group is read
        once more behind it, as no event may tell of that either.

        Raises:
            StoreError: it may not have been told.
            JobError: it is not known to be done later; or it is told, and the group may not be read once more.
        """
        early = (at + WAIT - self.clock()).total_seconds()
        if early > 0:
            self.jobs.send(TellFoundJob(key, at), delay_seconds=min(ceil(early), LONGEST_DELAY_SECONDS))
            return None
        for attempt in range(1, _ATTEMPTS + 1):
            details, kept = self.store.group_and_ledger(key)
            folding = self.ledgers.fold(kept, since=at)
            found = find(folding.timeline, key, at, details)
            if found is None:
                return None
            alert = self._raise(found, details)
            watch = [alert.alert_id] if what_it_opened(alert.meaning) else []
            now = self.clock()
            move = self.ledgers.move(folding, now=now, name=found.change.group_name, watch=watch)
            try:
                self.store.record_found(alert, move, now=now)
            except LedgerMoved:
                self.pause(attempt)
                continue
            except AlreadyRecorded:
                self.drawing.draw(alert.alert_id)
            else:
                if alert.lease:
                    self.drawing.draw_leased(alert)
            self.telling.tell_again(key, at)
            self.jobs.send(ObserveJob(key, alert.alert_id))
            return alert.alert_id
        raise StoreError("record_found", "LedgerMoved")

    def _raise(self, found: Found, details: GroupDetails | None) -> Alert:
        """Make the alert of what was found, judged and treated as any other."""
        now = self.clock()
        meaning = mean(found.step, self.ledgers.lists(found.step.before, found.step.after), self.severities)
        name = details.name if details else None
        assessment = assess(
            found.change, meaning=meaning, known=self.known, group_name=name, policy=self.severities
        )
        raised = raise_alert(
            found.change, assessment, details=details, now=now, meaning=meaning, policy=self.severities
        )
        alert = treated(raised, self.quieting.treat(found.change, assessment, now))
        return replace(alert, lease=Lease(self.new_id(), now + LEASE)) if alert.is_behind else alert
