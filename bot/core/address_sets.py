"""Sets of addresses, as exact intervals that can be joined, cut and subtracted, and what of them is the internet."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from bot.core.rules import Network, PrefixList, ReferencedGroup, Source

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]
Entries = Mapping[str, tuple[Network, ...]]
"""The entries of prefix lists, by the list's id."""

_LAST_ADDRESS = {4: 2**32 - 1, 6: 2**128 - 1}
_BEYOND = 2**128

WORLD: dict[int, Network] = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
"""How a rule writes the internet of either IP version."""

_WHOLE: dict[int, Intervals] = {version: ((0, last),) for version, last in _LAST_ADDRESS.items()}

# Not globally reachable, so that nobody on the internet has such an address.
# https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast
_SPECIAL_PURPOSE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)


@dataclass(frozen=True, slots=True)
class AddressSet:
    """
    A set of addresses: disjoint intervals of IPv4 and of IPv6, both ends included, in ascending order.

    *named* are sources that are no addresses: groups, and prefix lists whose entries are not known.
    """

    ipv4: Intervals = ()
    ipv6: Intervals = ()
    named: frozenset[PrefixList | ReferencedGroup] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.ipv4 or self.ipv6 or self.named)

    def __or__(self, other: "AddressSet") -> "AddressSet":
        ipv4, ipv6 = merged([*self.ipv4, *other.ipv4]), merged([*self.ipv6, *other.ipv6])
        return AddressSet(ipv4, ipv6, self.named | other.named)

    def __and__(self, other: "AddressSet") -> "AddressSet":
        return self - (self - other)

    def __sub__(self, other: "AddressSet") -> "AddressSet":
        ipv4, ipv6 = without(self.ipv4, other.ipv4), without(self.ipv6, other.ipv6)
        return AddressSet(ipv4, ipv6, self.named - other.named)

    @property
    def is_internet(self) -> bool:
        """Whether the internet is in it, or nearly all of it, by either IP version."""
        return self.holds_nearly_all(4) or self.holds_nearly_all(6)

    def internet(self) -> "AddressSet":
        """Give the whole of the IP versions of which the internet, or nearly all of it, is in it."""
        four, six = (_WHOLE[version] if self.holds_nearly_all(version) else () for version in (4, 6))
        return AddressSet(four, six)

    def holds_all(self, version: int) -> bool:
        """
        Tell whether the internet of the IP *version* is in it: every address that is routed globally.

        Of IPv4, special-purpose ranges may be missing (10.0.0.0/8, 224.0.0.0/4 and others); of IPv6, all but 2000::/3.
        """
        intervals = self.intervals(version)
        return all(holds(intervals, block) for block in PUBLIC.intervals(version))

    def holds_nearly_all(self, version: int) -> bool:
        """Tell whether more than NEARLY_ALL of the addresses of the IP *version* that are routed globally are in it."""
        intervals, most = self.intervals(version), _MOST[version]
        return (
            count(intervals) > most
            and _ROUTED[version] - count(without(PUBLIC.intervals(version), intervals)) > most
        )

    def holds(self, source: Source) -> bool:
        """Tell whether all of *source* is in it; a name is in it only as a name."""
        if isinstance(source, IPv4Network | IPv6Network):
            return holds(self.intervals(source.version), interval_of(source))
        return source in self.named

    def includes(self, other: "AddressSet") -> bool:
        """Tell whether all of *other* is in it."""
        return (
            other.named <= self.named
            and all(holds(self.ipv4, interval) for interval in other.ipv4)
            and all(holds(self.ipv6, interval) for interval in other.ipv6)
        )

    def intervals(self, version: int) -> Intervals:
        """Give the addresses of one IP version."""
        return self.ipv4 if version == 4 else self.ipv6

    def rounded(self) -> "AddressSet":
        """Add the special-purpose ranges where the internet is in it, as a rule from the internet has them."""
        four, six = (
            _WHOLE[version] if self.holds_all(version) else self.intervals(version) for version in (4, 6)
        )
        return AddressSet(four, six, self.named)

    def networks(self) -> Iterator[Network]:
        """Write the addresses as the fewest networks, in ascending order, IPv4 first."""
        for version in (4, 6):
            for interval in self.intervals(version):
                yield from (network_of(version, block) for block in blocks_of(interval))

    def sources(self) -> Iterator[Source]:
        """Write it as the fewest sources: networks, then names."""
        yield from self.networks()
        yield from self.named


def addresses_of(source: Source, entries: Entries) -> AddressSet:
    """Give the addresses of *source*; a prefix list that is not among *entries* stays a name."""
    match source:
        case IPv4Network():
            return AddressSet(ipv4=(interval_of(source),))
        case IPv6Network():
            return AddressSet(ipv6=(interval_of(source),))
        case PrefixList(prefix_list_id) if prefix_list_id in entries:
            networks = entries[prefix_list_id]
        case _:
            return AddressSet(named=frozenset({source}))
    four = merged(interval_of(network) for network in networks if network.version == 4)
    six = merged(interval_of(network) for network in networks if network.version == 6)
    return AddressSet(four, six)


def may_be_internet(sources: Iterable[Source], entries: Entries) -> bool:
    """Tell whether *sources* are as many addresses as nearly all of the internet of an IP version: with fewer they are not."""
    counts = {4: 0, 6: 0}
    for source in sources:
        if isinstance(source, ReferencedGroup):
            continue
        for network in (
            entries.get(source.prefix_list_id, ()) if isinstance(source, PrefixList) else (source,)
        ):
            counts[network.version] += 1 << network.max_prefixlen - network.prefixlen
    return any(count > _MOST[version] for version, count in counts.items())


def union_of(sets: Iterable[AddressSet]) -> AddressSet:
    """Join *sets*, at once: one by one would go through what is joined already each time."""
    listed = list(sets)
    four = merged(interval for one in listed for interval in one.ipv4)
    six = merged(interval for one in listed for interval in one.ipv6)
    return AddressSet(four, six, frozenset(name for one in listed for name in one.named))


def interval_of(network: Network) -> Interval:
    """Give the first and the last address of *network* as numbers."""
    first = int(network.network_address)
    return first, first + (1 << (network.max_prefixlen - network.prefixlen)) - 1


def count(intervals: Intervals) -> int:
    """Count the addresses in *intervals*, which are disjoint."""
    return sum(last - first + 1 for first, last in intervals)


def blocks_of(interval: Interval) -> Iterator[Interval]:
    """Cut an interval of addresses into the fewest that are networks, in ascending order."""
    first, last = interval
    while first <= last:
        size = 1 << (last - first + 1).bit_length() - 1
        if first:
            size = min(size, first & -first)
        yield first, first + size - 1
        first += size


def network_of(version: int, block: Interval) -> Network:
    """Write an interval that is a network as one."""
    first, last = block
    host_bits = (last - first).bit_length()
    return IPv4Network((first, 32 - host_bits)) if version == 4 else IPv6Network((first, 128 - host_bits))


def merged(intervals: Iterable[Interval]) -> Intervals:
    """Join intervals that overlap or touch."""
    joined: list[Interval] = []
    for first, last in sorted(intervals):
        if joined and first <= joined[-1][1] + 1:
            if last > joined[-1][1]:
                joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def holds(intervals: Intervals, interval: Interval) -> bool:
    """Tell whether one of *intervals*, which are disjoint and in order, holds all of *interval*."""
    index = bisect_right(intervals, (interval[0], _BEYOND)) - 1
    return index >= 0 and interval[1] <= intervals[index][1]


def without(intervals: Intervals, taken: Intervals) -> Intervals:
    """Cut what is in *taken* out of *intervals*; both are disjoint and in order."""
    left: list[Interval] = []
    position = bisect_left(taken, intervals[0][0], key=lambda each: each[1]) if intervals else 0
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


NOBODY = AddressSet()
PUBLIC = AddressSet(
    without(_WHOLE[4], merged(interval_of(ip_network(text)) for text in _SPECIAL_PURPOSE)),
    (interval_of(ip_network("2000::/3")),),
)
"""The addresses that are routed globally."""


def public_counts(sources: Iterable[Source]) -> tuple[int, int]:
    """Count the addresses of IPv4 and of IPv6 in *sources* that are routed globally; names are none."""
    public = union_of(addresses_of(source, {}) for source in sources) & PUBLIC
    return count(public.ipv4), count(public.ipv6)


NEARLY_ALL = 75
"""
More than so many percent of the internet is nearly all of it.

Whoever lets in so much keeps nobody out: most of those who would attack are let in, as by the whole, whatever hole is left. Half
of the numbers, 0.0.0.0/1, are 57 % of it, and are told as what they are.
"""
_ROUTED = {version: count(PUBLIC.intervals(version)) for version in _LAST_ADDRESS}
_MOST = {version: routed * NEARLY_ALL // 100 for version, routed in _ROUTED.items()}
