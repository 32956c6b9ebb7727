"""
What a set of rules really admits: which addresses to which traffic, as exact sets that can be joined and subtracted.

Two halves of the internet are the internet, and a rule under an already wider one adds nothing. Traffic is a point on a line: of
tcp and udp the port, of icmp and icmpv6 the type and code (type × 256 + code), of any other protocol the one point 0. For each
stretch of a line stand the addresses that are admitted there.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range
from itertools import pairwise

from bot.core.rules import (
    ALL_PROTOCOLS,
    ICMP_PROTOCOLS,
    PORT_PROTOCOLS,
    Network,
    PrefixList,
    ReferencedGroup,
    Rule,
    Source,
)

OTHER_PROTOCOLS = "other"
"""Stands for every protocol that has no line of its own."""

_LINES = frozenset({*PORT_PROTOCOLS, *ICMP_PROTOCOLS, OTHER_PROTOCOLS})
_LAST_POINT = 65535
_LAST_ADDRESS = {4: 2**32 - 1, 6: 2**128 - 1}

Interval = tuple[int, int]
Entries = Mapping[str, tuple[Network, ...]]


@dataclass(frozen=True, slots=True)
class AddressSet:
    """
    A set of addresses: disjoint intervals of IPv4 and of IPv6, both ends included, in ascending order.

    *named* are sources that are no addresses: groups, and prefix lists whose entries are not known.
    """

    ipv4: tuple[Interval, ...] = ()
    ipv6: tuple[Interval, ...] = ()
    named: frozenset[PrefixList | ReferencedGroup] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.ipv4 or self.ipv6 or self.named)

    def __or__(self, other: "AddressSet") -> "AddressSet":
        return _union((self, other))

    def __sub__(self, other: "AddressSet") -> "AddressSet":
        ipv4, ipv6 = _without(self.ipv4, other.ipv4), _without(self.ipv6, other.ipv6)
        return AddressSet(ipv4, ipv6, self.named - other.named)

    @property
    def is_internet(self) -> bool:
        """Whether every IPv4 address, or every IPv6 address, is in it."""
        return self.holds_all(4) or self.holds_all(6)

    def holds_all(self, version: int) -> bool:
        """Whether every address of the IP *version* is in it."""
        return (self.ipv4 if version == 4 else self.ipv6) == ((0, _LAST_ADDRESS[version]),)

    def networks(self) -> Iterator[Network]:
        """Write the addresses as the fewest networks, in ascending order, IPv4 first."""
        for first, last in self.ipv4:
            yield from summarize_address_range(IPv4Address(first), IPv4Address(last))
        for first, last in self.ipv6:
            yield from summarize_address_range(IPv6Address(first), IPv6Address(last))


NOBODY = AddressSet()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Traffic of one protocol from point *first* to *last*, and who is admitted to all of it."""

    protocol: str
    first: int
    last: int
    addresses: AddressSet


@dataclass(frozen=True, slots=True)
class Exposure:
    """
    What is admitted, in one spelling: two exposures are equal if and only if they admit the same.

    *stretches* are disjoint, in the order of protocol and point, and no two that touch have the same addresses. A protocol
    without a line of its own fares as OTHER_PROTOCOLS do; one that fares otherwise has a line, which may admit nobody.
    """

    stretches: tuple[Stretch, ...] = ()

    def __bool__(self) -> bool:
        return any(stretch.addresses for stretch in self.stretches)

    def __or__(self, other: "Exposure") -> "Exposure":
        return _combine(self, other, AddressSet.__or__)

    def __sub__(self, other: "Exposure") -> "Exposure":
        return _combine(self, other, AddressSet.__sub__)

    def at(self, protocol: str, point: int) -> AddressSet:
        """Give who is admitted to one point of traffic."""
        return _reader(_line(_lines(self), protocol))(point)

    def to_internet(self) -> tuple[Stretch, ...]:
        """Give the traffic to which every IPv4 address, or every IPv6 address, is admitted."""
        return tuple(stretch for stretch in self.stretches if stretch.addresses.is_internet)


def exposure_of(rules: Iterable[Rule], entries: Entries | None = None) -> Exposure:
    """
    Join what *rules*, all of one direction, admit.

    *entries* are those of prefix lists, by id; a list that is not among them stays a name.
    """
    sources: dict[tuple[str, int, int], list[Source]] = {}
    for rule in rules:
        sources.setdefault(_traffic(rule), []).append(rule.source)
    everywhere: list[Stretch] = []
    lines: dict[str, list[Stretch]] = {}
    for (protocol, first, last), listed in sources.items():
        stretch = Stretch(protocol, first, last, _address_set(listed, entries or {}))
        (everywhere if protocol == ALL_PROTOCOLS else lines.setdefault(protocol, [])).append(stretch)
    if everywhere:
        for protocol in {*_LINES, *lines}:
            last = last_point(protocol)
            lines.setdefault(protocol, []).extend(
                Stretch(protocol, 0, last, stretch.addresses) for stretch in everywhere
            )
    return _canonical({protocol: _sweep(protocol, line) for protocol, line in lines.items()})


def last_point(protocol: str) -> int:
    """Give the last point of a protocol's line."""
    return _LAST_POINT if protocol in PORT_PROTOCOLS or protocol in ICMP_PROTOCOLS else 0


def _traffic(rule: Rule) -> tuple[str, int, int]:
    """Place the traffic of *rule* on its line."""
    if rule.ports is not None:
        return rule.protocol, rule.ports.first, rule.ports.last
    if rule.icmp is not None:
        of_type = rule.icmp.type % 256 * 256
        if rule.icmp.code is None:
            return rule.protocol, of_type, of_type + 255
        point = of_type + rule.icmp.code % 256
        return rule.protocol, point, point
    return rule.protocol, 0, last_point(rule.protocol)


def _address_set(sources: Iterable[Source], entries: Entries) -> AddressSet:
    intervals: dict[int, list[Interval]] = {4: [], 6: []}
    named: set[PrefixList | ReferencedGroup] = set()
    for source in sources:
        match source:
            case IPv4Network() | IPv6Network():
                networks: tuple[Network, ...] = (source,)
            case PrefixList(prefix_list_id) if prefix_list_id in entries:
                networks = entries[prefix_list_id]
            case _:
                networks = ()
                named.add(source)
        for network in networks:
            ends = (int(network.network_address), int(network.broadcast_address))
            intervals[network.version].append(ends)
    return AddressSet(_merged(intervals[4]), _merged(intervals[6]), frozenset(named))


def _sweep(protocol: str, line: list[Stretch]) -> list[Stretch]:
    """Go along a line whose stretches overlap, from edge to edge, and join what is open between two edges."""
    if len(line) == 1:
        return line
    edges = sorted({edge for stretch in line for edge in (stretch.first, stretch.last + 1)})
    starts = sorted(line, key=lambda stretch: stretch.first, reverse=True)
    found: list[Stretch] = []
    is_open: list[Stretch] = []
    for edge, following in pairwise(edges):
        is_open = [stretch for stretch in is_open if stretch.last >= edge]
        while starts and starts[-1].first == edge:
            is_open.append(starts.pop())
        if is_open:
            addresses = _union([stretch.addresses for stretch in is_open])
            _append(found, Stretch(protocol, edge, following - 1, addresses))
    return found


def _combine(
    ours: Exposure, theirs: Exposure, how: Callable[[AddressSet, AddressSet], AddressSet]
) -> Exposure:
    our_lines, their_lines = _lines(ours), _lines(theirs)
    combined: dict[str, list[Stretch]] = {}
    for protocol in {*our_lines, *their_lines}:
        one, other = _line(our_lines, protocol), _line(their_lines, protocol)
        edges = sorted({edge for stretch in (*one, *other) for edge in (stretch.first, stretch.last + 1)})
        at_one, at_other = _reader(one), _reader(other)
        line = combined.setdefault(protocol, [])
        for edge, following in pairwise(edges):
            _append(line, Stretch(protocol, edge, following - 1, how(at_one(edge), at_other(edge))))
    return _canonical(combined)


def _canonical(lines: Mapping[str, list[Stretch]]) -> Exposure:
    """Write each line once: not those of protocols that fare as all others, and nobody only where others are admitted."""
    others = [stretch for stretch in lines.get(OTHER_PROTOCOLS, []) if stretch.addresses]
    of_others = others[0].addresses if others else NOBODY
    found: list[Stretch] = []
    for protocol, line in sorted(lines.items()):
        if protocol in _LINES:
            found += [stretch for stretch in line if stretch.addresses]
        else:
            addresses = line[0].addresses if line else NOBODY
            if addresses != of_others:
                found.append(Stretch(protocol, 0, 0, addresses))
    return Exposure(tuple(found))


def _append(line: list[Stretch], stretch: Stretch) -> None:
    """Add *stretch* behind the others, as one with the last if they touch and admit the same."""
    last = line[-1] if line else None
    if last and last.last + 1 == stretch.first and last.addresses == stretch.addresses:
        line[-1] = Stretch(last.protocol, last.first, stretch.last, last.addresses)
    else:
        line.append(stretch)


def _lines(exposure: Exposure) -> dict[str, list[Stretch]]:
    lines: dict[str, list[Stretch]] = {}
    for stretch in exposure.stretches:
        lines.setdefault(stretch.protocol, []).append(stretch)
    return lines


def _line(lines: Mapping[str, list[Stretch]], protocol: str) -> list[Stretch]:
    return (
        lines.get(protocol, []) if protocol in _LINES else lines.get(protocol, lines.get(OTHER_PROTOCOLS, []))
    )


def _reader(line: list[Stretch]) -> Callable[[int], AddressSet]:
    """Give what tells who is admitted at a point of *line*."""
    firsts = [stretch.first for stretch in line]

    def at(point: int) -> AddressSet:
        index = bisect_right(firsts, point) - 1
        return line[index].addresses if index >= 0 and point <= line[index].last else NOBODY

    return at


def _union(sets: Iterable[AddressSet]) -> AddressSet:
    distinct = list(dict.fromkeys(sets))
    if len(distinct) == 1:
        return distinct[0]
    return AddressSet(
        _merged([interval for one in distinct for interval in one.ipv4]),
        _merged([interval for one in distinct for interval in one.ipv6]),
        frozenset().union(*(one.named for one in distinct)),
    )


def _merged(intervals: list[Interval]) -> tuple[Interval, ...]:
    """Join intervals that overlap or touch."""
    merged: list[Interval] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def _without(intervals: tuple[Interval, ...], taken: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Cut what is in *taken* out of *intervals*; both are disjoint and in order."""
    left: list[Interval] = []
    position = 0
    for first, last in intervals:
        while position < len(taken) and taken[position][1] < first:
            position += 1
        index = position
        while index < len(taken) and taken[index][0] <= last:
            if taken[index][0] > first:
                left.append((first, taken[index][0] - 1))
            first = max(first, taken[index][1] + 1)
            index += 1
        if first <= last:
            left.append((first, last))
    return tuple(left)
