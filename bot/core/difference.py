"""What one exposure admits and another does not, as a person is told it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.address_sets import (
    NOBODY,
    WORLD,
    AddressSet,
    Entries,
    Interval,
    Intervals,
    blocks_of,
    interval_of,
    merged,
    network_of,
    without,
)
from bot.core.exposure import OTHER_PROTOCOLS, Exposure, Stretch, aligned, exposure_from, exposure_of
from bot.core.exposure_rules import MAX_PIECES, rules_of, stand_apart
from bot.core.findings import order_by_weight
from bot.core.ledger import content_of
from bot.core.rules import Direction, Rule
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.traffic_judges import is_wide


@dataclass(frozen=True, slots=True)
class Difference:
    """
    What is admitted that was not, *newly*, most severe first; *before* is who was admitted to that traffic already.

    *opened* is the traffic to which the internet, or nearly all of it, is admitted and was not, written as from all of it; nothing
    on egress, which admits nobody.
    """

    newly: tuple[Rule, ...] = ()
    before: tuple[Rule, ...] = ()
    opened: tuple[Rule, ...] = ()


def difference(
    was: Exposure, now: Exposure, direction: Direction | None, policy: SeverityPolicy = STANDARD
) -> Difference:
    """
    Tell what *now* admits and *was* does not.

    A part of a network is told as it is while that takes few words, and else as the network, so that *before* tells the rest. So
    is what makes the internet whole, nearly whole, or by *policy* a wide public range, however small a part it adds.
    """
    fresh = now - was
    if not fresh:
        return Difference()
    told = exposure_from(
        Stretch(protocol, first, last, _told(*sets, policy=policy))
        for protocol, first, last, sets in aligned(fresh, was, now)
    )
    newly = rules_of(told, direction, within=now)
    before = _already(was, newly) if was else Exposure()
    opened = _opened(was, now) if direction is not Direction.EGRESS else Exposure()
    return Difference(
        tuple(order_by_weight(newly, policy)),
        tuple(order_by_weight(rules_of(before, direction), policy)),
        tuple(order_by_weight(rules_of(opened, direction, within=now), policy)),
    )


def _already(was: Exposure, newly: Iterable[Rule]) -> Exposure:
    """Keep of what *was* admitted the traffic that rules are *newly* about."""
    return exposure_from(
        Stretch(protocol, first, last, already if new else NOBODY)
        for protocol, first, last, (new, already) in aligned(exposure_of(newly), was)
    )


def _opened(was: Exposure, now: Exposure) -> Exposure:
    """Give what is open to the internet now and was not."""
    return exposure_from(
        Stretch(protocol, first, last, _opened_to(*sets)) for protocol, first, last, sets in aligned(was, now)
    )


def no_longer_open(was: Exposure, now: Exposure, policy: SeverityPolicy = STANDARD) -> tuple[Rule, ...]:
    """
    Tell to what of ingress the internet was admitted and is not any more by either IP version, most severe first.

    This never says more than is so: "all traffic" only where nothing of it is open.
    """
    gone = exposure_from(
        Stretch(protocol, first, last, NOBODY if after.is_internet else before.internet())
        for protocol, first, last, (before, after) in aligned(was, now)
    )
    everything = gone.to_everything()
    told = exposure_from(
        replace(stretch, addresses=everything) if stretch.protocol == OTHER_PROTOCOLS else stretch
        for stretch in gone.stretches
    )
    return tuple(order_by_weight(rules_of(told, Direction.INGRESS), policy))


def together(rules: Iterable[Rule], lists: Entries, policy: SeverityPolicy = STANDARD) -> tuple[Rule, ...]:
    """Tell what *rules* come to, the most severe first; those that do not say which way they go by themselves."""
    found: list[Rule] = []
    listed = list(rules)
    for direction in dict.fromkeys(rule.direction for rule in listed):
        going = [rule for rule in listed if rule.direction is direction]
        if stand_apart(going, lists):
            found += map(content_of, going)
        else:
            found += rules_of(exposure_of(going, lists), direction)
    return tuple(order_by_weight(found, policy))


def _opened_to(was: AddressSet, now: AddressSet) -> AddressSet:
    internet = now.internet()
    return internet - was.internet() if internet else NOBODY


def _told(new: AddressSet, was: AddressSet, now: AddressSet, *, policy: SeverityPolicy) -> AddressSet:
    four, six = (_told_of(version, new, was, now, policy) for version in (4, 6))
    return AddressSet(four, six, new.named)


def _told_of(
    version: int, new: AddressSet, was: AddressSet, now: AddressSet, policy: SeverityPolicy
) -> Intervals:
    fresh, held = new.intervals(version), now.intervals(version)
    if fresh and now.holds_all(version):
        return fresh if was.holds_all(version) else (interval_of(WORLD[version]),)
    if fresh and now.holds_nearly_all(version) and not was.holds_nearly_all(version):
        return held
    whole = set(fresh).intersection(held)
    if len(whole) == len(fresh):
        return fresh
    pieces = [block for interval in fresh for block in blocks_of(interval)]
    told = list(whole)
    for block in (block for interval in held if interval not in whole for block in blocks_of(interval)):
        added = _cut(fresh, block)
        if added:
            parts = (*added, *_cut(was.intervals(version), block))
            makes_wide = _makes_wide(version, block, parts, policy)
            told += added if len(pieces) <= MAX_PIECES and not makes_wide else (block,)
    return merged(told)


def _makes_wide(version: int, block: Interval, parts: Intervals, policy: SeverityPolicy) -> bool:
    """Tell whether the network *block*, made of *parts*, is a wide public range, and none of them is one."""
    return is_wide(network_of(version, block), policy) and not any(
        is_wide(network_of(version, piece), policy) for interval in parts for piece in blocks_of(interval)
    )


def _cut(intervals: Intervals, block: Interval) -> Intervals:
    """Give what of *intervals* lies in *block*."""
    return without((block,), without((block,), intervals))
