"""
What one more event costs a group of 1,000 rules behind which lie 10,000 changes, beside a fresh group, in the real function.

The group is made as the bot makes it: its facts are put by the store, and readings of it are kept by the workflow, which folds
them. What an event takes is what DynamoDB says its calls take together. Of one that comes late, the baseline is what it takes to
read the facts since the last reading before it, beside a further event.
"""

import json
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network
from typing import Any

from benchmarks.figures import Figure
from benchmarks.filling import Shelf
from benchmarks.growth import Costs, Meter
from bot import parts
from bot.aws.store import Store
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.cloudtrail import parse_change
from bot.core.ledger import LAG
from bot.core.rules import Direction, PortRange, Rule, make_rule
from bot.workflows.keep_reading import KeepingReadings
from sandbox import Sandbox
from sandbox.aws import table_definition
from sandbox.principals import iam_user
from sandbox.queues import sqs_record
from tests.simulation.calls import Authorize, Call, Create, Modify
from tests.simulation.ec2 import ACCOUNT_ID, REGION, Done
from tests.simulation.records import event_id_of, event_of
from tests.simulation.shapes import Shape

RULES, CHANGES = 1_000, 10_000
MOST = 2.0
MOST_LATE = 1.1

_TABLE = "deep-group"
_READINGS = 4
_TIMES = 15
_AT_ONCE = 100
_GAP = timedelta(seconds=30)
_HISTORY = timedelta(days=400)


class DeepGroup:
    """A group with a long history, played on a table of its own."""

    def __init__(self, endpoint: str, rules: int, changes: int, salt: int = 1) -> None:
        """Make it; *salt* keeps apart the ids of several."""
        self._salt = salt
        self._held: dict[str, dict[str, Rule]] = {}
        self._told = 0
        self._at = parts.now() - _GAP * (changes + rules // _AT_ONCE + 2 * _TIMES) - timedelta(hours=2)
        self._shelf = Shelf(endpoint, _TABLE)
        self._store = Store(self._shelf, _HISTORY)
        self._keeping = KeepingReadings(parts.store(), parts.ledgers(), parts.jobs(), parts.now)
        self.group_id = self._fill(rules, changes)
        self.key = GroupKey(ACCOUNT_ID, REGION, self.group_id)

    def _fill(self, rules: int, changes: int) -> str:
        group_id = self._group_id()
        self._put(self._call(Create("deep"), group_id))
        for first in range(0, rules, _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, rules))
            self._put(self._authorize(group_id, *some))
        self._read(group_id)
        for number in range(1, changes + 1):
            self._put(self._change(group_id, number))
            if number % (changes // _READINGS) == 0:
                self.late_at = self._at - _GAP / 2
                self._read(group_id)
        return group_id

    def _change(self, group_id: str, number: int) -> dict[str, Any]:
        """Give one rule after the other another port."""
        held = self._held[group_id]
        rule = held[f"sgr-{number % len(held):05}"]
        ports = PortRange(1024 + number, 1024 + number)
        new = replace(rule, ports=ports)
        return self._call(Modify(group_id, (replace(new, direction=None),)), group_id, new)

    def _authorize(self, group_id: str, *numbers: int) -> dict[str, Any]:
        rules = tuple(_rule(number) for number in numbers)
        return self._call(Authorize(group_id, Direction.INGRESS, rules), group_id, *rules)

    def _call(self, call: Call, group_id: str, *made: Rule) -> dict[str, Any]:
        """Carry a call out by which *made* are there afterwards; EC2's simulation would look at all rules each time."""
        self._at, self._told = self._at + _GAP, self._told + 1
        before = self._held.get(group_id, {})
        after = self._held[group_id] = {**before, **{rule.rule_id or "": rule for rule in made}}
        done = Done(call, self._at, group_id, before, after)
        event = event_of(done, Shape(), event_id_of(self._told, self._salt))
        # Each in a session of its own, so that it gathers with nothing.
        event["detail"]["userIdentity"] = iam_user("jo", f"AKIAEXAMPLE{self._salt}{self._told:08}")
        return event

    def _group_id(self) -> str:
        return f"sg-{self._salt:09x}{len(self._held):08x}"

    def _put(self, event: dict[str, Any]) -> None:
        change = parse_change(event)
        self._store.record_change(change, event, alert=None, learn=None, now=change.time)

    def _read(self, group_id: str) -> None:
        """Read the group, as is done each day, once a reading is sure to show the last change."""
        self._shelf.flush()
        self._at += timedelta(minutes=2)
        details = GroupDetails(GroupKey(ACCOUNT_ID, REGION, group_id), "deep", "vpc-0123456789abcdef0")
        self._keeping.keep(Observation(details, self._at, tuple(self._held[group_id].values())))

    def further(self) -> dict[str, Any]:
        """Make an event of one rule more."""
        return self._authorize(self.group_id, RULES + self._told)

    def fresh(self) -> Iterator[dict[str, Any]]:
        """Make the events of a group that is created, and of a rule more in it."""
        group_id = self._group_id()
        yield self._call(Create(f"fresh-{self._told}"), group_id)
        yield self._authorize(group_id, RULES + self._told)

    def late(self, number: int) -> dict[str, Any]:
        """Make an event that comes only now, of a time before the last reading, that nobody else was at then."""
        event = self.further()
        at = self.late_at - _GAP * number
        event["detail"]["eventTime"] = event["time"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        return event


def _rule(number: int) -> Rule:
    source = IPv4Network((10 << 24 | number << 8, 24))
    return make_rule(
        direction=Direction.INGRESS,
        protocol="tcp",
        from_port=443,
        to_port=443,
        source=source,
        rule_id=f"sgr-{number:05}",
    )


def group_figures(
    sandbox: Sandbox,
    endpoint: str,
    own: Any,
    *,
    rules: int = RULES,
    changes: int = CHANGES,
    times: int = _TIMES,
) -> list[Figure]:
    """Play the group, give it events, and say what they take."""
    own.create_table(**{**table_definition(), "TableName": _TABLE})
    os.environ["TABLE_NAME"] = _TABLE
    sandbox.functions.start_cold()
    deep, young = DeepGroup(endpoint, rules, changes), DeepGroup(endpoint, rules, 0, salt=2)
    further, of_young, fresh, late = Costs(), Costs(), Costs(), Costs()
    with Meter.watching() as meter:
        _take(sandbox, meter, deep.further(), Costs())  # what is made on the first event is made
        for _ in range(times):
            _take(sandbox, meter, deep.further(), further)
            _take(sandbox, meter, young.further(), of_young)
            for event, costs in zip(deep.fresh(), (Costs(), fresh), strict=True):
                _take(sandbox, meter, event, costs)
        for number in range(3):
            _take(sandbox, meter, deep.late(number), late)
        refold = _refold(meter, deep) + statistics.median(further.units)
    name, against = f"one more event, {rules:,} rules and {changes:,} changes", "a fresh group"
    units = [statistics.median(each.units) for each in (further, fresh, late)]
    seconds = [statistics.median(each.seconds) * 1000 for each in (further, fresh, of_young, late)]
    return [
        Figure(name, "units", units[0], against, units[1], MOST),
        Figure(name, "ms", seconds[0], f"one of {rules:,} rules", seconds[2], MOST),
        Figure(name, "ms", seconds[0], against, seconds[1], MOST),
        Figure(name.replace("one more", "a late"), "units", units[2], "a re-fold", refold, MOST_LATE),
        Figure(name.replace("one more", "a late"), "ms", seconds[3]),
    ]


def _refold(meter: Meter, deep: DeepGroup) -> float:
    """Say what it takes to read the facts since the last reading before a late event, and to keep what they fold to."""
    store, ledgers = parts.store(), parts.ledgers()
    details, kept = store.group_and_ledger(deep.key)
    assert details is not None
    assert kept.until is not None
    reading = store.reading_before(deep.key, deep.late_at)
    assert reading is not None
    folding = ledgers.fold(kept)
    move = replace(ledgers.move(folding, now=parts.now(), name="deep"), folded=(kept.until, kept.ledger))
    meter.reset()
    store.reading_before(deep.key, deep.late_at)
    store.changes_since(deep.key, reading.at - LAG)
    store.readings_since(deep.key, reading.at)
    store.record_move(move, now=parts.now())
    costs = Costs()
    meter.note(costs, 0)
    return costs.units[0]


def _take(sandbox: Sandbox, meter: Meter, event: dict[str, Any], costs: Costs) -> None:
    """Hand *event* to the function, and add up what it takes until its card is drawn or left to a job."""
    message = {"MessageId": "m", "ReceiptHandle": "-", "Body": json.dumps(event), "MD5OfBody": "-"}
    record = sqs_record(message, f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:events")
    sandbox.let_pass(2)  # then Slack takes the next post
    meter.reset()
    began = time.perf_counter()
    answer = sandbox.functions.invoke("events", {"Records": [record]})
    took = time.perf_counter() - began
    assert not answer["batchItemFailures"], answer
    meter.note(costs, took)
