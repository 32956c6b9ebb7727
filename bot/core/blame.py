"""Which of a group's rules admit something, since when they do, and which one did last."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.address_sets import WORLD, Entries, addresses_of, may_be_internet
from bot.core.exposure import exposure_of, points_of
from bot.core.findings import order_by_weight
from bot.core.ledger import Entry, Ledger, Moment
from bot.core.rules import (
    ALL_PROTOCOLS,
    ICMP_PROTOCOLS,
    PORT_PROTOCOLS,
    Direction,
    IcmpType,
    Network,
    PortRange,
    PrefixList,
    Rule,
    Source,
)
from bot.core.traffic import traffic_of

_ADDRESSES = {4: 2**32, 6: 2**128}
_ALL_POINTS = 2**16  # more than any protocol has


def since(entries: Iterable[Entry], traffic: Rule, lists: Entries) -> Moment | None:
    """
    Find since when *entries* together admit all of *traffic* without a break; None if those that are live do not.

    Of what closed, only what *entries* hold counts. The internet is admitted as soon as nearly all of it is.
    """
    asked = traffic_of([traffic])
    going = [
        each for each in entries if each.rule.direction is traffic.direction and asked.touches(each.rule)
    ]
    if traffic.admits_any_address:
        going = of_the_internet(going, lists)
    found = None
    moment = _complete_from([each for each in going if each.closed is None], traffic, lists)
    while moment:
        found = moment
        moment = _complete_from([each for each in going if _is_open_before(each, found.at)], traffic, lists)
    return found


def of_the_internet(entries: Sequence[Entry], lists: Entries) -> list[Entry]:
    """
    Leave out *entries* that have no part in letting the internet in.

    Of a thousand rules most are from a few addresses. Where all of those, whatever traffic they are about, are fewer than nearly
    all of the internet, it is let in only by rules that say so in one word.
    """
    whole = [entry for entry in entries if entry.rule.admits_any_address]
    rest = (entry.rule.source for entry in entries if not entry.rule.admits_any_address)
    return list(entries) if may_be_internet(rest, lists) else whole


def covering(rule: Rule, others: Iterable[Rule], lists: Entries) -> tuple[Rule, ...]:
    """Find those of *others*, one if one does, that admit all that *rule* does; none if all of them do not."""
    asked = traffic_of([rule])
    alike = [other for other in others if other.direction is rule.direction and asked.touches(other)]
    addresses = addresses_of(rule.source, lists)
    sets = {source: addresses_of(source, lists) for source in {other.source for other in alike}}
    near = order_by_weight(other for other in alike if addresses & sets[other.source])
    for other in near:
        if asked.is_within(other) and sets[other.source].includes(addresses):
            return (other,)
    if not exposure_of(near, lists).holds(rule, lists):
        return ()
    needed = near
    for other in reversed(near):
        left = [each for each in needed if each is not other]
        if exposure_of(left, lists).holds(rule, lists):
            needed = left
    return tuple(needed)


def why(
    ledger: Ledger, protocol: str, port: int | None, network: Network | None, lists: Entries
) -> tuple[Entry, ...]:
    """
    Find the live entries that let in any of the traffic of *protocol* at *port*, widest source first.

    *port* is the type of ICMP; None means any. With *network*, those that let in any address of it: of a prefix list whose
    entries are not known that may be so, and of a group it is not known to be.
    """
    asked = _asked(protocol, port)
    found = [entry for entry in ledger.live if _lets_in(entry.rule, asked, network, lists)]
    return tuple(sorted(found, key=lambda entry: _narrowness(entry.rule, lists)))


def last_closed(
    ledger: Ledger, protocol: str, port: int | None, network: Network | None, lists: Entries
) -> Entry | None:
    """Find the entry that closed last of those that let in what is asked for, as in why()."""
    asked = _asked(protocol, port)
    closed = reversed(ledger.closed)
    return next((entry for entry in closed if _lets_in(entry.rule, asked, network, lists)), None)


def _complete_from(entries: Iterable[Entry], traffic: Rule, lists: Entries) -> Moment | None:
    """Give the opening of the entry that completes *traffic*, as they opened one after the other; the more, the more is admitted."""
    ordered = sorted(entries, key=lambda entry: entry.opened.at)
    wanted = exposure_of([traffic], lists)

    def is_complete(count: int) -> bool:
        admitted = exposure_of((entry.rule for entry in ordered[:count]), lists)
        return not wanted - (admitted.to_internet() if traffic.admits_any_address else admitted)

    place = bisect_left(range(1, len(ordered) + 1), True, key=is_complete)
    return ordered[place].opened if place < len(ordered) else None


def _is_open_before(entry: Entry, moment: datetime) -> bool:
    """Tell whether *entry* was open up to *moment*, at which it may have closed."""
    return entry.opened.at < moment and (entry.closed is None or entry.closed.at >= moment)


def _asked(protocol: str, port: int | None) -> Rule:
    """Write what is asked for as a rule, of which only the traffic counts."""
    ports = PortRange(port, port) if port is not None and protocol in PORT_PROTOCOLS else None
    icmp = IcmpType(port, None) if port is not None and protocol in ICMP_PROTOCOLS else None
    return Rule(Direction.INGRESS, protocol, ports, icmp, WORLD[4])


def _lets_in(rule: Rule, asked: Rule, network: Network | None, lists: Entries) -> bool:
    if rule.direction is not Direction.INGRESS or not traffic_of([asked]).touches(rule):
        return False
    return network is None or _may_be_from(network, rule.source, lists)


def _may_be_from(network: Network, source: Source, lists: Entries) -> bool:
    addresses = addresses_of(source, lists)
    is_unknown = isinstance(source, PrefixList) and bool(addresses.named)
    return is_unknown or bool(addresses & addresses_of(network, lists))


def _narrowness(rule: Rule, lists: Entries) -> tuple[float, int]:
    """Give what puts rules in order, the widest first: by how much of the addresses there are, then of the traffic."""
    addresses = addresses_of(rule.source, lists)
    share = max(
        sum(last - first + 1 for first, last in addresses.intervals(version)) / count
        for version, count in _ADDRESSES.items()
    )
    first, last = (0, _ALL_POINTS) if rule.protocol == ALL_PROTOCOLS else points_of(rule)
    return -share, first - last
