"""Security groups as EC2 has them now: only the two calls that are needed, in our words and errors."""

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.aws.ec2_errors import translate
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import GroupNotFound
from bot.core.rules import Direction, PrefixList, ReferencedGroup, Rule, Source, make_rule, within_account

_PAGE = 1000  # the most that DescribeSecurityGroupRules gives at once


class SecurityGroups:
    """Reads groups from EC2, in whichever region they are; *client* gives the client for a region."""

    def __init__(self, client: Callable[[str], Client]) -> None:
        self._client = client

    def observe(self, key: GroupKey, *, clock: Callable[[], datetime]) -> Observation:
        """
        Read a group with all of its rules.

        The reading's time is when it ended: what it shows was so by then, and it shows nothing that came later.

        Raises:
            GroupNotFound, ReadDenied, ReadThrottled: what EC2 said.
            SecurityGroupError: EC2 said something else, or nothing; its code tells.
        """
        try:
            client = self._client(key.region)
            groups = client.describe_security_groups(GroupIds=[key.group_id])["SecurityGroups"]
            pages = client.get_paginator("describe_security_group_rules").paginate(
                Filters=[{"Name": "group-id", "Values": [key.group_id]}],
                PaginationConfig={"PageSize": _PAGE},
            )
            rules = tuple(
                within_account(_rule(entry), key.account_id)
                for page in pages
                for entry in page["SecurityGroupRules"]
            )
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        if not groups:
            raise GroupNotFound("InvalidGroup.NotFound")
        group = groups[0]
        details = GroupDetails(key, group.get("GroupName"), group.get("VpcId"), group.get("Description"))
        tags = tuple((tag["Key"], tag["Value"]) for tag in group.get("Tags", ()))
        return Observation(details, clock(), rules, tags)


def _rule(entry: Mapping[str, Any]) -> Rule:
    """Read one SecurityGroupRule of the EC2 API, whose port fields are -1 for "all"."""
    return make_rule(
        direction=Direction.EGRESS if entry["IsEgress"] else Direction.INGRESS,
        protocol=entry["IpProtocol"],
        from_port=entry.get("FromPort"),
        to_port=entry.get("ToPort"),
        source=_source(entry),
        description=entry.get("Description"),
        rule_id=entry["SecurityGroupRuleId"],
    )


def _source(entry: Mapping[str, Any]) -> Source:
    cidr = entry.get("CidrIpv4") or entry.get("CidrIpv6")
    if cidr:
        return ip_network(cidr, strict=False)
    if entry.get("PrefixListId"):
        return PrefixList(entry["PrefixListId"])
    referenced = entry["ReferencedGroupInfo"]
    return ReferencedGroup(referenced["GroupId"], referenced.get("UserId"))
