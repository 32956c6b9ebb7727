"""
A table with a long history, filled fast: what is stored is made by the store itself, and goes to DynamoDB Local in batches.

A thousand changes come in a day, so that a longer history is not a denser one; the last day is the same whatever came before.
Every twentieth change is of one group and every tenth by one person, to whom the look-ups go. Left out are the items that say
of an event that it was taken, as no look-up reads them.
"""

import base64
import http.client
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from bot.aws.store import Store
from bot.aws.table import Item, Table, Write
from bot.core.alerts import raise_alert
from bot.core.assessment import assess
from bot.core.changes import GroupDetails, GroupKey, Observation, SecurityGroupChange
from bot.core.cloudtrail import parse_change
from bot.core.fold import fold
from bot.core.history import KnownPrincipal
from bot.core.keeping import KeptLedger, LedgerMove
from bot.core.openness import internet
from bot.core.quiet import Quiet, QuietReason
from bot.core.rules import Direction
from sandbox.aws import REGION
from tests.makers import a_rule
from tests.simulation.calls import Authorize, Create, Revoke
from tests.simulation.ec2 import Ec2
from tests.simulation.records import event_of
from tests.simulation.shapes import Shape

A_DAY = 1_000
GROUP_NAME, PERSON = "web-prod", "jo"
_OF_THE_GROUP, _BY_THE_PERSON = 20, 10
_GROUPS, _MORE_GROUPS = 120, 100  # so many, and one more for so many changes
_PEOPLE = 40
_TOLD_OF_LATE, _TOLD_BEFORE = (
    4,
    20,
)  # every so many changes of the last day, and of the days before, is told by an alert
_READ = timedelta(days=1)
_HISTORY = timedelta(days=400)
_BATCH = 25
_GAP = timedelta(days=1) / A_DAY


class Shelf(Table):
    """Takes what the store writes, and puts it into a table of DynamoDB Local, 25 items at a time."""

    def __init__(self, endpoint: str, table: str) -> None:
        self._table_name = table
        self._connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=60)
        self._waiting: dict[tuple[str, str], Item] = {}

    def put(self, write: Write) -> None:
        """Take an item."""
        self.transact([write])

    def transact(self, writes: Sequence[Write]) -> None:
        """Take items; conditions are taken to hold, and updates to find nothing."""
        for write in writes:
            item = item_of(write)
            if item["pk"].startswith("EVENT#"):
                continue
            place = item["pk"], item["sk"]
            self._waiting[place] = self._waiting.get(place, {}) | item
            if len(self._waiting) == _BATCH:
                self.flush()

    def flush(self) -> None:
        """Put what waits."""
        requests = [{"PutRequest": {"Item": _encoded(item)}} for item in self._waiting.values()]
        self._waiting.clear()
        while requests:
            answer = self._send({"RequestItems": {self._table_name: requests}})
            requests = answer["UnprocessedItems"].get(self._table_name, [])

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a batch as the SDK does, but without a true signature, which DynamoDB Local does not check."""
        credential = f"testing/20260101/{REGION}/dynamodb/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        }
        self._connection.request("POST", "/", json.dumps(request), headers)
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"DynamoDB Local answers {response.status}: {answer}")
        return answer


def item_of(write: Write) -> Item:
    """Give the item that *write* leaves where there was none: of an update, what it sets."""
    if write.item is not None:
        return {name: value for name, value in write.item.items() if value is not None}
    names, values = write.names or {}, write.values or {}
    told = {name: values[f":{name}"] for name in names.values() if f":{name}" in values}
    more = {name[1:]: value for name, value in values.items() if name[1:] in ("group_id",)}
    return {**(write.key or {}), **more, **told}


def _encoded(item: Item) -> dict[str, dict[str, str]]:
    kinds: dict[type, str] = {str: "S", int: "N", bytes: "B"}
    return {
        name: {kinds[type(value)]: base64.b64encode(value).decode() if type(value) is bytes else str(value)}
        for name, value in item.items()
    }


def fill(endpoint: str, table: str, first: int, last: int, now: datetime) -> int:
    """Put the changes *first* (0 is the newest) to *last*, not included, into *table*, with what belongs to them; say how many."""
    shelf = Shelf(endpoint, table)
    store = Store(shelf, _HISTORY)
    for number in range(first, last):
        _put_change(store, number, now)
    groups = range(_groups(first) if first else 0, _groups(last))
    for group in groups:
        _put_group(store, group, now)
    if not first:
        for person in range(_PEOPLE):
            known = principal_of(person)
            store.meet_principal(known, "-", now)
    shelf.flush()
    return last - first


def fill_since(endpoint: str, table: str, changes: int, now: datetime) -> None:
    """Put what there is once in a table of so many *changes*."""
    shelf = Shelf(endpoint, table)
    store = Store(shelf, _HISTORY)
    store.start_watching(now - _GAP * changes)
    for day in range(changes // A_DAY + 1):  # the one group is read each day
        _read_the_group(store, now - _READ * day - _READ / 2, is_latest=not day)
    shelf.flush()


def key_of(group: int) -> GroupKey:
    """Name a group by its number; 0 is the one to which the look-ups go."""
    return GroupKey(_templates()[0].account_id, _templates()[0].region, f"sg-{group:017x}")


def principal_of(person: int) -> KnownPrincipal:
    """Name a person by number; 0 is the one to whom the look-ups go."""
    name = PERSON if not person else f"person-{person}"
    change = parse_change(_event(_texts()[0], 0, 0, person, now=_templates()[0].time))
    principal = change.principal
    return KnownPrincipal(principal.key, name, principal.kind, principal.account_id)


def _groups(changes: int) -> int:
    return _GROUPS + changes // _MORE_GROUPS


def _put_change(store: Store, number: int, now: datetime) -> None:
    group = 0 if number % _OF_THE_GROUP == 0 else 1 + number * 7919 % (_groups(number) - 1)
    person = 0 if number % _BY_THE_PERSON == 1 else 1 + number % (_PEOPLE - 1)
    kind = number // _OF_THE_GROUP % 2 if group == 0 else number % 2
    event = _event(_texts()[kind], number, group, person, now=now)
    change = parse_change(event)
    is_told = number % (_TOLD_OF_LATE if number < A_DAY else _TOLD_BEFORE) == 0
    alert = raise_alert(change, assess(change), details=None, now=change.time) if is_told else None
    if alert and number % 3 == 0:
        alert = replace(alert, quiet=Quiet(QuietReason.BELOW_THRESHOLD, "low"))
    store.record_change(change, event, alert=alert, learn=None, now=change.time)


def _put_group(store: Store, group: int, now: datetime) -> None:
    if group == 0:
        return
    key = key_of(group)
    details = GroupDetails(key, f"app-{group:05}", "vpc-0123456789abcdef0")
    opens = _opens() if group % 2 else ()
    move = LedgerMove(KeptLedger(key), (), frozenset(), opens, details.name)
    store.record_observation(Observation(details, now - _READ, (a_rule(rule_id="sgr-0f"),)), move, now=now)


def _read_the_group(store: Store, at: datetime, *, is_latest: bool) -> None:
    key = key_of(0)
    details = GroupDetails(key, GROUP_NAME, "vpc-0123456789abcdef0")
    reading = Observation(details, at, (a_rule(rule_id="sgr-0f"),))
    folded = (at, fold([reading]).end) if is_latest else None
    move = LedgerMove(KeptLedger(key), (), frozenset(), _opens(), GROUP_NAME, folded)
    shown = store if is_latest else None
    if shown:
        store.record_observation(reading, move, now=at)
    else:
        store.record_observation(reading, replace(move, opens=()), now=at)


@cache
def _texts() -> tuple[str, str]:
    """Write the events that open a port to the world, and that close it, as text in which ids and times can be put."""
    ec2, at = Ec2(), datetime.fromisoformat("2026-11-24T20:00:00Z")
    group_id = ec2.do(Create(), at).group_id or ""
    told = []
    for second, call in enumerate((Authorize, Revoke), start=1):
        done = ec2.do(call(group_id, Direction.INGRESS, (a_rule(),)), at + timedelta(seconds=second))
        told.append(json.dumps(event_of(done, Shape(), "EVENT")).replace(group_id, "GROUP"))
    return told[0], told[1]


@cache
def _templates() -> tuple[SecurityGroupChange, ...]:
    return tuple(parse_change(json.loads(text)) for text in _texts())


@cache
def _opens() -> Any:
    opening = _templates()[0]
    return internet(fold([opening]).end, {})


def _event(text: str, number: int, group: int, person: int, *, now: datetime) -> dict[str, Any]:
    at = now - _GAP * number
    event: dict[str, Any] = json.loads(
        text.replace("EVENT", f"{number:08}-event").replace("GROUP", f"sg-{group:017x}")
    )
    detail = event["detail"]
    detail["eventTime"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    detail["userIdentity"] = {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::111122223333:user/person-{person}",
        "accountId": "111122223333",
        "userName": f"person-{person}",
        "accessKeyId": "AKIAEXAMPLE",
    }
    return event
