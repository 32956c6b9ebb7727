"""
Fold the facts about a group into its rules over time.

Pure, and the same for the same set of facts: in whatever order they came, however often. docs/architecture.md works one
history through.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from bot.core.changes import ChangeKind, Observation, SecurityGroupChange
from bot.core.ledger import NOTHING_KNOWN, Fact, Ledger, Moment, Step, Timeline, in_order
from bot.core.orders import likeliest_order
from bot.core.reading import read
from bot.core.replay import Rules, Told, alters_rules, slot_of
from bot.core.rules import Rule, owned, owners_in


def fold(facts: Iterable[Fact], start: Ledger = NOTHING_KNOWN) -> Timeline:
    """
    Fold *facts*, which are later than those that *start* was folded from.

    They are taken in the order of their times. Those of one second, which is as far as CloudTrail's times go, are taken in
    the orders in which EC2 would have accepted them; where these end differently, what they differ in is in doubt.

    A group that is read for the first time held what is found then, and what changes had taken by then, from the first: so
    the facts up to there are folded twice.
    """
    ordered = _in_order(facts, start)
    told, owners = _told(ordered, start)
    if owners:
        ordered = [_owned(fact, owners) for fact in ordered]
    first = next((place for place, fact in enumerate(ordered) if isinstance(fact, Observation)), None)
    if first is not None and not start.is_known:
        start = _base(_replay(ordered[: first + 1], start, told)) or start
    return _replay(ordered, start, told)


def _in_order(facts: Iterable[Fact], start: Ledger) -> list[Fact]:
    """
    Sort *facts*, each once; a reading comes behind what changed in its second.

    But for the delete of a group of which the reading is the first that is known: it shows that the group was there.
    """
    changes: dict[str, SecurityGroupChange] = {}
    readings: dict[datetime, Observation] = {}
    for fact in facts:
        if isinstance(fact, Observation):
            readings[fact.at] = fact
        elif alters_rules(fact):
            changes[fact.event_id] = fact
    is_known = start.is_known or any(change.kind is ChangeKind.CREATE for change in changes.values())
    first = None if is_known else min(readings, default=None)

    def place(fact: Fact) -> tuple[datetime, bool, str]:
        if isinstance(fact, SecurityGroupChange) and fact.kind is ChangeKind.DELETE and first is not None:
            return (
                max(fact.time, first) if fact.time == first.replace(microsecond=0) else fact.time,
                True,
                "~",
            )
        return _place(fact)

    return sorted([*changes.values(), *readings.values()], key=place)


def _place(fact: Fact) -> tuple[datetime, bool, str]:
    if isinstance(fact, Observation):
        return fact.at, True, ""
    return fact.time, False, fact.event_id


def _told(facts: Iterable[Fact], start: Ledger) -> tuple[Told, dict[str, str]]:
    """Give what the facts tell of rules by their ids, and of groups that rules admit: whose they are, where it is another account."""
    rules: list[Rule] = [*start.rules, *(entry.rule for entry in start.closed)]
    born: set[str] = set()
    for fact in facts:
        if isinstance(fact, Observation):
            rules += fact.rules
        else:
            rules += (*fact.added, *fact.removed, *fact.modified)
            born |= {rule.rule_id for rule in fact.added if rule.rule_id}
    directions = {rule.rule_id: rule.direction for rule in rules if rule.rule_id and rule.direction}
    return Told(directions, frozenset(born)), owners_in(rules)


def _owned(fact: Fact, owners: Mapping[str, str]) -> Fact:
    """Say of the groups that a call names by their ids alone whose they are."""
    if isinstance(fact, Observation):
        return fact
    added, modified = (tuple(owned(rule, owners) for rule in rules) for rules in (fact.added, fact.modified))
    return replace(fact, added=added, modified=modified)


def _replay(facts: Iterable[Fact], start: Ledger, told: Told) -> Timeline:
    rules = Rules(start, told)
    steps: list[Step] = []
    for _, alike in groupby(facts, key=lambda fact: _place(fact)[:2]):
        together = list(alike)
        changes = [fact for fact in together if isinstance(fact, SecurityGroupChange)]
        if changes:
            steps += _replay_second(changes, rules)
        for fact in together:
            if isinstance(fact, Observation):
                steps.append(_replay_reading(fact, rules))
    return Timeline(start, tuple(steps))


def _replay_reading(observation: Observation, rules: Rules) -> Step:
    before, closed = rules.ledger(observation.at), len(rules.closed)
    read(rules, observation)
    ids = {entry.rule.rule_id for entry in before.live}
    contents = {slot_of(entry.rule) for entry in before.live}
    opened = (
        entry for slot, entry in rules.live.items() if slot not in contents and entry.rule.rule_id not in ids
    )
    after = rules.ledger(observation.at)
    return Step(observation, before, after, tuple(opened), tuple(rules.closed[closed:]))


def _replay_second(changes: list[SecurityGroupChange], rules: Rules) -> list[Step]:
    time = changes[0].time
    ordered, in_doubt = likeliest_order(changes, rules)
    steps: list[Step] = []
    for change in ordered:
        rules.prove(change)
        before, closed = rules.ledger(time), len(rules.closed)
        rules.apply(change)
        after = rules.ledger(time)
        steps.append(Step(change, before, after, tuple(rules.opened), tuple(rules.closed[closed:])))
    if in_doubt and not rules.deleted:
        for content in in_doubt:
            rules.doubts.setdefault(content, time)
        # In between, as well as at the end, it is as uncertain what was live.
        marked = [replace(step, after=_doubting(step.after, in_doubt, time)) for step in steps]
        steps = marked[:1] + [
            replace(step, before=_doubting(step.before, in_doubt, time)) for step in marked[1:]
        ]
    return steps


def _doubting(ledger: Ledger, contents: Iterable[Rule], since: datetime) -> Ledger:
    return replace(ledger, doubts=in_order({**dict.fromkeys(contents, since), **dict(ledger.doubts)}))


def _base(timeline: Timeline) -> Ledger | None:
    """
    Say what the group must have held before the first fact, from what its first reading, the last in *timeline*, found.

    And from what the changes before that showed; None where it was known by then. What a change of which AWS left out what it
    changed may have opened is in doubt.
    """
    steps = timeline.steps
    if steps[-1].before.is_known:
        return None
    since = _place(steps[0].fact)[0]
    seen = [entry for step in steps for entry in (*step.before.live, *step.after.live)]
    was = {
        slot_of(entry.rule): entry
        for entry in (*timeline.start.live, *seen)
        if entry.opened.by is None and entry.opened.after is None and entry.origin is None
    }
    live = tuple(
        replace(
            entry, opened=Moment(min(since, entry.opened.at)), seen=min(since, entry.seen), described=None
        )
        for entry in was.values()
    )
    doubts = {content: since for step in steps[:-1] for content, _ in step.after.doubts}
    if any(step.after.cuts for step in steps[:-1]):
        doubts |= {slot_of(entry.rule): since for entry in steps[-1].opened}
    blanks = dict.fromkeys(
        rule_id for step in steps[:-1] for rule_id in (*step.before.blanks, *timeline.start.blanks)
    )
    return replace(timeline.start, live=live, doubts=in_order(doubts), blanks=tuple(blanks), is_known=True)
