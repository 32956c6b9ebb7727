"""What Slack's answers mean to Panopticon, over HTTP: did it take the message, will it, and what is to be done."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ssl import SSLContext
from threading import Thread
from typing import Any

import pytest

from bot import tls
from bot.core.alerts import MessageRef
from bot.core.errors import (
    AppShutOut,
    MessageGone,
    MessageRejected,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.core.workspace import SlackSecrets
from bot.slack.notifier import Notifier, explain
from tests.makers import NOW
from tests.processes import free_port

MESSAGE = MessageRef("C04SECGROUPS", "1795487599.000100")
CARD = {"text": "x"}
DROP, HANG = "drop", "hang"
SHUT_OUT = (
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "token_revoked",
    "account_inactive",
    "missing_scope",
    "invalid_auth",
    "restricted_action",
)


class FakeSlack(HTTPServer):
    """Gives one answer to every call: status, headers, body; or what it does instead of answering."""

    answer: tuple[int, dict[str, str], str] | str = (200, {}, "{}")
    calls = 0


class Handler(BaseHTTPRequestHandler):
    server: FakeSlack

    def do_POST(self) -> None:
        self.server.calls += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.answer
        if isinstance(answer, str):
            if answer == HANG:
                time.sleep(1.5)
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[FakeSlack]:
    with FakeSlack(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with serve() as server:
        yield server


def notifier(port: int) -> Notifier:
    secrets = SlackSecrets("xoxb-1", ("s",), MESSAGE.channel)
    return Notifier(lambda: secrets, api_url=f"http://127.0.0.1:{port}/api/", timeout_seconds=1)


def test_the_authorities_that_it_trusts_are_read_once_and_not_for_each_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads: list[SSLContext] = []
    monkeypatch.setattr(SSLContext, "load_default_certs", lambda context, *_: reads.append(context))
    tls.context.cache_clear()
    secrets = SlackSecrets("xoxb-1", ("s",), MESSAGE.channel)
    address = f"https://127.0.0.1:{free_port()}/api/"
    slack = Notifier(lambda: secrets, api_url=address, timeout_seconds=1)
    try:
        for _ in range(2):
            with pytest.raises(SlackUnreachable):
                slack.post(CARD)
            with pytest.raises(SlackUnreachable):
                slack.answer(address, CARD)
        assert reads == [tls.context()]
    finally:
        tls.context.cache_clear()


def refusal(code: str, status: int = 200) -> tuple[int, dict[str, str], str]:
    return status, {}, json.dumps({"ok": False, "error": code})


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        pytest.param((429, {"Retry-After": "17"}, "{}"), SlackRateLimited, "ratelimited", id="429"),
        pytest.param(refusal("ratelimited"), SlackRateLimited, "ratelimited", id="rate limited by code"),
        pytest.param((500, {}, "<html>"), SlackOutcomeUnknown, "http_500", id="500"),
        pytest.param((502, {}, ""), SlackOutcomeUnknown, "http_502", id="502"),
        pytest.param(refusal("service_unavailable", 503), SlackOutcomeUnknown, None, id="503"),
        pytest.param((200, {}, "<html>"), SlackOutcomeUnknown, None, id="no JSON"),
        pytest.param(refusal("internal_error"), SlackOutcomeUnknown, "internal_error", id="internal error"),
        pytest.param(refusal("service_unavailable"), SlackUnreachable, "service_unavailable", id="away"),
        pytest.param(DROP, SlackOutcomeUnknown, None, id="dropped connection"),
        pytest.param(HANG, SlackOutcomeUnknown, None, id="time-out"),
        pytest.param(refusal("invalid_blocks"), MessageRejected, "invalid_blocks", id="invalid blocks"),
        pytest.param(refusal("msg_too_long"), MessageRejected, "msg_too_long", id="too long"),
        pytest.param(refusal("msg_blocks_too_long"), MessageRejected, "msg_blocks_too_long", id="too large"),
        *(pytest.param(refusal(code), AppShutOut, code, id=code) for code in SHUT_OUT),
        pytest.param(refusal("something_new"), SlackRefused, "something_new", id="a code of next year"),
    ],
)
def test_an_answer_to_a_post_is_told_by_what_it_means(
    slack: FakeSlack, answer: Any, kind: type[SlackError], code: str | None
) -> None:
    slack.answer = answer
    with pytest.raises(SlackError) as caught:
        notifier(slack.server_port).post(CARD)
    assert type(caught.value) is kind
    assert code in (None, caught.value.code)
    assert slack.calls == 1  # who may have taken a message is not asked again
    if isinstance(caught.value, SlackRateLimited):
        assert caught.value.retry_after_seconds == (
            17 if isinstance(answer, tuple) and answer[0] == 429 else 30
        )


def test_nobody_there_has_taken_nothing() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(SlackUnreachable):
        notifier(port).post(CARD)


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_card_that_cannot_be_drawn_over_is_gone(slack: FakeSlack, code: str) -> None:
    slack.answer = refusal(code)
    with pytest.raises(MessageGone):
        notifier(slack.server_port).update(MESSAGE, CARD)


def test_a_card_in_a_channel_of_earlier_that_is_closed_to_the_app_is_gone(slack: FakeSlack) -> None:
    slack.answer = refusal("is_archived")
    with pytest.raises(MessageGone):
        notifier(slack.server_port).update(MessageRef("C0EARLIER", "1.1"), CARD)
    with pytest.raises(AppShutOut):
        notifier(slack.server_port).update(MESSAGE, CARD)


@pytest.mark.parametrize("code", SHUT_OUT)
def test_what_keeps_the_app_out_is_explained_with_what_to_do(slack: FakeSlack, code: str) -> None:
    slack.answer = refusal(code)
    said = notifier(slack.server_port).find_post_trouble(NOW)
    assert said == explain(code)
    assert code not in said


@pytest.mark.parametrize("is_for_all", [False, True])
def test_a_line_goes_into_the_thread(slack: FakeSlack, is_for_all: bool) -> None:
    slack.answer = (200, {}, json.dumps({"ok": True, "channel": MESSAGE.channel, "ts": "1.2"}))
    notifier(slack.server_port).reply(MESSAGE, {"text": "x", "reply_broadcast": is_for_all})
    assert slack.calls == 1
