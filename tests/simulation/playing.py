"""Plays one group's history: calls one after the other, the fate of their events, and readings in between."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from bot.core.changes import Observation
from tests.simulation.calls import Create
from tests.simulation.choosing import Choice, Habits, next_call, next_lag, next_shape
from tests.simulation.ec2 import Ec2
from tests.simulation.histories import START, Fate, History, Told, tell
from tests.simulation.readings import MAX_LAG, read

_LONG_AGO = START - timedelta(seconds=1000)


class Beginning(Enum):
    """What is known of a group when its history begins."""

    CREATED = "created in sight"
    READ = "read before"
    UNREAD = "never read"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """
    What can happen in a history.

    Of a hundred events so many are *old*, *cut*, *lost*, *late* or come *twice*; after so many calls of a hundred
    somebody reads the group (*reads*), and may be told what was so up to a minute ago. Without *ties* each call has a
    second of its own.
    """

    habits: Habits = field(default_factory=Habits)
    beginnings: tuple[Beginning, ...] = (Beginning.CREATED, Beginning.READ)
    ties: bool = True
    default_vpc: bool = True
    old: int = 50
    cut: int = 0
    lost: int = 0
    late: int = 0
    twice: int = 0
    reads: int = 15
    most: int = 9


def play(choice: Choice, circumstances: Circumstances) -> History:
    """Play a history of one group."""
    c = circumstances
    ec2 = Ec2(default_vpc=c.default_vpc and choice.chance(20))
    beginning = choice.one(c.beginnings)
    salt = choice.one(range(4))
    told: list[Told] = []
    readings: list[Observation] = []
    done = ec2.do(Create(), START if beginning is Beginning.CREATED else _LONG_AGO)
    group_id = done.group_id or ""
    if beginning is Beginning.CREATED:
        told.append(tell(done, next_shape(choice, old=c.old), _fate(choice, c), 0, salt))
    else:
        _play_before(choice, c, ec2, group_id)
    if beginning is Beginning.READ:
        readings.append(read(ec2, group_id, START))

    def go_on(choice: Choice) -> bool:
        if not choice.chance(95):
            return False
        before = told[-1].done.at if told else START
        at = _next_time(choice, before, ties=c.ties)
        if choice.chance(c.reads):
            readings.append(_read_between(choice, ec2, group_id, before, at))
        held = ec2.rules(group_id)
        if held is None:
            return False
        done = ec2.do(next_call(choice, group_id, held, c.habits), at)
        shape = next_shape(choice, old=c.old, cut=c.cut)
        told.append(tell(done, shape, _fate(choice, c), len(told) + 1, salt))
        return True

    for _ in range(c.most):
        if not choice.part(go_on):
            break
    latest = max([START, *ec2.moments(group_id), *(reading.at for reading in readings)])
    last = read_at_last(choice, ec2, group_id, latest)
    return History(ec2, group_id, tuple(told), tuple(readings), last)


def _read_between(choice: Choice, ec2: Ec2, group_id: str, one: datetime, other: datetime) -> Observation:
    return read(ec2, group_id, one + (other - one) / 2, lambda _rule_id: next_lag(choice))


def read_at_last(choice: Choice, ec2: Ec2, group_id: str, latest: datetime) -> Observation | None:
    """Read a group when nothing was done for a minute after *latest*, so that no lag matters; None if it is gone."""
    if group_id not in ec2.groups:
        return None
    # One second more, as an event's time is cut to its second.
    at = latest + MAX_LAG + timedelta(seconds=1)
    return read(ec2, group_id, at, lambda _rule_id: next_lag(choice))


def _play_before(choice: Choice, c: Circumstances, ec2: Ec2, group_id: str) -> None:
    """Play what was done to the group before anybody looked."""
    at = _LONG_AGO
    while choice.chance(50) and at < START - timedelta(seconds=500):
        at += timedelta(seconds=100)
        ec2.do(next_call(choice, group_id, ec2.rules(group_id) or {}, Habits(c.habits.contents, 0, 0)), at)


def _fate(choice: Choice, c: Circumstances) -> Fate:
    if choice.chance(c.lost):
        return Fate.LOST
    if choice.chance(c.late):
        return Fate.LATE
    return Fate.TWICE if choice.chance(c.twice) else Fate.SEEN


def _next_time(choice: Choice, at: datetime, *, ties: bool) -> datetime:
    if ties:
        return at + timedelta(seconds=choice.one((0.3, 1, 5, 40, 130)))
    second = at.replace(microsecond=0) + timedelta(seconds=1)
    return second + timedelta(seconds=choice.one((0, 0.9)) + choice.one((0, 4, 39, 130)))
