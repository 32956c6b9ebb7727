"""Reading other accounts: whom STS is asked for, how often, and what its refusals mean."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from bot.aws.read_roles import ReadRoles
from bot.core.errors import ReadDenied, ReadRoleMissing, ReadThrottled, SecurityGroupError

OWN, OTHER, THIRD = "111122223333", "444455556666", "777788889999"
SEOUL, IRELAND = "ap-northeast-2", "eu-west-1"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Sts:
    """Gives credentials for an hour, or refuses with *error*; `asked` has the role of each call."""

    def __init__(self) -> None:
        self.now = NOON
        self.asked: list[str] = []
        self.error: Exception | None = None

    def assume_role(self, *, RoleArn: str, RoleSessionName: str) -> dict[str, Any]:  # noqa: N803 - STS's own names
        assert RoleSessionName == "panopticon"
        self.asked.append(RoleArn)
        if self.error:
            raise self.error
        key = f"key {len(self.asked)}"
        return {"Credentials": {"AccessKeyId": key, "Expiration": self.now + timedelta(hours=1)}}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "AssumeRole")


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def roles(sts: Sts) -> ReadRoles:
    def make(credentials: Mapping[str, str], service: str, region: str) -> tuple[str, str, str]:
        return credentials["AccessKeyId"], service, region

    def own(service: str, region: str) -> tuple[str, str, str]:
        return "own", service, region

    return ReadRoles(OWN, lambda: sts.now, own, lambda: sts, make)


def test_another_account_is_read_by_the_role_that_it_has_for_that(roles: ReadRoles, sts: Sts) -> None:
    assert roles.client("ec2", SEOUL, OTHER) == ("key 1", "ec2", SEOUL)
    assert sts.asked == [f"arn:aws:iam::{OTHER}:role/panopticon-read"]


def test_in_china_roles_are_named_as_there(roles: ReadRoles, sts: Sts) -> None:
    roles.client("ec2", "cn-north-1", OTHER)
    assert sts.asked == [f"arn:aws-cn:iam::{OTHER}:role/panopticon-read"]


def test_an_account_is_asked_once_for_all_of_its_regions(roles: ReadRoles, sts: Sts) -> None:
    for region in (SEOUL, IRELAND, SEOUL):
        assert roles.client("ec2", region, OTHER) == ("key 1", "ec2", region)
    assert roles.client("ec2", SEOUL, THIRD) == ("key 2", "ec2", SEOUL)
    assert len(sts.asked) == 2


@pytest.mark.parametrize(("minutes", "asked"), [(54, 1), (55, 2), (90, 2)])
def test_it_is_asked_again_shortly_before_what_it_gave_expires(
    roles: ReadRoles, sts: Sts, minutes: int, asked: int
) -> None:
    roles.client("ec2", SEOUL, OTHER)
    sts.now += timedelta(minutes=minutes)
    assert roles.client("ec2", SEOUL, OTHER) == (f"key {asked}", "ec2", SEOUL)
    assert len(sts.asked) == asked


def test_the_own_account_needs_no_role(roles: ReadRoles, sts: Sts) -> None:
    assert roles.client("ec2", SEOUL, OWN) == ("own", "ec2", SEOUL)
    assert sts.asked == []


def test_an_account_that_lets_nobody_in_is_named_with_the_role_that_it_lacks(
    roles: ReadRoles, sts: Sts
) -> None:
    sts.error = refusal("AccessDenied")
    with pytest.raises(ReadRoleMissing) as caught:
        roles.client("ec2", SEOUL, OTHER)
    assert (caught.value.code, caught.value.role) == ("AccessDenied", "panopticon-read")


def test_a_refusal_is_not_kept(roles: ReadRoles, sts: Sts) -> None:
    sts.error = refusal("AccessDenied")
    with pytest.raises(ReadDenied):
        roles.client("ec2", SEOUL, OTHER)
    sts.error = None
    assert roles.client("ec2", SEOUL, OTHER) == ("key 2", "ec2", SEOUL)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        pytest.param(refusal("Throttling"), ReadThrottled, "Throttling", id="too often"),
        pytest.param(refusal("RegionDisabled"), SecurityGroupError, "RegionDisabled", id="something else"),
        pytest.param(
            ConnectTimeoutError(endpoint_url="x"), SecurityGroupError, "ConnectTimeoutError", id="no answer"
        ),
    ],
)
def test_what_else_sts_answers_is_an_error_of_ours(
    roles: ReadRoles, sts: Sts, error: Exception, kind: type[SecurityGroupError], code: str
) -> None:
    sts.error = error
    with pytest.raises(SecurityGroupError) as caught:
        roles.client("ec2", SEOUL, OTHER)
    assert (type(caught.value), caught.value.code) == (kind, code)
