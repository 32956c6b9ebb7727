"""The table that the contract suite runs on: moto's DynamoDB and AWS's own DynamoDB Local, with indexes that may lag."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Lock
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bot.aws.json_client import Credentials, JsonClient, Place
from bot.aws.store import Store
from bot.aws.table import Table
from sandbox.aws import table_definition
from tests.dynamodb_local import DynamoDBLocal

TABLE = "panopticon-test"
_STALE = "panopticon-stale"
HISTORY = timedelta(days=400)


class OneAtATime:
    """moto's client, with the atomicity that DynamoDB has and moto lacks: two threads never write at once."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            with self._lock:
                return operation(**arguments)

        return call


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


@pytest.fixture(scope="session")
def moto_client() -> Any:
    """A client for whichever moto answers at the time: to make one takes longer than most tests here."""
    with mock_aws():
        return boto3.Session("testing", "testing", region_name="eu-west-1").client("dynamodb")


@pytest.fixture(
    params=[
        "moto",
        pytest.param("dynamodb-local", marks=pytest.mark.slow),
        pytest.param("dynamodb-local by our own client", marks=pytest.mark.slow),
    ],
)
def client(request: pytest.FixtureRequest, moto_client: Any) -> Iterator[LaggingClient]:
    if request.param == "moto":
        with mock_aws():
            moto = OneAtATime(moto_client)
            make_table(moto, TABLE)
            yield LaggingClient(moto)
    else:
        endpoint = request.getfixturevalue("dynamodb_local")
        real: Any
        if "own" in request.param:
            place, keys = Place(endpoint, "eu-west-1"), Credentials("testing", "testing")
            real = JsonClient("dynamodb", place, keys, connect_timeout=1, read_timeout=10, attempts=2)
        else:
            session = boto3.Session("testing", "testing", region_name="eu-west-1")
            real = session.client("dynamodb", endpoint_url=endpoint)
        make_table(real, TABLE)
        yield LaggingClient(real)


@pytest.fixture
def store(client: LaggingClient) -> Store:
    return Store(Table(TABLE, lambda: client), HISTORY)
