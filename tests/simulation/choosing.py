"""What somebody does next to a group, by whoever chooses: Hypothesis, which can make a story shorter, or dice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from random import Random
from typing import Protocol, TypeVar

from bot.core.rules import Direction, PrefixList, Rule, Source, make_rule
from tests.simulation.calls import (
    Authorize,
    Call,
    Delete,
    Describe,
    DescribeByIds,
    Modify,
    Revoke,
    RevokeByIds,
)
from tests.simulation.ec2 import Rules, content
from tests.simulation.readings import MAX_LAG
from tests.simulation.shapes import Era, IdList, Shape

T = TypeVar("T")


class Choice(Protocol):
    """Whoever chooses."""

    def one(self, options: Sequence[T]) -> T:
        """Choose one; the first is the simplest."""
        ...

    def chance(self, percent: int) -> bool:
        """Say yes in so many of a hundred cases; no is simpler."""
        ...

    def part(self, choose: Callable[["Choice"], T]) -> T:
        """Have what belongs together chosen; a story may be made shorter by leaving out all of it."""
        ...


class Dice:
    """Chooses at random, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def part(self, choose: Callable[[Choice], T]) -> T:
        return choose(self)


# Few, so that one content comes and goes more than once; each in both directions, as Modify does not say which it is.
_TRAFFIC: list[tuple[str, int, int, Source]] = [
    ("tcp", 22, 22, ip_network("10.0.0.0/8")),
    ("-1", -1, -1, ip_network("0.0.0.0/0")),  # as the default egress rule
    ("udp", 53, 53, ip_network("2001:db8::/32")),
]
_MORE_TRAFFIC: list[tuple[str, int, int, Source]] = [
    ("tcp", 443, 443, ip_network("0.0.0.0/0")),
    ("tcp", 443, 443, ip_network("::/0")),
    ("tcp", 5432, 5432, PrefixList("pl-0123456789abcdef0")),
    ("icmp", 8, -1, ip_network("10.0.0.0/8")),
    ("tcp", 22, 22, ip_network("192.0.2.0/24")),
    ("tcp", 0, 65535, ip_network("10.1.0.0/16")),
    ("50", -1, -1, ip_network("198.51.100.7/32")),
]


def _contents(traffic: list[tuple[str, int, int, Source]]) -> tuple[Rule, ...]:
    return tuple(
        make_rule(direction=direction, protocol=protocol, from_port=first, to_port=last, source=source)
        for protocol, first, last, source in traffic
        for direction in Direction
    )


SMALL = _contents(_TRAFFIC)
LARGE = _contents(_TRAFFIC + _MORE_TRAFFIC)

_DESCRIPTIONS = (None, "a", "b")


@dataclass(frozen=True, slots=True)
class Habits:
    """
    What people do: the *contents* they know, and how often, of a hundred calls, one deletes the group or is in error.

    Without *by_ids* they name rules by content alone, but where EC2 knows no other way.
    """

    contents: tuple[Rule, ...] = SMALL
    deletes: int = 4
    errs: int = 8
    by_ids: bool = True


def next_call(choice: Choice, group_id: str, held: Rules, habits: Habits) -> Call:
    """Choose a call on a group that holds the rules *held*: mostly one that EC2 carries out."""
    if choice.chance(habits.deletes):
        return Delete(group_id)
    direction = choice.one(tuple(Direction))
    known = [rule for rule in habits.contents if rule.direction is direction]
    going = [rule for rule in held.values() if rule.direction is direction]
    absent = [rule for rule in known if rule not in {content(rule) for rule in going}]
    if choice.chance(habits.errs):
        wrong = (replace(choice.one(known), description=choice.one(_DESCRIPTIONS)),)
        kinds: tuple[Callable[[str, Direction, tuple[Rule, ...]], Call], ...] = (Authorize, Revoke, Describe)
        return choice.one(kinds)(group_id, direction, wrong)
    if not going or (absent and choice.chance(35)):
        wanted = some(choice, absent or known)
        described = tuple(replace(rule, description=choice.one(_DESCRIPTIONS)) for rule in wanted)
        return Authorize(group_id, direction, described)
    named = some(choice, going)
    ids = tuple(rule.rule_id or "" for rule in named)
    contents = tuple(content(rule) for rule in named)
    kind = choice.one((Revoke, RevokeByIds, Modify, Describe, DescribeByIds, Modify, Revoke))
    if kind is Modify:
        return Modify(group_id, tuple(_new_values(choice, rule, habits) for rule in named))
    if kind is Describe or (kind is DescribeByIds and not habits.by_ids):
        described = tuple(replace(rule, description=choice.one(_DESCRIPTIONS)) for rule in contents)
        return Describe(group_id, direction, described)
    if kind is DescribeByIds:
        texts = tuple((rule_id, choice.one(_DESCRIPTIONS)) for rule_id in ids)
        return DescribeByIds(group_id, direction, texts)
    if kind is Revoke or not habits.by_ids:
        return Revoke(group_id, direction, contents)
    return RevokeByIds(group_id, direction, ids)


def _new_values(choice: Choice, rule: Rule, habits: Habits) -> Rule:
    """Choose what a rule is to admit; Modify does not say which way it goes."""
    new = choice.one([known for known in habits.contents if known.direction is rule.direction])
    return replace(new, direction=None, description=choice.one(_DESCRIPTIONS), rule_id=rule.rule_id)


def some(choice: Choice, options: Sequence[T], most: int = 3) -> tuple[T, ...]:
    """Choose one or a few, each once."""
    chosen = [choice.one(options)]
    while len(chosen) < min(most, len(options)) and choice.chance(25):
        chosen.append(choice.one([option for option in options if option not in chosen]))
    return tuple(chosen)


def next_shape(choice: Choice, *, old: int = 50, cut: int = 0) -> Shape:
    """Choose how a record is written: *old* of a hundred as before 2021, *cut* of a hundred with parameters left out."""
    return Shape(
        era=Era.BARE if choice.chance(old) else choice.one((Era.ARNS, Era.IDS)),
        is_direct=choice.chance(20),
        is_grouped=choice.chance(30),
        tells_revoked=choice.chance(30),
        is_cut=choice.chance(cut),
        is_loose=choice.chance(20),
        id_list=choice.one(tuple(IdList)),
    )


def next_lag(choice: Choice) -> timedelta:
    """Choose how old what EC2 tells is."""
    return choice.one(
        (timedelta(), MAX_LAG, timedelta(seconds=30), timedelta(seconds=2), timedelta(seconds=0.5))
    )
