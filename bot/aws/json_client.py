"""
Clients of DynamoDB, SQS and SSM that import next to nothing: what a person waits for does not wait for botocore too.

They take and give what botocore's clients do, and raise its errors, so that either can stand in for the other: on a laptop, with
credentials that are not in the environment, botocore's are used. What these three services have in common is all that is here:
operations and answers are JSON, and a request is signed as
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html says.
"""

import base64
import hashlib
import hmac
import http.client
import json
import random
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from socket import socket
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from bot import tls

# How each service's operations are called on the wire, and which version of JSON it speaks.
_TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "sqs": ("AmazonSQS", "1.0"),
    "ssm": ("AmazonSSM", "1.1"),
}
_DOMAINS = {"cn": "amazonaws.com.cn"}
_USUAL_DOMAIN = "amazonaws.com"
_USUAL_PARTS_OF_AWS = frozenset({"af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us"})

# What is tried again, as by botocore's standard mode: a server that fails or wants to be left alone for a moment.
_PASSING = frozenset({500, 502, 503, 504})
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_PAUSE_SECONDS = 0.2
_CHANCE = random.SystemRandom()  # Python's own goes on alike in all that start from one snapshot

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service is: its address, without a path, and the region that is signed for."""

    address: str
    region: str


def usual_place(service: str, environment: Mapping[str, str]) -> Place | None:
    """
    Say where *service* is, as AWS's own programs are told by their *environment*; None where they know better.

    >>> usual_place("ssm", {"AWS_REGION": "eu-central-1"})
    Place(address='https://ssm.eu-central-1.amazonaws.com', region='eu-central-1')
    >>> usual_place("ssm", {"AWS_REGION": "us-isob-east-1"})
    """
    region = environment.get("AWS_REGION", "")
    part, _, rest = region.partition("-")
    is_special = environment.get("AWS_USE_FIPS_ENDPOINT") or environment.get("AWS_USE_DUALSTACK_ENDPOINT")
    if is_special or part not in _USUAL_PARTS_OF_AWS or rest.startswith("iso"):
        return None
    usual = f"https://{service}.{region}.{_DOMAINS.get(part, _USUAL_DOMAIN)}"
    told = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL")
    return Place((told or usual).rstrip("/"), region)


def credentials_in(environment: Mapping[str, str]) -> Credentials | None:
    """Read the credentials that Lambda puts into the *environment*; None where they are to be had elsewhere."""
    key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    return Credentials(key_id, secret, environment.get("AWS_SESSION_TOKEN")) if key_id and secret else None


def make_client(
    service: str,
    environment: Mapping[str, str],
    *,
    connect_timeout: float,
    read_timeout: float,
    attempts: int,
) -> "JsonClient | None":
    """Make the client of *service* that *environment* tells of; None where botocore's is needed."""
    place, credentials = usual_place(service, environment), credentials_in(environment)
    if service not in _TARGETS or place is None or credentials is None:
        return None
    return JsonClient(
        service,
        place,
        credentials,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        attempts=attempts,
    )


class JsonClient:
    """The operations of one service, called as botocore calls them: `client.get_item(TableName=…)`."""

    def __init__(
        self,
        service: str,
        place: Place,
        credentials: Credentials,
        *,
        connect_timeout: float,
        read_timeout: float,
        attempts: int,
    ) -> None:
        """Times are in seconds. Nothing is connected yet."""
        self._service, self._place, self._credentials = service, place, credentials
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._attempts = attempts
        self._idle: list[socket] = []  # a thread takes one out for as long as it uses it

    def __del__(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(word.title() for word in name.split("_"))
        return partial(self._call, operation)

    def _call(self, operation: str, **arguments: Any) -> Answer:
        """
        Call *operation* until it is answered, or has been tried often enough.

        Raises:
            ClientError: the service says no.
            EndpointConnectionError, ReadTimeoutError: it says nothing.
        """
        body = json.dumps(arguments, default=_as_text, separators=(",", ":")).encode()
        for attempt in range(1, self._attempts + 1):
            is_last = attempt == self._attempts
            try:
                status, content = self._send(operation, body)
            except TimeoutError as error:
                if is_last:
                    raise ReadTimeoutError(endpoint_url=self._place.address, error=error) from error
            except (OSError, http.client.HTTPException) as error:
                if is_last:
                    raise EndpointConnectionError(endpoint_url=self._place.address, error=error) from error
            else:
                answer = _read(content)
                if status == 200:
                    return answer
                code = str(answer.get("__type", status)).rpartition("#")[2]
                if is_last or not (status in _PASSING or code in _THROTTLED):
                    raise _client_error(operation, status, code, answer)
            time.sleep(_CHANCE.uniform(0, _PAUSE_SECONDS))
        raise AssertionError("the last attempt returns or raises")

    def _send(self, operation: str, body: bytes) -> tuple[int, bytes]:
        prefix, version = _TARGETS[self._service]
        headers = {
            "content-type": f"application/x-amz-json-{version}",
            "host": urlsplit(self._place.address).netloc,
            "x-amz-target": f"{prefix}.{operation}",
        }
        now = datetime.now(UTC)
        signed = sign(headers, body, self._service, self._place.region, self._credentials, now)
        head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        request = f"POST / HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body
        connection = self._connection()
        try:
            connection.sendall(
                request
            )  # at once, where http.client would send the head and the body by themselves
            response = http.client.HTTPResponse(connection, method="POST")
            response.begin()
            content = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return response.status, content

    def _connection(self) -> socket:
        """Give a connection that is open, and was not closed at the other end while the function slept."""
        while self._idle:
            kept = self._idle.pop()
            if not select.select([kept], [], [], 0)[0]:
                return kept
            kept.close()
        at = urlsplit(self._place.address)
        host, port, patience = str(at.hostname), at.port, self._connect_timeout
        if trusted := tls.context_for(self._place.address):
            connecting: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=patience, context=trusted
            )
        else:
            connecting = http.client.HTTPConnection(host, port, timeout=patience)
        connecting.connect()
        connection: socket = connecting.sock
        connection.settimeout(self._read_timeout)
        return connection


def sign(
    headers: Mapping[str, str],
    body: bytes,
    service: str,
    region: str,
    credentials: Credentials,
    now: datetime,
) -> dict[str, str]:
    """Give *headers*, whose names are in lower case, and those that sign a POST of *body* to "/" with them (Signature version 4)."""
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    whole = {**headers, "x-amz-date": moment}
    if credentials.token:
        whole["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(whole))
    told = "".join(f"{name}:{whole[name].strip()}\n" for name in sorted(whole))
    request = f"POST\n/\n\n{told}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    proof = f"Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return {**whole, "authorization": f"AWS4-HMAC-SHA256 {proof}"}


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no request holds a {type(value).__name__}")


def _read(content: bytes) -> Answer:
    try:
        answer = json.loads(content or b"{}", object_hook=_with_bytes)
    except ValueError:  # something between here and there has answered
        return {}
    return answer if isinstance(answer, dict) else {}


def _with_bytes(part: dict[str, Any]) -> dict[str, Any]:
    """Read DynamoDB's binary values, {"B": "…"}; no other part of an answer looks like one."""
    binary = part.get("B")
    return {"B": base64.b64decode(binary)} if isinstance(binary, str) and len(part) == 1 else part


def _client_error(operation: str, status: int, code: str, answer: Answer) -> ClientError:
    words = str(answer.get("message") or answer.get("Message") or "")
    rest = {name: value for name, value in answer.items() if name not in ("__type", "message", "Message")}
    told: Any = {
        **rest,
        "Error": {"Code": code, "Message": words},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(told, operation)
