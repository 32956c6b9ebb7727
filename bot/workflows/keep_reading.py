"""Keep a reading of a group: a fact of its own, and what it makes of the group's ledger."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.changes import GroupDetails, GroupKey, Observation, SecurityGroupChange
from bot.core.errors import StoreError
from bot.core.found import shows_unexplained
from bot.core.jobs import LONGEST_DELAY_SECONDS, TellFoundJob
from bot.core.keeping import LedgerMoved
from bot.core.ledger import LAG, Timeline
from bot.core.rules import owners_in
from bot.workflows.ledgers import Ledgers
from bot.workflows.ports import Clock, Jobs, LedgerFacts

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class KeepingReadings:
    """Keeps readings, each once."""

    store: LedgerFacts
    ledgers: Ledgers
    jobs: Jobs
    clock: Clock

    def keep(self, observation: Observation) -> Timeline:
        """
        Keep *observation*, and fold it into the group's ledger; give what the facts then tell.

        Where it shows what no event tells of, somebody is to look again once every event has had its time. That is asked for
        before it is kept: were it kept first, and the function to die, the next reading would find nothing new.

        Raises:
            StoreError, JobError: it may not have been kept.
        """
        is_asked = False
        key = observation.group.key
        for _ in range(_ATTEMPTS):
            details, kept = self.store.group_and_ledger(key)
            folding = self.ledgers.fold(kept, observation)
            if not is_asked and shows_unexplained(folding.timeline, observation.at):
                self.jobs.send(TellFoundJob(key, observation.at), delay_seconds=LONGEST_DELAY_SECONDS)
                is_asked = True
            name = observation.group.name or (details.name if details else None)
            move = self.ledgers.move(folding, now=self.clock(), name=name, until=observation.at)
            if move.folded:
                until, ledger = move.folded
                move = replace(move, folded=(until, self.ledgers.accepted(ledger)))
            try:
                self.store.record_observation(observation, move, now=self.clock())
            except LedgerMoved:
                continue
            return folding.timeline
        raise StoreError("record_observation", "LedgerMoved")

    def keep_gone(self, key: GroupKey) -> Timeline | None:
        """
        Keep that EC2 has no such group (any more), as a reading without rules; None where that says nothing new.

        A group that was changed a moment ago may be there all the same, as EC2 is behind of what it does; and of one of which
        nothing is known, this is no reading.

        Raises:
            StoreError, JobError: it may not have been kept.
        """
        details, kept = self.store.group_and_ledger(key)
        ledger, now = self.ledgers.fold(kept).timeline.end, self.clock()
        if not ledger.is_known or not ledger.live or any(entry.seen >= now - LAG for entry in ledger.live):
            return None
        return self.keep(Observation(details or GroupDetails(key, None, None), now, ()))


def told_anew_since(timeline: Timeline) -> datetime | None:
    """
    Say from when on a reading, the last in *timeline*, may have something to add to what changes mean; None for nowhere.

    What it settles happened since the reading before it, or shortly before that one, which may have been behind.
    """
    readings = [step for step in timeline.steps if isinstance(step.fact, Observation)]
    if not readings:
        return None
    step, earlier = readings[-1], timeline.start.read
    changes = [step.fact for step in timeline.steps if isinstance(step.fact, SecurityGroupChange)]
    opening = [rule for change in changes for rule in change.opening]
    is_settled = step.before.is_certain and not (step.opened or step.closed)
    if is_settled and earlier and not owners_in(opening):  # a call may leave out whose group it lets in
        return None
    if earlier:
        return earlier - LAG
    return changes[0].time if changes else None
