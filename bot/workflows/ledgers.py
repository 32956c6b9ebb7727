"""The ledger of a group: folded from what is kept of it and the facts since, now or as of any time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.address_sets import Entries
from bot.core.behind import Exposed
from bot.core.changes import GroupKey
from bot.core.difference import together
from bot.core.fold import fold
from bot.core.keeping import (
    MAX_WATCHED,
    KeptLedger,
    LedgerMove,
    RecordedChange,
    authors_of,
    blaming,
    named_by,
    new_base,
    with_author,
    with_authors,
)
from bot.core.ledger import LAG, Acceptance, Author, Fact, Ledger, Timeline, fact_time
from bot.core.meaning import Meaning
from bot.core.openness import internet
from bot.core.parts import AlertRef
from bot.core.rules import PrefixList
from bot.core.severity import STANDARD, SeverityPolicy
from bot.workflows.ports import LedgerFacts

_MOST_EXPOSED = 20


@dataclass(frozen=True, slots=True)
class Folding:
    """
    What the facts of a group fold to.

    *told* are the alerts that told the changes among the facts when they came, by event id. *is_late* says that the facts
    before those that *kept* was folded from were read again, as something belongs between them.
    """

    kept: KeptLedger
    timeline: Timeline
    told: dict[str, AlertRef]
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Folds ledgers from what the store has."""

    store: LedgerFacts
    severities: SeverityPolicy = STANDARD

    def ledger(self, key: GroupKey, *, at: datetime | None = None) -> Ledger:
        """Give a group's ledger as it is now, or as it was at the end of the second *at*; two calls, or a few more for long ago."""
        kept = self.store.group_and_ledger(key)[1]
        if at is None:
            return self.fold(kept).timeline.end
        return self.fold(kept, since=at).timeline.at(at)

    def fold(self, kept: KeptLedger, *new: Fact, since: datetime | None = None) -> Folding:
        """
        Fold the facts of a group and the *new* ones, so that what happened from *since* on is in the timeline.

        Two calls at the most where *kept* holds what was before, and three where that has to be read.
        """
        earliest = min([fact_time(fact) for fact in new] + ([since] if since else []), default=None)
        if earliest is None or not kept.is_late(earliest):
            recorded = self.store.changes_since(kept.key, kept.until)
            facts: list[Fact] = [one.change for one in recorded]
            return Folding(kept, fold([*facts, *new], kept.ledger), _told(recorded))
        reading = self.store.reading_before(kept.key, earliest)
        start = reading.at - LAG if reading else None
        recorded = self.store.changes_since(kept.key, start)
        readings = self.store.readings_since(kept.key, reading.at if reading else None)
        facts = [*(one.change for one in recorded), *readings]
        timeline = fold([*facts, *new])
        return Folding(kept, _with_blame(timeline, kept.ledger), _told(recorded), is_late=True)

    def lists(self, *ledgers: Ledger) -> Entries:
        """Give the entries of the prefix lists that rules of *ledgers* name, as far as they are known; no call for none."""
        named = {
            rule.source.prefix_list_id
            for ledger in ledgers
            for rule in ledger.rules
            if isinstance(rule.source, PrefixList)
        }
        return self.store.prefix_lists(sorted(named)) if named else {}

    def lists_of(self, timeline: Timeline) -> Entries:
        """Give likewise those of the prefix lists that rules have named in the course of *timeline*."""
        return self.lists(*(step.before for step in timeline.steps), timeline.end)

    def exposed(self, keys: Sequence[GroupKey]) -> Exposed:
        """Say what groups admit from the internet together, as last known; one call, as nothing has more than fifty groups."""
        kept = self.store.kept_ledgers(keys)
        known = [kept[key] for key in keys if key in kept and kept[key].ledger.is_known]
        opens = together((opened.rule for each in known for opened in each.opens), {}, self.severities)
        unknown = tuple(key.group_id for key in keys if key not in {each.key for each in known})
        return Exposed(opens[:_MOST_EXPOSED], unknown)

    def move(
        self,
        folding: Folding,
        *,
        now: datetime,
        name: str | None,
        watch: Iterable[str] = (),
        until: datetime | None = None,
    ) -> LedgerMove:
        """
        Say what the facts make of the kept ledger; *watch* are alerts to be told when what they opened is closed.

        *until* is the time up to which the facts are to be folded for good, None where that can wait.
        """
        kept, timeline = folding.kept, folding.timeline
        end = timeline.end
        if until is not None:
            until = max(until, kept.until or until)
            folded: tuple[datetime, Ledger] | None = (until, timeline.at(until))
        elif folding.is_late and kept.until:
            folded = (kept.until, timeline.at(kept.until))
        else:
            folded = new_base(timeline, kept.until, now)
        return LedgerMove(
            kept=kept,
            watched=tuple(dict.fromkeys([*kept.watched, *watch]))[-MAX_WATCHED:],
            names=named_by(end),
            opens=internet(end, self.lists(end), self.severities),
            name=name,
            folded=folded,
            is_over=end.deleted is not None,
        )

    def accepted(self, ledger: Ledger) -> Ledger:
        """Copy to the authors in *ledger* who acknowledged their changes, so that it outlives the alerts; two calls for each hundred."""
        known = self._acknowledged(authors_of(ledger))
        return with_authors(ledger, known) if known else ledger

    def blamed(self, meaning: Meaning) -> Meaning:
        """
        Say of the rules that a change took away who had acknowledged their opening, which the kept ledger may not know yet.

        No call where it took none that somebody was seen to open, else two.
        """
        known = self._acknowledged(entry.opened.by for entry in meaning.held if entry.opened.by)
        held = tuple(with_author(entry, known) for entry in meaning.held)
        return replace(meaning, held=held) if known else meaning

    def _acknowledged(self, authors: Iterable[Author]) -> dict[str, Author]:
        """Give those of *authors*, by event id, whose changes somebody acknowledged, with who did, where they lack that."""
        waiting = {author.event_id: author for author in authors if author.acceptance is None}
        alerts = self.store.alerts_of_events(waiting) if waiting else {}
        known: dict[str, Author] = {}
        for event_id, alert in alerts.items():
            if taken := alert.acknowledgement:
                acceptance = Acceptance(taken.user.user_id, taken.at, taken.note)
                known[event_id] = replace(waiting[event_id], acceptance=acceptance)
        return known


def _told(recorded: Iterable[RecordedChange]) -> dict[str, AlertRef]:
    return {one.change.event_id: one.told for one in recorded if one.told}


def _with_blame(timeline: Timeline, known: Ledger) -> Timeline:
    blamed = blaming(known)
    steps = (replace(step, before=blamed(step.before), after=blamed(step.after)) for step in timeline.steps)
    return Timeline(blamed(timeline.start), tuple(steps))
