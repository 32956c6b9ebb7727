"""Connecting: what is asked, tried and stored, and that no secret is ever shown."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from deploy.account import Account
from deploy.connect import Connecting
from deploy.errors import DeployError
from deploy.vault import Vault
from sandbox import BOT_TOKEN, CHANNEL, Sandbox
from sandbox.aws import PARAMETERS
from tests.deploy.conftest import FakeTerminal, MakeStack

SECRET = "8f742231b10e8888abcd99eeefff85a5"
NEW_SECRET = "00000000000000000000000000000001"


@pytest.fixture
def vault(account: Account) -> Vault:
    """The Parameter Store before anybody has connected."""
    vault = Vault(account.client("ssm"), PARAMETERS)
    vault.empty()
    return vault


@pytest.fixture
def connecting(sandbox: Sandbox, terminal: FakeTerminal, vault: Vault) -> Connecting:
    def answer(_: str, body: bytes, headers: Mapping[str, str]) -> int:
        return sandbox.request(body, headers).status

    return Connecting(terminal, vault, lambda: datetime.now(UTC), answer)


def test_what_was_typed_is_tried_and_stored(
    connecting: Connecting, terminal: FakeTerminal, vault: Vault, make_stack: MakeStack
) -> None:
    terminal.answers = [BOT_TOKEN, SECRET, f"https://sandbox.slack.com/archives/{CHANNEL}"]
    connecting.connect(make_stack())
    assert vault.stored() == {"bot-token": BOT_TOKEN, "signing-secret": SECRET, "channel": CHANNEL}
    assert "panopticon in Sandbox, scopes chat:write, commands" in terminal.text
    assert f"cards can be posted to {CHANNEL}" in terminal.text
    assert "The function's address answers" in terminal.text
    assert "/sg-changes doctor" in terminal.said[-1]


def test_secrets_are_asked_for_without_echo_and_never_shown(
    connecting: Connecting, terminal: FakeTerminal, make_stack: MakeStack
) -> None:
    terminal.answers = [BOT_TOKEN, SECRET, CHANNEL]
    connecting.connect(make_stack())
    assert [question.split(" (")[0] for question in terminal.hidden] == [
        "Bot User OAuth Token: ",
        "Signing Secret: ",
    ]
    shown = terminal.text + "".join(terminal.hidden)
    assert BOT_TOKEN not in shown
    assert SECRET not in shown


def test_a_second_time_what_is_stored_may_be_kept(
    connecting: Connecting, terminal: FakeTerminal, vault: Vault, make_stack: MakeStack
) -> None:
    stack = make_stack()
    terminal.answers = [BOT_TOKEN, SECRET, CHANNEL]
    connecting.connect(stack)
    before = vault.stored()
    terminal.answers = ["", "", ""]
    connecting.connect(stack)
    assert vault.stored() == before
    assert "(Enter keeps the stored one)" in terminal.hidden[-1]


def test_a_new_signing_secret_is_valid_beside_the_one_before(
    connecting: Connecting, terminal: FakeTerminal, vault: Vault, make_stack: MakeStack
) -> None:
    stack = make_stack()
    terminal.answers = [BOT_TOKEN, SECRET, CHANNEL]
    connecting.connect(stack)
    terminal.answers = ["", NEW_SECRET, ""]
    connecting.connect(stack)
    stored = vault.stored()
    assert (stored["signing-secret"], stored["previous-signing-secret"]) == (NEW_SECRET, SECRET)
    assert "stays valid beside the new one" in terminal.text
    assert "five minutes" in terminal.text  # the running function still has the first one


def test_a_channel_that_the_deployment_names_is_not_asked_for(
    connecting: Connecting, terminal: FakeTerminal, vault: Vault, make_stack: MakeStack
) -> None:
    terminal.answers = [BOT_TOKEN, SECRET]
    connecting.connect(make_stack(Channel=CHANNEL))
    assert vault.stored()["channel"] == CHANNEL
    assert terminal.answers == []


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param(["xoxp-user"], "begins with xoxb-", id="another token"),
        pytest.param([""], "begins with xoxb-", id="nothing"),
        pytest.param(["xoxb-of-nobody"], "does not take this token", id="wrong token"),
        pytest.param([BOT_TOKEN, "client secret"], "not a signing secret", id="another secret"),
        pytest.param([BOT_TOKEN, SECRET, "#alerts"], "not a channel's id", id="a channel's name"),
        pytest.param([BOT_TOKEN, SECRET, "C0NOBODY1"], "no such channel", id="another channel"),
    ],
)
def test_what_cannot_be_right_is_said_and_nothing_stored(
    connecting: Connecting,
    terminal: FakeTerminal,
    vault: Vault,
    make_stack: MakeStack,
    answers: list[str],
    words: str,
) -> None:
    terminal.answers = list(answers)
    with pytest.raises(DeployError, match=words):
        connecting.connect(make_stack())
    assert vault.stored() == {}


def test_a_missing_scope_is_said_and_nothing_stored(
    connecting: Connecting, terminal: FakeTerminal, vault: Vault, make_stack: MakeStack, sandbox: Sandbox
) -> None:
    granted = sandbox.api.scopes
    sandbox.api.scopes = frozenset({"commands"})
    try:
        terminal.answers = [BOT_TOKEN]
        with pytest.raises(DeployError, match="lacks the scope chat:write"):
            connecting.connect(make_stack())
    finally:
        sandbox.api.scopes = granted
    assert vault.stored() == {}
