"""The ledger's laws, over any history of a group as a plain simulation of EC2 plays it."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.core.changes import ChangeKind, Observation, SecurityGroupChange
from bot.core.fold import fold
from bot.core.ledger import Fact, Ledger, Timeline, fact_time
from bot.core.rules import Rule
from tests.property import strategies
from tests.simulation.choosing import Choice, Habits
from tests.simulation.ec2 import content
from tests.simulation.histories import START, Fate, History, Told
from tests.simulation.judging import contents, differences, is_found, mark_of, words
from tests.simulation.playing import Beginning, Circumstances, play, read_at_last
from tests.simulation.readings import MAX_LAG, read

T = TypeVar("T")

SECOND = timedelta(seconds=1)


class Drawn:
    """Hypothesis, as one who chooses."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one(self, options: Sequence[T]) -> T:
        return options[self._draw(st.integers(0, len(options) - 1))]

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) >= 100 - percent

    def part(self, choose: Callable[[Choice], T]) -> T:
        return self._draw(parts(choose))


@st.composite
def parts(draw: st.DrawFn, choose: Callable[[Choice], T]) -> T:
    """Draw what belongs together."""
    return choose(Drawn(draw))


@st.composite
def histories(draw: st.DrawFn, circumstances: Circumstances) -> History:
    """Draw the history of one group."""
    return play(Drawn(draw), circumstances)


@st.composite
def read_histories(draw: st.DrawFn, circumstances: Circumstances) -> tuple[History, Observation]:
    """Draw the history of a group that there is at the end, and a reading of it when nothing was done for a minute."""
    history = play(Drawn(draw), circumstances)
    return history, read_at_last(Drawn(draw), history)


@st.composite
def shuffles(draw: st.DrawFn, facts: Sequence[Fact]) -> list[Fact]:
    """Draw an order of facts, some of them twice or more."""
    doubled = draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    return draw(st.permutations([*facts, *doubled]))


ANY_BEGINNING = tuple(Beginning)
# Nothing is missing; by design then nothing but ties, and rules named by ids that nobody told, leave a doubt.
WHOLE = Circumstances(twice=10)
IN_TURN = replace(WHOLE, ties=False)
TOLD = replace(IN_TURN, old=0)
# Whatever can go wrong.
TORN = Circumstances(beginnings=ANY_BEGINNING, lost=35, late=10, twice=10, cut=3, reads=20)
QUICK = settings(max_examples=500, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])
THOROUGH = settings(max_examples=2000, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])


class TestOrderAndRepetition:
    @given(st.data())
    @QUICK
    def test_do_not_matter(self, data: st.DataObject) -> None:
        """Law: any shuffle and any repetition of the facts folds to the same timeline, at the end and at each step."""
        history = data.draw(histories(TORN))
        shuffled = data.draw(shuffles(history.facts), label="facts")
        assert fold(shuffled) == fold(history.facts)

    @given(st.data())
    @QUICK
    def test_do_not_matter_of_any_facts_at_all(self, data: st.DataObject) -> None:
        """Law: facts that no EC2 would have made, in any order, fold too, and to the same."""
        changes = st.builds(
            lambda change, time: replace(change, time=time),
            strategies.changes(most_rules=3),
            st.integers(0, 5).map(lambda seconds: datetime.fromisoformat("2026-03-02T20:00:00Z") + seconds * SECOND),
        )
        facts: list[Fact] = data.draw(st.lists(changes, max_size=6, unique_by=lambda change: change.event_id))
        assert fold(data.draw(shuffles(facts), label="shuffled")) == fold(facts)


class TestNothingMissing:
    @given(histories(WHOLE))
    @THOROUGH
    def test_the_ledger_is_ec2_but_for_what_is_in_doubt(self, history: History) -> None:
        """
        Law: of a group that was created in sight, or read before, the ledger holds at every moment what EC2 holds.

        But for contents in doubt, as of calls within one second the order is not told, nor of a rule named by an id
        that nobody told which it is.
        """
        timeline = fold(history.facts)
        for second in moments(history, timeline):
            truth, ledger = history.rules_after_second(second), timeline.at(second)
            assert ledger.is_known
            assert not unmarked(ledger, truth), f"at {second:%X}: {words(ledger)}"
            assert_ids(ledger, truth)

    @given(histories(IN_TURN))
    @THOROUGH
    def test_without_ties_the_ledger_is_exact(self, history: History) -> None:
        """
        Law: where each call has a second of its own, and ids name only rules that were told with them, nothing is in doubt.

        Nor is there a revoke of what was not there, which EC2 answers in a default VPC as any other. Each step then tells what
        EC2 held before and after it, to the description; and who opened and closed what, and when.
        """
        if not history.names_only_told_ids() or any(told.done.unmatched for told in history.told):
            return
        timeline = fold(history.facts)
        for told in history.told:
            step = timeline.of(told.change.event_id)
            if step is None:
                assert not told.is_carried_out
                continue
            for ledger, truth in ((step.before, told.done.before), (step.after, told.done.after)):
                assert ledger.is_certain or told.change.kind is ChangeKind.CREATE
                assert_same(ledger, truth.values())
            if not told.is_carried_out:
                assert (step.opened, step.closed) == ((), ())
        for second in moments(history, timeline):
            assert_same(timeline.at(second), history.rules_after_second(second))
        assert_blame(timeline.end, history)


class TestOneReading:
    @given(read_histories(TORN))
    @THOROUGH
    def test_makes_the_ledger_equal_to_ec2(self, drawn: tuple[History, Observation]) -> None:
        """
        Law: whatever was lost, cut, delayed or doubled, one reading a minute after the last call makes the ledger right.

        To ids and descriptions, and also when events arrive after it. (A second more than a minute, as events' times are
        cut to the second.) A group that is gone cannot be read.
        """
        history, reading = drawn
        if history.group_id not in history.ec2.groups:
            return
        truth = set(history.rules_at(reading.at))
        arrived = [*history.changes(Fate.SEEN, Fate.TWICE), *history.readings, reading]
        for facts in (arrived, [*history.facts, reading]):
            end = fold(facts).end
            assert set(end.rules) == truth
            assert len(end.rules) == len(truth)
            assert end.is_certain

    @given(read_histories(TORN))
    @THOROUGH
    def test_finds_only_what_was_marked_or_what_nobody_saw(self, drawn: tuple[History, Observation]) -> None:
        """
        Law: where the ledger differed from EC2 just before a reading, it said so, or the reading finds an event not seen.

        That is told as the time in which the rule must have opened, or closed, and that is when it did. A rule of whose whole
        life no event survived is the one exception, and makes no difference then.
        """
        history, reading = drawn
        if history.group_id not in history.ec2.groups:
            return
        truth = history.rules_at(reading.at)
        before = fold(history.facts).end
        timeline = fold([*history.facts, reading])
        lives = history.ec2.lives(history.group_id)
        for differing in unmarked(before, truth):
            was_live = differing in contents(before.rules)
            assert is_found(timeline, lives, differing, was_live=was_live), f"{words(differing)}: {words(before)}, then {words(timeline.end)}"


class TestLaggingReading:
    @given(histories(replace(TORN, late=0, cut=0, ties=False, default_vpc=False, reads=40)))
    @THOROUGH
    def test_undoes_nothing_that_a_younger_event_told(self, history: History) -> None:
        """
        Law: what the last event about a content tells of it stands, unless a reading is more than a minute younger.

        An event is about a content that it names itself, or whose rule it names by an id that was told with the content.
        """
        end = fold(history.facts).end
        for differing, told, is_live in last_told(history):
            if any(reading.at.replace(microsecond=0) - told.change.time > MAX_LAG for reading in history.readings):
                continue
            says = differing in contents(end.rules)
            assert says is is_live or mark_of(end, (), differing), (
                f"{words(differing)} by {told.change.event_id}: {words(end)}"
            )


class TestDelete:
    @given(histories(replace(TORN, late=0, lost=20, habits=Habits(deletes=25))))
    @THOROUGH
    def test_closes_everything_and_what_arrives_later_is_history(self, history: History) -> None:
        """Law: once the delete of a group is known nothing is live, whatever else arrives, and every entry has closed."""
        deletes = [told for told in history.told if told.change.kind is ChangeKind.DELETE and told.is_carried_out]
        if not deletes or deletes[0].fate is Fate.LOST:
            return
        for facts in (history.facts, *([fact for fact in history.facts if fact is not one] for one in others(history))):
            timeline = fold(facts)
            end = timeline.end
            assert end.deleted is not None
            assert end.deleted.by is not None
            assert end.deleted.by.event_id == deletes[0].change.event_id
            assert not (end.live or end.doubts or end.blanks), words(end)
            step = timeline.of(deletes[0].change.event_id)
            assert step is not None
            assert {entry.rule for entry in step.closed} == set(step.before.rules)
            assert all(entry.closed for entry in end.closed)


class TestSnapshot:
    @given(histories(replace(TORN, beginnings=(Beginning.CREATED, Beginning.READ), lost=20)))
    @THOROUGH
    def test_folding_on_from_a_ledger_is_folding_everything(self, history: History) -> None:
        """
        Law: what is folded on from a ledger that was certain is what would have been folded from all facts.

        If each of the later facts is a second or more later than all the earlier ones, and no live rule's direction was
        unknown. So the ledger may be stored. (From one that was not certain, later facts can tell in hindsight what the
        earlier ones meant, if they are folded together.)
        """
        facts = sorted(history.facts, key=fact_time)
        whole = fold(facts).end
        for index in range(1, len(facts)):
            earlier, later = facts[:index], facts[index:]
            start = fold(earlier).end
            if fact_time(later[0]) - fact_time(earlier[-1]) >= SECOND and is_certain(start):
                assert_equal(fold(later, start=start).end, whole, f"folded on from {fact_time(later[0]):%X}")


def is_certain(ledger: Ledger) -> bool:
    """Tell whether nothing is left open that a later fact could answer."""
    return ledger.is_certain and all(rule.direction for rule in ledger.rules)


def moments(history: History, timeline: Timeline) -> list[datetime]:
    """Name each second from the first fact on in which something happened."""
    seconds = {fact_time(step.fact) for step in timeline.steps} | set(history.seconds)
    return sorted({second.replace(microsecond=0) for second in seconds})


def unmarked(ledger: Ledger, truth: Sequence[Rule]) -> set[Rule]:
    """Name the contents in which the ledger differs from the truth without saying that it may."""
    return {rule for rule in differences(ledger, truth) if mark_of(ledger, truth, rule) is None}


def assert_equal(one: Ledger, other: Ledger, when: str) -> None:
    """Check that two ledgers are equal, with a message of what only one of them says."""
    for name in (field.name for field in fields(Ledger)):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs and isinstance(mine, tuple):
            mine, theirs = ([part for part in xs if part not in ys] for xs, ys in ((mine, theirs), (theirs, mine)))
        said = f"{when}, {name}: {words(mine)} instead of {words(theirs)}"
        assert getattr(one, name) == getattr(other, name), said


def assert_ids(ledger: Ledger, truth: Any) -> None:
    """Check that the ids which the ledger knows are those of the rules of that content, but for what is in doubt."""
    ids = {content(rule): rule.rule_id for rule in truth}
    for rule in ledger.rules:
        if rule.rule_id and content(rule) in ids and mark_of(ledger, truth, content(rule)) is None:
            assert rule.rule_id == ids[content(rule)], f"{rule}"


def assert_same(ledger: Ledger, truth: Any) -> None:
    """Check that the ledger holds the true rules, with their descriptions, and with the ids that it knows."""
    truth = tuple(truth)
    assert not ledger.doubts
    assert not ledger.blanks
    assert {replace(rule, rule_id=None) for rule in ledger.rules} == {replace(rule, rule_id=None) for rule in truth}
    assert len(ledger.rules) == len(truth)
    assert_ids(ledger, truth)


def assert_blame(ledger: Ledger, history: History) -> None:
    """Check of each entry that the change which it names opened it, or closed it, and of each life that there is an entry."""
    by_event = {told.change.event_id: told for told in history.told}
    expected = [
        (life.content, life.opened, life.closed)
        for life in history.ec2.lives(history.group_id)
        if life.closed is None or life.closed >= START
    ]
    found: list[Any] = []
    for entry in (*ledger.closed, *ledger.live):
        opened = by_event[entry.opened.by.event_id].done.at if entry.opened.by else None
        closed = by_event[entry.closed.by.event_id].done.at if entry.closed and entry.closed.by else None
        found.append((entry.content, opened, closed))
    in_sight = {told.done.at for told in history.told}
    assert sorted(map(repr, found)) == sorted(
        repr((rule, opened if opened in in_sight else None, closed)) for rule, opened, closed in expected
    )


def last_told(history: History) -> list[tuple[Rule, Told, bool]]:
    """Give the last event that told of each content, and whether it told that it is live."""
    last: dict[Rule, tuple[Told, bool]] = {}
    ids: dict[str, Rule] = {}
    for told in history.told:
        if told.fate is Fate.LOST or not told.is_carried_out:
            continue
        change = told.change
        after = contents(told.done.after.values())
        named = contents((*change.added, *change.removed))
        named |= {content(edit.rule) for edit in change.described if isinstance(edit.rule, Rule)}
        for rule_id in (*change.removed_rule_ids, *(rule.rule_id or "" for rule in change.modified)):
            if rule_id in ids:
                named.add(ids[rule_id])
            else:  # only a reading may tell what it was, so nothing is said of that content
                last.pop(content(told.done.before[rule_id]), None)
        for rule in change.modified:
            ids[rule.rule_id or ""] = content(told.done.after[rule.rule_id or ""])
            named |= {ids[rule.rule_id or ""]}
        ids |= {rule.rule_id: content(rule) for rule in change.added if rule.rule_id}
        if change.kind is ChangeKind.DELETE:
            named |= set(last)
        last |= {rule: (told, rule in after) for rule in named}
    return [(rule, *rest) for rule, rest in last.items()]


def others(history: History) -> list[SecurityGroupChange]:
    """Give the changes but for the delete."""
    return [change for change in history.changes(Fate.SEEN, Fate.TWICE) if change.kind is not ChangeKind.DELETE]
