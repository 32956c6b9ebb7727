"""How far a ledger has come, and what of older ones goes on to be known."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.core.fold import fold
from bot.core.keeping import KeptLedger, authors_of, blaming, named_by, new_base, with_authors
from bot.core.ledger import Ledger, Moment, Timeline
from tests.ledgers import START, entry, ledger, written
from tests.makers import GROUP, a_change, a_rule

KNOWN = Ledger(is_known=True)


def facts(count: int, apart_seconds: int = 1) -> Timeline:
    changes = [
        a_change(
            f"event-{n}",
            time=START + timedelta(seconds=n * apart_seconds),
            added=(a_rule("10.0.0.0/8", 1000 + n),),
        )
        for n in range(count)
    ]
    return fold(changes, KNOWN)


def test_what_happened_before_the_last_folded_fact_is_late() -> None:
    kept = KeptLedger(GROUP, until=START)
    assert kept.is_late(START)
    assert not kept.is_late(START + timedelta(seconds=1))
    assert not KeptLedger(GROUP).is_late(START)


def test_neighbours_in_a_history_share_what_is_live_between_them_also_when_it_is_told_who_opened_it() -> None:
    steps = facts(3).steps
    blamed = blaming(ledger("tcp 22 10.0.0.0/8"))
    for earlier, later in pairwise(steps):
        assert earlier.after.live is later.before.live
        assert blamed(earlier.after).live is blamed(later.before).live
    assert blamed(steps[0].after) == steps[0].after


def test_the_lists_and_groups_that_rules_name_are_named() -> None:
    held = ledger(written("tcp 22 pl-1"), written("tcp 23 sg-2"), written("tcp 24 10.0.0.0/8"))
    assert named_by(held) == {"pl-1", "sg-2"}


class TestNewBase:
    def test_few_facts_are_not_folded_for_good(self) -> None:
        assert new_base(facts(2), None, START + timedelta(days=1)) is None

    def test_many_are_up_to_the_last_that_is_settled(self) -> None:
        timeline = facts(100, apart_seconds=60)
        now = START + timedelta(days=1)
        base = new_base(timeline, None, now)
        assert base
        assert base[0] == START + timedelta(seconds=99 * 60)
        assert len(base[1].live) == 100
        assert new_base(timeline, base[0], now) is None

    def test_too_many_at_once_are_all_but_the_last_second(self) -> None:
        found = [new_base(facts(count), None, START) for count in (20, 199, 400)]
        assert found[:2] == [None, None]
        assert found[2]
        assert found[2][0] == START + timedelta(seconds=398)

    def test_not_where_they_are_all_of_one_second(self) -> None:
        assert new_base(facts(400, apart_seconds=0), None, START) is None


class TestBlame:
    @pytest.mark.parametrize("rule_id", [None, "sgr-1"])
    def test_who_opened_an_entry_goes_on_to_be_known(self, rule_id: str | None) -> None:
        told = entry("tcp 22 0.0.0.0/0", -90, by="erin")
        told = replace(told, rule=replace(told.rule, rule_id=rule_id), origin=told.opened)
        unknown = replace(told, opened=Moment(START), origin=None)
        (found,) = blaming(ledger(told))(ledger(unknown)).live
        assert (found.opened, found.origin) == (told.opened, told.opened)

    def test_an_entry_of_several_ledgers_is_told_once(self) -> None:
        told = entry("tcp 22 0.0.0.0/0", -90, by="erin")
        unknown = replace(told, opened=Moment(START))
        blame = blaming(ledger(told))
        (first,), (second,) = blame(ledger(unknown)).live, blame(ledger(unknown)).live
        assert first is second

    def test_what_is_known_already_or_is_of_another_rule_stays(self) -> None:
        told = entry("tcp 22 0.0.0.0/0", -90, by="erin")
        own = entry("tcp 22 0.0.0.0/0", -10, by="alice")
        assert blaming(ledger(told))(ledger(own)).live == (own,)
        other = replace(entry("tcp 23 0.0.0.0/0"), opened=Moment(START))
        assert blaming(ledger(told))(ledger(other)).live == (other,)

    def test_authors_are_told_and_replaced_by_their_events(self) -> None:
        told = entry("tcp 22 0.0.0.0/0", -90, by="erin")
        assert told.opened.by
        unknown = replace(entry("tcp 23 0.0.0.0/0"), opened=Moment(START))
        held = ledger(replace(told, origin=told.opened), unknown)
        assert [author.name for author in authors_of(held)] == ["erin", "erin"]
        named = replace(told.opened.by, name="erin@example.com")
        found = with_authors(held, {named.event_id: named})
        assert [author.name for author in authors_of(found)] == ["erin@example.com", "erin@example.com"]
        assert found.live[1] == unknown
