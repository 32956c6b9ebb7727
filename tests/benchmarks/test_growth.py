"""The benchmark of growth, in small: what fills the tables, and that figures are counted right."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks import filling
from benchmarks.figures import NotSeen
from benchmarks.filling import GROUP_NAME, PERSON, Shelf, fill, fill_since, item_of
from benchmarks.growth import Costs, Meter, lookup_figures
from bot.aws.store import Store
from bot.aws.table import Item, Table, Write
from bot.core.changes import GroupDetails
from bot.core.cloudtrail import parse_change
from bot.core.history import AlertScope, Listing, Place
from bot.workflows.ledger_lookup import LedgerLookup
from bot.workflows.ledgers import Ledgers
from bot.workflows.lookup import Lookup
from tests.own_dynamodb import OwnDynamoDB
from tests.workflows.conftest import TABLE, make_stage

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CHANGES = 400


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store on the sandbox's DynamoDB, filled as DynamoDB Local is."""
    client = OwnDynamoDB()
    make_stage(client)

    def send(_shelf: Shelf, request: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = client.batch_write_item(**request)
        return answer

    monkeypatch.setattr(Shelf, "_send", send)
    fill("http://127.0.0.1:1", TABLE, 0, 300, NOW)
    fill("http://127.0.0.1:1", TABLE, 300, CHANGES, NOW)
    fill_since("http://127.0.0.1:1", TABLE, CHANGES, NOW)
    return Store(Table(TABLE, lambda: client), timedelta(days=400))


def test_what_is_filled_in_can_be_looked_up(store: Store) -> None:
    lookup = Lookup(store, lambda: NOW)
    latest = store.changes(Listing(), limit=2 * CHANGES, now=NOW)
    assert len({entry.digest.change.event_id for entry in latest}) == CHANGES
    group = lookup.find_group(GROUP_NAME, Place())
    assert isinstance(group, GroupDetails)
    assert group.key == filling.key_of(0)
    assert len(store.changes(Listing(group=filling.key_of(0)), limit=CHANGES, now=NOW)) == CHANGES // 20
    person = filling.principal_of(0)
    assert lookup.find_principal(PERSON) == person
    assert len(store.changes(Listing(principal=person.key), limit=CHANGES, now=NOW)) == CHANGES // 10
    alerts, more = lookup.unacknowledged(AlertScope(), size=8)
    assert len(alerts) == 8
    assert more is not None
    exposed, more = LedgerLookup(Ledgers(store), store).exposed(AlertScope(), size=8)
    assert len(exposed) == 8
    assert more is not None
    assert store.watching_since() is not None


def test_a_change_that_is_filled_in_is_what_its_event_says(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[Any, Any]] = []

    class Kept:
        def record_change(self, change: Any, event: Any, **_: Any) -> None:
            kept.append((change, event))

    for number in range(100):
        filling._put_change(Kept(), number, NOW)  # type: ignore[arg-type]  # noqa: SLF001
    assert all(parse_change(event) == change for change, event in kept)


def test_an_update_leaves_what_it_sets() -> None:
    key: Item = {"pk": "p", "sk": "s"}
    names, values = {"#a": "a", "#gone": "gone"}, {":a": 1, ":read": 3}
    write = Write("Update", key=key, expression="SET #a = :a REMOVE #gone", names=names, values=values)
    assert item_of(write) == {"pk": "p", "sk": "s", "a": 1}
    assert item_of(Write("Put", item={**key, "nothing": None})) == key


def test_a_look_up_is_judged_by_the_largest_table_beside_the_smallest() -> None:
    costs = {
        ("unacked", 10): Costs([2, 2, 9], [1] * 3, [0.01, 0.02, 0.03]),
        ("unacked", 20): Costs([3, 3, 3], [1] * 3, [0.02, 0.02, 0.02]),
        ("mutes", 10): Costs([0], [1], [0.01]),
        ("mutes", 20): Costs([0], [1], [0.01]),
    }
    units, seconds, mutes = lookup_figures(costs, (10, 20))
    assert (units.unit, units.ours, units.baseline, units.is_met) == ("RCU", 3, 2, False)
    assert (seconds.unit, seconds.ours, seconds.baseline, seconds.is_met) == ("ms", 20, 20, True)
    assert (mutes.name, mutes.unit) == ("mutes, at 20", "ms")


def test_what_the_bots_client_takes_is_added_up_and_taking_nothing_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, Any]] = []
    costs = Costs()

    def send(_client: OwnDynamoDB, operation: str, body: bytes) -> tuple[int, bytes]:
        asked.append(json.loads(body))
        units = {"CapacityUnits": 1.5}
        told = {"GetItem": {"ConsumedCapacity": units}, "BatchGetItem": {"ConsumedCapacity": [units, units]}}
        return 200, json.dumps(told.get(operation, {})).encode()

    monkeypatch.setattr(OwnDynamoDB, "_send", send)
    client = OwnDynamoDB()
    with Meter.watching() as meter:
        client.get_item(TableName=TABLE, Key={})
        client.batch_get_item(RequestItems={})
        meter.note(costs, 0.1)
        assert (costs.units, costs.calls, costs.seconds) == ([4.5], [2], [0.1])
        assert {request["ReturnConsumedCapacity"] for request in asked} == {"TOTAL"}
        meter.reset()
        with pytest.raises(NotSeen, match="no call to DynamoDB was seen"):
            meter.note(costs, 0.1)
        with pytest.raises(NotSeen, match="does not say what a call takes"):
            client.put_item(TableName=TABLE, Item={})
