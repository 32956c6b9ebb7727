"""Our client beside botocore's: what it signs, what it gives, and what it does when the other end is silent or in trouble."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
import trustme
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from bot import tls
from bot.aws import json_client
from bot.aws.json_client import Credentials, JsonClient, Place, credentials_in, sign, usual_place
from bot.aws.parameters import ParameterStore
from sandbox.aws import REGION, TABLE_NAME, AwsAccount
from tests.processes import free_port

NOW = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
KEYS = Credentials("AKIAEXAMPLE", "a/secret+", "a token")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_client, "_PAUSE_SECONDS", 0)


def make(
    address: str, service: str = "dynamodb", *, read_timeout: float = 5, attempts: int = 2
) -> JsonClient:
    place = Place(address, REGION)
    return JsonClient(service, place, KEYS, connect_timeout=1, read_timeout=read_timeout, attempts=attempts)


@pytest.mark.parametrize("token", ["a token", None])
@pytest.mark.parametrize("service", ["dynamodb", "ssm"])
def test_it_signs_as_botocore_does(service: str, token: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: NOW.replace(tzinfo=None))
    body = '{"Name":"Gyöngyi"}'.encode()
    headers = {"content-type": "application/x-amz-json-1.0", "host": "example.com", "x-amz-target": "A.B"}
    request = AWSRequest("POST", "https://example.com/", headers, body)
    SigV4Auth(BotocoreCredentials(KEYS.key_id, KEYS.secret, token), service, "eu-west-1").add_auth(request)

    ours = sign(headers, body, service, "eu-west-1", Credentials(KEYS.key_id, KEYS.secret, token), NOW)
    assert ours == {name.lower(): value for name, value in request.headers.items()}


@pytest.fixture(scope="module")
def account() -> Iterator[AwsAccount]:
    account = AwsAccount(lambda: 0.0)
    account.start()
    account.reset({"bot-token": ("SecureString", "xoxb-1")})
    yield account
    account.stop()


def test_it_gives_what_botocores_client_gives(account: AwsAccount) -> None:
    """The same calls, one after another, by either client of the same table; the writes of one are there for the other."""
    session = boto3.Session("testing", "testing", region_name=REGION)
    clients: list[Any] = [make(account.endpoint), session.client("dynamodb", endpoint_url=account.endpoint)]
    given = []
    for client in clients:
        account.reset({})
        given.append([_outcome(client, operation, arguments) for operation, arguments in CALLS])
    assert given[0] == given[1]
    assert any(isinstance(outcome, dict) and "Item" in outcome for outcome in given[0])


TABLE = TABLE_NAME
KEY = {"pk": {"S": "A#é"}, "sk": {"S": "B"}}
ITEM = {**KEY, "blob": {"B": b"\x00\xff{"}, "number": {"N": "7"}}
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_item", {"TableName": TABLE, "Key": KEY}),
    ("put_item", {"TableName": TABLE, "Item": ITEM, **ABSENT}),
    (
        "put_item",
        {"TableName": TABLE, "Item": ITEM, **ABSENT, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    ),
    ("get_item", {"TableName": TABLE, "Key": KEY, "ConsistentRead": True}),
    ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [KEY]}}}),
    (
        "query",
        {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "A#é"}},
        },
    ),
    (
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": TABLE, "Item": ITEM, **ABSENT}}]},
    ),
    ("get_item", {"TableName": "absent", "Key": KEY}),
)


def _outcome(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
    try:
        answer = dict(getattr(client, operation)(**arguments))
    except ClientError as error:
        response: Any = error.response
        told = {name: response.get(name) for name in ("Item", "CancellationReasons")}
        return error.operation_name, response["Error"]["Code"], told
    answer.pop("ResponseMetadata", None)
    return answer


def test_the_secrets_come_through_it(account: AwsAccount) -> None:
    account.reset({name: ("SecureString", f"{name} ") for name in ("bot-token", "signing-secret", "channel")})
    client = make(account.endpoint, "ssm")
    secrets = ParameterStore("/panopticon/sandbox", lambda: client).secrets(NOW)
    assert (secrets.bot_token, secrets.channel) == ("bot-token", "channel")


class Server:
    """Answers one request on each connection, with what it was told to; None keeps silent until the other end has enough."""

    def __init__(self) -> None:
        self.requests = 0
        self._answers: list[bytes | None] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = Thread(target=self._serve)

    def answer(self, *answers: bytes | None) -> None:
        self._answers += answers
        self._thread.start()

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes it
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while self._answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as sent:
                size = 0
                while (line := sent.readline().strip().lower()) != b"":
                    size = int(line.partition(b":")[2]) if line.startswith(b"content-length") else size
                sent.read(size)
                self.requests += 1
                answer = self._answers.pop(0)
                if answer is None:
                    sent.read(1)
                else:
                    connection.sendall(answer)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


class KeptOpen:
    """Answers each request alike, and closes no connection of its own accord; *tls* has it speak TLS."""

    def __init__(self) -> None:
        self.tls: ssl.SSLContext | None = None
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def serve(self, answer: bytes) -> None:
        Thread(target=self._serve, args=[answer], daemon=True).start()

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes it
        self._socket.close()

    def _serve(self, answer: bytes) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            Thread(target=self._talk, args=[connection, answer], daemon=True).start()

    def _talk(self, connection: socket.socket, answer: bytes) -> None:
        with suppress(OSError), connection:  # whoever does not trust us hangs up
            speaking = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            with speaking:
                while speaking.recv(65536):  # a request comes in one piece
                    speaking.sendall(answer)


@pytest.fixture
def kept_open() -> Iterator[KeptOpen]:
    server = KeptOpen()
    yield server
    server.stop()


def test_what_passes_is_tried_again(server: Server) -> None:
    server.answer(
        http(500, b"{}"), http(400, b'{"__type":"x#ThrottlingException"}'), b"", http(200, b'{"Item":{}}')
    )
    assert make(server.address, attempts=4).get_item(TableName="t") == {"Item": {}}
    assert server.requests == 4


def test_what_does_not_pass_is_not(server: Server) -> None:
    server.answer(http(400, b'{"__type":"x#ValidationException","message":"no"}'), http(200, b"{}"))
    with pytest.raises(ClientError, match=r"\(ValidationException\).*GetItem operation: no"):
        make(server.address, attempts=4).get_item(TableName="t")
    assert server.requests == 1


def test_an_answer_that_is_no_json_is_an_error_by_its_status(server: Server) -> None:
    server.answer(http(503, b"<html>"))
    with pytest.raises(ClientError, match=r"\(503\)"):
        make(server.address, attempts=1).get_item(TableName="t")


def test_a_silent_server_is_given_up_on(server: Server) -> None:
    server.answer(None, None)
    with pytest.raises(ReadTimeoutError):
        make(server.address, read_timeout=0.05).get_item(TableName="t")


def test_a_server_that_is_not_there_is_told_as_such() -> None:
    with pytest.raises(EndpointConnectionError):
        make(f"http://127.0.0.1:{free_port()}").get_item(TableName="t")


def test_a_connection_that_was_closed_while_the_function_slept_is_not_used(server: Server) -> None:
    server.answer(http(200, b'{"n":1}'), http(200, b'{"n":2}'))  # closes after each
    client = make(server.address, attempts=1)
    assert [client.get_item(TableName="t")["n"] for _ in range(2)] == [1, 2]


def test_a_connection_of_which_the_server_says_that_it_will_close_is_not_used_again(
    kept_open: KeptOpen,
) -> None:
    kept_open.serve(b"HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
    client = make(f"http://127.0.0.1:{kept_open.port}", attempts=1)
    for _ in range(3):
        client.get_item(TableName="t")
    assert kept_open.connections == 3


def test_over_tls_it_trusts_whom_the_machine_trusts_and_keeps_its_connection(
    kept_open: KeptOpen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    kept_open.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(kept_open.tls)
    kept_open.serve(http(200, b'{"n":1}'))
    address = f"https://localhost:{kept_open.port}"
    with pytest.raises(EndpointConnectionError, match="localhost"):
        make(address).get_item(TableName="t")

    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    trusting = ssl.create_default_context()
    monkeypatch.setattr(tls, "context", lambda: trusting)
    client, before = make(address, attempts=1), kept_open.connections
    assert [client.get_item(TableName="t")["n"] for _ in range(3)] == [1, 1, 1]
    assert kept_open.connections == before + 1


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"AWS_REGION": "eu-west-1"}, "https://ssm.eu-west-1.amazonaws.com"),
        ({"AWS_REGION": "us-gov-west-1"}, "https://ssm.us-gov-west-1.amazonaws.com"),
        ({"AWS_REGION": "cn-north-1"}, "https://ssm.cn-north-1.amazonaws.com.cn"),
        ({"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
        ({"AWS_REGION": "us-iso-east-1"}, None),
        ({"AWS_REGION": "eusc-de-east-1"}, None),
        ({"AWS_REGION": "us-east-1", "AWS_USE_FIPS_ENDPOINT": "true"}, None),
        ({}, None),
    ],
)
def test_it_knows_where_a_service_is_or_leaves_that_to_botocore(
    environment: dict[str, str], address: str | None
) -> None:
    place = usual_place("ssm", environment)
    assert (place and place.address) == address


@pytest.mark.parametrize(
    "region", ["eu-west-1", "us-gov-west-1", "cn-north-1", "ap-northeast-2", "me-central-1"]
)
@pytest.mark.parametrize("service", ["dynamodb", "sqs", "ssm"])
def test_a_service_is_where_botocore_looks_for_it(
    service: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    place = usual_place(service, {"AWS_REGION": region})
    real: Any = boto3.Session("testing", "testing", region_name=region).client(service)  # type: ignore[call-overload]
    assert place and place.address == real.meta.endpoint_url


def test_credentials_that_are_not_in_the_environment_are_left_to_botocore() -> None:
    assert credentials_in({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}) == Credentials("a", "b")
    assert credentials_in({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1"}) is None
