"""What of a group is open to the internet, and what of an alert is open still."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.findings import Severity
from bot.core.openness import Open, internet, remaining
from tests.ledgers import at, entry, ledger, moment, words_of, written

HALVES = ("tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/1")


def test_what_is_open_to_the_internet_is_told_most_severe_first_and_since_when() -> None:
    group = ledger(
        entry("tcp 443 0.0.0.0/0", -50),
        entry("tcp 22 0.0.0.0/1", -40),
        entry("tcp 22 128.0.0.0/1", -30),
        entry("tcp 443 ::/0", -20),
        entry("tcp 8080 10.0.0.0/8", -10),
        entry("tcp 25 8.0.0.0/8", -10),
        entry("egress all 0.0.0.0/0", -60),
        replace(entry("tcp 23 0.0.0.0/0"), rule=replace(written("tcp 23 0.0.0.0/0"), direction=None)),
    )
    assert internet(group, {}) == (
        Open(written("tcp 22 0.0.0.0/0"), moment(-30), Severity.CRITICAL),
        Open(written("tcp 443 0.0.0.0/0"), moment(-50), Severity.LOW),
        Open(written("tcp 443 ::/0"), moment(-20), Severity.LOW),
    )


def test_what_a_rule_took_over_from_a_closed_one_was_open_all_the_time() -> None:
    earlier = entry("tcp 22 0.0.0.0/0", -50, closed=-30)
    group = ledger(entry("tcp 22 0.0.0.0/0", -30), closed=(earlier,))
    assert [each.since for each in internet(group, {})] == [moment(-50)]


def test_nearly_all_of_the_internet_is_open_to_it_since_it_came_to_be() -> None:
    group = ledger(entry(HALVES[0], -50), entry("tcp 22 128.0.0.0/2", -30), entry("tcp 22 192.0.0.0/4", -10))
    assert internet(group, {}) == (Open(written("tcp 22 0.0.0.0/0"), moment(-30), Severity.CRITICAL),)


def test_a_list_of_the_world_is_open_to_the_internet() -> None:
    [found] = internet(ledger("tcp 22 pl-1"), {"pl-1": (ip_network("0.0.0.0/0"),)})
    assert found.rule == written("tcp 22 0.0.0.0/0")


def test_so_is_what_a_list_and_other_rules_make_up_between_them() -> None:
    group = ledger(
        entry("tcp 22 pl-1", -50), entry("tcp 22 128.0.0.0/1", -30), entry("tcp 22 10.0.0.0/8", -20)
    )
    assert internet(group, {"pl-1": (ip_network("0.0.0.0/1"),)}) == (
        Open(written("tcp 22 0.0.0.0/0"), moment(-30), Severity.CRITICAL),
    )


def test_a_group_that_admits_nobody_is_not_open() -> None:
    assert internet(ledger(), {}) == ()


@pytest.mark.parametrize(
    ("opened", "before", "live", "left"),
    [
        pytest.param(["tcp 22 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"], id="all of it"),
        pytest.param(["tcp 22 0.0.0.0/0"], [], [], [], id="nothing"),
        pytest.param(["tcp 22 0.0.0.0/0"], [], ["tcp 22 10.0.0.0/8"], [], id="a private range is not the internet"),
        pytest.param(["tcp 22 0.0.0.0/0"], [], [HALVES[0]], [], id="nor is half of it"),
        pytest.param(["tcp 22 0.0.0.0/0"], [], [*HALVES], ["tcp 22 0.0.0.0/0"], id="both halves are"),
        pytest.param(
            ["tcp 22 0.0.0.0/0"], [], [HALVES[0], "tcp 22 128.0.0.0/2"], ["tcp 22 0.0.0.0/0"], id="nearly all of it is",
        ),
        pytest.param(["tcp 22 0.0.0.0/0"], [], ["tcp 22 ::/0"], [], id="the twin of IPv6 was not opened by it"),
        pytest.param(
            ["tcp 20-30 0.0.0.0/0", "tcp 80 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0", "all 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"],
            id="one port of a range",
        ),
        pytest.param(
            ["tcp 22 10.0.0.0/8"], [], ["tcp 22 10.1.0.0/16", "tcp 22 11.0.0.0/8"], ["tcp 22 10.1.0.0/16"],
            id="what is admitted of a network",
        ),
        pytest.param(
            ["tcp 22 10.0.0.0/8"], ["tcp 22 10.1.2.3/32"], ["tcp 22 10.1.2.3/32"], [],
            id="what was so before was not opened",
        ),
        pytest.param(
            ["tcp 22 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/1"], ["tcp 22 10.0.0.0/8"],
            id="what was so before may be told as more than it was",
        ),
        pytest.param(["tcp 22 sg-1"], [], ["all sg-1"], ["tcp 22 sg-1"], id="a group"),
        pytest.param(["tcp 22 10.0.0.0/8"], [], ["egress all 10.0.0.0/8"], [], id="the other direction"),
        pytest.param(
            ["egress tcp 22 10.0.0.0/8", "tcp 22 10.0.0.0/8"], [], ["egress all 0.0.0.0/0"], ["egress tcp 22 10.0.0.0/8"],
            id="each direction by itself",
        ),
    ],
)  # fmt: skip
def test_what_is_left_of_what_was_opened(
    opened: list[str], before: list[str], live: list[str], left: list[str]
) -> None:
    told, had = map(written, opened), map(written, before)
    assert words_of(remaining(told, ledger(*live), {}, had)) == left


def test_what_is_open_to_the_internet_is_left_though_some_were_admitted_before() -> None:
    opened, before = [written("tcp 22 0.0.0.0/0")], [written("tcp 22 8.8.8.0/24")]
    assert remaining(opened, ledger("tcp 22 0.0.0.0/0"), {}, before) == tuple(opened)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"doubts": ((written("tcp 22 0.0.0.0/0"), at(-5)),)}, id="in doubt"),
        pytest.param(
            {
                "live": (
                    replace(entry("all ::/0"), rule=replace(written("tcp 22 0.0.0.0/0"), direction=None)),
                )
            },
            id="either direction",
        ),
    ],
)
def test_nothing_is_called_closed_that_may_be_open(more: dict[str, Any]) -> None:
    opened = written("tcp 22 0.0.0.0/0")
    assert remaining([opened], ledger(**more), {}) == (opened,)
    assert remaining([replace(opened, direction=None)], ledger(**more), {})
    assert not remaining([written("tcp 23 0.0.0.0/0")], ledger(**more), {})
