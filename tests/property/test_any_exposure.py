"""Exposure against a brute-force model: every address and every point of a small world, one by one."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from operator import and_, or_, sub
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.address_sets import AddressSet, Entries
from bot.core.difference import difference, no_longer_open, together
from bot.core.exposure import OTHER_PROTOCOLS, Exposure, aligned, exposure_from, exposure_of
from bot.core.exposure_rules import rules_of
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


@pytest.mark.parametrize("combine", [or_, and_, sub], ids=["join", "intersect", "subtract"])
@given(ours=rule_lists, theirs=rule_lists)
@settings(max_examples=100)
def test_exposures_join_intersect_and_subtract_as_sets_do(
    combine: Callable[[Any, Any], Any], ours: list[Rule], theirs: list[Rule]
) -> None:
    """Law: joining, intersecting and subtracting exposures is doing so with the sets of what they admit."""
    expected = combine(in_brute_force(ours, {}), in_brute_force(theirs, {}))
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
    assert one & other == one - (one - other) == other & one


@given(rule_lists, rule_lists, entries_of_lists)
def test_addresses_combine_as_exposures_do(ours: list[Rule], theirs: list[Rule], entries: Entries) -> None:
    """Law: at each point of traffic, exposures combine as who is admitted there does."""
    one, other = exposure_of(ours, entries), exposure_of(theirs, entries)
    for combine in (or_, and_, sub):
        combined = combine(one, other)
        for protocol, point in _TRAFFIC:
            assert combined.at(protocol, point) == combine(one.at(protocol, point), other.at(protocol, point))


@given(rules, rule_lists, entries_of_lists)
def test_an_exposure_holds_the_rules_that_add_nothing_to_it(
    rule: Rule, found: list[Rule], entries: Entries
) -> None:
    """Law: an exposure holds a rule if and only if nothing of the rule is left when it is taken away."""
    exposure = exposure_of(found, entries)
    assert exposure.holds(rule, entries) is not bool(exposure_of([rule], entries) - exposure)


@given(rule_lists, rule_lists)
def test_who_is_admitted_to_everything_is_admitted_everywhere(ours: list[Rule], theirs: list[Rule]) -> None:
    """Law: a source is admitted to everything if and only if a rule from it for all traffic adds nothing."""
    exposure = exposure_of(ours) - exposure_of(theirs)
    everything = exposure.to_everything()
    for source in [*_NETWORKS, *_LISTS, *_GROUPS]:
        rule = Rule(Direction.INGRESS, "all", None, None, source)
        assert everything.holds(source) is not bool(exposure_of([rule]) - exposure)


@given(rule_lists, rule_lists)
def test_what_exposures_are_about_is_gone_through_once(ours: list[Rule], theirs: list[Rule]) -> None:
    """Law: aligned() gives disjoint stretches, in order, in each of which both admit the same all along."""
    one, other = exposure_of(ours), exposure_of(theirs)
    reached: dict[str, int] = {}
    for protocol, first, last, (our_own, their_own) in aligned(one, other):
        assert reached.get(protocol, -1) < first <= last
        reached[protocol] = last
        for point in (first, last):
            assert one.at(protocol, point) == our_own
            assert other.at(protocol, point) == their_own


@given(rule_lists, entries_of_lists)
@settings(max_examples=150)
def test_rules_that_are_written_of_an_exposure_admit_what_it_does(
    found: list[Rule], entries: Entries
) -> None:
    """Law: rules_of(exposure_of(rules)) admits the same, whole where the internet is, and in no more rules than they are."""
    exposure = exposure_of(found, entries)
    written = rules_of(exposure, Direction.INGRESS)
    assert exposure_of(written) == rounded(exposure)
    assert in_brute_force(list(written), {}) == in_exposure(rounded(exposure))
    if not entries:
        assert len(written) <= len(set(found))
    assert len(set(written)) == len(written)
    assert all(rule.direction is Direction.INGRESS and not rule.description for rule in written)


@given(rule_lists, rule_lists)
def test_what_is_written_of_a_part_is_no_less_than_it_and_no_more_than_the_whole(
    ours: list[Rule], theirs: list[Rule]
) -> None:
    """Law: of a part of an exposure is written at least what it admits, and at most what the whole does."""
    whole = exposure_of(ours)
    part = whole - exposure_of(theirs)
    for within in (None, whole):
        written = exposure_of(rules_of(part, Direction.INGRESS, within=within))
        assert not part - written
        assert not written - rounded(whole)


@given(rule_lists, rule_lists)
@settings(max_examples=150)
def test_a_difference_is_told_whole_and_nothing_but_it_and_what_was_before(
    ours: list[Rule], theirs: list[Rule]
) -> None:
    """Law: what is told as new, without what is told as before, is what is new; the internet is whole."""
    was, now = exposure_of(ours), exposure_of(theirs)
    told = difference(was, now, Direction.INGRESS)
    newly, before = exposure_of(told.newly), exposure_of(told.before)
    assert bool(told.newly) is bool(now - was)
    assert not (now - was) - newly
    assert not newly - rounded(now)
    assert not (newly & now) - before - (now - was)
    for protocol, point in _TRAFFIC:
        if newly.at(protocol, point):
            assert before.at(protocol, point) == rounded(was).at(protocol, point)


@given(st.lists(rules, max_size=3), entries_of_lists)
@settings(max_examples=400)
def test_what_rules_come_to_is_what_their_exposure_is_written_as(found: list[Rule], entries: Entries) -> None:
    """Law: rules that stand apart, which nothing is joined for, come to what joining them would say."""
    assert set(together(found, entries)) == set(rules_of(exposure_of(found, entries), Direction.INGRESS))


@given(rule_lists, rule_lists)
@settings(max_examples=150)
def test_what_opens_and_what_closes_to_the_internet_is_told(ours: list[Rule], theirs: list[Rule]) -> None:
    """Law: traffic is told as opened if an IP version's internet is new to it, as closed only if neither's is left."""
    was, now = exposure_of(ours), exposure_of(theirs)
    opened = exposure_of(difference(was, now, Direction.INGRESS).opened)
    closed = exposure_of(no_longer_open(was, now))
    for protocol, point in _TRAFFIC:
        old, new = was.at(protocol, point), now.at(protocol, point)
        for version in (4, 6):
            if new.holds_nearly_all(version) and not old.holds_nearly_all(version):
                assert opened.at(protocol, point).holds_all(version)
            is_closed = old.holds_nearly_all(version) and not new.is_internet
            if protocol in ("tcp", "udp", "icmp", "icmpv6"):
                assert closed.at(protocol, point).holds_all(version) is is_closed
            else:  # of the others no rule can tell all but one
                assert is_closed or not closed.at(protocol, point).holds_all(version)


def rounded(exposure: Exposure) -> Exposure:
    """Give the exposure with all addresses of an IP version where the internet of it is admitted."""
    return exposure_from(replace(each, addresses=each.addresses.rounded()) for each in exposure.stretches)


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
    (stretch,) = exposure_of(halves).stretches
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
