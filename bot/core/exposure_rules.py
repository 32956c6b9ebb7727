"""An exposure written as rules: the fewest plain ones that say it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from itertools import pairwise

from bot.core.address_sets import (
    NOBODY,
    AddressSet,
    Entries,
    Interval,
    blocks_of,
    holds,
    merged,
    network_of,
    without,
)
from bot.core.exposure import OTHER_PROTOCOLS, Exposure, Stretch, exposure_from, last_point
from bot.core.rules import (
    ALL_PROTOCOLS,
    ICMP_PROTOCOLS,
    PORT_PROTOCOLS,
    Direction,
    IcmpType,
    PortRange,
    PrefixList,
    Rule,
    Source,
    source_order,
)

MAX_PIECES = 3
"""Into how many pieces a part is written before more is said, with what was so before beside it."""

_CODES = 256  # of each ICMP type
_INTERNET_BITS = 3  # of 2000::/3, which is all of the internet of IPv6

_Line = Sequence[Stretch]


@dataclass(frozen=True, slots=True)
class _Run:
    """The points *first* to *last* of a line, to all of which the addresses *block*, which are a network, are admitted."""

    first: int
    last: int
    block: Interval


def rules_of(
    exposure: Exposure, direction: Direction | None, within: Exposure | None = None
) -> tuple[Rule, ...]:
    """
    Write *exposure* as rules without id and description.

    The internet is written as 0.0.0.0/0 or ::/0, with the special-purpose ranges that it may do without, and who is admitted
    to the protocols without a line of their own as admitted to all traffic. So of a difference (all but one protocol) this may
    say more than is so, never less; of what rules admit it says just that, special-purpose ranges aside.

    *within* is what the exposure is a part of: where a source would be in more than MAX_PIECES pieces on a line, what
    *within* admits around them is written in their place.
    """
    lines = _rounded(exposure).lines()
    whole = _rounded(within).lines() if within else {}
    others = lines.pop(OTHER_PROTOCOLS, [])
    everywhere = others[0].addresses if others else NOBODY
    rules = [Rule(direction, ALL_PROTOCOLS, None, None, source) for source in everywhere.sources()]
    for protocol, line in lines.items():
        found: dict[Source, list[Interval]] = {}
        for source, points in _admitted(line, everywhere):
            found.setdefault(source, []).append(points)
        for source, runs in found.items():
            pieces = _pieces(protocol, runs)
            if protocol in ICMP_PROTOCOLS and len(pieces) > 1:
                wider = [each for other in found if _is_wider(other, source) for each in found[other]]
                pieces = [each for each in pieces if not any(_lies_in(each, points) for points in wider)]
            if len(pieces) > MAX_PIECES and protocol in whole:
                around = {_around(whole[protocol], source, points) for points in runs}
                pieces = _pieces(protocol, sorted(around))
            rules += [_rule(direction, protocol, piece, source) for piece in pieces]
    return tuple(rules)


def stand_apart(rules: Iterable[Rule], entries: Entries) -> bool:
    """
    Tell whether *rules*, all of one direction, come to what they are, as those of most calls do: no two for the same ports.

    This is so of rules for ports alone, and of sources that are written as they stand; *entries* are those of prefix lists.
    """
    points: dict[str, list[Interval]] = {}
    for rule in rules:
        if rule.ports is None or not _is_as_written(rule.source, entries):
            return False
        points.setdefault(rule.protocol, []).append((rule.ports.first, rule.ports.last))
    return all(one[1] + 1 < other[0] for line in points.values() for one, other in pairwise(sorted(line)))


def _is_as_written(source: Source, entries: Entries) -> bool:
    """Tell whether *source* is neither written by its entries nor as the internet of IPv6, which it may be without being all of it."""
    if isinstance(source, PrefixList):
        return source.prefix_list_id not in entries
    return not isinstance(source, IPv6Network) or source.prefixlen == 0 or source.prefixlen > _INTERNET_BITS


def _rounded(exposure: Exposure) -> Exposure:
    rounded = [each.addresses.rounded() for each in exposure.stretches]
    if rounded == [each.addresses for each in exposure.stretches]:
        return exposure
    return exposure_from(
        replace(each, addresses=addresses)
        for each, addresses in zip(exposure.stretches, rounded, strict=True)
    )


def _admitted(line: _Line, everywhere: AddressSet) -> Iterator[tuple[Source, Interval]]:
    """Say who is admitted to which points of *line*, whoever is admitted *everywhere* left out."""
    # Where no two stretches touch, as of most calls, no network goes on from one into the next.
    runs_of = _runs if any(one.last + 1 == other.first for one, other in pairwise(line)) else _runs_apart
    for version in (4, 6):
        for run in runs_of(line, version, everywhere.intervals(version)):
            yield network_of(version, run.block), (run.first, run.last)
    names = {name for stretch in line for name in stretch.addresses.named} - everywhere.named
    for name in sorted(names, key=source_order):
        points = merged((each.first, each.last) for each in line if name in each.addresses.named)
        yield from ((name, each) for each in points)


def _runs_apart(line: _Line, version: int, everywhere: tuple[Interval, ...]) -> list[_Run]:
    """Give the networks that each stretch of a line is made of."""
    found = [
        _Run(stretch.first, stretch.last, block)
        for stretch in line
        for interval in stretch.addresses.intervals(version)
        for block in _blocks(interval, everywhere)
    ]
    return sorted(found, key=_by_block)


def _runs(line: _Line, version: int, everywhere: tuple[Interval, ...]) -> Iterable[_Run]:
    """Follow each network that a stretch is made of, as far to both sides as all of it is admitted."""
    found: list[_Run] = []
    blocks: dict[Interval, list[Interval]] = {}  # of each interval, the networks that it is made of
    starts: dict[Interval, int] = {}  # of each network that is admitted here, the point from which on it is
    inside: set[Interval] = set()  # those of them that are part of a larger network here
    known: set[Interval] = set()
    end = -1
    for place, stretch in enumerate(line):
        if end + 1 != stretch.first:
            found += [_Run(first, end, block) for block, first in starts.items()]
            starts, inside, known = {}, set(), set()
        admitted = stretch.addresses.intervals(version)
        here = set(admitted)
        inside.update(block for interval in known - here for block in blocks[interval])
        for interval in here - known:
            if interval not in blocks:
                blocks[interval] = _blocks(interval, everywhere)
            for block in blocks[interval]:
                inside.discard(block)
                if block not in starts:
                    starts[block] = _first(line, place, version, block)
        for block in [block for block in inside if not holds(admitted, block)]:
            inside.remove(block)
            found.append(_Run(starts.pop(block), end, block))
        known, end = here, stretch.last
    found += [_Run(first, end, block) for block, first in starts.items()]
    return _needed(sorted(found, key=_by_block))


def _by_block(run: _Run) -> tuple[Interval, int]:
    return run.block, run.first


def _blocks(interval: Interval, everywhere: tuple[Interval, ...]) -> list[Interval]:
    """Cut an interval into networks, without those that are admitted everywhere."""
    if not everywhere:
        return list(blocks_of(interval))
    whole = [block for block in blocks_of(interval) if not holds(everywhere, block)]
    rest = [block for each in without((interval,), everywhere) for block in blocks_of(each)]
    return rest if len(rest) <= len(whole) else whole


def _first(line: _Line, place: int, version: int, block: Interval) -> int:
    """Go back along *line* from *place* as long as *block* is admitted, and give the first point."""
    while (
        place
        and line[place - 1].last + 1 == line[place].first
        and holds(line[place - 1].addresses.intervals(version), block)
    ):
        place -= 1
    return line[place].first


def _needed(runs: list[_Run]) -> Iterator[_Run]:
    """Leave out each run that smaller networks, which are there anyway, make up; *runs* are in order."""
    left = dict.fromkeys(runs)
    for run in sorted(runs, key=lambda run: run.block[0] - run.block[1]):
        low = bisect_left(runs, run.block[0], key=lambda each: each.block[0])
        high = bisect_right(runs, run.block[1], key=lambda each: each.block[0])
        smaller = [
            each
            for each in runs[low:high]
            if each in left and _size(each) < _size(run) and each.first <= run.last and run.first <= each.last
        ]
        if _make_up(run, smaller):
            del left[run]
    yield from left


def _size(run: _Run) -> int:
    return run.block[1] - run.block[0]


def _make_up(run: _Run, smaller: list[_Run]) -> bool:
    """Tell whether *smaller*, runs of networks within that of *run*, together say what it says."""
    edges = {run.first, *(edge for each in smaller for edge in (each.first, each.last + 1))}
    return len(smaller) > 1 and all(
        merged(each.block for each in smaller if each.first <= edge <= each.last) == (run.block,)
        for edge in sorted(edges)
        if run.first <= edge <= run.last
    )


def _is_wider(one: Source, other: Source) -> bool:
    """Tell whether the networks *one* and *other* are not the same, and all of the other is in the one."""
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one != other and other.subnet_of(one)
    return (
        isinstance(one, IPv6Network)
        and isinstance(other, IPv6Network)
        and one != other
        and other.subnet_of(one)
    )


def _lies_in(inner: Interval, outer: Interval) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _around(line: _Line, source: Source, points: Interval) -> Interval:
    """Widen *points* of *line* as far to both sides as *source* is admitted."""
    admitted = merged((each.first, each.last) for each in line if each.addresses.holds(source))
    return next((each for each in admitted if _lies_in(points, each)), points)


def _pieces(protocol: str, runs: Iterable[Interval]) -> list[Interval]:
    """Cut points of a protocol's line into such as one rule can be about: of ICMP, all, a whole type, or one code of a type."""
    if protocol not in ICMP_PROTOCOLS:
        return list(runs)
    return [piece for points in runs for piece in _icmp_pieces(points)]


def _icmp_pieces(points: Interval) -> Iterator[Interval]:
    first, last = points
    size = last + 1 if points == (0, last_point("icmp")) else _CODES
    while first <= last:
        end = first + size - 1 if first % size == 0 and first + size - 1 <= last else first
        yield first, end
        first = end + 1


def _rule(direction: Direction | None, protocol: str, piece: Interval, source: Source) -> Rule:
    """Make the rule about one piece of a protocol's line."""
    first, last = piece
    ports = PortRange(first, last) if protocol in PORT_PROTOCOLS else None
    icmp = None
    if protocol in ICMP_PROTOCOLS and piece != (0, last_point(protocol)):
        icmp = IcmpType(first // _CODES, first % _CODES if first == last else None)
    return Rule(direction, protocol, ports, icmp, source)
