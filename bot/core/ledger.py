"""A group's rules as its facts tell them: what is live, who opened it and when, what closed, and what is in doubt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.changes import ChangeKind, Observation, SecurityGroupChange
from bot.core.rules import Direction, Rule

Fact = SecurityGroupChange | Observation
"""What a ledger is folded from: one for each event, one for each complete reading of the group from EC2."""

LAG = timedelta(seconds=60)
"""By how much a reading of EC2 may be behind what was done."""

SURE_AFTER_SECONDS = 75
"""After how long a reading is sure to show what was done, and who makes it late by some seconds is no matter."""

MAX_CLOSED = 50
"""How many entries that closed a ledger keeps, the latest ones, beside those that a reading may still be behind of."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who acknowledged the alert of a change, when, and why if they said so."""

    user_id: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """
    The change that opened, altered or closed a rule: as much of it as is to outlive the change itself.

    *name* is the principal's label. *acceptance* is None where nobody acknowledged, or nobody has copied it yet.
    """

    event_id: str
    event_name: str
    kind: ChangeKind
    time: datetime
    name: str
    acceptance: Acceptance | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """
    When a rule opened or closed, and by which change.

    *by* None means by an event not seen: no sooner than *after*, the last that shows the contrary (None where nothing does),
    and at *at* at the latest, the first that shows it. With *by*, *after* is set only where the change named a rule by its id
    alone: what is known of the rule is then as of *after*.
    """

    at: datetime
    by: Author | None = None
    after: datetime | None = None

    def may_be(self, time: datetime) -> bool:
        """Tell whether it may not have come yet at *time*, or may have: whether that is not known."""
        return self.by is None and (self.after is None or self.after <= time) and time < self.at


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One rule's record while it admits the same: a rule that is modified closes here, and opens anew under its id.

    *rule* is as it was told last, its id and direction None while nothing tells them. *origin* is when the rule itself
    opened, where that was before *opened*. *seen* is the last time at which a fact shows it live, *described* that of the
    last change of its description, None where there was none since it opened. *closed* is None while it is live.
    """

    rule: Rule
    opened: Moment
    seen: datetime
    described: datetime | None = None
    origin: Moment | None = None
    closed: Moment | None = None

    @property
    def content(self) -> Rule:
        """What it admits."""
        return content_of(self.rule)

    @property
    def first_opened(self) -> Moment:
        """When the rule opened, whatever it admitted then."""
        return self.origin or self.opened


@dataclass(frozen=True, slots=True)
class Gone:
    """A rule that is known by its id alone: something closed it, and nothing says what it admitted."""

    rule_id: str
    closed: Moment


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    What is known of a group's rules at one moment.

    *live* holds at most one entry of each content. *closed* are the latest that closed, in the order of closing.
    *doubts* are contents of which it is not certain whether they are live, as the facts allow both: each with the time
    from which on that is so, in its order. *blanks* are ids of rules that are live and of which nothing else is known. *is_known* says
    that the group has been read, or seen to be created: else *live* holds only what changes told. *cuts* are changes, still
    unexplained by a reading, of which AWS left out what they changed. *gone* are blanks that closed since the last reading.
    *created* and *deleted* are of the group itself. *read* is the last reading's time.
    """

    live: tuple[Entry, ...] = ()
    closed: tuple[Entry, ...] = ()
    doubts: tuple[tuple[Rule, datetime], ...] = ()
    blanks: tuple[str, ...] = ()
    is_known: bool = False
    cuts: tuple[SecurityGroupChange, ...] = ()
    gone: tuple[Gone, ...] = ()
    created: Moment | None = None
    deleted: Moment | None = None
    read: datetime | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are live, as far as is known."""
        return tuple(entry.rule for entry in self.live)

    @property
    def is_certain(self) -> bool:
        """Whether every rule of the group is known with its direction, and none is in doubt."""
        if not self.is_known or self.doubts or self.blanks or self.cuts:
            return False
        return all(entry.rule.direction for entry in self.live)

    def going(self, direction: Direction) -> tuple[Rule, ...]:
        """Give the live rules of one direction; one of an unknown direction is of none."""
        return tuple(entry.rule for entry in self.live if entry.rule.direction is direction)

    def entry(self, rule: Rule) -> Entry | None:
        """Find the live entry that *rule* names: by its id if both have one, else by its content."""
        if rule.rule_id:
            for entry in self.live:
                if entry.rule.rule_id == rule.rule_id:
                    return entry
        content = content_of(rule)
        return next((entry for entry in self.live if entry.content == content), None)


NOTHING_KNOWN = Ledger()


@dataclass(frozen=True, slots=True)
class Step:
    """One fact, and the ledger before and after it; *opened* and *closed* are the entries that it opened and closed."""

    fact: Fact
    before: Ledger
    after: Ledger
    opened: tuple[Entry, ...] = ()
    closed: tuple[Entry, ...] = ()

    @property
    def change(self) -> SecurityGroupChange | None:
        """The change, None for a reading."""
        return self.fact if isinstance(self.fact, SecurityGroupChange) else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a fold gives: the steps in the order in which things happened, from *start* to *end*."""

    start: Ledger
    steps: tuple[Step, ...] = ()

    @property
    def end(self) -> Ledger:
        """The ledger after the last step."""
        return self.steps[-1].after if self.steps else self.start

    def of(self, event_id: str) -> Step | None:
        """Find the step of a change."""
        return next((step for step in self.steps if step.change and step.change.event_id == event_id), None)

    def at(self, time: datetime) -> Ledger:
        """Give the ledger as of *time*, with what happened in its second; facts are of one second's resolution."""
        ledger = self.start
        for step in self.steps:
            if fact_time(step.fact).replace(microsecond=0) > time:
                break
            ledger = step.after
        return ledger

    def changes(self) -> Iterator[Step]:
        """Go through the steps of changes."""
        return (step for step in self.steps if step.change)


def fact_time(fact: Fact) -> datetime:
    """Give when *fact* was so."""
    return fact.at if isinstance(fact, Observation) else fact.time


def in_order(doubts: Mapping[Rule, datetime]) -> tuple[tuple[Rule, datetime], ...]:
    """Give contents in doubt in the one order that depends on them alone: the same facts are to give equal ledgers."""
    return tuple(sorted(doubts.items(), key=lambda doubt: (doubt[1], repr(doubt[0]))))


def content_of(rule: Rule) -> Rule:
    """Give what *rule* admits, which is what EC2 tells rules of a group apart by: not its description, nor its id."""
    return Rule(rule.direction, rule.protocol, rule.ports, rule.icmp, rule.source)
