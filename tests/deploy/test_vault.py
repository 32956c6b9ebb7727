"""Slack's secrets in the Parameter Store."""

import pytest

from bot.aws.parameters import ParameterStore
from deploy.account import Account
from deploy.vault import NAMES, Vault
from tests.records import NOW

PATH = "/panopticon/test"


@pytest.fixture
def vault(account: Account) -> Vault:
    return Vault(account.client("ssm"), PATH)


def test_what_is_kept_is_what_the_functions_read(vault: Vault, account: Account) -> None:
    vault.keep("bot-token", "xoxb-1")
    vault.keep("signing-secret", "s")
    vault.keep("channel", "C1")
    secrets = ParameterStore(PATH, lambda: account.client("ssm")).secrets(NOW)
    assert (secrets.bot_token, secrets.signing_secrets, secrets.channel) == ("xoxb-1", ("s",), "C1")


def test_secrets_are_kept_encrypted_and_the_channel_for_everyone_to_see(
    vault: Vault, account: Account
) -> None:
    for name in NAMES:
        vault.keep(name, "x")
    answer = account.client("ssm").get_parameters(Names=[f"{PATH}/{name}" for name in NAMES])
    kinds = {entry["Name"].rsplit("/", 1)[-1]: entry["Type"] for entry in answer["Parameters"]}
    assert kinds.pop("channel") == "String"
    assert set(kinds.values()) == {"SecureString"}


def test_a_later_value_takes_the_place_of_an_earlier_one(vault: Vault) -> None:
    vault.keep("channel", "C1")
    vault.keep("channel", "C2")
    assert vault.stored() == {"channel": "C2"}


def test_it_can_be_emptied_more_than_once(vault: Vault) -> None:
    vault.keep("channel", "C1")
    vault.keep("bot-token", "x")
    assert vault.present() == {"channel", "bot-token"}
    assert vault.empty() == {"channel", "bot-token"}
    assert vault.empty() == vault.present() == set()


def test_a_channel_that_the_deployment_names_counts_more_than_the_stored_one(
    vault: Vault, account: Account
) -> None:
    vault.keep("bot-token", "xoxb-1")
    vault.keep("signing-secret", "s")
    for stored in (None, "C1"):
        if stored:
            vault.keep("channel", stored)
        secrets = ParameterStore(PATH, lambda: account.client("ssm"), channel="C9").secrets(NOW)
        assert secrets.channel == "C9"
