"""What EC2 says of groups, one by one and by the page: moto's EC2, and one that pages, fails and deletes as told."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from bot.aws.security_groups import GROUPS_ON_A_PAGE, SecurityGroups
from bot.core.changes import GroupDetails, GroupKey
from bot.core.errors import (
    GroupNotFound,
    PageExpired,
    ReadDenied,
    ReadThrottled,
    SecurityGroupError,
)
from bot.core.rules import Direction, ReferencedGroup
from tests.aws.paged_ec2 import ACCOUNT_ID as ACCOUNT
from tests.aws.paged_ec2 import PagedEc2, a_group, some_groups
from tests.makers import NOW

REGION = "eu-west-1"
KEY = GroupKey(ACCOUNT, REGION, "sg-00000000")


class Clock:
    """Goes on by a second with each look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def reading(ec2: PagedEc2) -> SecurityGroups:
    return SecurityGroups(lambda _: ec2)


def pages_of(ec2: PagedEc2) -> Iterator[list[str]]:
    """Read page after page, and give the ids on each."""
    token = None
    while True:
        page, token = reading(ec2).observe_page(ACCOUNT, REGION, token, clock=Clock())
        yield [observation.group.key.group_id for observation in page]
        if token is None:
            return


class TestOnMoto:
    @pytest.fixture
    def ec2(self) -> Iterator[Any]:
        with mock_aws():
            yield boto3.Session("testing", "testing", region_name=REGION).client("ec2")

    @pytest.fixture
    def group_id(self, ec2: Any) -> str:
        """A group with a name, a tag, ingress from itself and from a network, and the egress rule that it was made with."""
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = ec2.create_security_group(
            GroupName="web-prod",
            Description="web",
            VpcId=vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "pay"}]}],
        )
        group_id: str = made["GroupId"]
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        sources = {
            "UserIdGroupPairs": [{"GroupId": group_id}],
            "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "peers"}],
        }
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission | sources])
        return group_id

    def test_a_group_is_read_with_its_rules_and_tags(self, ec2: Any, group_id: str) -> None:
        clock = Clock()
        key = GroupKey(ACCOUNT, REGION, group_id)
        read = SecurityGroups(lambda _: ec2).observe(key, clock=clock)
        assert (read.group.name, read.group.description) == ("web-prod", "web")
        assert read.tags == (("team", "pay"),)
        assert read.at == clock.now
        assert {(rule.direction, rule.source, rule.description) for rule in read.rules} == {
            (Direction.INGRESS, ReferencedGroup(group_id), None),
            (Direction.INGRESS, ip_network("10.0.0.0/8"), "peers"),
            (Direction.EGRESS, ip_network("0.0.0.0/0"), None),
        }
        assert all(rule.rule_id for rule in read.rules)

    def test_a_page_shows_each_group_as_it_is_read_alone(self, ec2: Any, group_id: str) -> None:
        groups = SecurityGroups(lambda _: ec2)
        page, token = groups.observe_page(ACCOUNT, REGION, None, clock=lambda: NOW)
        assert token is None
        ids = {group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]}
        assert group_id in ids
        assert {read.group.key.group_id for read in page} == ids
        assert page == [groups.observe(read.group.key, clock=lambda: NOW) for read in page]

    def test_a_group_that_is_not_there_is_said_to_be_missing(self, ec2: Any) -> None:
        with pytest.raises(GroupNotFound):
            SecurityGroups(lambda _: ec2).observe(KEY, clock=Clock())


class TestPages:
    def test_every_group_is_on_one_page_and_the_last_leads_nowhere(self) -> None:
        ec2 = PagedEc2.of(some_groups(250))
        pages = list(pages_of(ec2))
        assert [len(page) for page in pages] == [100, 100, 50]
        assert sorted(group_id for page in pages for group_id in page) == sorted(ec2.groups)

    def test_a_page_takes_one_call_and_one_for_each_thousand_rules(self) -> None:
        ec2 = PagedEc2.of(some_groups(GROUPS_ON_A_PAGE, rules=25))
        reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        assert ec2.called == ["groups", "rules", "rules", "rules"]

    def test_rules_are_those_of_their_group_across_the_pages_of_rules(self) -> None:
        ec2 = PagedEc2.of(some_groups(100, rules=25))
        page, _ = reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        for read in page:
            ids = {rule["SecurityGroupRuleId"] for rule in ec2.groups[read.group.key.group_id].rules}
            assert {rule.rule_id for rule in read.rules} == ids
            assert len(read.rules) == 25

    def test_a_page_is_of_the_time_at_which_its_reading_ended(self) -> None:
        ec2 = PagedEc2.of(some_groups(3, rules=1000))
        clock = Clock()
        ec2.before_each = lambda _: clock()
        page, _ = reading(ec2).observe_page(ACCOUNT, REGION, None, clock=clock)
        assert {read.at for read in page} == {NOW + timedelta(seconds=len(ec2.called) + 1)}

    def test_a_group_without_rules_is_read_as_such(self) -> None:
        ec2 = PagedEc2.of([a_group(0, rules=0), a_group(1, rules=1)])
        page, _ = reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        assert [len(read.rules) for read in page] == [0, 1]
        assert ec2.called == ["groups", "rules", "groups"]

    def test_a_group_that_is_deleted_in_between_is_not_read_as_one_without_rules(self) -> None:
        ec2 = PagedEc2.of(some_groups(3, rules=2))
        ec2.before_each = lambda call: ec2.groups.pop("sg-00000001", None) if call == "rules" else None
        page, _ = reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        assert [read.group.key.group_id for read in page] == ["sg-00000000", "sg-00000002"]

    def test_a_group_that_another_account_shares_is_left_to_it(self) -> None:
        ec2 = PagedEc2.of([a_group(0), a_group(1, owner="444455556666")])
        page, _ = reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        assert [read.group for read in page] == [GroupDetails(KEY, "group-0", "vpc-0c4d", "one of many")]

    def test_a_page_of_groups_of_others_alone_asks_for_no_rules(self) -> None:
        ec2 = PagedEc2.of([a_group(0, owner="444455556666")])
        assert reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock()) == ([], None)
        assert ec2.called == ["groups"]

    def test_a_region_without_groups_is_one_empty_page(self) -> None:
        assert reading(PagedEc2.of([])).observe_page(ACCOUNT, REGION, None, clock=Clock()) == ([], None)


def test_a_group_that_is_deleted_while_it_is_read_is_missing_and_not_without_rules() -> None:
    ec2 = PagedEc2.of(some_groups(1, rules=2))
    ec2.before_each = lambda call: ec2.groups.clear() if call == "groups" else None
    with pytest.raises(GroupNotFound):
        reading(ec2).observe(KEY, clock=Clock())


Read = Callable[[SecurityGroups], object]


class TestTroubles:
    @pytest.mark.parametrize(
        "read",
        [
            pytest.param(lambda groups: groups.observe(KEY, clock=Clock()), id="one group"),
            pytest.param(lambda groups: groups.observe_page(ACCOUNT, REGION, None, clock=Clock()), id="page"),
        ],
    )
    @pytest.mark.parametrize("at", [1, 2])
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("UnauthorizedOperation", ReadDenied),
            ("AuthFailure", ReadDenied),
            ("RequestLimitExceeded", ReadThrottled),
            ("InternalError", SecurityGroupError),
            ("InvalidParameterValue", SecurityGroupError),
        ],
    )
    def test_what_ec2_says_is_said_in_our_words(
        self, read: Read, at: int, code: str, expected: type[SecurityGroupError]
    ) -> None:
        ec2 = PagedEc2.of(some_groups(1))
        ec2.failures[at] = ClientError({"Error": {"Code": code, "Message": "no"}}, "any")
        with pytest.raises(SecurityGroupError) as caught:
            read(reading(ec2))
        assert (type(caught.value), caught.value.code) == (expected, code)

    def test_silence_is_named(self) -> None:
        ec2 = PagedEc2.of(some_groups(1))
        ec2.failures[1] = EndpointConnectionError(endpoint_url="ec2")
        with pytest.raises(SecurityGroupError) as caught:
            reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        assert caught.value.code == "EndpointConnectionError"

    @pytest.mark.parametrize("code", ["InvalidNextToken", "InvalidPaginationToken", "InvalidParameterValue"])
    def test_a_token_that_ec2_does_not_know_is_told_from_other_troubles(self, code: str) -> None:
        ec2 = PagedEc2.of(some_groups(150))
        _, token = reading(ec2).observe_page(ACCOUNT, REGION, None, clock=Clock())
        ec2.failures[len(ec2.called) + 1] = ClientError({"Error": {"Code": code, "Message": "no"}}, "any")
        with pytest.raises(PageExpired) as caught:
            reading(ec2).observe_page(ACCOUNT, REGION, token, clock=Clock())
        assert caught.value.code == code
