"""A group's ledger as it is kept between facts, and what a new fact makes of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.changes import GroupKey, SecurityGroupChange
from bot.core.errors import PanopticonError
from bot.core.ledger import NOTHING_KNOWN, Author, Entry, Ledger, Moment, Timeline, fact_time
from bot.core.openness import Open
from bot.core.parts import AlertRef
from bot.core.rules import PrefixList, ReferencedGroup

MAX_WATCHED = 50
"""How many alerts of a group wait for what they opened to close, the latest ones."""

# What is kept is not folded up to the last fact, so that those that come a little late need no more than that.
_SETTLED_AFTER = timedelta(minutes=10)
_MANY_FACTS = 24
_TOO_MANY_FACTS = 200


@dataclass(frozen=True, slots=True)
class KeptLedger:
    """
    The ledger of a group, folded from its facts up to *until*; None before the first.

    *version* rises with each fact that is kept, 0 before the first. *watched* are the ids of alerts that told of an opening
    which is not known to be closed. *names* are the prefix lists and groups that its rules name, by id. *opens* is what was
    open to the internet by the last fact, with the entries of prefix lists as they were known then.
    """

    key: GroupKey
    version: int = 0
    until: datetime | None = None
    ledger: Ledger = NOTHING_KNOWN
    watched: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    opens: tuple[Open, ...] = ()

    def is_late(self, time: datetime) -> bool:
        """Tell whether what happened at *time* belongs between the facts that are folded already."""
        return self.until is not None and time <= self.until


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change as it is kept, and the alert that told it when it came; None where it was not worth telling."""

    change: SecurityGroupChange
    told: AlertRef | None


@dataclass(frozen=True, slots=True)
class LedgerMove:
    """
    What a new fact makes of the ledger *kept*; it applies to that version alone.

    *folded* is a ledger to keep in place of the old one, with the time up to which facts are in it; None leaves the old.
    *opens* is what is open to the internet after the fact. *name* is the group's, None where it is not known. *is_over* says
    that the group is deleted, and its ledger may expire.
    """

    kept: KeptLedger
    watched: tuple[str, ...]
    names: frozenset[str]
    opens: tuple[Open, ...] = ()
    name: str | None = None
    folded: tuple[datetime, Ledger] | None = None
    is_over: bool = False


class LedgerMoved(PanopticonError):
    """Another fact of the group was kept meanwhile: what was made of the older ledger does not hold any more."""


def named_by(ledger: Ledger) -> frozenset[str]:
    """Name the prefix lists and groups that live rules of *ledger* name as sources, by id."""
    found = set()
    for rule in ledger.rules:
        match rule.source:
            case PrefixList(prefix_list_id):
                found.add(prefix_list_id)
            case ReferencedGroup(group_id):
                found.add(group_id)
    return frozenset(found)


def new_base(timeline: Timeline, until: datetime | None, now: datetime) -> tuple[datetime, Ledger] | None:
    """
    Say up to where, and to which ledger, the facts of *timeline* behind *until* are to be folded for good; None for not yet.

    A fact that comes later than that costs a reading of the history, so the last minutes are left out while they can be.
    """
    times = [fact_time(step.fact) for step in timeline.steps if until is None or fact_time(step.fact) > until]
    if len(times) < _MANY_FACTS:
        return None
    settled = [time for time in times if time < now - _SETTLED_AFTER]
    if settled:
        return settled[-1], timeline.at(settled[-1])
    if len(times) < _TOO_MANY_FACTS:
        return None
    earlier = [time for time in times if time < times[-1]]
    return (earlier[-1], timeline.at(earlier[-1])) if earlier else None


def blaming(known: Ledger) -> Callable[[Ledger], Ledger]:
    """
    Give what tells of each entry of a ledger what *known*, folded from older facts too, knows of who opened it.

    An entry stands in many ledgers of a timeline, and neighbours may share what is live: each is told once.
    """
    by_id = {entry.rule.rule_id: entry for entry in known.live if entry.rule.rule_id}
    by_content = {entry.content: entry for entry in known.live}
    told: dict[int, Entry] = {}
    told_lives: dict[int, tuple[Entry, ...]] = {}
    kept: list[
        Entry | tuple[Entry, ...]
    ] = []  # so that nothing else comes to have the identity of one of them

    def blame(entry: Entry) -> Entry:
        other = by_id.get(entry.rule.rule_id) if entry.rule.rule_id else by_content.get(entry.content)
        if other is None or entry.opened.by is not None or other.content != entry.content:
            return entry
        return replace(entry, opened=other.opened, origin=other.origin)

    def tell(live: tuple[Entry, ...]) -> tuple[Entry, ...]:
        if id(live) not in told_lives:
            new = [entry for entry in live if id(entry) not in told]
            told.update((id(entry), blame(entry)) for entry in new)
            told_lives[id(live)] = tuple([told[id(entry)] for entry in live])
            kept.extend((*new, live))
        return told_lives[id(live)]

    return lambda ledger: replace(ledger, live=tell(ledger.live))


def authors_of(ledger: Ledger) -> Iterable[Author]:
    """Go through the changes that opened what is live."""
    for entry in ledger.live:
        for moment in (entry.opened, entry.origin):
            if moment and moment.by:
                yield moment.by


def with_authors(ledger: Ledger, authors: Mapping[str, Author]) -> Ledger:
    """Put *authors*, by event id, in the place of what *ledger* knew of them."""
    return replace(ledger, live=tuple(with_author(entry, authors) for entry in ledger.live))


def with_author(entry: Entry, authors: Mapping[str, Author]) -> Entry:
    """Put *authors*, by event id, in the place of what *entry* knew of who opened it."""

    def tell(moment: Moment) -> Moment:
        return replace(moment, by=authors.get(moment.by.event_id, moment.by)) if moment.by else moment

    return replace(entry, opened=tell(entry.opened), origin=tell(entry.origin) if entry.origin else None)
