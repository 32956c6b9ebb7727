"""Slack limits calls by method, and posts by channel."""

import pytest

from sandbox import BOT_TOKEN, CHANNEL
from sandbox.rates import POST_BURST, RateLimits
from sandbox.web_api import WebApi
from sandbox.workspace import Workspace


class Clock:
    now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> RateLimits:
    return RateLimits(clock)


def test_a_channel_takes_a_message_a_second_and_a_short_burst(limits: RateLimits, clock: Clock) -> None:
    where = {"channel": CHANNEL}
    assert [limits.wait("chat.postMessage", where) for _ in range(POST_BURST)] == [0] * POST_BURST

    wait = limits.wait("chat.postMessage", where)
    assert wait > 0
    assert limits.wait("chat.postMessage", {"channel": "C2"}) == 0
    clock.now += wait
    assert limits.wait("chat.postMessage", where) == 0


@pytest.mark.parametrize(
    ("method", "most"), [("chat.update", 50), ("chat.postEphemeral", 100), ("views.open", 100)]
)
def test_a_method_is_limited_by_the_minute(limits: RateLimits, clock: Clock, method: str, most: int) -> None:
    assert {limits.wait(method, {}) for _ in range(most)} == {0}

    assert limits.wait(method, {}) == 60
    clock.now += 60
    assert limits.wait(method, {}) == 0


def test_one_call_too_many_is_refused_by_its_code_and_nothing_is_posted(clock: Clock) -> None:
    workspace = Workspace(clock)
    api = WebApi(workspace, BOT_TOKEN, frozenset({"chat:write"}), RateLimits(clock))
    message = {"channel": CHANNEL, "text": "x"}
    answers = [api.call("chat.postMessage", message, BOT_TOKEN) for _ in range(POST_BURST + 1)]

    assert answers[-1] == {"ok": False, "error": "ratelimited", "retry_after": 4}
    assert len(workspace.messages()) == POST_BURST
    assert (workspace.calls[-1].status, workspace.calls[-1].error) == (429, "ratelimited")
