"""Removing: asked for twice, done once, and what stays is said."""

from collections.abc import Sequence

import pytest

from deploy.account import Account
from deploy.errors import DeployError
from deploy.osls import Osls
from deploy.removal import Removing
from deploy.vault import Vault
from sandbox.aws import PARAMETERS, TABLE_NAME
from tests.deploy.conftest import TARGET, FakeTerminal, MakeStack


@pytest.fixture
def commands() -> list[list[str]]:
    return []


@pytest.fixture
def removing(terminal: FakeTerminal, account: Account, commands: list[list[str]]) -> Removing:
    def run(command: Sequence[str]) -> int:
        commands.append(list(command[1:]))
        account.client("cloudformation").delete_stack(StackName=TARGET.stack_name)
        return 0

    return Removing(terminal, account, TARGET, Osls(TARGET, account.region, run))


@pytest.fixture
def vault(account: Account) -> Vault:
    return Vault(account.client("ssm"), PARAMETERS)


def test_the_stack_and_the_secrets_go_and_the_table_stays(
    removing: Removing, terminal: FakeTerminal, commands: list[list[str]], make_stack: MakeStack, vault: Vault
) -> None:
    make_stack()
    terminal.answers = ["panopticon-prod"]
    removing.remove(is_sure=False)
    assert commands == [["remove", "--stage", "prod", "--region", "ap-northeast-2"]]
    assert vault.present() == set()
    assert f"aws dynamodb delete-table --region ap-northeast-2 --table-name {TABLE_NAME}" in terminal.text
    assert f"{PARAMETERS}/{{bot-token,channel,signing-secret}}" in terminal.text


@pytest.mark.parametrize("answer", ["", "y", "panopticon-dev"])
def test_another_answer_removes_nothing(
    removing: Removing,
    terminal: FakeTerminal,
    commands: list[list[str]],
    make_stack: MakeStack,
    vault: Vault,
    answer: str,
) -> None:
    make_stack()
    terminal.answers = [answer]
    with pytest.raises(DeployError, match="Nothing was removed"):
        removing.remove(is_sure=False)
    assert commands == []
    assert vault.present() == {"bot-token", "signing-secret", "channel"}


def test_with_nobody_to_ask_it_has_to_be_said(
    removing: Removing, terminal: FakeTerminal, commands: list[list[str]], make_stack: MakeStack
) -> None:
    make_stack()
    terminal.interactive = False
    with pytest.raises(DeployError, match="YES=1"):
        removing.remove(is_sure=False)
    assert commands == []
    removing.remove(is_sure=True)
    assert len(commands) == 1


def test_a_second_time_finds_nothing(
    removing: Removing, terminal: FakeTerminal, commands: list[list[str]], make_stack: MakeStack
) -> None:
    make_stack()
    removing.remove(is_sure=True)
    removing.remove(is_sure=False)
    assert terminal.said[-1].endswith("Nothing to remove.")
    assert len(commands) == 1


def test_secrets_without_a_stack_go_too(
    removing: Removing, commands: list[list[str]], account: Account
) -> None:
    left = Vault(account.client("ssm"), "/panopticon/prod")
    left.keep("bot-token", "x")
    removing.remove(is_sure=True)
    assert left.present() == set()
    assert commands == []
