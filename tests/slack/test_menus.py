"""Menus to pick from, which keep what was asked."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.changes import GroupDetails, GroupKey, PrincipalKind
from bot.core.history import KnownPrincipal, Place
from bot.core.jobs import parse_group
from bot.core.ledger_views import Flow
from bot.core.places import ANYWHERE, Places
from bot.slack.menus import (
    PICK_FOR_RULES_AT,
    PICK_FOR_WHY,
    TO_SEE_RULES,
    Pick,
    groups_answer,
    keep_flow,
    keep_moment,
    principals_answer,
    read_flow,
    read_kept,
    read_moment_kept,
    to_see_changes,
    to_see_rules_at,
    to_see_why,
)
from bot.slack.times import ANY_TIME, Span
from tests.records import NOW
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
OTHER = GroupKey("444455556666", "us-east-1", "sg-0d4e5f60718293041")
WEB = GroupDetails(KEY, "web-prod", "vpc-0123456789abcdef0")
PLACES = Places({"111122223333": "payments-prod"})
HOSTILE = "<!channel> <@U1> `*b*` :fire: \u202e\n&lt;x&gt;"
SSH = Flow("tcp", 22, ip_network("203.0.113.0/24"))
LONGEST = Flow("icmpv6", None, ip_network("2001:db8:1111:2222:3333:4444:5555:6666/128"))

ANSWERS: dict[str, dict[str, Any]] = {
    "groups": groups_answer(
        "web",
        [
            WEB,
            GroupDetails(OTHER, "web-prod", None),
            GroupDetails(replace(OTHER, group_id="sg-0d4e5f60718293042"), None, None),
        ],
        to_see_changes(Span(NOW, None)),
        PLACES,
    ),
    "groups_hostile": groups_answer(HOSTILE, [GroupDetails(KEY, HOSTILE, None)], TO_SEE_RULES, ANYWHERE),
    "groups_many": groups_answer(
        "web",
        [
            GroupDetails(replace(KEY, region="us-gov-northeast-1", group_id=f"sg-{n:017x}"), "w" * 255, None)
            for n in range(100)
        ],
        to_see_changes(Span(NOW, NOW)),
        PLACES,
    ),
    "groups_rules_at": groups_answer(
        "web", [WEB, GroupDetails(OTHER, "web", None)], to_see_rules_at(NOW), PLACES
    ),
    "groups_why": groups_answer("web", [WEB, GroupDetails(OTHER, "web", None)], to_see_why(SSH), PLACES),
    "principals": principals_answer(
        "dana",
        [
            KnownPrincipal(
                "arn:aws:iam::111122223333:user/dana", "dana", PrincipalKind.IAM_USER, "111122223333"
            ),
            KnownPrincipal("k" * 300, "dana" * 60, PrincipalKind.ASSUMED_ROLE, None),
        ],
        span=ANY_TIME,
        place=Place("111122223333", "eu-west-1"),
        places=PLACES,
    ),
}


def menu_of(name: str) -> tuple[str, dict[str, Any]]:
    """Give what the menu keeps, and the menu."""
    (block,) = [block for block in ANSWERS[name]["blocks"] if block["type"] == "actions"]
    (menu,) = block["elements"]
    return block["block_id"], menu


@pytest.mark.parametrize("name", ANSWERS)
def test_a_menu_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"answer_{name}", ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_a_menu_is_within_slacks_limits_and_for_one_person(name: str) -> None:
    assert find_message_problems(ANSWERS[name]) == []
    assert ANSWERS[name]["response_type"] == "ephemeral"


def test_every_group_can_be_told_from_the_others_and_picked() -> None:
    _, menu = menu_of("groups_many")
    labels = {option["text"]["text"] for option in menu["options"]}
    assert len(labels) == 100
    assert {parse_group(option["value"]).group_id for option in menu["options"]} == {
        f"sg-{n:017x}" for n in range(100)
    }


def test_where_there_are_more_than_a_menu_takes_it_says_so() -> None:
    assert ANSWERS["groups_many"]["text"].startswith("The first 100 groups that could be meant by web.")


def test_the_span_of_time_is_kept_for_what_is_picked() -> None:
    assert read_kept(menu_of("groups")[0]) == (Span(NOW, None), Place())


def test_the_place_is_kept_for_the_principal_that_is_picked() -> None:
    assert read_kept(menu_of("principals")[0]) == (ANY_TIME, Place("111122223333", "eu-west-1"))


def test_the_moment_and_the_traffic_are_kept_for_the_group_that_is_picked() -> None:
    kept, menu = menu_of("groups_rules_at")
    assert (read_moment_kept(kept), menu["action_id"]) == (NOW, PICK_FOR_RULES_AT)
    kept, menu = menu_of("groups_why")
    assert (read_flow(kept), menu["action_id"]) == (SSH, PICK_FOR_WHY)


@pytest.mark.parametrize("flow", [SSH, LONGEST, Flow("all", None), Flow("udp", 0)])
def test_any_traffic_that_can_be_asked_about_is_kept(flow: Flow) -> None:
    assert read_flow(keep_flow(flow)) == flow
    assert len(keep_flow(flow)) <= 255


def test_a_moment_is_kept_to_the_second() -> None:
    at = datetime(2026, 11, 23, 20, 7, 31, tzinfo=UTC)
    assert read_moment_kept(keep_moment(at)) == at


@pytest.mark.parametrize("block_id", ["", "pick", "pick|a|b", "x|y|z|w", "pick|a|b|c|d"])
def test_a_span_that_no_menu_keeps_is_refused(block_id: str) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        read_kept(block_id)


@pytest.mark.parametrize("block_id", ["", "at", "at|", "at|x", "at|2026-11-23T20:07:00", "a|b|c"])
def test_a_moment_that_no_menu_keeps_is_refused(block_id: str) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        read_moment_kept(block_id)


@pytest.mark.parametrize("block_id", ["", "why", "why|tcp|x|", "why|tcp|22|10.0.0.5/8", "why|tcp|22|x|y"])
def test_traffic_that_no_menu_keeps_is_refused(block_id: str) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        read_flow(block_id)


def test_what_is_kept_names_its_listener() -> None:
    assert to_see_changes(ANY_TIME) == Pick("pick_for_changes", "pick||||")
