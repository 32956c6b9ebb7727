"""What goes wrong between the bot and Slack, met as the bot meets it: over HTTP."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox import BOT_TOKEN, CHANNEL, JO, Sandbox
from sandbox.faults import SLOW_SECONDS
from tests.conftest import Clock


@pytest.fixture
def client(sandbox: Sandbox) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=sandbox.slack_api_url, timeout=5, retry_handlers=[])


def texts(sandbox: Sandbox) -> list[str]:
    return [message.text for message in sandbox.slack.messages()]


def test_slack_that_is_down_takes_nothing_for_half_a_minute(
    sandbox: Sandbox, client: WebClient, clock: Clock
) -> None:
    sandbox.faults.go_down()
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=CHANNEL, text="x")
    assert refused.value.response["error"] == "service_unavailable"
    assert texts(sandbox) == []

    clock.advance(31)
    client.chat_postMessage(channel=CHANNEL, text="y")
    assert texts(sandbox) == ["y"]


def test_too_many_requests_names_the_seconds_to_wait_once(sandbox: Sandbox, client: WebClient) -> None:
    sandbox.faults.limited = 1

    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=CHANNEL, text="x")
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "5")
    client.chat_postMessage(channel=CHANNEL, text="y")
    assert texts(sandbox) == ["y"]


def test_a_dropped_answer_is_an_error_although_the_message_stands(
    sandbox: Sandbox, client: WebClient
) -> None:
    sandbox.faults.dropped = 1

    with pytest.raises(Exception, match=r"IncompleteRead|Connection|invalid"):
        client.chat_postMessage(channel=CHANNEL, text="x")
    assert texts(sandbox) == ["x"]


def test_a_card_comes_when_slack_is_back(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.faults.go_down()
    sandbox.open_ssh()
    sandbox.drain(hasten=False)
    assert texts(sandbox) == []

    clock.advance(60)
    sandbox.drain()
    (headline,) = texts(sandbox)
    assert "web-prod" in headline


def test_a_click_that_slack_makes_late_is_said_to_have_failed(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.open_ssh()
    sandbox.drain()
    (card,) = sandbox.slack.messages()
    sandbox.faults.wait = lambda seconds: clock.advance(int(seconds))
    sandbox.faults.go_slow()

    answer = sandbox.click(JO, card, "acknowledge")

    assert answer.seconds >= SLOW_SECONDS
    assert answer.error == "operation_timeout"
    (notice,) = sandbox.slack.ephemerals(JO)
    assert "operation_timeout" in notice.text
