"""The ledger's laws, over any history of a group as a plain simulation of EC2 plays it."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.core.changes import ChangeKind
from bot.core.fold import fold
from bot.core.ledger import NOTHING_KNOWN, Fact, Ledger, Timeline, fact_time
from tests.property import strategies
from tests.simulation.choosing import Choice, Dice, Habits
from tests.simulation.ec2 import content
from tests.simulation.histories import START, History, last_told
from tests.simulation.judging import (
    assert_blame,
    assert_equal,
    assert_ids,
    assert_same,
    contents,
    is_found,
    mark_of,
    unmarked,
)
from tests.simulation.playing import Beginning, Circumstances, play
from tests.simulation.readings import MAX_LAG
from tests.simulation.wording import words

T = TypeVar("T")

SECOND = timedelta(seconds=1)
ROOT = Path(__file__).parent.parent.parent


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


def histories(circumstances: Circumstances) -> st.SearchStrategy[History]:
    """Draw the history of one group."""
    return parts(lambda choice: play(choice, circumstances))


@st.composite
def shuffles(draw: st.DrawFn, facts: Sequence[Fact]) -> list[Fact]:
    """Draw an order of facts, some of them twice or more."""
    doubled = draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    return draw(st.permutations([*facts, *doubled]))


# Nothing is missing.
WHOLE = Circumstances(twice=10)
# Whatever can go wrong.
TORN = Circumstances(beginnings=tuple(Beginning), lost=35, late=10, twice=10, cut=3, reads=20)


def the_ledger_is_ec2_but_for_what_is_in_doubt(history: History) -> None:
    """
    Law: of a group that was created in sight, or read before, the ledger holds at every moment what EC2 holds.

    But for contents in doubt: of calls within one second the order is not told, nor of a rule named by an id that nobody
    told which it is; and in a default VPC a revoke may have been of nothing.
    """
    timeline = fold(history.facts)
    for second in moments(history, timeline):
        truth, ledger = history.rules_after_second(second), timeline.at(second)
        assert ledger.is_known
        assert not unmarked(ledger, truth), f"at {second:%X}: {words(ledger)}"
        assert_ids(ledger, truth)


def without_ties_the_ledger_is_exact(history: History) -> None:
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
            assert ledger.is_certain or told.change.kind is ChangeKind.CREATE, words(ledger)
            assert_same(ledger, truth.values())
        if not told.is_carried_out:
            assert (step.opened, step.closed) == ((), ())
    for second in moments(history, timeline):
        assert_same(timeline.at(second), history.rules_after_second(second))
    assert_blame(timeline.end, history)


def one_reading_makes_the_ledger_equal_to_ec2(history: History) -> None:
    """
    Law: whatever was lost, cut, late or doubled, one reading a minute after the last call makes the ledger right.

    To ids and descriptions, and also when events arrive after it. (A second more than a minute, as events' times are
    cut to the second.) A group that is gone cannot be read.
    """
    if history.last is None:
        return
    truth = set(history.rules_at(history.last.at))
    for facts in ([*history.arrived, history.last], [*history.facts, history.last]):
        end = fold(facts).end
        assert set(end.rules) == truth, words(end)
        assert len(end.rules) == len(truth), words(end)
        assert end.is_certain, words(end)


def a_reading_finds_only_what_was_marked_or_what_nobody_saw(history: History) -> None:
    """
    Law: where the ledger differed from EC2 just before a reading, it said so, or the reading finds an event not seen.

    That is told as the time in which the rule must have opened, or closed, and that is when it did. A rule of whose whole
    life no event survived is the one exception, and makes no difference then.
    """
    if history.last is None:
        return
    truth = history.rules_at(history.last.at)
    before = fold(history.facts).end
    timeline = fold([*history.facts, history.last])
    lives = history.ec2.lives(history.group_id)
    for differing in unmarked(before, truth):
        found = is_found(timeline, lives, differing, was_live=differing in contents(before.rules))
        assert found, f"{words(differing)}: {words(before)}, then {words(timeline.end)}"


def a_lagging_reading_undoes_nothing_that_a_younger_event_told(history: History) -> None:
    """
    Law: what the last event about a content tells of it stands, unless a reading is more than a minute younger.

    An event is about a content that it names itself, or whose rule it names by an id that was told with the content. By their
    ids a reading may tell of another rule of that content, which came after, or that the rule was modified since.
    """
    end = fold(history.facts).end
    lives = history.ec2.lives(history.group_id)
    for differing, told, is_live in last_told(history):
        if any(
            reading.at.replace(microsecond=0) - told.change.time > MAX_LAG for reading in history.readings
        ):
            continue
        if (differing in contents(end.rules)) is is_live or mark_of(end, (), differing):
            continue
        since = {life.rule_id for life in lives if life.content == differing and life.opened > told.done.at}
        others = {rule.rule_id for rule in end.rules if content(rule) == differing}
        altered = {
            life.rule_id
            for life in lives
            if life.content != differing and life.opened > told.done.at and life.rule_id in told.done.after
        }
        told_by_readings = {rule.rule_id for reading in history.readings for rule in reading.rules}
        explained = told_by_readings & (altered if is_live else since if others <= since else set())
        assert explained, f"{words(differing)} by {told.change.event_id}: {words(end)}"


def a_delete_closes_everything_and_what_arrives_later_is_history(history: History) -> None:
    """Law: once the delete of a group is known nothing is live, whatever else arrives, and every entry has closed."""
    deletes = [
        told.change for told in history.told if told.change.kind is ChangeKind.DELETE and told.is_carried_out
    ]
    if not deletes or deletes[0] not in history.facts:
        return
    known: list[Fact] = [deletes[0]]
    for fact in [None, *history.facts]:
        known += [fact] if fact else []
        timeline = fold(known)
        end, step = timeline.end, timeline.of(deletes[0].event_id)
        assert end.deleted
        assert end.deleted.by
        assert end.deleted.by.event_id == deletes[0].event_id
        assert (end.live, end.doubts, end.blanks) == ((), (), ()), words(end)
        assert all(entry.closed for entry in end.closed), words(end)
        assert step
        assert {entry.rule for entry in step.closed} == set(step.before.rules)


def folding_on_from_a_certain_ledger_is_folding_everything(history: History) -> None:
    """
    Law: what is folded on from a ledger that was certain is what would have been folded from all facts.

    If each of the later facts is a second or more later than all the earlier ones. So the ledger may be stored. (From one
    that was not certain, later facts can tell in hindsight what the earlier ones meant, if they are folded together.)
    """
    facts = sorted(history.facts, key=fact_time)
    whole = fold(facts).end
    for index in range(1, len(facts)):
        earlier, later = facts[:index], facts[index:]
        start = fold(earlier).end
        if fact_time(later[0]) - fact_time(earlier[-1]) >= SECOND and start.is_certain:
            assert_equal(fold(later, start=start).end, whole, f"folded on from {fact_time(later[0]):%X}")


def a_ledger_that_was_stored_often_says_what_it_does_not_know(history: History) -> None:
    """Law: where nothing is missing, and facts are folded on each time from what was folded before, differences are marked."""
    ledger = folded_in_parts(history.facts)
    assert not unmarked(ledger, history.rules_at(START + timedelta(days=1))), words(ledger)


def one_reading_makes_a_ledger_that_was_stored_often_equal_to_ec2(history: History) -> None:
    """Law: a reading mends a ledger that was folded part by part as it does one that was folded at once."""
    if history.last is None:
        return
    end = folded_in_parts([*history.arrived, history.last])
    assert set(end.rules) == set(history.rules_at(history.last.at)), words(end)
    assert end.is_certain, words(end)


Law = Callable[[History], None]

LAWS: dict[Law, Circumstances] = {
    the_ledger_is_ec2_but_for_what_is_in_doubt: WHOLE,
    without_ties_the_ledger_is_exact: replace(WHOLE, ties=False),
    one_reading_makes_the_ledger_equal_to_ec2: TORN,
    a_reading_finds_only_what_was_marked_or_what_nobody_saw: TORN,
    a_lagging_reading_undoes_nothing_that_a_younger_event_told: replace(
        TORN, late=0, cut=0, ties=False, default_vpc=False, reads=40
    ),
    a_delete_closes_everything_and_what_arrives_later_is_history: replace(
        TORN, lost=20, habits=Habits(deletes=25)
    ),
    folding_on_from_a_certain_ledger_is_folding_everything: replace(
        TORN, beginnings=(Beginning.CREATED, Beginning.READ), lost=20
    ),
    a_ledger_that_was_stored_often_says_what_it_does_not_know: WHOLE,
    one_reading_makes_a_ledger_that_was_stored_often_equal_to_ec2: TORN,
}

each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
# The same each time, as dice look further; Hypothesis' account of which lines fail tells little here, and takes minutes.
BRIEF = settings(
    max_examples=100, derandomize=True, phases=[phase for phase in Phase if phase is not Phase.explain]
)


# Histories, of ten thousand for each law, in which the fold is known to fall short: calls by an id that nobody told, mixed with
# records without ids and readings that are behind, within a minute.
FALLS_SHORT: dict[Law, frozenset[int]] = {
    the_ledger_is_ec2_but_for_what_is_in_doubt: frozenset({9699}),
    a_ledger_that_was_stored_often_says_what_it_does_not_know: frozenset({1598, 5476, 9699}),
    folding_on_from_a_certain_ledger_is_folding_everything: frozenset({554, 1614, 6970, 8135, 9440}),
}


class TestEachLaw:
    @each_law
    def test_holds(self, law: Law) -> None:
        @given(histories(LAWS[law]))
        @BRIEF
        def holds(history: History) -> None:
            law(history)

        holds()

    @each_law
    @pytest.mark.parametrize(
        "seeds", [range(250), pytest.param(range(250, 4_000), marks=pytest.mark.slow)], ids=len
    )
    def test_holds_when_dice_are_thrown(self, law: Law, seeds: range) -> None:
        """As above; what dice make cannot be made shorter, but is longer, and made sooner."""
        # Those further out that fall short are tried with the many, so that the list stays true.
        beyond = {seed for seed in FALLS_SHORT.get(law, ()) if seed >= 4_000 and seeds.start}
        for seed in (*seeds, *sorted(beyond)):
            history = play(Dice(seed), replace(LAWS[law], most=2 + seed % 9))
            if seed in FALLS_SHORT.get(law, ()):
                with pytest.raises(AssertionError):  # once it holds, it goes from the list
                    law(history)
                continue
            try:
                law(history)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}\n{history}") from None


class TestOrderAndRepetition:
    @given(st.data())
    @BRIEF
    def test_do_not_matter(self, data: st.DataObject) -> None:
        """Law: any shuffle and any repetition of the facts folds to the same timeline, at the end and at each step."""
        history = data.draw(histories(TORN), label="history")
        shuffled = data.draw(shuffles(history.facts), label="facts")
        assert fold(shuffled) == fold(history.facts)

    @given(st.data())
    @settings(BRIEF, max_examples=40)
    def test_do_not_matter_of_any_facts_at_all(self, data: st.DataObject) -> None:
        """Law: facts that no EC2 would have made, in any order, fold too, and to the same."""
        changes = st.builds(
            lambda change, seconds: replace(change, time=START + seconds * SECOND),
            strategies.changes(most_rules=3),
            st.integers(0, 5),
        )
        facts = data.draw(st.lists(changes, max_size=6, unique_by=lambda change: change.event_id))
        assert fold(data.draw(shuffles(facts), label="shuffled")) == fold(facts)


def test_the_order_in_which_python_holds_sets_does_not_matter() -> None:
    """Each process hashes text its own way; a ledger that is stored by one is read and folded on by another."""
    program = (
        "from bot.core.fold import fold\n"
        "from tests.property.test_any_history import TORN, Dice, play\n"
        "histories = [play(Dice(seed), TORN) for seed in range(100)]\n"
        "print([fold(history.facts[:end]).end for history in histories for end in range(len(history.facts))])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def folded_in_parts(facts: Sequence[Fact]) -> Ledger:
    """Fold facts part by part, each a second or more apart from the next, from the first ledger on that knows the group."""
    ledger, part = NOTHING_KNOWN, list[Fact]()
    for fact in sorted(facts, key=fact_time):
        if part and fact_time(fact) - fact_time(part[-1]) >= SECOND and fold(part, start=ledger).end.is_known:
            ledger, part = fold(part, start=ledger).end, []
        part.append(fact)
    return fold(part, start=ledger).end


def moments(history: History, timeline: Timeline) -> list[datetime]:
    """Name each second from the first fact on in which something happened."""
    seconds = {fact_time(step.fact) for step in timeline.steps} | set(history.seconds)
    return sorted({second.replace(microsecond=0) for second in seconds})
