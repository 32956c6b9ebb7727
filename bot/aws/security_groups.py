"""Security groups as EC2 has them now: only the two calls that are needed, in our words and errors."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.aws.ec2_errors import translate
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import GroupNotFound, PageExpired
from bot.core.rules import Direction, PrefixList, ReferencedGroup, Rule, Source, make_rule, within_account

_PAGE = 1000  # the most that either call gives at once
GROUPS_ON_A_PAGE = 100
"""How many groups observe_page asks for; a filter takes 200 values."""

# Of a request that differs from others by its token alone.
_PAGE_EXPIRED = frozenset({"InvalidNextToken", "InvalidPaginationToken", "InvalidParameterValue"})


class SecurityGroups:
    """
    Reads groups from EC2, in whichever region they are; *client* gives the client for a region.

    A reading is of the time at which it ended, by the *clock*: it takes several calls, and shows nothing that came later.
    """

    def __init__(self, client: Callable[[str], Client]) -> None:
        self._client = client

    def observe(self, key: GroupKey, *, clock: Callable[[], datetime]) -> Observation:
        """
        Read a group with all of its rules.

        Raises:
            GroupNotFound, ReadDenied, ReadThrottled: what EC2 said.
            SecurityGroupError: EC2 said something else, or nothing; its code tells.
        """
        with _our_errors():
            client = self._client_for(key.account_id, key.region)
            # The rules first: those of a group that is deleted in between are none, which would be a reading of its own.
            rules = _rules_of(client, key.account_id, [key.group_id])
            groups = client.describe_security_groups(GroupIds=[key.group_id])["SecurityGroups"]
        if not groups:
            raise GroupNotFound("InvalidGroup.NotFound")
        return _observation(groups[0], key, rules, clock())

    def observe_page(
        self, account_id: str, region: str, token: str | None, *, clock: Callable[[], datetime]
    ) -> tuple[list[Observation], str | None]:
        """
        Read a page of all groups of a region with all of their rules, and give where the next page begins, None at the end.

        *token* is what the page before gave, None for the first. A page of 100 groups takes one call, one for each 1,000
        rules that they have together, and one more where one of them has none. Groups that other accounts share with this
        one are theirs, and left out.

        Raises:
            PageExpired: EC2 does not know *token* any more.
            ReadDenied, ReadThrottled: what EC2 said.
            SecurityGroupError: EC2 said something else, or nothing; its code tells.
        """
        begins = {"NextToken": token} if token else {}
        with _our_errors(_PAGE_EXPIRED if token else frozenset()):
            client = self._client_for(account_id, region)
            page = client.describe_security_groups(MaxResults=GROUPS_ON_A_PAGE, **begins)
        groups = {
            group["GroupId"]: group for group in page["SecurityGroups"] if group["OwnerId"] == account_id
        }
        with _our_errors():
            rules = _rules_of(client, account_id, list(groups))
            for group_id in _gone(client, [group_id for group_id in groups if group_id not in rules]):
                del groups[group_id]
        now = clock()
        observations = [
            _observation(group, GroupKey(account_id, region, group_id), rules, now)
            for group_id, group in groups.items()
        ]
        return observations, page.get("NextToken") or None

    def _client_for(self, account_id: str, region: str) -> Client:  # noqa: ARG002 - every account is the own one so far
        return self._client(region)


def _rules_of(client: Client, account_id: str, group_ids: Sequence[str]) -> dict[str, list[Rule]]:
    """Read the rules of groups of an account, by group."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    if group_ids:
        pages = client.get_paginator("describe_security_group_rules").paginate(
            Filters=[{"Name": "group-id", "Values": list(group_ids)}],
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            for entry in page["SecurityGroupRules"]:
                found[entry["GroupId"]].append(within_account(_rule(entry), account_id))
    return dict(found)


def _gone(client: Client, group_ids: Sequence[str]) -> set[str]:
    """Name those of the groups that are not there any more: one without rules may have been deleted a moment ago."""
    if not group_ids:
        return set()
    filters = [{"Name": "group-id", "Values": list(group_ids)}]
    found = client.describe_security_groups(Filters=filters, MaxResults=_PAGE)["SecurityGroups"]
    return set(group_ids) - {group["GroupId"] for group in found}


def _observation(
    group: Mapping[str, Any], key: GroupKey, rules: Mapping[str, Sequence[Rule]], at: datetime
) -> Observation:
    details = GroupDetails(key, group.get("GroupName"), group.get("VpcId"), group.get("Description"))
    tags = tuple((tag["Key"], tag["Value"]) for tag in group.get("Tags", ()))
    return Observation(details, at, tuple(rules.get(key.group_id, ())), tags)


@contextmanager
def _our_errors(page_expired: frozenset[str] = frozenset()) -> Iterator[None]:
    """Turn what botocore raises into our errors; *page_expired* are codes by which EC2 says so of the token it was given."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise (PageExpired(code) if code in page_expired else translate(error)) from error
    except BotoCoreError as error:
        raise translate(error) from error


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
