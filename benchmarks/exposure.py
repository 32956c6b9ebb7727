"""
How long it takes to join what rules admit, and to subtract it: `python -m benchmarks.exposure`.

Times are those of the processor, which is all that this takes, so that they are the same beside other work. Last stands what is
done for each event: what one rule more means to such a group.

The baseline is what a plain comparison costs: each rule by itself against each of the other group's, which sees neither that
two halves are a whole nor that ranges overlap.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from operator import sub

from bot.core.address_sets import Entries
from bot.core.changes import ChangeKind, Origin, Outcome, Principal, PrincipalKind, SecurityGroupChange
from bot.core.exposure import exposure_of
from bot.core.ledger import Entry, Ledger, Moment, Step
from bot.core.meaning import mean
from bot.core.rules import (
    ALL_PROTOCOLS,
    ICMP_PROTOCOLS,
    Direction,
    IcmpType,
    Network,
    PortRange,
    PrefixList,
    Rule,
    Source,
)
from bot.core.traffic import traffic_of

RUNS = 7
TARGET_SECONDS = {"100 ranges": 0.050, "any 1,000 rules": 0.500}

_NO_LISTS: Entries = {}
_NOW = datetime(2026, 11, 24, 20, 7, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A group's rules, and those of another or a later one; *target* names what it is held to."""

    name: str
    target: str
    rules: list[Rule]
    others: list[Rule]
    lists: Entries


def cases() -> Iterator[Case]:
    """Make the groups that are hard: much that overlaps, nothing that is alike, and what a group of that size may be."""
    rng = random.Random(20)
    few, many = TARGET_SECONDS
    yield Case("100 rules, nested ranges, a network each", few, *_nested(100), _NO_LISTS)
    ranges = [_range(rng) for _ in range(100)]
    rules = [_rule(rng.choice(ranges), _ipv4(rng, 24)) for _ in range(1000)]
    yield Case("1,000 rules over 100 overlapping ranges", few, *_edited(rules, rng, ranges), _NO_LISTS)
    rules = [_rule(rng.choice(ranges), _any_network(rng)) for _ in range(1000)]
    yield Case(
        "1,000 rules over 100 ranges, networks of any size", few, *_edited(rules, rng, ranges), _NO_LISTS
    )

    yield Case("nested ranges, a network each; another such group", many, *_nested(1000), _NO_LISTS)
    rules = [_rule(_range(rng), _ipv4(rng, 24)) for _ in range(1000)]
    yield Case("overlapping ranges, a network each; 5 edited", many, *_edited(rules, rng), _NO_LISTS)
    others = [_rule(_range(rng), _ipv4(rng, 24)) for _ in range(1000)]
    yield Case("overlapping ranges, a network each; another such", many, rules, others, _NO_LISTS)
    half, other_half = _nested(500)
    half = [*half, *(_rule((40 * i + 5, 40 * i + 9), IPv4Network("0.0.0.0/1")) for i in range(500))]
    other_half = [
        *other_half,
        *(_rule((40 * i + 7, 40 * i + 19), IPv4Network("0.0.0.0/1")) for i in range(500)),
    ]
    yield Case("the half of the internet, on and off, over nested ranges", many, half, other_half, _NO_LISTS)
    rules = [_rule(_range(rng), _ipv6(rng)) for _ in range(1000)]
    others = [_rule(_range(rng), _ipv6(rng)) for _ in range(1000)]
    yield Case("overlapping ranges, an IPv6 network each; another such", many, rules, others, _NO_LISTS)
    yield Case("all traffic among them, and every protocol", many, _mixed(rng), _mixed(rng), _NO_LISTS)
    for entries, target in ((100, many), (1000, "none: more than EC2 lets a group name")):
        lists = {
            f"pl-{n}": tuple(_ipv4(rng, rng.randrange(16, 33)) for _ in range(entries)) for n in range(20)
        }
        rules, others = (
            [_rule(_range(rng), PrefixList(f"pl-{rng.randrange(20)}")) for _ in range(1000)] for _ in range(2)
        )
        yield Case(
            f"overlapping ranges, 20 prefix lists of {entries:,} entries", target, rules, others, lists
        )


def plain_difference(rules: list[Rule], others: list[Rule]) -> list[Rule]:
    """Give the rules that no single one of *others* covers: the baseline."""
    return [rule for rule in rules if not any(_covers(other, rule) for other in others)]


def main() -> int:
    """Print a line for each case: how long joining and subtracting took, and whether that is within the target."""
    print(
        f"Median of {RUNS} runs, in milliseconds of the processor; baseline: each rule against each other\n"
    )
    print(f"{'':58} {'join':>6} {'subtract':>9} {'target':>7} {'':8} {'baseline':>8} {'one event':>10}")
    missed = 0
    for case in cases():
        exposure, other = exposure_of(case.rules, case.lists), exposure_of(case.others, case.lists)
        join = _median(partial(exposure_of, case.rules, case.lists))
        subtract = _median(partial(sub, exposure, other))
        baseline = _median(partial(plain_difference, case.rules, case.others), runs=1)
        event = _median(partial(mean, _one_more(case), case.lists))
        target = TARGET_SECONDS.get(case.target)
        is_missed = target is not None and max(join, subtract) > target
        missed += is_missed
        print(
            f"{case.name:58} {join * 1e3:6.0f} {subtract * 1e3:9.0f} {target * 1e3 if target else 0:7.0f} "
            f"{'NOT MET' if is_missed else 'met' if target else 'none':8} {baseline * 1e3:8.0f} {event * 1e3:10.0f}"
        )
    return 1 if missed else 0


def _one_more(case: Case) -> Step:
    """Make the change that opens SSH to the internet in a group that holds the case's rules."""
    added = Rule(Direction.INGRESS, "tcp", PortRange(22, 22), None, IPv4Network("0.0.0.0/0"))
    change = SecurityGroupChange(
        event_id="event-1",
        event_name="AuthorizeSecurityGroupIngress",
        kind=ChangeKind.AUTHORIZE,
        time=_NOW,
        account_id="111122223333",
        region="eu-west-1",
        group_id="sg-0a1b2c3d",
        group_name=None,
        vpc_id=None,
        principal=Principal(PrincipalKind.IAM_USER, "alice", None, None, "alice", "alice"),
        origin=Origin(None, None),
        outcome=Outcome.SUCCEEDED,
        added=(added,),
    )
    live = tuple(Entry(rule, Moment(_NOW), _NOW) for rule in case.rules)
    opened = Entry(added, Moment(_NOW), _NOW)
    return Step(change, Ledger(live, is_known=True), Ledger((*live, opened), is_known=True), (opened,))


def _median(call: Callable[[], object], runs: int = RUNS) -> float:
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def _rule(ports: tuple[int, int], source: Source) -> Rule:
    return Rule(Direction.INGRESS, "tcp", PortRange(*ports), None, source)


def _nested(count: int) -> tuple[list[Rule], list[Rule]]:
    """Make ranges within ranges, and networks that do not touch; and others of which nothing is the same."""
    step = 32000 // count
    rules, others = (
        [
            _rule((step * i + shift, 65000 - step * i - shift), IPv4Network(0x0A000000 + 1024 * i + shift))
            for i in range(count)
        ]
        for shift in (0, 3)
    )
    return rules, others


def _edited(
    rules: list[Rule], rng: random.Random, ranges: list[tuple[int, int]] | None = None
) -> tuple[list[Rule], list[Rule]]:
    """Give *rules*, and them with five in the place of five."""
    fresh = [_rule(rng.choice(ranges) if ranges else _range(rng), _ipv4(rng, 20)) for _ in range(5)]
    return rules, [*rules[:-5], *fresh]


def _mixed(rng: random.Random) -> list[Rule]:
    rules: list[Rule] = []
    for number in range(1000):
        protocol = rng.choice(["tcp", "tcp", "udp", "icmp", "icmpv6", "all", str(number % 140 + 60)])
        ports = PortRange(*_range(rng)) if protocol in ("tcp", "udp") else None
        icmp = IcmpType(rng.randrange(40), rng.choice([None, 0, 1])) if protocol in ICMP_PROTOCOLS else None
        source: Source = _ipv6(rng) if rng.random() < 0.3 else _ipv4(rng, rng.randrange(8, 33))
        rules.append(Rule(Direction.INGRESS, protocol, ports, icmp, source))
    return rules


def _range(rng: random.Random) -> tuple[int, int]:
    first, last = sorted((rng.randrange(65536), rng.randrange(65536)))
    return first, last


def _ipv4(rng: random.Random, length: int) -> IPv4Network:
    return IPv4Network((rng.getrandbits(32) >> (32 - length) << (32 - length), length))


def _ipv6(rng: random.Random) -> IPv6Network:
    return IPv6Network((0x20010DB8 << 96 | rng.getrandbits(32) << 64, 64))


def _any_network(rng: random.Random) -> Network:
    return _ipv4(rng, rng.choice([1, 2, 4, 8, 12, 16, 20, 24, 28, 32]))


def _covers(wide: Rule, narrow: Rule) -> bool:
    if isinstance(wide.source, PrefixList) or isinstance(narrow.source, PrefixList):
        is_within = wide.source == narrow.source
    elif isinstance(wide.source, IPv4Network) and isinstance(narrow.source, IPv4Network):
        is_within = narrow.source.subnet_of(wide.source)
    else:
        is_within = (
            isinstance(wide.source, IPv6Network)
            and isinstance(narrow.source, IPv6Network)
            and narrow.source.subnet_of(wide.source)
        )
    return is_within and (wide.protocol == ALL_PROTOCOLS or traffic_of([narrow]).is_within(wide))


if __name__ == "__main__":
    sys.exit(main())
