"""Groups of other accounts and regions, read by the role that each account has for that."""

from typing import Any

import boto3
import pytest

from sandbox import CHANNEL, JO, Sandbox
from sandbox.aws import ACCOUNT_ID
from tests.records import event

OTHER_ACCOUNT, OTHER_REGION = "444455556666", "eu-west-1"


def session_of(sandbox: Sandbox, account_id: str) -> Any:
    """Give EC2 as *account_id* sees it: moto takes whoever has a role of an account for that account."""
    sts = boto3.client("sts", endpoint_url=sandbox.aws.endpoint, region_name=OTHER_REGION)
    role = sts.assume_role(RoleArn=f"arn:aws:iam::{account_id}:role/x", RoleSessionName="test")["Credentials"]
    return boto3.client(
        "ec2",
        endpoint_url=sandbox.aws.endpoint,
        region_name=OTHER_REGION,
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )


def opened_elsewhere(sandbox: Sandbox, *, has_role: bool = True) -> str:
    """Open SSH to the world on a group in another account and region, of which an event is forwarded here."""
    ec2 = session_of(sandbox, OTHER_ACCOUNT)
    made: str = ec2.create_security_group(GroupName="till", Description="shop")["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=made, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    told = event(
        requestParameters={
            "groupId": made,
            "ipProtocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "cidrIp": "0.0.0.0/0",
        },
        recipientAccountId=OTHER_ACCOUNT,
        awsRegion=OTHER_REGION,
    )
    if not has_role:
        sandbox.aws.without_role.add(OTHER_ACCOUNT)
    sandbox.deliver({**told, "account": OTHER_ACCOUNT, "region": OTHER_REGION})
    sandbox.drain()
    return made


@pytest.fixture
def group_id(sandbox: Sandbox) -> str:
    """A group in another account and region, with SSH open to the world, of which an event was forwarded here."""
    return opened_elsewhere(sandbox)


def test_a_group_of_another_account_gets_its_name_from_there(sandbox: Sandbox, group_id: str) -> None:
    (card,) = sandbox.slack.messages(CHANNEL)
    assert f"SSH (tcp 22) open to the internet on till, account {OTHER_ACCOUNT}" in card.text
    assert f"{OTHER_ACCOUNT} · {OTHER_REGION}" in card.plain()
    assert ("sts", "AssumeRole") in {(call.service, call.operation) for call in sandbox.aws.calls}


def test_its_rules_are_read_from_there_when_somebody_asks(sandbox: Sandbox, group_id: str) -> None:
    (card,) = sandbox.slack.messages(CHANNEL)
    sandbox.click(JO, card, "view_rules")
    sandbox.drain()
    modal = sandbox.slack.modal(JO)
    assert modal is not None
    assert "tcp 22 from 0.0.0.0/0" in modal.plain()


def test_the_own_account_is_read_without_a_role(sandbox: Sandbox) -> None:
    sandbox.open_ssh("db-prod")
    sandbox.drain()
    (card,) = sandbox.slack.messages(CHANNEL)
    assert f"on db-prod, account {ACCOUNT_ID}" in card.text
    assert "sts" not in {call.service for call in sandbox.aws.calls}


MISSING = (
    f"What it held before could not be read: role panopticon-read is missing in account {OTHER_ACCOUNT}, "
    "or does not let Panopticon in."
)


def test_a_card_says_that_the_role_is_missing_until_it_is_there(sandbox: Sandbox) -> None:
    group_id = opened_elsewhere(sandbox, has_role=False)
    (card,) = sandbox.slack.messages(CHANNEL)
    assert MISSING in card.plain()
    assert f"on {group_id}, account {OTHER_ACCOUNT}" in card.text

    sandbox.click(JO, card, "view_rules")
    sandbox.drain()
    modal = sandbox.slack.modal(JO)
    assert modal is not None
    assert f"may not read account {OTHER_ACCOUNT}: role panopticon-read is missing there" in modal.plain()
    sandbox.close_modal(JO)

    sandbox.aws.without_role.clear()
    sandbox.click(JO, card, "view_rules")
    sandbox.drain()
    (card,) = sandbox.slack.messages(CHANNEL)
    assert "could not be read" not in card.plain()
    assert f"on till, account {OTHER_ACCOUNT}" in card.text
