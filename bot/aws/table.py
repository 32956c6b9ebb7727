"""One DynamoDB table, spoken to in plain values and in Panopticon's own errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.core.errors import PanopticonError, StoreError

Item = dict[str, Any]  # attribute name -> str, int or bytes

_MAX_BATCH = 100
_MAX_ROUNDS = 5
CONFLICT = "TransactionConflict"


class ConditionFailed(PanopticonError):
    """
    A conditional write did not apply; *item* is what stands there instead, None for nothing.

    *index* says which write of a transaction that is.
    """

    def __init__(self, item: Item | None, index: int = 0) -> None:
        super().__init__("the condition does not hold")
        self.item = item
        self.index = index


@dataclass(frozen=True, slots=True)
class Write:
    """
    One write, alone or in a transaction.

    *operation* is "Put", "Update" or "Delete": a Put takes *item*; an Update takes *key* and *expression*; a Delete takes
    *key*. Names in expressions start with "#", values with ":".
    """

    operation: str
    item: Item | None = None
    key: Item | None = None
    expression: str | None = None
    condition: str | None = None
    names: Mapping[str, str] | None = None
    values: Item | None = None


class Table:
    """The calls of DynamoDB that the store needs."""

    def __init__(self, name: str, client: Callable[[], Client]) -> None:
        self._name = name
        self._client = client

    def get(self, key: Item) -> Item | None:
        """Read one item, as last written."""
        answer = self._call("get_item", TableName=self._name, Key=_encode(key), ConsistentRead=True)
        return _decode(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[Item]) -> list[Item]:
        """Read those of the items that are there, as last written, in no order."""
        items: list[Item] = []
        for start in range(0, len(keys), _MAX_BATCH):
            wanted = [_encode(key) for key in keys[start : start + _MAX_BATCH]]
            for _ in range(_MAX_ROUNDS):
                request = {self._name: {"Keys": wanted, "ConsistentRead": True}}
                answer = self._call("batch_get_item", RequestItems=request)
                items += [_decode(item) for item in answer["Responses"].get(self._name, ())]
                wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
                if not wanted:
                    break
            else:
                raise StoreError("batch_get_item", "UnprocessedKeys")
        return items

    def query(
        self,
        condition: str,
        values: Item,
        *,
        limit: int,
        index: str | None = None,
        newest_first: bool = False,
        after: Item | None = None,
        only: str | None = None,
    ) -> list[Item]:
        """
        Read up to *limit* items in the order of their sort key; from the table itself as last written.

        *after* is the key behind which to go on, there need not be an item. *only* names the attributes to give.
        """
        request: dict[str, Any] = {"IndexName": index} if index else {"ConsistentRead": True}
        if only:
            request["ProjectionExpression"] = only
        if after:
            request["ExclusiveStartKey"] = _encode(after)
        items: list[Item] = []
        for _ in range(_MAX_ROUNDS):
            answer = self._call(
                "query",
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=_encode(values),
                Limit=limit - len(items),
                ScanIndexForward=not newest_first,
                **request,
            )
            items += [_decode(item) for item in answer["Items"]]
            if len(items) >= limit or "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]  # DynamoDB ends a page at 1 MB
        return items

    def update(self, write: Write) -> Item:
        """
        Apply an Update and give the item as it then is.

        Raises:
            ConditionFailed: the condition does not hold; the error carries the item as it is.
        """
        answer = self._call(
            "update_item",
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **self._arguments(write),
        )
        return _decode(answer["Attributes"])

    def put(self, write: Write) -> None:
        """
        Apply a Put.

        Raises:
            ConditionFailed: the condition does not hold; the error carries the item as it is.
        """
        told = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if write.condition else {}
        self._call("put_item", **told, **self._arguments(write))

    def transact(self, writes: Sequence[Write]) -> None:
        """
        Apply *writes* all together or not at all.

        Raises:
            ConditionFailed: the condition of a write does not hold; of several, the first one.
            StoreError: a transaction on the same items is under way, or DynamoDB says something else.
        """
        entries = [
            {
                write.operation: {
                    **self._arguments(write),
                    **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if write.condition else {}),
                }
            }
            for write in writes
        ]
        for attempt in range(1, _MAX_ROUNDS + 1):
            try:
                self._call("transact_write_items", TransactItems=entries)
            except StoreError as error:
                # Somebody else writes one of the same items this moment: they are done in milliseconds.
                if error.code != CONFLICT or attempt == _MAX_ROUNDS:
                    raise
            else:
                return

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**arguments)
        except ClientError as error:
            raise _translate(operation, error) from error
        except BotoCoreError as error:
            raise StoreError(operation, type(error).__name__) from error
        return answer

    def _arguments(self, write: Write) -> dict[str, Any]:
        arguments = {
            "TableName": self._name,
            "Item": _encode(write.item) if write.item else None,
            "Key": _encode(write.key) if write.key else None,
            "UpdateExpression": write.expression,
            "ConditionExpression": write.condition,
            "ExpressionAttributeNames": dict(write.names) if write.names else None,
            "ExpressionAttributeValues": _encode(write.values) if write.values else None,
        }
        return {name: value for name, value in arguments.items() if value is not None}


def _translate(operation: str, error: ClientError) -> PanopticonError:
    """
    Turn DynamoDB's errors into ours.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html says how a cancelled
    transaction gives one reason per write, in their order.
    """
    code = error.response["Error"]["Code"]
    response: Mapping[str, Any] = error.response
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(_decode(response["Item"]) if response.get("Item") else None)
    if code == "TransactionCanceledException":
        reasons = response.get("CancellationReasons") or [{}]
        for index, reason in enumerate(reasons):
            if reason.get("Code") == "ConditionalCheckFailed":
                return ConditionFailed(_decode(reason["Item"]) if reason.get("Item") else None, index)
        codes = [reason.get("Code", "None") for reason in reasons]
        return StoreError(operation, next((code for code in codes if code != "None"), "cancelled"))
    return StoreError(operation, CONFLICT if code == "TransactionInProgressException" else code)


def _encode(item: Item) -> dict[str, dict[str, Any]]:
    return {name: _encode_value(value) for name, value in item.items() if value is not None}


def _encode_value(value: object) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case _:
            raise TypeError(f"no attribute of the table is a {type(value).__name__}")


def _decode(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: _decode_value(value) for name, value in item.items()}


def _decode_value(value: Mapping[str, Any]) -> str | int | bytes:
    ((kind, raw),) = value.items()
    match kind:
        case "S":
            return str(raw)
        case "N":
            return int(raw)
        case "B":
            return bytes(raw)
        case _:
            raise TypeError(f"an attribute of kind {kind} is not the table's")
