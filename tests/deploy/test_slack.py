"""What Slack is asked before anything is stored."""

from datetime import UTC, datetime

import pytest

from deploy.errors import DeployError
from deploy.slack import (
    App,
    ask_whose,
    check_channel,
    check_scopes,
    read_channel,
    read_signing_secret,
    read_token,
)
from sandbox import BOT_TOKEN, CHANNEL, OTHER_CHANNEL, Sandbox


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("xoxp-1-2", "a user's token", id="user"),
        pytest.param("xapp-1-2", "an app-level token", id="app"),
        pytest.param("xoxe.xoxb-1", "a token that is rotated", id="rotated"),
        pytest.param("8f742231b10e8888abcd99yyyzzz85a5", "something else", id="secret"),
        pytest.param("", "something else", id="nothing"),
        pytest.param("xoxb-1\n2", "something else", id="two lines"),
    ],
)
def test_what_is_no_bot_token_is_refused_and_not_repeated(text: str, words: str) -> None:
    with pytest.raises(DeployError, match="begins with xoxb-") as caught:
        read_token(text)
    assert words in str(caught.value)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "8f742231b10e8888abcd99yyyzzz85a5", "8F742231B10E8888ABCD99EEEFFF85A5", "1.2"]
)
def test_what_is_no_signing_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(DeployError, match="32 of the characters") as caught:
        read_signing_secret(text)
    assert not text or text not in str(caught.value)


def test_a_token_and_a_secret_are_taken_as_they_are() -> None:
    assert read_token("xoxb-1-2-abc") == "xoxb-1-2-abc"
    assert read_signing_secret("8f742231b10e8888abcd99eeefff85a5") == "8f742231b10e8888abcd99eeefff85a5"


@pytest.mark.parametrize(
    "text",
    [
        "C0123456789",
        "https://example.slack.com/archives/C0123456789",
        "example.slack.com/archives/C0123456789/",
    ],
)
def test_a_channel_is_taken_by_its_id_or_link(text: str) -> None:
    assert read_channel(text) == "C0123456789"


@pytest.mark.parametrize("text", ["#alerts", "alerts", "", "U0123456789", "c0123456789"])
def test_a_channels_name_is_refused_with_the_way_to_its_id(text: str) -> None:
    with pytest.raises(DeployError, match="Copy link"):
        read_channel(text)


def test_slack_says_whose_token_it_is_and_what_it_may_do(sandbox: Sandbox) -> None:
    app = ask_whose(BOT_TOKEN, sandbox.slack_api_url)
    assert (app.workspace, app.name) == ("Sandbox", "panopticon")
    assert app.scopes == frozenset({"chat:write", "commands"})


def test_a_token_of_nobody_is_said(sandbox: Sandbox) -> None:
    with pytest.raises(DeployError, match=r"does not take this token: the bot token is not valid") as caught:
        ask_whose("xoxb-wrong", sandbox.slack_api_url)
    assert "xoxb-wrong" not in str(caught.value)


def test_a_slack_that_is_not_there_is_said() -> None:
    with pytest.raises(DeployError, match=r"was not reached at http://127\.0\.0\.1:9/"):
        ask_whose(BOT_TOKEN, "http://127.0.0.1:9/")


def test_a_missing_scope_is_named() -> None:
    app = App("Sandbox", "panopticon", frozenset({"commands"}))
    with pytest.raises(DeployError, match="lacks the scope chat:write"):
        check_scopes(app, frozenset({"chat:write", "commands"}))


@pytest.mark.parametrize("scopes", [frozenset({"chat:write", "commands", "users:read"}), None])
def test_more_scopes_do_no_harm_and_a_slack_that_names_none_is_believed(
    scopes: frozenset[str] | None,
) -> None:
    check_scopes(App("Sandbox", "panopticon", scopes), frozenset({"chat:write", "commands"}))


def now() -> datetime:
    return datetime.now(UTC)


def test_a_channel_is_tried_without_a_trace(sandbox: Sandbox) -> None:
    check_channel(BOT_TOKEN, CHANNEL, sandbox.slack_api_url, now)
    assert sandbox.slack.messages(CHANNEL) == []
    assert [call.method for call in sandbox.slack.calls] == [
        "chat.scheduleMessage",
        "chat.deleteScheduledMessage",
    ]


def test_a_bot_that_is_not_in_the_channel_is_told_how_to_get_there(sandbox: Sandbox) -> None:
    with pytest.raises(DeployError, match="type /invite @Panopticon there"):
        check_channel(BOT_TOKEN, OTHER_CHANNEL, sandbox.slack_api_url, now)


def test_a_channel_that_slack_does_not_know_is_said(sandbox: Sandbox) -> None:
    with pytest.raises(DeployError, match=r"C0NOBODY1: Slack knows no such channel"):
        check_channel(BOT_TOKEN, "C0NOBODY1", sandbox.slack_api_url, now)
