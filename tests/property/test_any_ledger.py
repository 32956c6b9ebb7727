"""The ledger against a plain model of EC2, whose events come in every shape, shuffled, doubled and with some lost."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.changes import ChangeKind, Observation, SecurityGroupChange
from bot.core.ledger import LAG, Ledger, fold
from bot.core.rules import Rule
from tests.property.ec2_model import Group, histories


def plain(rules: Iterable[Rule]) -> set[Rule]:
    """Leave out the ids, which old events do not tell."""
    return {replace(rule, rule_id=None) for rule in rules}


def live(ledger: Ledger) -> set[Rule]:
    return plain(entry.rule for entry in ledger.live)


@given(histories(), st.randoms(use_true_random=False), st.data())
@settings(max_examples=200)
def test_order_and_repetition_of_delivery_change_nothing(
    group: Group, shuffler: random.Random, data: st.DataObject
) -> None:
    """Law: fold(any shuffle of facts, some twice) = fold(facts)."""
    facts: list[SecurityGroupChange | Observation] = [*group.changes, group.read()]
    again = facts + data.draw(st.lists(st.sampled_from(facts), max_size=5))
    shuffler.shuffle(again)
    assert fold(again) == fold(facts)


@given(histories())
@settings(max_examples=500)
def test_with_nothing_lost_and_nothing_in_doubt_it_is_equal_to_ec2(group: Group) -> None:
    """Law: a ledger that says it is certain holds exactly the rules that EC2 holds."""
    ledger = fold(group.changes)
    if ledger.is_certain:
        assert live(ledger) == plain(group.rules.values())


@given(histories(shapes=["full"]))
@settings(max_examples=200)
def test_with_ids_throughout_little_is_in_doubt(group: Group) -> None:
    """Law: where responses tell ids, only orders within one second leave doubt."""
    changes = []
    for number, change in enumerate(group.changes):
        changes.append(replace(change, time=change.time + timedelta(seconds=number)))
    told = [c for c in changes if all(r.rule_id for r in c.added)]
    if len(told) == len(changes):
        assert fold(changes).is_certain or any(c.kind is ChangeKind.MODIFY for c in changes)


@given(histories(), st.data())
@settings(max_examples=500)
def test_after_a_reading_it_is_equal_to_ec2_whatever_was_lost(group: Group, data: st.DataObject) -> None:
    """Law: a reading that comes later than the lag behind the last event makes good whatever was lost."""
    kept = [change for change in group.changes if data.draw(st.integers(0, 9)) > 2]
    group.wait(int(LAG.total_seconds()) + 1)
    ledger = fold([*kept, group.read()])
    assert live(ledger) == plain(group.rules.values())
    assert ledger.is_certain


@given(histories(), st.data())
@settings(max_examples=200)
def test_a_reading_in_the_middle_takes_back_nothing_that_came_after(
    group: Group, data: st.DataObject
) -> None:
    """Law: what happens after a reading is folded on from it."""
    group.wait(int(LAG.total_seconds()) + 1)
    reading = group.read()
    first = len(group.changes)
    group.wait(5)
    some = sorted(group.rules)
    if some:
        group.revoke(some[:1], shape=data.draw(st.sampled_from(["full", "by id", "by permission"])))
    ledger = fold([*group.changes[first:], reading])
    assert live(ledger) == plain(group.rules.values())
    assert ledger.is_certain


@given(histories())
@settings(max_examples=100)
def test_deleting_the_group_closes_everything(group: Group) -> None:
    """Law: after its deletion a group has no rule, whatever arrives later."""
    late = group.changes[-1]
    group.wait(1)
    group.delete()
    group.wait(1)
    ledger = fold([*group.changes, replace(late, event_id="late", time=group.now)])
    assert ledger.live == ()
    assert ledger.is_deleted


@given(histories())
@settings(max_examples=200)
def test_the_rules_of_a_moment_are_those_that_were_folded_up_to_it(group: Group) -> None:
    """Law: rules_at(t) of the whole ledger = the live rules of the ledger of what happened until t."""
    whole = fold(group.changes)
    for change in group.changes:
        until = fold(other for other in group.changes if other.time <= change.time)
        if whole.is_certain and until.is_certain:
            assert plain(whole.rules_at(change.time)) == live(until)
