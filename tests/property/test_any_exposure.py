"""Exposure against a brute-force model: every address and every point of a small world, one by one."""

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.address_sets import AddressSet, Entries
from bot.core.exposure import OTHER_PROTOCOLS, Exposure, exposure_of
from bot.core.rules import Direction, IcmpType, PortRange, PrefixList, ReferencedGroup, Rule

# A small world within the large one: the addresses at the edges of few networks, and the points at the edges of few ranges,
# so that what touches, overlaps and nests is common.
_PORTS = [
    (0, 65535),
    (0, 0),
    (22, 22),
    (20, 25),
    (22, 80),
    (80, 80),
    (81, 443),
    (443, 443),
    (444, 65535),
    (65535, 65535),
]
_ICMP = [
    None,
    IcmpType(0, None),
    IcmpType(8, None),
    IcmpType(8, 0),
    IcmpType(8, 255),
    IcmpType(9, 0),
    IcmpType(255, None),
]
_NETWORKS = [
    ip_network(text)
    for text in (
        *("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3/32"),
        *("9.255.255.255/32", "11.0.0.0/8", "255.255.255.255/32", "0.0.0.0/32"),
        *("::/0", "::/1", "8000::/1", "2001:db8::/32", "2001:db8::/33", "2001:db8::1/128", "ffff::/16"),
    )
]
_LISTS = [PrefixList("pl-1"), PrefixList("pl-2")]
_GROUPS = [ReferencedGroup("sg-1"), ReferencedGroup("sg-2", "444455556666")]
_PROTOCOLS = ("tcp", "udp", "icmp", "icmpv6", "50", "47")

_POINTS = sorted(
    {p for first, last in _PORTS for p in (first, last, min(last + 1, 65535), max(first - 1, 0))}
)
_POINTS += [0, 255, 256, 2047, 2048, 2049, 2303, 2304, 2305, 65279, 65280]
_ADDRESSES = [
    (network.version, address)
    for network in _NETWORKS
    for address in {
        int(network.network_address),
        int(network.broadcast_address),
        max(int(network.network_address) - 1, 0),
        min(int(network.broadcast_address) + 1, 2**network.max_prefixlen - 1),
    }
]
_TRAFFIC = [(protocol, point) for protocol in ("tcp", "icmp") for point in sorted(set(_POINTS))]
_TRAFFIC += [("udp", 22), ("icmpv6", 0), ("50", 0), ("47", 0), ("99", 0)]

rules = st.builds(
    lambda protocol, ports, icmp, source: Rule(
        Direction.INGRESS,
        protocol,
        PortRange(*ports) if protocol in ("tcp", "udp") else None,
        icmp if protocol in ("icmp", "icmpv6") else None,
        source,
    ),
    st.sampled_from(["tcp", "tcp", "icmp", "all", *_PROTOCOLS]),
    st.sampled_from(_PORTS),
    st.sampled_from(_ICMP),
    st.sampled_from([*_NETWORKS, *_LISTS, *_GROUPS]),
)
rule_lists = st.lists(rules, max_size=8)
entries_of_lists = st.dictionaries(
    st.sampled_from(["pl-1", "pl-2"]), st.lists(st.sampled_from(_NETWORKS), max_size=3).map(tuple)
)


def admits(rule: Rule, protocol: str, point: int) -> bool:
    """Tell whether *rule* is about one point of traffic, straight from what its fields mean."""
    if rule.protocol == "all":
        return True
    if rule.protocol != protocol:
        return False
    if rule.ports is not None:
        return rule.ports.first <= point <= rule.ports.last
    if rule.icmp is not None:
        kind, code = divmod(point, 256)
        return rule.icmp.type == kind and rule.icmp.code in (None, code)
    return True


def in_brute_force(found: list[Rule], entries: Entries) -> set[Any]:
    """Name each (protocol, point, address or name) of the small world that the rules admit."""
    seen: set[Any] = set()
    for protocol, point in _TRAFFIC:
        for rule in found:
            if not admits(rule, protocol, point):
                continue
            source = rule.source
            networks: tuple[Any, ...]
            if isinstance(source, IPv4Network | IPv6Network):
                networks = (source,)
            elif isinstance(source, PrefixList) and source.prefix_list_id in entries:
                networks = entries[source.prefix_list_id]
            else:
                seen.add((protocol, point, source))
                continue
            for version, address in _ADDRESSES:
                for network in networks:
                    first, last = int(network.network_address), int(network.broadcast_address)
                    if network.version == version and first <= address <= last:
                        seen.add((protocol, point, version, address))
    return seen


def in_exposure(exposure: Exposure) -> set[Any]:
    """Name the same of an exposure."""
    seen: set[Any] = set()
    for protocol, point in _TRAFFIC:
        addresses = exposure.at(protocol, point)
        seen |= {(protocol, point, name) for name in addresses.named}
        for version, address in _ADDRESSES:
            intervals = addresses.ipv4 if version == 4 else addresses.ipv6
            if any(first <= address <= last for first, last in intervals):
                seen.add((protocol, point, version, address))
    return seen


@given(rule_lists, entries_of_lists)
@settings(max_examples=150)
def test_rules_admit_what_they_admit_one_by_one(found: list[Rule], entries: Entries) -> None:
    """Law: exposure_of(rules) holds a point and an address if and only if some rule does."""
    assert in_exposure(exposure_of(found, entries)) == in_brute_force(found, entries)


@pytest.mark.parametrize("combine", [Exposure.__or__, Exposure.__sub__], ids=["join", "subtract"])
@given(ours=rule_lists, theirs=rule_lists)
@settings(max_examples=100)
def test_exposures_join_and_subtract_as_sets_do(
    combine: Callable[[Exposure, Exposure], Exposure], ours: list[Rule], theirs: list[Rule]
) -> None:
    """Law: joining and subtracting exposures is joining and subtracting the sets of what they admit."""
    as_sets = {Exposure.__or__: set.__or__, Exposure.__sub__: set.__sub__}[combine]
    expected = as_sets(in_brute_force(ours, {}), in_brute_force(theirs, {}))
    assert in_exposure(combine(exposure_of(ours), exposure_of(theirs))) == expected


@given(rule_lists, rule_lists)
@example(
    [Rule(Direction.INGRESS, "all", None, None, _NETWORKS[0])],
    [Rule(Direction.INGRESS, "50", None, None, _NETWORKS[0])],
)
def test_what_admits_the_same_is_equal(ours: list[Rule], theirs: list[Rule]) -> None:
    """Law: a exposure has one spelling: equal if and only if neither admits what the other does not."""
    one, other = exposure_of(ours), exposure_of(theirs)
    assert (one == other) is (not (one - other) and not (other - one))
    assert one | other == exposure_of([*ours, *theirs]) == other | one
    assert (one - other) | other == one | other
    assert not one - one


@given(rule_lists)
def test_stretches_are_disjoint_in_order_and_joined(found: list[Rule]) -> None:
    """Law: no stretch overlaps the next, or touches it with the same addresses."""
    stretches = exposure_of(found).stretches
    for one, following in pairwise(stretches):
        assert one.protocol <= following.protocol
        if one.protocol == following.protocol:
            assert one.last < following.first
            assert one.last + 1 < following.first or one.addresses != following.addresses
    for stretch in stretches:
        assert list_of(stretch.addresses) == sorted(list_of(stretch.addresses))


def list_of(addresses: AddressSet) -> list[tuple[int, int]]:
    return [*addresses.ipv4]


def test_half_and_half_of_the_internet_is_the_internet() -> None:
    halves = [
        Rule(Direction.INGRESS, "tcp", PortRange(22, 22), None, ip_network(half))
        for half in ("0.0.0.0/1", "128.0.0.0/1")
    ]
    (stretch,) = exposure_of(halves).to_internet()
    assert (stretch.protocol, stretch.first, stretch.last) == ("tcp", 22, 22)
    assert list(stretch.addresses.networks()) == [ip_network("0.0.0.0/0")]


def test_all_but_one_protocol_says_so() -> None:
    world = ip_network("0.0.0.0/0")
    everything = exposure_of([Rule(Direction.INGRESS, "all", None, None, world)])
    esp = exposure_of([Rule(Direction.INGRESS, "50", None, None, world)])
    left = everything - esp
    assert not left.at("50", 0)
    assert left.at(OTHER_PROTOCOLS, 0).is_internet
    assert left | esp == everything
