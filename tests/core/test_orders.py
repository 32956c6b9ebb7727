"""Changes of one second in the order in which EC2 would have accepted them, where they name rules in different ways."""

from bot.core.fold import fold
from bot.core.ledger import Fact, content_of
from bot.core.replay import DEFAULT_EGRESS
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


def test_where_too_many_orders_would_have_to_be_tried_all_that_they_touch_is_in_doubt() -> None:
    values = [a_rule("10.0.0.0/8", 1000 + number) for number in range(9)]
    facts: list[Fact] = [
        modify(f"m{number:02}", 0, named(value, "sgr-1")) for number, value in enumerate(values)
    ]
    timeline = fold([KNOWN, *facts])
    (left,) = ingress(timeline.end)
    assert left.rule_id == "sgr-1"
    doubts = set(dict(timeline.end.doubts))
    assert content_of(left) in doubts
    assert DB in doubts
