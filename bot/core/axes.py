"""Address sets as numbers, a bit for each piece between two edges of any of them: joining many sets is a few operations then."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import chain

from bot.core.address_sets import NOBODY, AddressSet, Interval

_RUNS = re.compile("1+")

# From so many changed runs in proportion to the runs there are, reading all anew is quicker than mending.
_MANY = 8


class Axis:
    """
    The pieces of which a number of address sets are made.

    IPv4 lies below IPv6. The piece behind the last edge of each is in no set, so that no run of bits goes from one into the
    other. Above both lie the names.
    """

    def __init__(self, sets: Iterable[AddressSet]) -> None:
        distinct = set(sets)
        four = _edges(one.ipv4 for one in distinct)
        six = _edges(one.ipv6 for one in distinct)
        self._edges = [*four, *six]
        self._of_ipv4 = len(four)
        self._places = (
            {edge: place for place, edge in enumerate(four)},
            {edge: place for place, edge in enumerate(six, len(four))},
        )
        names = dict.fromkeys(name for one in distinct for name in one.named)
        self._names = {name: 1 << place for place, name in enumerate(names, len(self._edges))}

    def encoder(self) -> Callable[[AddressSet], int]:
        """Give what turns sets into numbers; each is told by how it differs from the one before."""
        last, number = NOBODY, 0
        known: tuple[set[Interval], set[Interval]] = (set(), set())

        def encode(addresses: AddressSet) -> int:
            nonlocal last, number, known
            if addresses is last:
                return number
            sets = (set(addresses.ipv4), set(addresses.ipv6))
            for places, now, before in zip(self._places, sets, known, strict=True):
                for first, end in now ^ before:
                    number ^= (1 << places[end + 1]) - (1 << places[first])
            for name in addresses.named ^ last.named:
                number ^= self._names[name]
            last, known = addresses, sets
            return number

        return encode

    def decoder(self) -> Callable[[int], AddressSet]:
        """Give what turns numbers into sets; each is made from the one before, so that neighbours share what they can."""
        known: dict[int, AddressSet] = {0: NOBODY}
        bits, starts, ends = 0, list[int](), list[int]()
        found: list[Interval] = []
        below_names = (1 << len(self._edges)) - 1

        def decode(number: int) -> AddressSet:
            nonlocal bits
            if number in known:
                return known[number]
            wanted = number & below_names
            changed = [match.span() for match in _RUNS.finditer(f"{wanted ^ bits:b}"[::-1])]
            if len(changed) * _MANY > len(starts):
                changed = [(0, len(self._edges))]
            for first, last in changed:
                self._mend(wanted, first, last, starts, ends, found)
            bits = wanted
            split = bisect_left(starts, self._of_ipv4)
            names = frozenset(name for name, bit in self._names.items() if number & bit)
            known[number] = AddressSet(tuple(found[:split]), tuple(found[split:]), names)
            return known[number]

        return decode

    def _mend(
        self, bits: int, first: int, last: int, starts: list[int], ends: list[int], found: list[Interval]
    ) -> None:
        """Bring the runs that touch the places *first* to *last* (not included) up to what *bits* says."""
        low, high = bisect_left(ends, first), bisect_right(starts, last)
        if low < high:
            first, last = min(first, starts[low]), max(last, ends[high - 1])
        window = f"{bits >> first & (1 << (last - first)) - 1:b}"[::-1]
        spans = [match.span() for match in _RUNS.finditer(window)]
        starts[low:high] = [first + start for start, _ in spans]
        ends[low:high] = [first + end for _, end in spans]
        edges = self._edges
        found[low:high] = [(edges[first + start], edges[first + end] - 1) for start, end in spans]


def _edges(intervals: Iterable[Iterable[Interval]]) -> list[int]:
    return sorted({edge for first, last in set(chain.from_iterable(intervals)) for edge in (first, last + 1)})
