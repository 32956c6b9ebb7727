"""Of many readings of groups, keep those that tell something new, and have what was told of their changes told again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.core.baseline import is_to_keep
from bot.core.changes import Observation
from bot.core.errors import JobError
from bot.core.jobs import ReadListsJob, TellAgainJob
from bot.core.keeping import KeptLedger
from bot.core.ledger import Ledger
from bot.core.prefix_lists import lists_named
from bot.workflows.keep_reading import KeepingReadings, told_anew_since
from bot.workflows.ledgers import Ledgers
from bot.workflows.ports import Jobs, LedgerFacts

# By then the reading is kept; where it is not, the page is read again, and this is asked for again.
_TELL_AFTER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class KeepingNews:
    """Compares readings with ledgers; *keeping* keeps those that differ."""

    store: LedgerFacts
    ledgers: Ledgers
    keeping: KeepingReadings
    jobs: Jobs

    def news(self, observations: Sequence[Observation]) -> list[Observation]:
        """
        Choose the readings that are worth keeping; two calls for a hundred, and one for each group whose rules are known.

        Raises:
            StoreError: the ledgers could not be read.
        """
        kept = self.store.kept_ledgers(observation.group.key for observation in observations)
        return [
            observation
            for observation in observations
            if is_to_keep(self._current(kept.get(observation.group.key)), observation)
        ]

    def keep(self, observation: Observation) -> None:
        """
        Keep a reading.

        What it adds to what was told is asked for before it is kept: were it kept first, and the function to die, the next
        reading would find nothing new, and nobody would ask.

        Raises:
            StoreError, JobError: it may not have been kept.
        """
        key = observation.group.key
        _, kept = self.store.group_and_ledger(key)
        if kept.version:
            timeline = self.ledgers.fold(kept, observation).timeline
            since = told_anew_since(timeline)
            moved = any(step.opened or step.closed for step in timeline.steps if step.fact == observation)
            if since or (kept.watched and moved):
                self.jobs.send(TellAgainJob(key, since), delay_seconds=_TELL_AFTER_SECONDS)
        self.keeping.keep(observation)
        if named := lists_named(observation.rules):
            with suppress(JobError):  # they stay names until the group's next change
                self.jobs.send(ReadListsJob(key, named, None), delay_seconds=_TELL_AFTER_SECONDS)

    def _current(self, kept: KeptLedger | None) -> Ledger | None:
        return self.ledgers.fold(kept).timeline.end if kept and kept.version else None
