"""
Soak the ledger: thousands of random EC2 calls, of whose events many are old, some lost, late, doubled, and all shuffled.

What each group's ledger says is compared with EC2 before and after one reading. Exits with 1 if a law is broken: the ledger
is to be equal to EC2 after the reading, and before it each difference is to be marked, or found by the reading as of an event
not seen.

    python -m benchmarks.soak --calls 10000 --groups 48 --seed 1
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bot.core.changes import ChangeKind, Observation
from bot.core.fold import fold
from bot.core.ledger import Ledger, Timeline
from bot.core.rules import Rule
from tests.simulation.calls import Create
from tests.simulation.choosing import LARGE, Dice, Habits, next_call, next_shape
from tests.simulation.ec2 import Ec2, Life
from tests.simulation.histories import START, Fate, History, Told, tell
from tests.simulation.judging import contents, differences, entries_of, is_found, mark_of
from tests.simulation.playing import read_at_last
from tests.simulation.readings import read
from tests.simulation.shapes import Era
from tests.simulation.wording import rule_words

BY_READING = "unmarked, found by the reading"
NO_EVENT = "no event of that rule survived"
UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True)
class Load:
    """How much happens, and how many of a hundred events are *old*, *lost*, *late* or come *twice*."""

    calls: int = 10_000
    groups: int = 48
    seed: int = 1
    rate: float = 12
    old: int = 50
    lost: int = 5
    late: int = 10
    twice: int = 5
    cut: int = 0
    samples: int = 20


@dataclass(slots=True)
class Tally:
    """What was counted, and each breach of a law in words."""

    calls: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    past: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    simulated_seconds: float = 0
    rules: int = 0
    moments: int = 0
    contents_compared: int = 0


def soak(load: Load) -> Tally:
    """Play *load*, and judge the ledger of each group."""
    tally = Tally()
    dice, random = Dice(load.seed), Random(load.seed)
    histories, end = _play(load, dice, random, tally)
    for history in histories:
        _judge(history, end, load, random, tally)
    return tally


def _play(load: Load, dice: Dice, random: Random, tally: Tally) -> tuple[list[History], datetime]:
    """Play the calls, over all the groups at once: half of these are created in sight, the others read before, or never."""
    ec2, habits = Ec2(), Habits(contents=LARGE, deletes=1, errs=4)
    told: dict[str, list[Told]] = {}
    readings: dict[str, list[Observation]] = {}
    at = START - timedelta(seconds=1000)
    for number in range(load.groups // 2):
        at += timedelta(seconds=1)
        group_id = ec2.do(Create(), at).group_id or ""
        told[group_id] = []
        readings[group_id] = [] if number % 6 == 5 else [read(ec2, group_id, START)]
    at = START
    carried_out = 0
    while carried_out < load.calls:
        at += timedelta(seconds=random.uniform(0.5, 1.5) / load.rate)
        groups = ec2.groups
        call = Create() if len(groups) < load.groups else None
        if call is None:
            group_id = dice.one(groups)
            done = ec2.do(next_call(dice, group_id, ec2.rules(group_id) or {}, habits), at)
        else:
            done = ec2.do(call, at)
        shape = next_shape(dice, old=load.old, cut=load.cut)
        item = tell(done, shape, _fate(load, dice), sum(tally.fates.values()), load.seed)
        told.setdefault(done.group_id or "", []).append(item)
        _count(item, tally)
        carried_out += item.is_carried_out
    tally.simulated_seconds = (at - START).total_seconds()
    histories = [
        History(
            ec2,
            group_id,
            tuple(items),
            tuple(readings.get(group_id, ())),
            read_at_last(dice, ec2, group_id, at),
        )
        for group_id, items in told.items()
    ]
    return histories, at


def _fate(load: Load, dice: Dice) -> Fate:
    if dice.chance(load.lost):
        return Fate.LOST
    if dice.chance(load.late):
        return Fate.LATE
    return Fate.TWICE if dice.chance(load.twice) else Fate.SEEN


def _count(told: Told, tally: Tally) -> None:
    change, shape = told.change, told.shape
    tally.calls[change.event_name if told.is_carried_out else "refused"] += 1
    tally.fates[told.fate.value] += 1
    match change.kind:
        case ChangeKind.AUTHORIZE:
            tally.shapes[
                f"authorize, answer of {'before 2021' if shape.era is Era.BARE else shape.era.value}"
            ] += 1
        case ChangeKind.REVOKE if shape.tells_revoked:
            tally.shapes["revoke, answer says what went"] += 1
        case ChangeKind.REVOKE if change.removed_rule_ids:
            tally.shapes[f"revoke by ids in {shape.id_list.value}"] += 1
        case ChangeKind.REVOKE:
            tally.shapes["revoke by content"] += 1
        case kind:
            tally.shapes[str(kind)] += 1


def _judge(history: History, end: datetime, load: Load, random: Random, tally: Tally) -> None:
    arrived, reading = history.arrived, history.last
    random.shuffle(arrived)
    before = fold(arrived).end
    if reading is None:
        _judge_deleted(history, before, tally)
        return
    tally.groups["at the end"] += 1
    truth = history.rules_at(reading.at)
    tally.rules += len(truth)
    timeline = fold([reading, *arrived])
    for differing in differences(before, truth):
        mark = mark_of(before, truth, differing)
        if mark is not None:
            tally.before[mark.value] += 1
        elif is_found(
            timeline,
            history.ec2.lives(history.group_id),
            differing,
            was_live=differing in contents(before.rules),
        ):
            tally.before[BY_READING] += 1
        else:
            tally.before[UNMARKED] += 1
            tally.broken.append(
                f"{history.group_id} {rule_words(differing)}: neither marked nor found by the reading"
            )
    everything = [reading, *history.facts]
    random.shuffle(everything)
    whole = fold(everything)
    equal = [_is_equal(ended, truth) for ended in (timeline.end, whole.end)]
    if all(equal):
        tally.groups["equal to EC2 after one reading, also with what arrived after it"] += 1
    else:
        tally.broken.append(f"{history.group_id}: not equal to EC2 after the reading: {equal}")
    _judge_past(history, whole, end, load, random, tally)


def _is_equal(ledger: Ledger, truth: Sequence[Rule]) -> bool:
    return ledger.is_certain and len(ledger.rules) == len(truth) and set(ledger.rules) == set(truth)


def _judge_deleted(history: History, ledger: Ledger, tally: Tally) -> None:
    """Judge a group that is gone and so cannot be read: if its delete was seen, nothing is left of it."""
    if history.told[-1].fate in (Fate.LOST, Fate.LATE):
        tally.groups["deleted, which nobody saw in time"] += 1
        return
    tally.groups["deleted in sight"] += 1
    if ledger.live or ledger.doubts:
        tally.broken.append(f"{history.group_id}: something is live in a group that was deleted")


def _judge_past(
    history: History, timeline: Timeline, end: datetime, load: Load, random: Random, tally: Tally
) -> None:
    """Compare the truth of past moments with what the ledger says of them by now."""
    lives = history.ec2.lives(history.group_id)
    entries = entries_of(timeline)
    first = history.told[0].change.time
    for _ in range(load.samples):
        moment = first + timedelta(seconds=random.randrange(int((end - first).total_seconds()) + 1))
        truth = history.rules_after_second(moment)
        ledger = timeline.at(moment)
        tally.moments += 1
        tally.contents_compared += len({*truth, *ledger.rules})
        for differing in differences(ledger, truth):
            mark = mark_of(ledger, truth, differing)
            open_questions = (
                edge
                for entry in entries
                if entry.content == differing
                for edge in (entry.opened, entry.closed)
                if edge and edge.may_be(moment)
            )
            if mark is not None:
                tally.past[mark.value] += 1
            elif any(open_questions):
                tally.past["opened or closed by an event not seen, about then"] += 1
            elif _nobody_saw(history, lives, differing, moment):
                tally.past[NO_EVENT] += 1
            else:
                tally.past[UNMARKED] += 1


def _nobody_saw(history: History, lives: Sequence[Life], rule: Rule, moment: datetime) -> bool:
    """Tell whether no event survived of the life that a content really had then."""
    second = timedelta(seconds=1)
    for life in lives:
        if (
            life.content == rule
            and life.opened < moment + second
            and (life.closed is None or moment < life.closed)
        ):
            ends = (life.opened, life.closed)
            return not any(told.done.at in ends and told.fate is not Fate.LOST for told in history.told)
    return False


def _table(title: str, counted: Counter[str]) -> str:
    rows = [f"  {count:7,}  {name}" for name, count in counted.most_common()]
    return "\n".join([f"{title}: {counted.total():,}", *rows])


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print what was counted, and say by the exit status whether the laws held."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak", description=(__doc__ or "").split("\n")[1]
    )
    for name, of_type in (("calls", int), ("groups", int), ("seed", int), ("rate", float), ("samples", int)):
        parser.add_argument(f"--{name}", type=of_type, default=getattr(Load(), name))
    for name in ("old", "lost", "late", "twice", "cut"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Load(), name), metavar="PERCENT")
    load = Load(**vars(parser.parse_args(arguments)))
    started = time.perf_counter()
    tally = soak(load)
    took = time.perf_counter() - started
    calls = tally.calls.total() - tally.calls["refused"]
    print(_table("Calls, with those that EC2 refused", tally.calls))
    print(f"  {calls:,} carried out, {calls / tally.simulated_seconds:.1f} in a simulated second")
    print(_table("Events by shape", tally.shapes))
    print(_table("Events by fate", tally.fates))
    print(
        _table(
            "Groups", Counter({name: n for name, n in tally.groups.items() if not name.startswith("equal")})
        )
    )
    print(f"Differences from EC2's {tally.rules:,} rules before the reading, by how they were marked")
    print(_table("  in all", tally.before))
    for name, count in tally.groups.items():
        if name.startswith("equal"):
            print(f"{count:,} of {tally.groups['at the end']:,} groups {name}")
    print(
        _table(
            f"Differences at {tally.moments:,} past moments, of {tally.contents_compared:,} rules", tally.past
        )
    )
    for line in tally.broken:
        print(f"BROKEN: {line}")
    print(f"{'Every law held' if not tally.broken else 'A law is broken'}. Seed {load.seed}, {took:.1f} s.")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
