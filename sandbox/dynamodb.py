"""
DynamoDB in this process: tables of items with indexes, whole transactions, and refusals as AWS words them.

moto has one too, which takes milliseconds for each call and is not atomic; thousands of tests wait for this one. As much of it as the
store and its tests use: what else a request asks for is an error here. The contract suite (tests/aws) holds it to DynamoDB
Local. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from typing import Any

from sandbox.dynamodb_table import Answer, Index, Place, Table, check_item, size_of
from sandbox.expression_meaning import Bound, Item, NotValid
from sandbox.expressions import condition, key_condition, update

Request = Mapping[str, Any]
_PAGE_BYTES = 1024 * 1024
_MOST_AT_ONCE = {"BatchGetItem": 100, "BatchWriteItem": 25, "TransactWriteItems": 100}
_EXPRESSIONS = {
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
}
# What is known of each request; of the rest nobody here makes use.
_KNOWN = {
    "Put": {"Item", *_EXPRESSIONS},
    "Update": {"Key", "UpdateExpression", "ReturnValues", *_EXPRESSIONS},
    "Delete": {"Key", *_EXPRESSIONS},
    "GetItem": {"TableName", "Key", "ConsistentRead"},
    "Scan": {"TableName"},
    "Query": {
        *("TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues", "Limit"),
        *("ScanIndexForward", "ConsistentRead", "ExclusiveStartKey", "ProjectionExpression"),
    },
}


class Refused(Exception):
    """DynamoDB says no; *more* goes with the error."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.more = code, message, more


class ConditionFails(Exception):
    """A condition does not hold; *item* is what stands there instead."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


class DynamoDB:
    """The tables of one account and region."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._lock = Lock()

    def answer(self, operation: str, body: bytes) -> tuple[int, bytes]:
        """Answer a request, as JSON, with the status and JSON; one after the other, whoever asks at the same time."""
        request: Request = json.loads(body)
        try:
            with self._lock:
                told = self._answer(operation, request)
        except NotValid as error:
            return _refusal(Refused("ValidationException", str(error)))
        except ConditionFails as error:
            more = {"Item": error.item} if _wants_item(request) and error.item else {}
            return _refusal(
                Refused("ConditionalCheckFailedException", "The conditional request failed", **more)
            )
        except Refused as error:
            return _refusal(error)
        return 200, json.dumps(told).encode()

    def _answer(self, operation: str, request: Request) -> Answer:
        match operation:
            case "ListTables":
                return {"TableNames": sorted(self._tables)}
            case "CreateTable":
                return {"TableDescription": self._create(request)}
            case "DeleteTable":
                return {"TableDescription": self._tables.pop(self._named(request)).description}
            case "GetItem":
                table = self._table("GetItem", request)
                item = table.items.get(table.place(request["Key"]))
                return {"Item": item} if item else {}
            case "PutItem" | "UpdateItem" | "DeleteItem":
                return self._write(operation.removesuffix("Item"), request)
            case "Query":
                return _query(self._table("Query", request), request)
            case "Scan":
                items = list(self._table("Scan", request).items.values())
                return {"Items": items, "Count": len(items)}
            case "BatchGetItem":
                return self._get_many(request["RequestItems"])
            case "BatchWriteItem":
                return self._put_many(request["RequestItems"])
            case "TransactWriteItems":
                return self._transact(request["TransactItems"])
        raise NotImplementedError(operation)

    def _named(self, request: Request) -> str:
        name = str(request["TableName"])
        if name not in self._tables:
            raise Refused(
                "ResourceNotFoundException", f"Requested resource not found: Table: {name} not found"
            )
        return name

    def _table(self, kind: str, request: Request) -> Table:
        if unknown := request.keys() - _KNOWN[kind]:
            raise NotImplementedError(f"{kind} with {sorted(unknown)}")
        return self._tables[self._named(request)]

    def _create(self, request: Request) -> Answer:
        name = request["TableName"]
        if name in self._tables:
            raise Refused("ResourceInUseException", f"Cannot create preexisting table: {name}")
        keys = Index(*_keys(request), None)
        indexes = {}
        for index in request.get("GlobalSecondaryIndexes", ()):
            projection = index["Projection"]
            own = _keys(index)
            has = {keys.pk, keys.sk, *own, *projection.get("NonKeyAttributes", ())}
            is_all = projection["ProjectionType"] == "ALL"
            indexes[index["IndexName"]] = Index(*own, None if is_all else frozenset(has))
        description = {"TableName": name, "TableStatus": "ACTIVE", "KeySchema": request["KeySchema"]}
        self._tables[name] = Table(keys, indexes, description)
        return description

    def _write(self, kind: str, request: Request) -> Answer:
        table = self._table(kind, request)
        place, after = _written(table, kind, request)
        table.put(place, after)
        match request.get("ReturnValues", "NONE"):
            case "NONE":
                return {}
            case "ALL_NEW":
                return {"Attributes": after}
        raise NotImplementedError(request["ReturnValues"])

    def _transact(self, entries: list[Request]) -> Answer:
        _check_many("TransactWriteItems", entries)
        reasons: list[Answer] = []
        writes: dict[tuple[str, Place], tuple[Table, Item | None]] = {}
        for ((kind, request),) in (entry.items() for entry in entries):
            table = self._table(kind, request)
            try:
                place, after = _written(table, kind, request)
            except ConditionFails as error:
                told = {"Item": error.item} if _wants_item(request) and error.item else {}
                message = "The conditional request failed"
                reasons.append({"Code": "ConditionalCheckFailed", "Message": message, **told})
                continue
            reasons.append({"Code": "None"})
            if (request["TableName"], place) in writes:
                raise NotValid("Transaction request cannot include multiple operations on one item")
            writes[request["TableName"], place] = table, after
        if codes := [reason["Code"] for reason in reasons if reason["Code"] != "None"]:
            message = f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}"
            raise Refused("TransactionCanceledException", message, CancellationReasons=reasons)
        for (_, place), (table, after) in writes.items():
            table.put(place, after)
        return {}

    def _get_many(self, requests: Mapping[str, Request]) -> Answer:
        responses = {}
        for name, request in requests.items():
            table = self._tables[self._named({"TableName": name})]
            places = [table.place(key) for key in request["Keys"]]
            _check_many("BatchGetItem", places)
            responses[name] = [table.items[place] for place in places if place in table.items]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _put_many(self, requests: Mapping[str, list[Request]]) -> Answer:
        for name, entries in requests.items():
            _check_many("BatchWriteItem", entries)
            for entry in entries:
                ((kind, request),) = entry.items()
                self._write(kind.removesuffix("Request"), {"TableName": name, **request})
        return {"UnprocessedItems": {}}


def _keys(schema: Request) -> tuple[str, str]:
    by_kind = {key["KeyType"]: key["AttributeName"] for key in schema["KeySchema"]}
    return by_kind["HASH"], by_kind["RANGE"]


def _check_many(operation: str, entries: list[Any]) -> None:
    if not 0 < len(entries) <= _MOST_AT_ONCE[operation]:
        raise NotValid(f"{operation} of {len(entries)}: Member must have length less than or equal to it may")
    if operation == "BatchGetItem" and len(set(entries)) < len(entries):
        raise NotValid("Provided list of item keys contains duplicates")


def _wants_item(request: Request) -> bool:
    return request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"


def _written(table: Table, kind: str, request: Request) -> tuple[Place, Item | None]:
    """
    Say where a write goes, and what is there after it.

    Raises:
        ConditionFails: its condition does not hold.
        NotValid: it cannot be.
    """
    place = table.place(request["Item"] if kind == "Put" else request["Key"])
    before = table.items.get(place)
    bound = _bound(request)
    holds = "ConditionExpression" not in request or condition(request["ConditionExpression"])(
        before or {}, bound
    )
    after: Item | None = None
    if kind == "Put":
        after = request["Item"]
    elif kind == "Update":
        says = update(request["UpdateExpression"])
        if before is None and not holds:  # what it would read may not be there
            raise ConditionFails(None)
        after = says.apply({**request["Key"], **(before or {})}, bound)
        if table.place(after) != place:
            raise NotValid("One or more parameter values were invalid: Cannot update attribute of the key")
    bound.check_all_used()
    if not holds:
        raise ConditionFails(before)
    if after is not None:
        check_item(table, after)
    return place, after


def _bound(request: Request) -> Bound:
    names, values = (request.get(f"ExpressionAttribute{of}") for of in ("Names", "Values"))
    if names == {} or values == {}:
        raise NotValid("ExpressionAttributeNames and ExpressionAttributeValues must not be empty")
    return Bound(names or {}, values or {})


def _query(table: Table, request: Request) -> Answer:
    name = request.get("IndexName")
    if name and name not in table.indexes:
        raise NotValid(f"The table does not have the specified index: {name}")
    if name and request.get("ConsistentRead"):
        raise NotValid("Consistent reads are not supported on global secondary indexes")
    index = table.indexes[name] if name else table.keys
    bound = _bound(request)
    asked = key_condition(request["KeyConditionExpression"])
    if index.pk not in asked.equals:
        raise NotValid(f"Query condition missed key schema element: {index.pk}")
    if asked.attributes - {index.pk, index.sk}:
        raise NotValid(f"Query condition names what is no key: {sorted(asked.attributes)}")
    entries = table.ordered(name, bound.value(asked.equals[index.pk])["S"])
    start = request.get("ExclusiveStartKey")
    after = (start[index.sk]["S"], table.place(start)) if start else None
    if request.get("ScanIndexForward", True):
        entries = entries[bisect_right(entries, after) :] if after else entries
    else:
        entries = (entries[: bisect_left(entries, after)] if after else entries)[::-1]
    asked.holds({}, bound)  # where there is no item, too, its words are to stand for something
    bound.check_all_used()
    items = (table.items[place] for _, place in entries)
    matching = (item for item in items if asked.holds(item, bound))
    found, is_whole = _page(matching, request.get("Limit"))
    has = _projected(request.get("ProjectionExpression"), index)
    told: Answer = {"Items": [_part(item, has) for item in found], "Count": len(found)}
    if not is_whole:
        told["LastEvaluatedKey"] = _part(found[-1], {table.keys.pk, table.keys.sk, index.pk, index.sk})
    return told


def _page(items: Iterable[Item], limit: int | None) -> tuple[list[Item], bool]:
    """Take as many as fit on a page, and tell whether DynamoDB knows that there are no more: not after the last that it may take."""
    if limit is not None and limit < 1:
        raise NotValid(f"Value {limit} at 'limit' failed to satisfy constraint")
    page: list[Item] = []
    room = _PAGE_BYTES
    for item in items:
        page.append(item)
        room -= size_of(item)
        if len(page) == limit or room <= 0:
            return page, False
    return page, True


def _projected(expression: str | None, index: Index) -> Collection[str] | None:
    """Name the attributes that are asked for and that the index has; None for all."""
    asked = {name.strip() for name in expression.split(",")} if expression else None
    return index.has if asked is None else asked if index.has is None else asked & index.has


def _part(item: Item, has: Collection[str] | None) -> Item:
    return item if has is None else {name: value for name, value in item.items() if name in has}


def _refusal(error: Refused) -> tuple[int, bytes]:
    kind = f"com.amazonaws.dynamodb.v20120810#{error.code}"
    return 400, json.dumps({"__type": kind, "message": error.message, **error.more}).encode()
