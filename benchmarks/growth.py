"""
What a look-up costs as history grows: every one, at 1,000, 30,000 and 300,000 stored changes, in the real function.

The tables are on AWS's DynamoDB Local, filled as `filling` says; people type each command in turns at every size, so that other
work on the machine falls on all alike. Judged are the capacity that DynamoDB says it took and the median time of the function,
those of the largest table beside those of the smallest. Then a group of 1,000 rules, behind which lie 10,000 changes, gets one
more, beside one on a fresh group, and one that comes late. Exits with 1 if a target is missed.

    python -m benchmarks.growth --changes 300000
"""

import argparse
import contextlib
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3

from benchmarks.figures import Figure, NotSeen, table
from benchmarks.filling import GROUP_NAME, PERSON, fill, fill_since, key_of
from bot import parts
from bot.aws.json_client import JsonClient
from sandbox import JO, Sandbox
from sandbox.aws import REGION, table_definition
from tests.dynamodb_local import DynamoDBLocal

SIZES = (1_000, 30_000, 300_000)
MOST = 1.3

_ROUNDS = 15
_CHUNK = 5_000
_OLDER = "older_changes"

LOOKUPS = {
    "latest changes": "",
    "latest changes of 12 hours": "12h",
    "latest changes of an account": "account:111122223333",
    "changes of a group": GROUP_NAME,
    "changes of a group by its id": key_of(0).group_id,
    "changes of a group by the start of its name": "web-p",
    "many groups by the start of their names": "app-",
    "no group of that name": "wep-prod",
    "changes by a person": f"by {PERSON}",
    "nobody of that name": "by joo",
    "rules of a group": f"rules {GROUP_NAME}",
    "rules of a group, 2 hours ago": f"rules {GROUP_NAME} at 2h ago",
    "why a group lets something in": f"why {GROUP_NAME} tcp 22",
    "groups open to the internet": "exposed",
    "alerts that wait": "unacked",
    "alerts that wait, counted": "open",
    "alerts kept quiet": "quiet",
    "mutes": "mutes",
    "health": "doctor",
}


@dataclass
class Meter:
    """Has DynamoDB say what each call of this process takes, and adds it up."""

    units: float = 0
    calls: int = 0

    @classmethod
    @contextlib.contextmanager
    def watching(cls) -> Iterator["Meter"]:
        """Watch the clients that the functions use."""
        meter, call = cls(), JsonClient._call  # noqa: SLF001 - through it goes every call

        def metered(own: JsonClient, operation: str, **arguments: Any) -> dict[str, Any]:
            if own._service != "dynamodb":  # noqa: SLF001 - likewise
                return call(own, operation, **arguments)
            answer = call(own, operation, **arguments, ReturnConsumedCapacity="TOTAL")
            meter.add(answer)
            return answer

        with patch.object(JsonClient, "_call", metered):
            yield meter

    def reset(self) -> None:
        """Begin anew."""
        self.units, self.calls = 0, 0

    def add(self, answer: Mapping[str, Any]) -> None:
        """Add what DynamoDB says that a call took."""
        taken = answer.get("ConsumedCapacity")
        if not taken:
            raise NotSeen("DynamoDB does not say what a call takes")
        self.calls += 1
        self.units += sum(each["CapacityUnits"] for each in (taken if isinstance(taken, list) else [taken]))

    def note(self, costs: "Costs", seconds: float) -> None:
        """
        Add to *costs* what was seen since the beginning.

        Raises:
            NotSeen: no call was, though nothing that is measured here can do without.
        """
        if not self.calls:
            raise NotSeen("no call to DynamoDB was seen")
        costs.seconds.append(seconds)
        costs.units.append(self.units)
        costs.calls.append(self.calls)


@dataclass(slots=True)
class Costs:
    """What one look-up took, each time: capacity units, calls and seconds."""

    units: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@contextlib.contextmanager
def dynamodb_local() -> Iterator[tuple[str, Any]]:
    """Run DynamoDB Local where the functions of this process find it; give its endpoint and a client."""
    with DynamoDBLocal.start() as endpoint:
        own = boto3.Session("testing", "testing", region_name=REGION).client(
            "dynamodb", endpoint_url=endpoint
        )
        with patch.dict(os.environ, {"AWS_ENDPOINT_URL_DYNAMODB": endpoint}):
            yield endpoint, own


def make_tables(endpoint: str, own: Any, sizes: tuple[int, ...], now: datetime) -> None:
    """Make and fill a table for each size, with as many processes as there are processors."""
    with ProcessPoolExecutor() as pool:
        running = []
        for size in sizes:
            own.create_table(**{**table_definition(), "TableName": table_name(size)})
            running.append(pool.submit(fill_since, endpoint, table_name(size), size, now))
            running += [
                pool.submit(fill, endpoint, table_name(size), first, min(first + _CHUNK, size), now)
                for first in range(0, size, _CHUNK)
            ]
        for each in running:
            each.result()


def table_name(size: int) -> str:
    """Name the table of so many changes."""
    return f"growth-{size}"


def look_up(sandbox: Sandbox, sizes: tuple[int, ...], rounds: int) -> dict[tuple[str, int], Costs]:
    """Have somebody type each command at each size, in turns; the first round does not count."""
    found: dict[tuple[str, int], Costs] = defaultdict(Costs)
    with Meter.watching() as meter:
        for round_ in range(rounds + 1):
            for size in sizes:
                os.environ["TABLE_NAME"] = table_name(size)
                sandbox.functions.start_cold()
                sandbox.command(JO, "help")  # what is made on the first request is made
                parts.store().watching_since()
                for name, text in LOOKUPS.items():
                    costs = found[name, size] if round_ else Costs()
                    _measure(sandbox, meter, text, costs)
                    if text == "":
                        costs = found[f"{name}, the next page", size] if round_ else Costs()
                        _measure(sandbox, meter, None, costs)
    return dict(found)


def _measure(sandbox: Sandbox, meter: Meter, text: str | None, costs: Costs) -> None:
    """Type a command, or for None ask for the page behind the latest answer, and add up what that takes."""
    latest = sandbox.slack.ephemerals(JO)[-1:]
    meter.reset()
    began = time.perf_counter()
    answer = sandbox.click(JO, latest[0], _OLDER) if text is None else sandbox.command(JO, text)
    took = time.perf_counter() - began
    assert answer.status == 200, answer.body
    assert "ref" not in answer.body or text != "", answer.body
    meter.note(costs, took)


def lookup_figures(costs: Mapping[tuple[str, int], Costs], sizes: tuple[int, ...]) -> list[Figure]:
    """Say of each look-up what it takes in the largest table, beside the smallest."""
    small, large = sizes[0], sizes[-1]
    names = list(dict.fromkeys(name for name, _ in costs))
    against = f"that at {small:,}"
    found = []
    for name in names:
        was, now = costs[name, small], costs[name, large]
        units = statistics.median(was.units), statistics.median(now.units)
        if any(units):
            found.append(Figure(f"{name}, at {large:,}", "RCU", units[1], against, units[0], MOST))
        seconds = statistics.median(was.seconds), statistics.median(now.seconds)
        found.append(
            Figure(f"{name}, at {large:,}", "ms", seconds[1] * 1000, against, seconds[0] * 1000, MOST)
        )
    return found


def figures(changes: int = SIZES[-1], rounds: int = _ROUNDS) -> list[Figure]:
    """Measure with tables of up to so many changes."""
    from benchmarks.deep_group import group_figures

    sizes = tuple(size for size in SIZES if size <= changes) or (changes // 10, changes)
    with dynamodb_local() as (endpoint, own), Sandbox.start() as sandbox:
        now = parts.now() - timedelta(minutes=1)
        make_tables(endpoint, own, sizes, now)
        found = lookup_figures(look_up(sandbox, sizes, rounds), sizes)
        return [*found, *group_figures(sandbox, endpoint, own)]


def main() -> int:
    """Measure, print a table, and say by the exit status whether the targets were met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--changes", type=int, default=SIZES[-1])
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    asked = parser.parse_args()
    found = figures(asked.changes, asked.rounds)
    print(table(found))
    return 0 if all(figure.is_met for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
