"""Changes of one second in the order in which EC2 would have accepted them, where they name rules in different ways."""

import pytest

from bot.core.fold import fold
from bot.core.ledger import NOTHING_KNOWN, Fact, content_of
from bot.core.orders import MOST_TRIED, Search
from bot.core.replay import DEFAULT_EGRESS, Rules, Told
from tests.facts import DB, SSH, WEB, authorize, ingress, modify, named, read, revoke
from tests.makers import a_rule

KNOWN = read(-600, named(DEFAULT_EGRESS, "sgr-0"), named(DB, "sgr-1"))


def test_an_id_that_nobody_told_may_be_that_of_a_rule_which_opens_without_one_in_the_same_second() -> None:
    timeline = fold([KNOWN, authorize("a", 0, SSH), revoke("b", 0, "sgr-9")])
    assert ingress(timeline.end) == {named(DB, "sgr-1")}
    assert set(dict(timeline.end.doubts)) == {SSH}


def test_an_id_that_is_told_puts_no_other_rule_in_doubt() -> None:
    timeline = fold([KNOWN, authorize("a", 0, SSH), revoke("b", 0, "sgr-1")])
    assert ingress(timeline.end) == {SSH}
    assert timeline.end.is_certain


def test_a_modify_makes_room_for_what_is_authorized_in_the_same_second() -> None:
    facts: list[Fact] = [authorize("a", 0, named(DB, "sgr-2")), modify("b", 0, named(WEB, "sgr-1"))]
    timeline = fold([KNOWN, *facts])
    assert ingress(timeline.end) == {named(DB, "sgr-2"), named(WEB, "sgr-1")}
    assert timeline.end.is_certain


@pytest.mark.parametrize("count", [9, 40])
def test_where_too_many_orders_would_have_to_be_tried_all_that_they_touch_is_in_doubt(count: int) -> None:
    values = [a_rule("10.0.0.0/8", 1000 + number) for number in range(count)]
    facts: list[Fact] = [
        modify(f"m{number:02}", 0, named(value, "sgr-1")) for number, value in enumerate(values)
    ]
    timeline = fold([KNOWN, *facts])
    (left,) = ingress(timeline.end)
    assert left.rule_id == "sgr-1"
    assert set(dict(timeline.end.doubts)) == {DB, *map(content_of, values)}
    assert {step.change.event_id for step in timeline.steps if step.change} == {
        f"m{number:02}" for number in range(count)
    }


def test_of_six_all_orders_are_tried() -> None:
    """Each other one would leave a rule that was authorized and never revoked, or revoke one that was not there."""
    contents = [a_rule("10.0.0.0/8", 1000 + number) for number in range(5)]
    facts: list[Fact] = [
        modify(f"m{5 - number}", 0, named(value, f"sgr-{number + 2}"))
        for number, value in enumerate(contents)
    ]
    held = [named(value, f"sgr-{number + 1}") for number, value in enumerate(contents)]
    start = read(-600, named(DEFAULT_EGRESS, "sgr-0"), *held, named(DB, "sgr-6"))
    timeline = fold([start, *facts, modify("m0", 0, named(WEB, "sgr-1"))])
    assert timeline.end.is_certain
    assert ingress(timeline.end) == {
        named(WEB, "sgr-1"),
        *(named(value, f"sgr-{number + 2}") for number, value in enumerate(contents)),
    }


def test_a_second_full_of_changes_of_one_rule_takes_no_more_tries_than_it_may() -> None:
    changes = [(authorize if each % 2 else revoke)(f"m{each:02}", 0, SSH) for each in range(60)]
    rules = Rules(NOTHING_KNOWN, Told({}, frozenset()))
    search = Search(changes, rules)
    search.go_on(rules.copy(), (), 0)
    assert MOST_TRIED <= search.tried <= MOST_TRIED + 2 * len(changes)
    ordered, doubts = search.result()
    assert len(ordered) == len(changes)
    assert doubts == {SSH}
