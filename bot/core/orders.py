"""
In which order the changes of one second happened: CloudTrail's times go no further than that.

EC2 would have accepted only some orders: to authorize, the content must not be there; to revoke or modify, it must. Of those,
and where there is none of those that take the fewest unseen events, one is taken; what they leave differently is in doubt.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.ledger import content_of
from bot.core.replay import Rules, slot_of
from bot.core.rules import Direction, Rule

MOST_TRIED = 500
"""
How many times a change is tried in search of an order: all orders of six changes of one rule, in a fifth of a second.

Beyond that the rest follow as they come, what was found by then counts, and all that they touch is in doubt until a reading.
"""

_ANY_NAMELESS = "a rule whose id is not known"

_Outcome = frozenset[tuple[Rule, str | None]]


def likeliest_order(
    changes: list[SecurityGroupChange], rules: Rules
) -> tuple[list[SecurityGroupChange], set[Rule]]:
    """Order *changes*, all of one second, that meet *rules*; give the contents of which it stays uncertain if they are live."""
    if len(changes) == 1:  # as most are; a copy of a thousand rules for each would be the half of a long fold
        return changes, set()
    tied = sorted(changes, key=lambda change: change.event_id)
    creating = [change for change in tied if change.kind is ChangeKind.CREATE]  # before all else
    deleting = [change for change in tied if change.kind is ChangeKind.DELETE]  # after all else
    others = [change for change in tied if change not in creating and change not in deleting]
    ordered, in_doubt = creating, set[Rule]()
    met = rules.copy()
    for change in creating:
        met.apply(change)
    for part in _parts(others, met):
        order, doubted = _order(part, met)
        ordered += order
        in_doubt |= doubted
    if len(others) > 1:
        in_doubt |= _may_be_ended(others, met) | _may_have_been_nothing(others, met)
    return ordered + deleting, in_doubt


def _parts(changes: Iterable[SecurityGroupChange], rules: Rules) -> list[list[SecurityGroupChange]]:
    """Part *changes* into those that have nothing to do with each other; within a part they touch the same rules."""
    changes = list(changes)
    has_nameless = _names_unknown(changes, rules)
    parts: list[tuple[set[Hashable], list[SecurityGroupChange]]] = []
    for change in changes:
        touched = set(_touches(change, rules, has_nameless=has_nameless))
        joined = [change]
        apart = []
        for keys, members in parts:
            if keys & touched:
                touched |= keys
                joined = members + joined
            else:
                apart.append((keys, members))
        parts = [*apart, (touched, joined)]
    return [sorted(members, key=lambda change: change.event_id) for _, members in parts]


def _touches(change: SecurityGroupChange, rules: Rules, *, has_nameless: bool) -> Iterator[Hashable]:
    """Name the contents and ids of rules that *change* is about."""
    named: list[Rule | str] = [*change.added, *change.removed, *change.removed_rule_ids, *change.modified]
    named += [edit.rule for edit in change.described]
    for rule in named:
        rule_id = rule if isinstance(rule, str) else rule.rule_id
        if rule_id:
            yield rule_id
            if rule_id in rules.slots:
                yield rules.slots[rule_id]
        elif has_nameless:
            yield _ANY_NAMELESS
        if rule_id and rule_id not in rules.slots and has_nameless:
            yield _ANY_NAMELESS
        if not isinstance(rule, Rule):
            continue
        for direction in (rule.direction,) if rule.direction else Direction:
            content = content_of(replace(rule, direction=direction))
            yield content
            if content in rules.live and rules.live[content].rule.rule_id:
                yield rules.live[content].rule.rule_id


def _may_be_ended(changes: Iterable[SecurityGroupChange], rules: Rules) -> set[Rule]:
    """Give the contents without a known id that a change of the second may have ended, as it names a rule by such an id alone."""
    changes = list(changes)
    ending = [replace(change, removed=(), described=()) for change in changes]
    if not _names_unknown(ending, rules):
        return set()
    nameless = [entry.rule for entry in rules.live.values() if entry.rule.rule_id is None]
    nameless += [rule for change in changes for rule in change.added if rule.rule_id is None]
    return {content_of(rule) for rule in nameless}


def _may_have_been_nothing(changes: Iterable[SecurityGroupChange], rules: Rules) -> set[Rule]:
    """
    Give the contents that one change of the second revokes, and another one opens, when they were not there before.

    In a default VPC EC2 accepts a revoke of nothing, and so either order; only an answer that says what went tells.
    """
    changes = list(changes)
    revoked = {slot_of(rule) for change in changes for rule in change.removed if rule.rule_id is None}
    opened = {
        content_of(replace(rule, direction=direction))
        for change in changes
        for rule in change.opening
        for direction in ((rule.direction,) if rule.direction else Direction)
    }
    return {content for content in revoked & opened if content not in rules.live}


def _names_unknown(changes: Iterable[SecurityGroupChange], rules: Rules) -> bool:
    """Tell whether one of *changes* names a rule by an id that stands nowhere else, so that it may be one without its id."""
    known = set(rules.slots)
    asked: set[str] = set()
    for change in changes:
        known |= {rule.rule_id for rule in change.added if rule.rule_id}
        asked |= set(change.removed_rule_ids)
        asked |= {rule.rule_id for rule in (*change.modified, *change.removed) if rule.rule_id}
        asked |= {edit.rule for edit in change.described if isinstance(edit.rule, str)}
    return not asked <= known


def _order(changes: list[SecurityGroupChange], rules: Rules) -> tuple[list[SecurityGroupChange], set[Rule]]:
    if len(changes) == 1:
        return changes, set()
    search = Search(changes, rules)
    beginning = rules.copy()
    beginning.touched = set()
    search.go_on(beginning, (), 0)
    return search.result()


@dataclass(slots=True)
class Search:
    """Tries the orders of *changes* that meet *rules*, the likelier ones first."""

    changes: list[SecurityGroupChange]
    rules: Rules
    least: int | None = None
    found: dict[_Outcome, list[SecurityGroupChange]] = field(default_factory=dict)
    tried: int = 0
    touched: set[Rule] = field(default_factory=set)
    _met: dict[Hashable, int] = field(default_factory=dict)

    def go_on(self, rules: Rules, done: tuple[SecurityGroupChange, ...], cost: int) -> None:
        """Try what can follow *done*, which left *rules* and took *cost* unseen events."""
        left = [change for change in self.changes if change not in done]
        outcome = self._outcome(rules)
        if not left:
            if self.least is None or cost < self.least:
                self.least, self.found = cost, {}
            self.found.setdefault(outcome, list(done))
            return
        # Orders that lead to the same rules go on alike.
        state = (frozenset(change.event_id for change in left), outcome)
        if self._met.get(state, cost + 1) <= cost:
            return
        self._met[state] = cost
        following = []
        for change in left[:1] if self.is_cut_short else left:
            self.tried += 1
            tried = rules.copy()
            more = cost + tried.prove(change)
            tried.apply(change)
            self.touched |= tried.touched
            following.append((more, change, tried))
        for more, change, tried in sorted(following, key=lambda one: (one[0], one[1].event_id)):
            if self.least is not None and (more > self.least or self.is_cut_short):
                return
            self.go_on(tried, (*done, change), more)

    @property
    def is_cut_short(self) -> bool:
        """Whether it has gone on for long enough."""
        return self.tried >= MOST_TRIED

    def result(self) -> tuple[list[SecurityGroupChange], set[Rule]]:
        """Give the order to take, and the contents in which those that are as likely end differently."""
        outcomes = list(self.found)
        order = self.found[outcomes[0]]
        if self.is_cut_short:
            return order, {content_of(slot) for slot in self.touched}
        everywhere = frozenset.intersection(*outcomes)
        return order, {content_of(slot) for outcome in outcomes for slot, _ in outcome - everywhere}

    def _outcome(self, rules: Rules) -> _Outcome:
        """Say what ends otherwise than it began: the id by which it is live, "" without one, None where it is not."""
        ends = ((slot, _id_at(rules, slot)) for slot in rules.touched)
        return frozenset((slot, end) for slot, end in ends if end != _id_at(self.rules, slot))


def _id_at(rules: Rules, slot: Rule) -> str | None:
    entry = rules.live.get(slot)
    return (entry.rule.rule_id or "") if entry else None
