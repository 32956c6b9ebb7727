"""What comes of it when several functions record events of one session at the same moment."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.aws.store import Store
from bot.aws.table import Table
from bot.core.errors import StoreError
from bot.core.history import Listing
from bot.parts import pause
from tests.workflows.conftest import Ec2, Interfaces, JobList, SlackChannel, Stage, World, make_stage

_TABLE = "contention"
_HISTORY = timedelta(days=400)
_ROUNDS = 20
_HOLDERS = 10**6  # of one function, so that no two holders of a lease are called alike
_BATCH = 10


@dataclass(frozen=True, slots=True)
class Contention:
    """
    How many events had to come again, in each round in which what failed was delivered again, and for what; and how long an
    event took in the first.
    """

    threads: int
    events: int
    failed: tuple[int, ...]
    codes: tuple[tuple[str, int], ...]
    milliseconds: float
    broken: tuple[str, ...]

    @property
    def words(self) -> str:
        """Tell it in a few lines."""
        share = self.failed[0] / self.events
        codes = ", ".join(f"{count} {code}" for code, count in self.codes) or "none"
        rounds = ", ".join(map(str, self.failed))
        return (
            f"{self.events} events of one session by {self.threads} threads at once, on DynamoDB Local:\n"
            f"{self.failed[0]} ({share:.0%}) had to come again ({codes}); by round: {rounds}; "
            f"{self.milliseconds:.0f} ms for an event and thread"
        )


def contend(client: Any, threads: int, events: Sequence[dict[str, Any]]) -> Contention:
    """Have *threads* record *events* at once, what fails again and again, and judge what is kept."""
    stage = make_stage(client, _TABLE)
    lives = [_life(client, stage, number) for number in range(threads)]
    waiting, failed, codes = list(events), list[int](), Counter[str]()
    milliseconds = 0.0
    while waiting and len(failed) < _ROUNDS:
        batches = [waiting[place : place + _BATCH] for place in range(0, len(waiting), _BATCH)]
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            shares = [batches[number::threads] for number in range(threads)]
            results = list(pool.map(_record, lives, shares))
        took = (time.perf_counter() - started) * 1000
        milliseconds = milliseconds or took * threads / len(waiting)
        again = [event for left, _ in results for event in left]
        codes.update(code for _, told in results for code in told)
        failed.append(len(again))
        waiting = again
    broken = [f"{len(waiting)} events could not be kept in {_ROUNDS} rounds"] if waiting else []
    broken += _judge(stage, events)
    return Contention(
        threads, len(events), tuple(failed), tuple(codes.most_common()), milliseconds, tuple(broken)
    )


def _life(client: Any, stage: Stage, number: int) -> Stage:
    """Give another life of the function on the same table."""
    world = World(stage.world.now)
    store = Store(Table(_TABLE, lambda: client), _HISTORY)
    holders = (number + 1) * _HOLDERS
    return Stage(world, store, SlackChannel(world), JobList(), Ec2(world), Interfaces(world), holders=holders)


def _record(
    life: Stage, batches: Sequence[Sequence[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Record what one life of the function gets; gives what failed, and why."""
    reporting = replace(life.reporting, pause=pause)
    failed, codes = [], []
    for event in (event for batch in batches for event in batch):
        try:
            reporting.record(event)
        except StoreError as error:
            failed.append(event)
            codes.append(error.code)
    return failed, codes


def _judge(stage: Stage, events: Sequence[dict[str, Any]]) -> list[str]:
    kept = stage.store.changes(Listing(), limit=len(events) + _BATCH, now=stage.world.now)
    event_ids = Counter(event["detail"]["eventID"] for event in events)
    broken = []
    if Counter(entry.digest.change.event_id for entry in kept) != event_ids:
        broken.append("not every change of many threads is stored once")
    told = stage.store.alerts_telling({entry.position: entry.told for entry in kept if entry.told})
    alerts = {alert.alert_id: alert for alert in told.values()}.values()
    joined = Counter(part.digest.change.event_id for alert in alerts for part in stage.store.parts(alert))
    if joined != event_ids or sum(alert.changes for alert in alerts) != len(events):
        broken.append("not every change of many threads has joined once")
    return broken
