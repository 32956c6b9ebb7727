"""
What a set of rules really admits: which addresses to which traffic, as exact sets that can be joined and subtracted.

Two halves of the internet are the internet, and a rule under an already wider one adds nothing. Traffic is a point on a line: of
tcp and udp the port, of icmp and icmpv6 the type and code (type × 256 + code), of any other protocol the one point 0. For each
stretch of a line stand the addresses that are admitted there.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from operator import and_, or_

from bot.core.address_sets import NOBODY, AddressSet, Entries, Interval, addresses_of, union_of
from bot.core.axes import Axis
from bot.core.rules import ALL_PROTOCOLS, ICMP_PROTOCOLS, PORT_PROTOCOLS, PrefixList, Rule, Source

OTHER_PROTOCOLS = "other"
"""Stands for every protocol that has no line of its own."""

_LINES = frozenset({*PORT_PROTOCOLS, *ICMP_PROTOCOLS, OTHER_PROTOCOLS})
_LAST_POINT = 65535


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
        if not self.stretches or not other.stretches:  # as of what a call comes to on one of the directions
            return self if self.stretches else other
        return _combine(self, other, or_)

    def __and__(self, other: "Exposure") -> "Exposure":
        if not self.stretches or not other.stretches:
            return Exposure()
        return _combine(self, other, and_)

    def __sub__(self, other: "Exposure") -> "Exposure":
        if not self.stretches or not other.stretches:
            return self
        return _combine(self, other, lambda ours, theirs: ours & ~theirs)

    def at(self, protocol: str, point: int) -> AddressSet:
        """Give who is admitted to one point of traffic."""
        return _reader(_line(self.lines(), protocol))(point)

    def holding(self, rules: Iterable[Rule], entries: Entries | None = None) -> Iterator[Rule]:
        """Give those of *rules* that add nothing to it; *entries* are those of prefix lists."""
        lines = self.lines()
        for rule in rules:
            addresses = addresses_of(rule.source, entries or {})
            if not addresses:  # of a list without entries
                yield rule
                continue
            if rule.protocol == ALL_PROTOCOLS:
                points = {protocol: (0, last_point(protocol)) for protocol in {*_LINES, *lines}}
            else:
                points = {rule.protocol: points_of(rule)}
            if all(_is_held(_line(lines, protocol), *ends, addresses) for protocol, ends in points.items()):
                yield rule

    def holds(self, rule: Rule, entries: Entries | None = None) -> bool:
        """Tell whether all that *rule* admits is admitted; *entries* are those of prefix lists."""
        return any(self.holding([rule], entries))

    def lines(self) -> dict[str, list[Stretch]]:
        """Give the stretches of each protocol that has a line of its own."""
        lines: dict[str, list[Stretch]] = {}
        for stretch in self.stretches:
            lines.setdefault(stretch.protocol, []).append(stretch)
        return lines

    def to_internet(self) -> "Exposure":
        """Keep the traffic that is open to the internet, and of whom is admitted the IP versions of which nearly all of it is."""
        return exposure_from(
            replace(stretch, addresses=stretch.addresses.internet()) for stretch in self.stretches
        )

    def to_everything(self) -> AddressSet:
        """Give who is admitted to all traffic."""
        lines = self.lines()
        found = self.at(OTHER_PROTOCOLS, 0)
        for protocol in {*_LINES, *lines} if found else ():
            line = _line(lines, protocol)
            is_whole = sum(each.last - each.first + 1 for each in line) > last_point(protocol)
            found = reduce(and_, (each.addresses for each in line), found) if is_whole else NOBODY
        return found


def exposure_of(rules: Iterable[Rule], entries: Entries | None = None) -> Exposure:
    """
    Join what *rules*, all of one direction, admit.

    *entries* are those of prefix lists, by id; a list that is not among them stays a name.
    """
    lines: dict[str, dict[Interval, list[Source]]] = {}
    of_all: list[Source] = []
    for rule in rules:
        if rule.protocol == ALL_PROTOCOLS:
            of_all.append(rule.source)
        else:
            lines.setdefault(rule.protocol, {}).setdefault(points_of(rule), []).append(rule.source)
    union = _unions(entries or {})
    everywhere = union(of_all)
    for protocol in {*_LINES, *lines} if everywhere else ():
        lines.setdefault(protocol, {})
    return exposure_from(
        Stretch(protocol, first, last, addresses)
        for protocol, line in lines.items()
        for first, last, addresses in _sweep(
            {points: union(sources) for points, sources in line.items()}, everywhere, last_point(protocol)
        )
    )


def exposure_from(stretches: Iterable[Stretch]) -> Exposure:
    """Spell *stretches*, disjoint and of each protocol in ascending order, in the one way."""
    lines: dict[str, list[Stretch]] = {}
    for stretch in stretches:
        line = lines.setdefault(stretch.protocol, [])
        last = line[-1] if line else None
        if last and last.last + 1 == stretch.first and last.addresses == stretch.addresses:
            line[-1] = Stretch(last.protocol, last.first, stretch.last, last.addresses)
        else:
            line.append(stretch)
    return _canonical(lines)


def aligned(*exposures: Exposure) -> Iterator[tuple[str, int, int, tuple[AddressSet, ...]]]:
    """
    Go through the traffic that any of *exposures* is about: protocol, first and last point, and who each admits to all of it.

    Protocols come one after the other, points in ascending order.
    """
    all_lines = [exposure.lines() for exposure in exposures]
    for protocol in {protocol for lines in all_lines for protocol in lines}:
        line_of_each = [_line(lines, protocol) for lines in all_lines]
        edges = {edge for line in line_of_each for each in line for edge in (each.first, each.last + 1)}
        readers = [_reader(line) for line in line_of_each]
        for edge, following in pairwise(sorted(edges)):
            yield protocol, edge, following - 1, tuple(at(edge) for at in readers)


def last_point(protocol: str) -> int:
    """Give the last point of a protocol's line."""
    return _LAST_POINT if protocol in PORT_PROTOCOLS or protocol in ICMP_PROTOCOLS else 0


def points_of(rule: Rule) -> Interval:
    """Place the traffic of *rule*, which is not about all protocols, on its protocol's line: its first and last point."""
    if rule.ports is not None:
        return rule.ports.first, rule.ports.last
    if rule.icmp is not None:
        of_type = rule.icmp.type % 256 * 256
        if rule.icmp.code is None:
            return of_type, of_type + 255
        point = of_type + rule.icmp.code % 256
        return point, point
    return 0, last_point(rule.protocol)


def _unions(entries: Entries) -> Callable[[Sequence[Source]], AddressSet]:
    """Give what joins sources; it looks up a prefix list, which many rules may name, once."""
    lists: dict[Source, AddressSet] = {}

    def of(source: Source) -> AddressSet:
        if not isinstance(source, PrefixList):
            return addresses_of(source, entries)
        if source not in lists:
            lists[source] = addresses_of(source, entries)
        return lists[source]

    return lambda sources: of(sources[0]) if len(sources) == 1 else union_of(map(of, sources))


def _sweep(
    line: Mapping[Interval, AddressSet], everywhere: AddressSet, last: int
) -> Iterator[tuple[int, int, AddressSet]]:
    """Go along a line and say who is admitted from where to where: by one of its stretches, or by several that overlap."""
    ordered = sorted(line)
    if not everywhere and all(one[1] < other[0] for one, other in pairwise(ordered)):
        yield from ((*points, line[points]) for points in ordered)
    elif not line:
        yield 0, last, everywhere
    else:
        axis = Axis([everywhere, *line.values()])
        encode, decode = axis.encoder(), axis.decoder()
        numbers = {addresses: encode(addresses) for addresses in {everywhere, *line.values()}}
        numbered = {points: numbers[addresses] for points, addresses in line.items()}
        for first, end, number in _overlapping(numbered, numbers[everywhere], last):
            yield first, end, decode(number)


def _overlapping(line: Mapping[Interval, int], everywhere: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Go along a line whose stretches overlap, from edge to edge, and join what is open between two edges."""
    starts = sorted(line, reverse=True)
    edges = {edge for start, end in line for edge in (start, end + 1)}
    if everywhere:
        edges |= {0, last + 1}
    is_open: list[tuple[int, int]] = []  # the last point, and the number
    joined = everywhere
    for edge, following in pairwise(sorted(edges)):
        left = [each for each in is_open if each[0] >= edge]
        if len(left) < len(is_open):
            is_open = left
            joined = reduce(or_, (number for _, number in is_open), everywhere)
        while starts and starts[-1][0] == edge:
            traffic = starts.pop()
            is_open.append((traffic[1], line[traffic]))
            joined |= line[traffic]
        yield edge, following - 1, joined


def _combine(ours: Exposure, theirs: Exposure, how: Callable[[int, int], int]) -> Exposure:
    axis = Axis(stretch.addresses for stretch in (*ours.stretches, *theirs.stretches))
    encode_ours, encode_theirs, decode = axis.encoder(), axis.encoder(), axis.decoder()
    return exposure_from(
        Stretch(protocol, first, last, decode(how(encode_ours(one), encode_theirs(other))))
        for protocol, first, last, (one, other) in aligned(ours, theirs)
    )


def _canonical(lines: Mapping[str, list[Stretch]]) -> Exposure:
    """Write each line once: not those of protocols that fare as all others, and nobody only where others are admitted."""
    others = [stretch for stretch in lines.get(OTHER_PROTOCOLS, []) if stretch.addresses]
    of_others = others[0].addresses if others else NOBODY
    found: list[Stretch] = []
    for protocol, line in sorted(lines.items()):
        if protocol in _LINES:
            found += [stretch for stretch in line if stretch.addresses]
        elif line[0].addresses != of_others:
            found.append(line[0])
    return Exposure(tuple(found))


def _line(lines: Mapping[str, list[Stretch]], protocol: str) -> list[Stretch]:
    return (
        lines.get(protocol, []) if protocol in _LINES else lines.get(protocol, lines.get(OTHER_PROTOCOLS, []))
    )


def _is_held(line: list[Stretch], first: int, last: int, addresses: AddressSet) -> bool:
    """Tell whether *addresses* are admitted to all of *line* from *first* to *last*."""
    place = bisect_right(line, first, key=lambda stretch: stretch.first) - 1
    missing = first
    for stretch in line[max(place, 0) :]:
        if stretch.first > missing or missing > last or not stretch.addresses.includes(addresses):
            break
        missing = stretch.last + 1
    return missing > last


def _reader(line: list[Stretch]) -> Callable[[int], AddressSet]:
    """Give what tells who is admitted at a point of *line*."""
    firsts = [stretch.first for stretch in line]

    def at(point: int) -> AddressSet:
        index = bisect_right(firsts, point) - 1
        return line[index].addresses if index >= 0 and point <= line[index].last else NOBODY

    return at
