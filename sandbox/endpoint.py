"""The bot's public address: requests go out signed and come in as Function URL events."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.function_url import PATH, function_url_event, signed_headers
from sandbox.functions import FunctionError, Functions

DEADLINE_SECONDS = 3.0
"""https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response, and the same for commands."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The bot's answer to one request.

    `error` is what Slack makes of it: None when it was in time and in order, else a code such as "operation_timeout".
    `request` is the Function URL event that was sent.
    """

    status: int
    body: str
    headers: Mapping[str, str]
    seconds: float
    request: dict[str, Any]
    error: str | None = None

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return headers.get("content-type", "").startswith("application/json")


class BotEndpoint:
    """The Function URL of the `slack` function, and the secret that Slack shares with it."""

    def __init__(self, functions: Functions, signing_secret: str, clock: Callable[[], float]) -> None:
        self._functions = functions
        self._signing_secret = signing_secret
        self._clock = clock

    def post(self, body: bytes) -> Answer:
        """Send *body* signed."""
        headers = signed_headers(self._signing_secret, self._clock(), body)
        return self.request(body, headers)

    def request(
        self, body: bytes, headers: Mapping[str, str], method: str = "POST", path: str = PATH, query: str = ""
    ) -> Answer:
        """Send any request to the Function URL, in order or not."""
        started = self._clock()
        event = function_url_event(body, headers, started, method=method, path=path, query=query)
        try:
            result = self._functions.invoke("slack", event)
        except FunctionError:
            result = {"statusCode": 502, "headers": {}, "body": "Internal Server Error"}
        seconds = self._clock() - started
        status, text = int(result["statusCode"]), str(result.get("body") or "")
        if result.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        error = None
        if seconds > DEADLINE_SECONDS:
            error = "operation_timeout"
        elif status != 200:
            error = "http_client_error" if 400 <= status < 500 else "http_service_error"
        return Answer(status, text, result.get("headers") or {}, seconds, event, error)
