"""
EC2 as moto does not play it: its lists come in pages of the size that is asked for, and calls fail as told.

Only the two calls that Panopticon makes, with the parameters that it gives them. A token names the group behind which the
page begins, and a filter takes no more than 200 values, as
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html says.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT_ID = "123456789012"  # moto's too

_MOST_VALUES = 200


@dataclass
class Group:
    """A group and its rules, as EC2 lists them."""

    listed: dict[str, Any]
    rules: list[dict[str, Any]]


def a_group(number: int, *, rules: int = 1, owner: str = ACCOUNT_ID) -> Group:
    """Make a group whose rules open one port each to a network."""
    group_id = f"sg-{number:08x}"
    listed = {
        "GroupId": group_id,
        "GroupName": f"group-{number}",
        "Description": "one of many",
        "VpcId": "vpc-0c4d",
        "OwnerId": owner,
    }
    return Group(listed, [a_rule_of(group_id, port) for port in range(1, rules + 1)])


def some_groups(count: int, *, rules: int = 1) -> list[Group]:
    """Make this many groups."""
    return [a_group(number, rules=rules) for number in range(count)]


def a_rule_of(group_id: str, port: int) -> dict[str, Any]:
    """Make the rule that opens a port, as EC2 lists it."""
    return {
        "SecurityGroupRuleId": f"sgr-{group_id[3:]}{port:04x}",
        "GroupId": group_id,
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "CidrIpv4": "10.0.0.0/8",
    }


@dataclass
class PagedEc2:
    """
    A client of EC2, which gives *most* groups at once if fewer than asked for. *failures* are raised by the calls of these numbers, the first being 1; *before_each* is told of each
    call ("groups" or "rules") before it is answered.
    """

    groups: dict[str, Group]
    failures: dict[int, Exception] = field(default_factory=dict)
    before_each: Callable[[str], object] | None = None
    called: list[str] = field(default_factory=list)
    most: int = 1000

    @classmethod
    def of(cls, groups: Iterable[Group], *, most: int = 1000) -> "PagedEc2":
        """Make an EC2 that has these groups."""
        return cls({group.listed["GroupId"]: group for group in groups}, most=most)

    def describe_security_groups(
        self,
        *,
        GroupIds: list[str] | None = None,  # noqa: N803 - EC2's own names
        Filters: list[dict[str, Any]] | None = None,  # noqa: N803
        MaxResults: int = 1000,  # noqa: N803
        NextToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        self._count("groups")
        assert 5 <= MaxResults <= 1000
        wanted = GroupIds or (_values(Filters) if Filters else sorted(self.groups))
        found = [self.groups[group_id].listed for group_id in wanted if group_id in self.groups]
        behind = [group for group in found if group["GroupId"] > NextToken]
        page = behind[: min(MaxResults, self.most)]
        more = {"NextToken": page[-1]["GroupId"]} if len(behind) > len(page) else {}
        return {"SecurityGroups": page, **more}

    def get_paginator(self, operation: str) -> "PagedEc2":
        assert operation == "describe_security_group_rules"
        return self

    def paginate(
        self,
        *,
        Filters: list[dict[str, Any]],  # noqa: N803 - EC2's own name
        PaginationConfig: Mapping[str, int],  # noqa: N803 - botocore's own name
    ) -> Iterator[dict[str, Any]]:
        size = PaginationConfig["PageSize"]
        wanted = [group_id for group_id in _values(Filters) if group_id in self.groups]
        start = 0
        while True:
            self._count("rules")
            rules = [rule for group_id in wanted if group_id in self.groups for rule in self._rules(group_id)]
            yield {"SecurityGroupRules": rules[start : start + size]}
            start += size
            if start >= len(rules):
                return

    def _rules(self, group_id: str) -> list[dict[str, Any]]:
        return self.groups[group_id].rules

    def _count(self, call: str) -> None:
        self.called.append(call)
        if self.before_each:
            self.before_each(call)
        if len(self.called) in self.failures:
            raise self.failures[len(self.called)]


def _values(filters: list[dict[str, Any]]) -> list[str]:
    (only,) = filters
    assert only["Name"] == "group-id"
    values: list[str] = only["Values"]
    assert 0 < len(values) <= _MOST_VALUES
    return values
