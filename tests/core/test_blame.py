"""Which rules admit something, since when, and which one did last."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.core.blame import covering, last_closed, since, why
from bot.core.ledger import Entry, Ledger
from bot.core.rules import Network
from tests.ledgers import entry, ledger, moment, words_of, written

LISTS = {"pl-1": (ip_network("10.0.0.0/8"), ip_network("192.168.0.0/16"))}


@pytest.mark.parametrize(
    ("entries", "traffic", "minutes"),
    [
        pytest.param([entry("tcp 22 0.0.0.0/0", -30)], "tcp 22 0.0.0.0/0", -30, id="one rule"),
        pytest.param(
            [entry("tcp 22 0.0.0.0/0", -10), entry("all 0.0.0.0/0", -30)], "tcp 22 0.0.0.0/0", -30,
            id="the first of two that do",
        ),
        pytest.param(
            [entry("tcp 22 128.0.0.0/1", -10), entry("tcp 22 0.0.0.0/1", -30)], "tcp 22 0.0.0.0/0", -10,
            id="the second of two halves",
        ),
        pytest.param(
            [entry("tcp 22 0.0.0.0/5", -40), entry("tcp 22 8.0.0.0/7", -35), entry("tcp 22 11.0.0.0/8", -30),
             entry("tcp 22 12.0.0.0/6", -25), entry("tcp 22 16.0.0.0/4", -20), entry("tcp 22 32.0.0.0/3", -15),
             entry("tcp 22 64.0.0.0/2", -10), entry("tcp 22 128.0.0.0/1", -7), entry("tcp 22 10.0.0.0/8", -5)],
            "tcp 22 0.0.0.0/0", -7, id="the internet, without a private range",
        ),
        pytest.param([entry("tcp 22 2000::/3", -9)], "tcp 22 ::/0", -9, id="the internet of IPv6"),
        pytest.param([entry("tcp 20-30 10.0.0.0/8", -30)], "tcp 22 10.1.0.0/16", -30, id="part of a rule"),
        pytest.param([entry("tcp 22 10.1.0.0/16", -30)], "tcp 22 10.0.0.0/8", None, id="only part is admitted"),
        pytest.param([entry("tcp 23 0.0.0.0/0", -30)], "tcp 22 0.0.0.0/0", None, id="other traffic"),
        pytest.param([entry("egress tcp 22 0.0.0.0/0", -30)], "tcp 22 0.0.0.0/0", None, id="the other direction"),
        pytest.param([entry("tcp 22 0.0.0.0/0", -30, closed=-10)], "tcp 22 0.0.0.0/0", None, id="closed"),
        pytest.param(
            [entry("tcp 22 0.0.0.0/0", -30, closed=-10), entry("tcp 22 0.0.0.0/0", -10)], "tcp 22 0.0.0.0/0", -30,
            id="replaced without a break",
        ),
        pytest.param(
            [entry("tcp 22 0.0.0.0/0", -40, closed=-30), entry("tcp 22 0.0.0.0/0", -20)], "tcp 22 0.0.0.0/0", -20,
            id="after a break",
        ),
        pytest.param(
            [entry("all 0.0.0.0/0", -60, closed=-30), entry("tcp 22 0.0.0.0/1", -40), entry("tcp 22 128.0.0.0/1", -35)],
            "tcp 22 0.0.0.0/0", -60, id="two that took over from one",
        ),
        pytest.param([entry("tcp 22 pl-1", -30)], "tcp 22 10.1.0.0/16", -30, id="by a prefix list"),
        pytest.param([entry("tcp 22 sg-1", -30)], "tcp 22 sg-1", -30, id="a group"),
        pytest.param([], "tcp 22 0.0.0.0/0", None, id="nothing"),
    ],
)  # fmt: skip
def test_since_when_traffic_is_admitted(entries: list[Entry], traffic: str, minutes: float | None) -> None:
    for ordered in (entries, entries[::-1]):
        found = since(ordered, written(traffic), LISTS)
        assert found == (None if minutes is None else moment(minutes))


def test_an_opening_that_nobody_saw_is_given_as_it_is_known() -> None:
    unseen = replace(entry("tcp 22 0.0.0.0/0"), opened=moment(-5, by=None))
    assert since([unseen], written("tcp 22 0.0.0.0/0"), {}) == unseen.opened


@pytest.mark.parametrize(
    ("rule", "others", "covers"),
    [
        pytest.param("tcp 22 10.0.0.0/8", ["tcp 22 0.0.0.0/0", "tcp 20-30 0.0.0.0/0"], ["tcp 20-30 0.0.0.0/0"], id="one"),
        pytest.param(
            "tcp 20-30 10.0.0.0/8", ["tcp 25-40 10.0.0.0/8", "tcp 0-24 10.0.0.0/8"],
            ["tcp 0-24 10.0.0.0/8", "tcp 25-40 10.0.0.0/8"], id="two together",
        ),
        pytest.param("tcp 20-30 10.0.0.0/8", ["tcp 26-40 10.0.0.0/8", "tcp 0-24 10.0.0.0/8"], [], id="all but a port"),
        pytest.param(
            "all 10.0.0.0/8", ["all 10.0.0.0/9", "all 10.128.0.0/9"], ["all 10.0.0.0/9", "all 10.128.0.0/9"],
            id="all traffic, in two halves",
        ),
        pytest.param("all 10.0.0.0/8", ["tcp 10.0.0.0/8", "udp 10.0.0.0/8"], [], id="all traffic, only two protocols"),
        pytest.param("50 10.0.0.0/8", ["all 10.0.0.0/8"], ["all 10.0.0.0/8"], id="a protocol by number"),
        pytest.param("tcp 22 10.0.0.0/8", ["egress all 10.0.0.0/8"], [], id="the other direction"),
        pytest.param("tcp 22 10.1.0.0/16", ["tcp 22 pl-1"], ["tcp 22 pl-1"], id="a prefix list"),
        pytest.param("tcp 22 pl-1", ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"], id="all entries of a prefix list"),
        pytest.param("tcp 22 pl-1", ["tcp 22 10.0.0.0/8"], [], id="one entry of a prefix list"),
    ],
)  # fmt: skip
def test_which_rules_admit_all_that_another_does(rule: str, others: list[str], covers: list[str]) -> None:
    assert words_of(covering(written(rule), [written(other) for other in others], LISTS)) == covers


GROUP = ledger(
    "tcp 22 10.1.2.3/32",
    "tcp 22 sg-1",
    "tcp 22 pl-1",
    "tcp 22 pl-9",
    "all 10.0.0.0/8",
    "tcp 20-30 10.0.0.0/8",
    "tcp 22 ::/0",
    "icmp 8 0.0.0.0/0",
    "udp 53 0.0.0.0/0",
    "egress all 0.0.0.0/0",
)


@pytest.mark.parametrize(
    ("protocol", "port", "network", "found"),
    [
        pytest.param(
            "tcp", 22, None,
            ["tcp 22 ::/0", "tcp 22 pl-1", "all 10.0.0.0/8", "tcp 20-30 10.0.0.0/8", "tcp 22 10.1.2.3/32",
             "tcp 22 sg-1", "tcp 22 pl-9"],
            id="a port",
        ),
        pytest.param("tcp", 25, None, ["all 10.0.0.0/8", "tcp 20-30 10.0.0.0/8"], id="a port within a range"),
        pytest.param("udp", None, None, ["udp 53 0.0.0.0/0", "all 10.0.0.0/8"], id="any port"),
        pytest.param("icmp", 8, None, ["icmp 8 0.0.0.0/0", "all 10.0.0.0/8"], id="a type of ICMP"),
        pytest.param("icmp", 9, None, ["all 10.0.0.0/8"], id="another type"),
        pytest.param("icmp", None, None, ["icmp 8 0.0.0.0/0", "all 10.0.0.0/8"], id="any type"),
        pytest.param("50", None, None, ["all 10.0.0.0/8"], id="a protocol by number"),
        pytest.param(
            "tcp", 22, ip_network("10.1.0.0/16"),
            ["tcp 22 pl-1", "all 10.0.0.0/8", "tcp 20-30 10.0.0.0/8", "tcp 22 10.1.2.3/32", "tcp 22 pl-9"],
            id="from a network: a list that is not known may hold it",
        ),
        pytest.param("tcp", 22, ip_network("2001:db8::/32"), ["tcp 22 ::/0", "tcp 22 pl-9"], id="from an IPv6 network"),
        pytest.param("udp", 53, ip_network("8.8.8.8/32"), ["udp 53 0.0.0.0/0"], id="from an address"),
    ],
)  # fmt: skip
def test_which_rules_let_something_in_widest_first(
    protocol: str, port: int | None, network: Network | None, found: list[str]
) -> None:
    entries = why(GROUP, protocol, port, network, LISTS)
    assert words_of(each.rule for each in entries) == found


def test_a_rule_whose_direction_is_not_known_is_not_said_to_let_in() -> None:
    either = replace(written("tcp 22 0.0.0.0/0"), direction=None)
    assert why(ledger(either), "tcp", 22, None, {}) == ()


def test_the_rule_that_let_it_in_last_is_found() -> None:
    closed = (
        entry("tcp 20-30 0.0.0.0/0", -60, closed=-40),
        entry("tcp 22 10.0.0.0/8", -50, closed=-30),
        entry("tcp 443 0.0.0.0/0", -50, closed=-20),
    )
    group = Ledger(closed=closed, is_known=True)
    assert last_closed(group, "tcp", 22, None, {}) == closed[1]
    assert last_closed(group, "tcp", 22, ip_network("8.8.8.8/32"), {}) == closed[0]
    assert last_closed(group, "udp", 22, None, {}) is None
