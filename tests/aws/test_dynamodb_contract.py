"""What the store's tests take DynamoDB to do: the sandbox's DynamoDB does it, and AWS's DynamoDB Local alike."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.conftest import TABLE, LaggingClient

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
OTHER = {"pk": {"S": "p"}, "sk": {"S": "t"}}
ITEM = {**KEY, "n": {"N": "9"}, "m": {"N": "10"}, "word": {"S": "über"}, "octets": {"B": b"\x00"}}
VALUES = {
    ":low": {"N": "2"},
    ":ten": {"N": "10"},
    ":text": {"S": "10"},
    ":u": {"S": "ü"},
    ":raw": {"B": b"\x00"},
}


@pytest.fixture
def table(client: LaggingClient) -> LaggingClient:
    """A table with ITEM in it."""
    client.put_item(TableName=TABLE, Item=ITEM)
    return client


def with_values(*expressions: str | None) -> dict[str, Any]:
    """Give those of VALUES that expressions name."""
    used = {
        name: value for name, value in VALUES.items() if any(name in (text or "") for text in expressions)
    }
    return {"ExpressionAttributeValues": used} if used else {}


def update(table: LaggingClient, says: str, condition: str | None = None, **more: Any) -> dict[str, Any]:
    only = {"ConditionExpression": condition} if condition else {}
    arguments = {**with_values(says, condition), **only, "Key": KEY, "ReturnValues": "ALL_NEW", **more}
    answer: dict[str, Any] = table.update_item(TableName=TABLE, UpdateExpression=says, **arguments)
    return answer


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("n < m", True),  # by value; by digits 10 comes first
        ("n = :low", False),
        ("m = :text", False),  # a number is no text
        ("m <> :text", True),
        ("absent <> :ten", True),
        ("absent = :ten", False),
        ("absent < :ten", False),
        ("NOT absent < :ten", True),
        ("absent = nowhere", False),
        ("octets = :raw", True),
        ("n BETWEEN :low AND :ten", True),
        ("m BETWEEN :low AND n", False),
        ("begins_with(word, :u)", True),
        ("begins_with(absent, :u)", False),
        ("attribute_exists(n) AND attribute_not_exists(absent)", True),
        ("n = :low OR n < :ten AND m = :low", False),  # AND binds closer
        ("(n = :low OR n < :ten) AND m = :ten", True),
        ("NOT n = :low AND m >= :ten", True),
    ],
)
def test_a_condition_holds_or_not(table: LaggingClient, condition: str, holds: bool) -> None:
    if holds:
        assert update(table, "SET seen = n", condition)["Attributes"]["seen"] == {"N": "9"}
        return
    with pytest.raises(ClientError) as caught:
        update(table, "SET seen = n", condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert caught.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    refusal: dict[str, Any] = {**caught.value.response}
    assert refusal["Item"] == ITEM


@pytest.mark.parametrize(
    ("says", "makes"),
    [
        ("SET n = n + :low, m = n", {"n": {"N": "11"}, "m": {"N": "9"}}),  # all is read first
        ("SET n = m - :low", {"n": {"N": "8"}}),
        ("SET made = if_not_exists(made, :ten) + :low", {"made": {"N": "12"}}),
        ("SET n = if_not_exists(n, :ten)", {"n": {"N": "9"}}),
        ("ADD n :ten, made :low", {"n": {"N": "19"}, "made": {"N": "2"}}),
        ("REMOVE n, absent SET m = n", {"n": None, "m": {"N": "9"}}),
    ],
)
def test_an_update_makes_of_an_item(table: LaggingClient, says: str, makes: dict[str, Any]) -> None:
    made = {name: value for name, value in {**ITEM, **makes}.items() if value}
    assert update(table, says)["Attributes"] == made
    assert table.get_item(TableName=TABLE, Key=KEY)["Item"] == made


def test_an_update_of_nothing_makes_an_item_of_its_key(table: LaggingClient) -> None:
    assert update(table, "SET n = :ten", Key=OTHER)["Attributes"] == {**OTHER, "n": {"N": "10"}}


@pytest.mark.parametrize(
    ("says", "more"),
    [
        pytest.param("SET status = :ten", {}, id="a reserved word"),
        pytest.param("SET n = :ten", {"ExpressionAttributeValues": VALUES}, id="a value too many"),
        pytest.param("SET n = :ten", {"ExpressionAttributeNames": {"#a": "a"}}, id="a name too many"),
        pytest.param("SET n = :none", {}, id="a value that is not there"),
        pytest.param("SET #n = n", {}, id="a name that is not there"),
        pytest.param("SET sk = :text", {}, id="a key"),
        pytest.param("SET made = absent", {}, id="an attribute that is not there"),
        pytest.param("SET made = absent + :ten", {}, id="a sum with one"),
        pytest.param("SET made = word + :ten", {}, id="a sum with a text"),
        pytest.param("SET n = :ten REMOVE n", {}, id="one attribute twice"),
        pytest.param("SET n :ten", {}, id="no sign"),
        pytest.param("n = :ten", {}, id="no verb"),
        pytest.param("SET n = :ten", {"ConditionExpression": "n ="}, id="half a condition"),
        pytest.param("SET n = :ten", {"ConditionExpression": "n = m)"}, id="a bracket too many"),
        pytest.param("SET n = :ten", {"Key": {"pk": {"S": "p"}}}, id="half a key"),
        pytest.param(
            "SET feed_pk = :none", {"ExpressionAttributeValues": {":none": {"S": ""}}}, id="no index"
        ),
        pytest.param(
            "SET big = :none", {"ExpressionAttributeValues": {":none": {"S": "x" * 410_000}}}, id="too much"
        ),
    ],
)
def test_what_cannot_be_is_refused(table: LaggingClient, says: str, more: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        update(table, says, **more)
    assert table.get_item(TableName=TABLE, Key=KEY)["Item"] == ITEM


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("batch_get_item", {"RequestItems": {TABLE: {"Keys": [KEY, KEY]}}}, id="one twice"),
        pytest.param(
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": TABLE, "Item": KEY}}] * 2},
            id="two writes of one item",
        ),
        pytest.param(
            "put_item", {"TableName": TABLE, "Item": {"pk": {"S": "p"}}}, id="an item with half a key"
        ),
        pytest.param(
            "query",
            {"TableName": TABLE, "KeyConditionExpression": "sk = :text"},
            id="of which no key is told",
        ),
        pytest.param(
            "query",
            {"TableName": TABLE, "KeyConditionExpression": "pk = :text AND n = :ten"},
            id="by what is no key",
        ),
        pytest.param(
            "query",
            {
                "TableName": TABLE,
                "IndexName": "feed",
                "ConsistentRead": True,
                "KeyConditionExpression": "feed_pk = :text",
            },
            id="of an index as last written",
        ),
        pytest.param(
            "query",
            {"TableName": TABLE, "IndexName": "none", "KeyConditionExpression": "pk = :text"},
            id="of an index that is not there",
        ),
        pytest.param(
            "query",
            {"TableName": TABLE, "KeyConditionExpression": "pk = :text", "ExpressionAttributeValues": VALUES},
            id="with a value too many",
        ),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    table: LaggingClient, operation: str, request_: dict[str, Any]
) -> None:
    values = with_values(request_.get("KeyConditionExpression"))
    with pytest.raises(ClientError, match="ValidationException"):
        getattr(table, operation)(**{**values, **request_})


def test_what_is_of_no_table_is_refused(table: LaggingClient) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        table.get_item(TableName="another", Key=KEY)


class TestTransactions:
    def test_one_that_does_not_hold_keeps_all_from_being_written(self, table: LaggingClient) -> None:
        absent = {"ConditionExpression": "attribute_not_exists(pk)"}
        told = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        with pytest.raises(ClientError) as caught:
            table.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": TABLE, "Item": OTHER, **absent}},
                    {"Put": {"TableName": TABLE, "Item": KEY, **absent, **told}},
                ]
            )
        refusal: dict[str, Any] = {**caught.value.response}
        assert refusal["Error"]["Code"] == "TransactionCanceledException"
        reasons = [(reason["Code"], reason.get("Item")) for reason in refusal["CancellationReasons"]]
        assert reasons == [("None", None), ("ConditionalCheckFailed", ITEM)]
        assert table.scan(TableName=TABLE)["Items"] == [ITEM]

    def test_all_are_written_together(self, table: LaggingClient) -> None:
        moved = {"UpdateExpression": "SET n = :ten", **with_values(":ten")}
        table.transact_write_items(
            TransactItems=[
                {"Delete": {"TableName": TABLE, "Key": KEY}},
                {"Update": {"TableName": TABLE, "Key": OTHER, **moved}},
            ]
        )
        assert table.scan(TableName=TABLE)["Items"] == [{**OTHER, "n": {"N": "10"}}]


class TestQueries:
    ORDER = ("A", "a", "b", "z", "é", "￿", "🙂")
    """As their bytes in UTF-8 come, which is not how other encodings sort them."""

    @pytest.fixture
    def filled(self, client: LaggingClient) -> LaggingClient:
        for text in reversed(self.ORDER):
            feed = {"feed_pk": {"S": "list"}, "feed_sk": {"S": text}, "summary": {"S": text}, "n": {"N": "1"}}
            client.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": text}, **feed})
        client.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": "of no list"}})
        return client

    def pages(self, client: LaggingClient, **asked: Any) -> list[list[str]]:
        """Read the list of the index page by page, as what does so knows no other end than the last key."""
        pages: list[list[str]] = []
        while True:
            answer = client.query(
                TableName=TABLE,
                IndexName="feed",
                KeyConditionExpression="feed_pk = :list",
                ExpressionAttributeValues={":list": {"S": "list"}},
                **asked,
            )
            pages.append([item["summary"]["S"] for item in answer["Items"]])
            if "LastEvaluatedKey" not in answer:
                return pages
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def test_an_index_lists_what_has_its_keys_in_order(self, filled: LaggingClient) -> None:
        assert self.pages(filled) == [[*self.ORDER]]
        assert self.pages(filled, ScanIndexForward=False) == [[*reversed(self.ORDER)]]

    def test_of_a_full_page_it_is_not_known_whether_it_is_the_last(self, filled: LaggingClient) -> None:
        assert self.pages(filled, Limit=4) == [[*self.ORDER[:4]], [*self.ORDER[4:]]]
        assert self.pages(filled, Limit=7, ScanIndexForward=False) == [[*reversed(self.ORDER)], []]

    def test_an_index_gives_what_it_copies_and_no_more(self, filled: LaggingClient) -> None:
        answer = filled.query(
            TableName=TABLE,
            IndexName="feed",
            KeyConditionExpression="feed_pk = :list AND feed_sk BETWEEN :list AND :last",
            ExpressionAttributeValues={":list": {"S": "list"}, ":last": {"S": "zz"}},
        )
        (item,) = answer["Items"]
        assert item.keys() == {"pk", "sk", "feed_pk", "feed_sk", "summary"}

    def test_one_goes_on_behind_a_key_where_nothing_is(self, filled: LaggingClient) -> None:
        for forward, expected in ((True, ["z", "é"]), (False, ["of no list", "b"])):
            answer = filled.query(
                TableName=TABLE,
                KeyConditionExpression="pk = :p",
                ExpressionAttributeValues={":p": {"S": "p"}},
                ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"S": "x"}},
                ScanIndexForward=forward,
                ProjectionExpression="sk, n",
                Limit=2,
            )
            assert [item["sk"]["S"] for item in answer["Items"]] == expected
            assert {*answer["Items"][-1]} <= {"sk", "n"}

    def test_who_leaves_a_list_is_not_in_it(self, filled: LaggingClient) -> None:
        key = {"pk": {"S": "p"}, "sk": {"S": "z"}}
        filled.update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE feed_sk")
        filled.delete_item(TableName=TABLE, Key={"pk": {"S": "p"}, "sk": {"S": "A"}})
        assert self.pages(filled) == [["a", "b", "é", "￿", "🙂"]]

    def test_a_page_ends_at_a_megabyte(self, client: LaggingClient) -> None:
        for number in range(4):
            key = {"pk": {"S": "p"}, "sk": {"S": str(number)}}
            client.put_item(TableName=TABLE, Item={**key, "big": {"S": "x" * 390_000}})
        asked = {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "p"}},
        }
        answer = client.query(**asked)
        rest = client.query(**asked, ExclusiveStartKey=answer["LastEvaluatedKey"])
        assert [len(page["Items"]) for page in (answer, rest)] == [3, 1]
