"""The shapes that CloudTrail's records have had over the years, and how rules are written in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from bot.core.rules import IcmpType, PrefixList, ReferencedGroup, Rule, Source
from tests.simulation.ec2 import ACCOUNT_ID, REGION, Done


class Era(Enum):
    """What the answer of an authorize tells of the rules that it made."""

    BARE = "old"  # nothing
    IDS = "2021"
    ARNS = "2024"


class IdList(Enum):
    """How a call names rules by their ids; no record shows which of these it is."""

    ITEMS = "securityGroupRuleIds.items"
    BARE = "securityGroupRuleIds"
    SET = "securityGroupRuleIdSet.items"


@dataclass(frozen=True, slots=True)
class Shape:
    """
    How the record of one call is written; what does not concern the call is of no matter.

    *is_direct* names the one rule by direct parameters, where its source and description allow that. *is_grouped* puts
    sources of the same traffic into one IP permission. *tells_revoked* has the answer of a revoke say what went.
    *is_cut* has AWS leave out which rules the call was about. *is_loose* writes addresses with host bits, protocols as
    numbers, and ports where they mean nothing.
    """

    era: Era = Era.ARNS
    is_direct: bool = False
    is_grouped: bool = False
    tells_revoked: bool = False
    is_cut: bool = False
    is_loose: bool = False
    id_list: IdList = IdList.ITEMS


def listed(values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Write a list; one that is empty has not even "items"."""
    members = list(values)
    return {"items": members} if members else {}


def permission(rules: list[Rule], shape: Shape) -> dict[str, Any]:
    """Write an IP permission: one traffic, and each of its sources in the list of its kind."""
    lists: dict[str, list[dict[str, Any]]] = {
        "groups": [],
        "ipRanges": [],
        "ipv6Ranges": [],
        "prefixListIds": [],
    }
    for rule in rules:
        described = {"description": rule.description} if rule.description else {}
        name, field, value = _source_of(rule.source, shape)
        lists[name].append({field: value} | described)
    return traffic(rules[0], shape) | {name: listed(items) for name, items in lists.items()}


def _source_of(source: Source, shape: Shape) -> tuple[str, str, str]:
    match source:
        case IPv4Network():
            return "ipRanges", "cidrIp", address(source, shape)
        case IPv6Network():
            return "ipv6Ranges", "cidrIpv6", str(source)
        case PrefixList(prefix_list_id):
            return "prefixListIds", "prefixListId", prefix_list_id
        case ReferencedGroup(group_id):
            return "groups", "groupId", group_id


def address(network: IPv4Network, shape: Shape) -> str:
    """Write an address range as somebody may ask for it: EC2 drops the host bits."""
    return f"{network.broadcast_address if shape.is_loose else network.network_address}/{network.prefixlen}"


def traffic(rule: Rule, shape: Shape) -> dict[str, Any]:
    """Write the protocol and ports that a call asks for."""
    first, last = _ports(rule)
    protocol = {"all": "-1"}.get(rule.protocol, rule.protocol)
    if shape.is_loose:
        protocol = {"tcp": "6", "udp": "17"}.get(protocol, protocol)
    if rule.protocol == "all":
        return {"ipProtocol": protocol} | ({"fromPort": 0, "toPort": 0} if shape.is_loose else {})
    return {"ipProtocol": protocol, "fromPort": first, "toPort": last}


def _ports(rule: Rule) -> tuple[int, int]:
    match rule:
        case Rule(ports=ports) if ports is not None:
            return ports.first, ports.last
        case Rule(icmp=IcmpType(type_, code)):
            return type_, -1 if code is None else code
        case _:
            return -1, -1


def rule_item(rule: Rule, done: Done, shape: Shape) -> dict[str, Any]:
    """Write a rule as an answer lists it."""
    first, last = _ports(rule)
    item: dict[str, Any] = {
        "groupOwnerId": ACCOUNT_ID,
        "groupId": done.group_id,
        "securityGroupRuleId": rule.rule_id,
        "isEgress": rule.direction == "egress",
        "ipProtocol": {"all": "-1"}.get(rule.protocol, rule.protocol),
        "fromPort": first,
        "toPort": last,
    }
    match rule.source:
        case IPv4Network():
            item["cidrIpv4"] = str(rule.source)
        case IPv6Network():
            item["cidrIpv6"] = str(rule.source)
        case PrefixList(prefix_list_id):
            item["prefixListId"] = prefix_list_id
        case ReferencedGroup(group_id):
            item["referencedGroupInfo"] = {"groupId": group_id, "userId": ACCOUNT_ID}
    if rule.description:
        item["description"] = rule.description
    if shape.era is Era.ARNS:
        arn = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:security-group-rule/{rule.rule_id}"
        item["securityGroupRuleArn"] = arn
    return item


def new_values(rule: Rule) -> dict[str, Any]:
    """Write a rule as ModifySecurityGroupRules asks for it."""
    first, last = _ports(rule)
    values: dict[str, Any] = {"IpProtocol": {"all": "-1"}.get(rule.protocol, rule.protocol)}
    if rule.protocol != "all":
        values |= {"FromPort": first, "ToPort": last}
    match rule.source:
        case IPv4Network():
            values["CidrIpv4"] = str(rule.source)
        case IPv6Network():
            values["CidrIpv6"] = str(rule.source)
        case PrefixList(prefix_list_id):
            values["PrefixListId"] = prefix_list_id
        case ReferencedGroup(group_id):
            values["ReferencedGroupId"] = group_id
    if rule.description:
        values["Description"] = rule.description
    return values
