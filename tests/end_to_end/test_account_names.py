"""Names of accounts from AWS Organizations, through the functions themselves."""

import os
from collections.abc import Iterator

import boto3
import pytest

from sandbox import CHANNEL, JO, Sandbox
from sandbox.aws import ACCOUNT_ID, REGION


@pytest.fixture
def asking(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A deployment that asks AWS Organizations."""
    os.environ["ORGANIZATION_NAMES"] = "yes"
    sandbox.functions.start_cold()
    yield sandbox
    del os.environ["ORGANIZATION_NAMES"]
    sandbox.functions.start_cold()


def found_organization(sandbox: Sandbox) -> None:
    client = boto3.client("organizations", endpoint_url=sandbox.aws.endpoint, region_name=REGION)
    client.create_organization(FeatureSet="ALL")  # moto calls the first account "master"


def asked(sandbox: Sandbox) -> int:
    return sum(call.service == "organizations" for call in sandbox.aws.calls)


def doctor(sandbox: Sandbox) -> str:
    sandbox.command(JO, "doctor")
    return sandbox.slack.ephemerals(JO)[-1].plain()


def test_cards_and_answers_call_an_account_what_the_organisation_does(asking: Sandbox) -> None:
    found_organization(asking)
    asking.aws.calls.clear()
    asking.queues.run_schedule()
    asking.queues.run_schedule()
    assert asked(asking) == 1
    asking.open_ssh("db-prod")
    asking.drain()
    (card,) = asking.slack.messages(CHANNEL)
    assert card.text.endswith("on db-prod, master")
    assert "Names of accounts: 1 from AWS Organizations, read" in doctor(asking)
    asking.command(JO, "unacked account:master")
    assert "db-prod, master" in asking.slack.ephemerals(JO)[-1].plain()


def test_nobody_asks_where_it_is_not_wanted(sandbox: Sandbox) -> None:
    found_organization(sandbox)
    sandbox.aws.calls.clear()
    sandbox.queues.run_schedule()
    sandbox.open_ssh("db-prod")
    sandbox.drain()
    (card,) = sandbox.slack.messages(CHANNEL)
    assert card.text.endswith(f"account {ACCOUNT_ID}")
    assert asked(sandbox) == 0
    assert "Names of accounts" not in doctor(sandbox)
