"""The table that the contract suite runs on: the sandbox's DynamoDB and AWS's own DynamoDB Local, with indexes that may lag."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from bot.aws.json_client import Credentials, JsonClient, Place
from bot.aws.store import Store
from bot.aws.table import Table
from sandbox.aws import table_definition
from tests.dynamodb_local import DynamoDBLocal
from tests.own_dynamodb import OwnDynamoDB

TABLE = "panopticon-test"
_STALE = "panopticon-stale"
HISTORY = timedelta(days=400)


class LaggingClient:
    """
    A DynamoDB client whose indexes can stand still while the table goes on, as they may for a moment on AWS.

    While they do, queries of an index go to a copy of the table that was made when they stopped.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lagging = False

    def stop_indexes(self) -> None:
        make_table(self._client, _STALE)
        for item in self._client.scan(TableName=TABLE)["Items"]:
            self._client.put_item(TableName=_STALE, Item=item)
        self._lagging = True

    def query(self, **arguments: Any) -> Any:
        if self._lagging and "IndexName" in arguments:
            arguments["TableName"] = _STALE
        return self._client.query(**arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def make_table(client: Any, name: str) -> None:
    """Make the table as serverless.yml deploys it, over an earlier one."""
    if name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    client.create_table(**{**table_definition(), "TableName": name})


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    with DynamoDBLocal.start() as endpoint:
        yield endpoint


@pytest.fixture(
    params=[
        "the sandbox's",
        pytest.param("dynamodb-local", marks=pytest.mark.slow),
        pytest.param("dynamodb-local by our own client", marks=pytest.mark.slow),
    ],
)
def client(request: pytest.FixtureRequest) -> LaggingClient:
    client: Any
    if request.param == "the sandbox's":
        client = OwnDynamoDB()
    elif "own" in request.param:
        place = Place(request.getfixturevalue("dynamodb_local"), "eu-west-1")
        keys = Credentials("testing", "testing")
        client = JsonClient("dynamodb", place, keys, connect_timeout=1, read_timeout=10, attempts=2)
    else:
        session = boto3.Session("testing", "testing", region_name="eu-west-1")
        client = session.client("dynamodb", endpoint_url=request.getfixturevalue("dynamodb_local"))
    make_table(client, TABLE)
    return LaggingClient(client)


@pytest.fixture
def store(client: LaggingClient) -> Store:
    return Store(Table(TABLE, lambda: client), HISTORY)
