"""An exposure written as rules, by example: as few as say it, and as people would write them."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from bot.core.difference import together
from bot.core.exposure import exposure_of
from bot.core.exposure_rules import rules_of
from bot.core.rules import Direction
from tests.ledgers import words_of, written


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        pytest.param(["tcp 1-5 10.0.0.0/8", "tcp 6-9 10.0.0.0/8"], ["tcp 1-9 10.0.0.0/8"], id="ports that touch"),
        pytest.param(["tcp 22 10.0.0.0/9", "tcp 22 10.128.0.0/9"], ["tcp 22 10.0.0.0/8"], id="networks that touch"),
        pytest.param(
            ["tcp 10.1.0.0/16", "tcp 22 10.0.0.0/8"], ["tcp 22 10.0.0.0/8", "tcp 10.1.0.0/16"],
            id="a range goes on below a wider network",
        ),
        pytest.param(
            ["tcp 20-30 10.0.0.0/9", "tcp 25-35 10.128.0.0/9"], ["tcp 20-30 10.0.0.0/9", "tcp 25-35 10.128.0.0/9"],
            id="halves that overlap are not told as a whole besides",
        ),
        pytest.param(
            ["tcp 1-4 10.0.0.0/10", "tcp 2-5 10.64.0.0/10", "tcp 3-6 10.128.0.0/10", "tcp 4-7 10.192.0.0/10"],
            ["tcp 1-4 10.0.0.0/10", "tcp 2-5 10.64.0.0/10", "tcp 3-6 10.128.0.0/10", "tcp 4-7 10.192.0.0/10"],
            id="nor are quarters",
        ),
        pytest.param(
            ["tcp 20-30 10.0.0.0/9", "tcp 20-29 10.128.0.0/9"], ["tcp 20-29 10.0.0.0/8", "tcp 20-30 10.0.0.0/9"],
            id="a whole is told where its parts do not make it up by themselves",
        ),
        pytest.param(
            ["tcp 1 10.0.0.0/8", "tcp 3 10.0.0.0/8"], ["tcp 1 10.0.0.0/8", "tcp 3 10.0.0.0/8"], id="a gap between ports",
        ),
        pytest.param(
            ["all 10.0.0.0/9", "tcp 22 10.128.0.0/9"], ["all 10.0.0.0/9", "tcp 22 10.128.0.0/9"],
            id="beside who is admitted to everything",
        ),
        pytest.param(
            ["all 10.1.0.0/16", "tcp 22 10.0.0.0/8"], ["all 10.1.0.0/16", "tcp 22 10.0.0.0/8"],
            id="around who is admitted to everything",
        ),
        pytest.param(["all sg-1", "tcp 22 sg-1", "tcp 22 pl-1"], ["all sg-1", "tcp 22 pl-1"], id="names"),
        pytest.param(["tcp 1-5 sg-1", "tcp 4-9 sg-1"], ["tcp 1-9 sg-1"], id="the ports of a name"),
        pytest.param(
            ["icmp 8 10.0.0.0/8", "icmp 8/0 11.1.0.0/16", "icmp 9/3 10.0.0.0/8"],
            ["icmp 8 10.0.0.0/8", "icmp 9/3 10.0.0.0/8", "icmp 8/0 11.1.0.0/16"],
            id="types and codes of ICMP",
        ),
        pytest.param(
            ["icmpv6 8 10.1.0.0/16", "icmpv6 9/0 10.0.0.0/8"], ["icmpv6 9/0 10.0.0.0/8", "icmpv6 8 10.1.0.0/16"],
            id="no code of ICMP twice where a wider network has it",
        ),
        pytest.param(
            ["icmpv6 8 2001:db8:1::/48", "icmpv6 9/0 2001:db8::/32", "icmpv6 9/0 0.0.0.0/0"],
            ["icmpv6 9/0 0.0.0.0/0", "icmpv6 9/0 2001:db8::/32", "icmpv6 8 2001:db8:1::/48"],
            id="nor of IPv6",
        ),
        pytest.param(["icmp 10.0.0.0/8", "icmp 8 10.0.0.0/8"], ["icmp 10.0.0.0/8"], id="all of ICMP"),
        pytest.param(["50 10.0.0.0/8", "47 ::/0"], ["47 ::/0", "50 10.0.0.0/8"], id="protocols by number"),
        pytest.param(["tcp 22 2000::/3"], ["tcp 22 ::/0"], id="the internet"),
        pytest.param([], [], id="nobody"),
    ],
)  # fmt: skip
def test_an_exposure_is_written_as_the_fewest_rules(rules: list[str], found: list[str]) -> None:
    exposure = exposure_of(map(written, rules))
    assert sorted(words_of(rules_of(exposure, Direction.INGRESS))) == sorted(found)
    assert {rule.direction for rule in rules_of(exposure, Direction.EGRESS)} <= {Direction.EGRESS}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        pytest.param(
            ["tcp 22 10.0.0.0/8", "tcp 24 sg-1", "udp 22 0.0.0.0/0", "udp 53 ::/0", "tcp 443 2001:db8::/32", "tcp 1 pl-2"],
            ["tcp 22 10.0.0.0/8", "tcp 24 sg-1", "udp 22 0.0.0.0/0", "udp 53 ::/0", "tcp 443 2001:db8::/32", "tcp 1 pl-2"],
            id="rules that stand apart are as they were",
        ),
        pytest.param(["tcp 22 10.0.0.0/8", "tcp 22 10.0.0.0/8"], ["tcp 22 10.0.0.0/8"], id="the same twice"),
        pytest.param(["tcp 22 10.0.0.0/8", "tcp 23 10.0.0.0/8"], ["tcp 22-23 10.0.0.0/8"], id="ports that touch"),
        pytest.param(["tcp 22 2000::/3"], ["tcp 22 ::/0"], id="one that is the internet by another name"),
        pytest.param(["tcp 22 ::/2", "tcp 80 sg-1"], ["tcp 22 ::/0", "tcp 80 sg-1"], id="or holds all of it"),
        pytest.param(["tcp 22 pl-1"], ["tcp 22 10.0.0.0/8"], id="a list by its entries"),
        pytest.param(["icmp 8 10.0.0.0/8", "50 sg-1"], ["icmp 8 10.0.0.0/8", "50 sg-1"], id="without ports"),
    ],
)  # fmt: skip
def test_what_rules_come_to_has_neither_their_ids_nor_their_descriptions(
    rules: list[str], found: list[str]
) -> None:
    described = [replace(written(rule, "sgr-1"), description="mine") for rule in rules]
    come_to = together(described, {"pl-1": (IPv4Network("10.0.0.0/8"),)})
    assert sorted(words_of(come_to)) == sorted(found)
    assert all((rule.rule_id, rule.description) == (None, None) for rule in come_to)


@pytest.mark.parametrize(
    ("whole", "without", "found"),
    [
        pytest.param(
            "tcp 10.0.0.0/8", ["tcp 22 10.0.0.0/8"], ["tcp 0-21 10.0.0.0/8", "tcp 23-65535 10.0.0.0/8"], id="two pieces"
        ),
        pytest.param(
            "tcp 5-45 10.0.0.0/8", [f"tcp {port} 10.0.0.0/8" for port in (10, 20, 30)], ["tcp 5-45 10.0.0.0/8"],
            id="four pieces are told as what is around them",
        ),
        pytest.param("icmp 10.0.0.0/8", ["icmp 8 10.0.0.0/8"], ["icmp 10.0.0.0/8"], id="all types of ICMP but one"),
        pytest.param("icmp 8 10.0.0.0/8", ["icmp 8/0 10.0.0.0/8"], ["icmp 8 10.0.0.0/8"], id="all codes but one"),
        pytest.param("all 10.0.0.0/8", ["tcp 22 10.0.0.0/8"], ["all 10.0.0.0/8"], id="all traffic but a port"),
        pytest.param("all 10.0.0.0/8", ["50 10.0.0.0/8"], ["all 10.0.0.0/8"], id="all traffic but a protocol"),
    ],
)  # fmt: skip
def test_a_part_in_many_pieces_is_written_as_what_it_is_a_part_of(
    whole: str, without: list[str], found: list[str]
) -> None:
    around = exposure_of([written(whole)])
    part = around - exposure_of(map(written, without))
    assert words_of(rules_of(part, Direction.INGRESS, within=around)) == found


def test_who_is_in_many_pieces_and_not_in_the_whole_stays_in_pieces() -> None:
    part = exposure_of(written(f"tcp {port} 10.0.0.0/8") for port in (1, 3, 5, 7))
    other = exposure_of([written("tcp 1-7 11.0.0.0/8")])
    assert len(rules_of(part, Direction.INGRESS, within=other)) == 4
