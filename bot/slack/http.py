"""
The edge between Slack's HTTP requests and Bolt: what faces the internet.

Bolt's own Lambda adapter is not used: it parses before it verifies and answers bad requests with 5xx, loses any text with
the word "payload", and pulls boto3 into every cold start.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

from slack_bolt import BoltRequest, BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier

from bot.core.errors import SecretsMissing
from bot.core.workspace import SlackSecrets

PATH = "/slack/events"

_MAX_BODY_BYTES = 1_048_576  # a view submission at Slack's limits, form-encoded, has about 900 KB
_MAX_FIELDS = 100

# What is used of an interaction; the rest is left out, as Bolt reads more of it than is checked.
# https://docs.slack.dev/reference/interaction-payloads
_FIELDS = ("type", "user", "team", "trigger_id", "response_url", "container", "actions", "view")

Answer = dict[str, Any]


class BadRequest(Exception):
    """The request is not one of Slack's; *status* and *reason* are what its sender is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Log(Protocol):
    """Where a refused request leaves a line."""

    def warning(self, words: str, /) -> None:
        """Note what is the sender's fault."""

    def error(self, words: str, /) -> None:
        """Note what is ours to mend."""


class Edge:
    """Takes Function URL events, and lets through to *dispatch* only what Slack has signed."""

    def __init__(
        self,
        secrets: Callable[[], SlackSecrets],
        dispatch: Callable[[BoltRequest], BoltResponse],
        clock: Callable[[], datetime],
        log: Log,
    ) -> None:
        self._secrets = secrets
        self._dispatch = dispatch
        self._clock = clock
        self._log = log

    def handle(self, event: Mapping[str, Any]) -> Answer:
        """
        Answer *event*, a Function URL's payload of version 2.0.

        A request that is not Slack's gets a 4xx and leaves a line in the log that holds nothing of its body.
        """
        try:
            body = _read_body(event)
            headers = _read_headers(event)
            self._verify(body, headers)
            form = _parse_form(body)
        except BadRequest as error:
            self._log.warning(f"request refused: {error.status} {error.reason}")
            return _plain(error.status, error.reason)
        except SecretsMissing as error:
            self._log.error(f"Slack's secrets are missing: {error}")
            return _plain(503, "not connected to Slack yet")
        if form.get("ssl_check"):
            return _plain(200, "")
        response = self._dispatch(BoltRequest(body=form, mode="socket_mode"))
        return _from_bolt(response)

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """
        Check Slack's signature over the raw bytes, which is at most five minutes old, by either secret.

        https://docs.slack.dev/authentication/verifying-requests-from-slack
        """
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not timestamp or not signature:
            raise BadRequest(401, "no signature")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
            raise BadRequest(401, "bad timestamp")
        if not signature.isascii():
            raise BadRequest(401, "bad signature")
        try:
            body.decode()  # the verifier would raise
        except UnicodeDecodeError:
            raise BadRequest(400, "not UTF-8") from None
        clock = _Clock(self._clock())
        verifiers = (SignatureVerifier(secret, clock) for secret in self._secrets().signing_secrets)
        if not any(verifier.is_valid(body, timestamp, signature) for verifier in verifiers):
            raise BadRequest(401, "bad or stale signature")


class _Clock(Clock):
    """A clock that stands, as slack_sdk's verifier wants it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()


def _read_body(event: Mapping[str, Any]) -> bytes:
    """Read the body of a POST to our path."""
    request = event.get("requestContext")
    http = request.get("http") if isinstance(request, Mapping) else None
    if not isinstance(http, Mapping):
        raise BadRequest(400, "not an HTTP request")
    if event.get("rawPath") != PATH:
        raise BadRequest(404, "not found")
    if http.get("method") != "POST":
        raise BadRequest(405, "method not allowed")
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise BadRequest(400, "bad body")
    if len(body) > _MAX_BODY_BYTES * 4 // 3 + 4:
        raise BadRequest(413, "too large")
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, ValueError):
        raise BadRequest(400, "bad body") from None
    if len(raw) > _MAX_BODY_BYTES:
        raise BadRequest(413, "too large")
    return raw


def _read_headers(event: Mapping[str, Any]) -> dict[str, str]:
    headers = event.get("headers")
    if not isinstance(headers, Mapping):
        raise BadRequest(401, "no signature")
    return {str(name).lower(): value for name, value in headers.items() if isinstance(value, str)}


def _parse_form(body: bytes) -> dict[str, Any]:
    """Read Slack's form: a slash command's fields, or everything else as JSON in the field "payload"."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
        form = {name: values[0] for name, values in fields.items()}
        payload = json.loads(form["payload"]) if "payload" in form and "command" not in form else form
    except (ValueError, RecursionError):
        raise BadRequest(400, "bad form") from None
    if not isinstance(payload, dict):
        raise BadRequest(400, "bad form")
    if payload is form:
        return form
    if not _has_slacks_shape(payload):
        raise BadRequest(400, "bad payload")
    return {name: payload[name] for name in _FIELDS if name in payload}


def _has_slacks_shape(payload: Mapping[str, Any]) -> bool:
    """Tell whether an interaction has what Bolt and the listeners rely on, as they raise for anything else."""
    match payload:
        case {"type": "block_actions", "user": {"id": str()}, "team": {"id": str()}, "actions": [*actions]}:
            known = [a for a in actions if isinstance(a, dict) and isinstance(a.get("action_id"), str)]
            return bool(actions) and known == actions
        case {"type": "view_submission" | "view_closed", "user": {"id": str()}, "view": {"type": str()}}:
            return True
        case _:
            return False


def _from_bolt(response: BoltResponse) -> Answer:
    headers = {name: values[0] for name, values in response.headers.items() if values}
    return {"statusCode": response.status, "headers": headers, "body": response.body or ""}


def _plain(status: int, text: str) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "text/plain"}, "body": text}
