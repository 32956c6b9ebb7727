"""Rules: from EC2's fields, and in words."""

import pytest

from bot.core.rules import (
    ALL_PORTS,
    IcmpType,
    PortRange,
    PrefixList,
    ReferencedGroup,
    Source,
    protocol_name,
    source_words,
)
from tests.records import rule


@pytest.mark.parametrize(
    ("protocol", "ports", "words"),
    [
        pytest.param("tcp", (22, 22), "tcp 22", id="one port"),
        pytest.param("tcp", (20, 25), "tcp 20–25", id="a range"),
        pytest.param("tcp", (0, 0), "tcp 0", id="port zero"),
        pytest.param("tcp", (0, 65535), "all tcp", id="every port"),
        pytest.param("tcp", (1, 65535), "tcp 1–65535", id="every port but one"),
        pytest.param("tcp", (None, None), "all tcp", id="ports left out"),
        pytest.param("udp", (-1, -1), "all udp", id="ports -1"),
        pytest.param("6", (443, 443), "tcp 443", id="protocol by number"),
        pytest.param("17", (53, 53), "udp 53", id="udp by number"),
        pytest.param("-1", (None, None), "all traffic", id="every protocol"),
        pytest.param("-1", (0, 0), "all traffic", id="every protocol with Terraform's ports"),
        pytest.param("-1", (-1, -1), "all traffic", id="every protocol as in answers"),
        pytest.param("icmp", (-1, -1), "icmp all types", id="icmp"),
        pytest.param("icmp", (None, None), "icmp all types", id="icmp with nothing said"),
        pytest.param("icmp", (8, -1), "icmp echo request", id="a type"),
        pytest.param("icmp", (8, 0), "icmp echo request code 0", id="a type and code"),
        pytest.param("icmp", (3, 4), "icmp destination unreachable code 4", id="fragmentation needed"),
        pytest.param("icmp", (42, -1), "icmp type 42", id="a type nobody meets"),
        pytest.param("1", (0, -1), "icmp echo reply", id="type zero, by number"),
        pytest.param("58", (128, -1), "icmpv6 echo request", id="icmpv6 by number"),
        pytest.param("icmpv6", (8, -1), "icmpv6 type 8", id="icmpv6 counts otherwise"),
        pytest.param("50", (None, None), "protocol 50", id="another protocol"),
        pytest.param("47", (-1, -1), "protocol 47", id="another one as in answers"),
    ],
)
def test_traffic_in_words(protocol: str, ports: tuple[int | None, int | None], words: str) -> None:
    assert rule(protocol, ports).traffic == words


@pytest.mark.parametrize(
    "ports",
    [
        pytest.param((23, 22), id="the wrong way round"),
        pytest.param((22, None), id="no last port"),
        pytest.param((22, -1), id="no last port, as -1"),
        pytest.param((-2, 22), id="below the first"),
        pytest.param((22, 65536), id="beyond the last"),
    ],
)
def test_ports_that_are_no_range_are_refused(ports: tuple[int | None, int | None]) -> None:
    with pytest.raises(ValueError, match="ports"):
        rule("tcp", ports)


def test_only_tcp_and_udp_have_ports_and_only_icmp_has_types() -> None:
    assert (rule("tcp", (22, 22)).ports, rule("tcp", (22, 22)).icmp) == (PortRange(22, 22), None)
    assert (rule("icmp", (8, 0)).ports, rule("icmp", (8, 0)).icmp) == (None, IcmpType(8, 0))
    assert (rule("50", (22, 22)).ports, rule("50", (22, 22)).icmp) == (None, None)
    assert rule("-1", (0, 0)).ports is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("::/0", "::/0"),
        (PrefixList("pl-0123456789abcdef0"), "pl-0123456789abcdef0"),
        (ReferencedGroup("sg-0a"), "sg-0a"),
        (ReferencedGroup("sg-0a", "444455556666"), "sg-0a (account 444455556666)"),
    ],
    ids=str,
)
def test_a_source_in_words(source: str | Source, words: str) -> None:
    assert source_words(rule(source=source).source) == words


@pytest.mark.parametrize(
    ("source", "any_address"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("0.0.0.0/1", False),
        ("::/1", False),
        ("0.0.0.0/32", False),
        (PrefixList("pl-0"), False),
        (ReferencedGroup("sg-0a"), False),
    ],
    ids=str,
)
def test_any_address_is_the_whole_internet_of_one_kind(source: str | Source, any_address: bool) -> None:
    assert rule(source=source).admits_any_address is any_address


@pytest.mark.parametrize(
    ("written", "name"),
    [("tcp", "tcp"), ("TCP", "tcp"), (" 6 ", "tcp"), ("-1", "all"), ("58", "icmpv6"), ("132", "132")],
)
def test_a_protocol_has_one_spelling(written: str, name: str) -> None:
    assert protocol_name(written) == name


@pytest.mark.parametrize(("port", "inside"), [(19, False), (20, True), (22, True), (25, True), (26, False)])
def test_a_range_holds_both_its_ends(port: int, inside: bool) -> None:
    assert (port in PortRange(20, 25)) is inside


def test_all_ports_are_known_as_such() -> None:
    assert ALL_PORTS.is_all
    assert not PortRange(1, 65535).is_all
    assert not PortRange(0, 65534).is_all


def test_an_empty_description_is_none() -> None:
    assert rule(description="").description is None
