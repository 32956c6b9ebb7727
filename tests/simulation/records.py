"""What CloudTrail writes of a call and EventBridge brings, in each of the shapes that records have had over the years."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from bot.core.rules import IcmpType, PrefixList, ReferencedGroup, Rule, Source
from tests.records import ALICE
from tests.simulation.ec2 import (
    ACCOUNT_ID,
    REGION,
    Authorize,
    Create,
    Delete,
    Describe,
    DescribeByIds,
    Done,
    Modify,
    Revoke,
    RevokeByIds,
)


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


def event_of(done: Done, shape: Shape, event_id: str) -> dict[str, Any]:
    """Write the event of a call in *shape*; its time is cut to the second."""
    name, request, response = _ABOUT[type(done.call)](done, shape)
    time = done.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    detail: dict[str, Any] = {
        "eventVersion": "1.05" if shape.era is Era.BARE else "1.11",
        "userIdentity": ALICE,
        "eventTime": time,
        "eventSource": "ec2.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.27.1",
        "requestParameters": request,
        "responseElements": response,
        "eventID": event_id,
    }
    if shape.era is not Era.BARE:
        detail["recipientAccountId"] = ACCOUNT_ID
    if done.error_code is not None:
        detail |= {"errorCode": f"Client.{done.error_code}", "responseElements": None}
    return {
        "version": "0",
        "id": f"envelope-of-{event_id}",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": ACCOUNT_ID,
        "time": time,
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def event_id_of(number: int, salt: int = 0) -> str:
    """Name the event of the call of that *number*, so that names do not tell which call came first."""
    return hashlib.sha256(f"{salt} {number}".encode()).hexdigest()[:8]


Written = tuple[str, dict[str, Any], dict[str, Any]]


def _create(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Create)
    request = {"groupName": done.call.name, "groupDescription": "of a test", "vpcId": "vpc-0123456789abcdef0"}
    return "CreateSecurityGroup", request, _answer(shape, groupId=done.group_id)


def _delete(done: Done, shape: Shape) -> Written:
    return "DeleteSecurityGroup", {"groupId": done.group_id}, _answer(shape)


def _authorize(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Authorize)
    answer = _answer(shape)
    if shape.era is not Era.BARE and not shape.is_cut:
        answer["securityGroupRuleSet"] = _items(_rule_item(rule, done, shape) for rule in done.opened)
    return _named("Authorize", done), _request(done, done.call.rules, shape), answer


def _revoke(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Revoke)
    answer = _answer(shape)
    if shape.tells_revoked and not shape.is_cut:
        answer["revokedSecurityGroupRuleSet"] = _items(_rule_item(rule, done, shape) for rule in done.closed)
        answer["unknownIpPermissionSet"] = _items(_permission([rule], Shape()) for rule in done.unmatched)
    return _named("Revoke", done), _request(done, done.call.rules, shape), answer


def _revoke_by_ids(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, RevokeByIds)
    answer = _answer(shape)
    if shape.tells_revoked:
        answer["revokedSecurityGroupRuleSet"] = _items(_rule_item(rule, done, shape) for rule in done.closed)
    name = "securityGroupRuleIdSet" if shape.id_list is IdList.SET else "securityGroupRuleIds"
    rule_ids: Any = list(done.call.rule_ids)
    if shape.id_list is not IdList.BARE:
        rule_ids = _items({"securityGroupRuleId": rule_id} for rule_id in rule_ids)
    return _named("Revoke", done), {"groupId": done.group_id, "ipPermissions": {}, name: rule_ids}, answer


def _modify(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Modify)
    elements = [
        {"SecurityGroupRuleId": rule.rule_id, "tag": number, "SecurityGroupRule": _new_values(rule)}
        for number, rule in enumerate(done.call.rules, start=1)
    ]
    request = {"GroupId": done.group_id, "SecurityGroupRule": elements[0] if len(elements) == 1 else elements}
    answer = {"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/", "return": True}
    wrapped = {"ModifySecurityGroupRulesResponse": answer}
    return "ModifySecurityGroupRules", {"ModifySecurityGroupRulesRequest": request}, wrapped


def _describe(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Describe)
    name = _named("UpdateSecurityGroupRuleDescriptions", done)
    return name, _request(done, done.call.rules, shape), _answer(shape)


def _describe_by_ids(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, DescribeByIds)
    items = (
        {"securityGroupRuleId": rule_id} | ({"description": text} if text else {})
        for rule_id, text in done.call.descriptions
    )
    request = {"groupId": done.group_id, "ipPermissions": {}, "securityGroupRuleDescriptions": _items(items)}
    return _named("UpdateSecurityGroupRuleDescriptions", done), request, _answer(shape)


_ABOUT = {
    Create: _create,
    Delete: _delete,
    Authorize: _authorize,
    Revoke: _revoke,
    RevokeByIds: _revoke_by_ids,
    Modify: _modify,
    Describe: _describe,
    DescribeByIds: _describe_by_ids,
}


def _named(verb: str, done: Done) -> str:
    assert not isinstance(done.call, Create | Delete | Modify)
    if verb.startswith("Update"):
        return f"{verb}{done.call.direction.capitalize()}"
    return f"{verb}SecurityGroup{done.call.direction.capitalize()}"


def _answer(shape: Shape, **more: Any) -> dict[str, Any]:
    return {"_return": True} | ({} if shape.era is Era.BARE else {"requestId": "7c2f9b1e"}) | more


def _items(values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    listed = list(values)
    return {"items": listed} if listed else {}


def _request(done: Done, rules: tuple[Rule, ...], shape: Shape) -> dict[str, Any]:
    request: dict[str, Any] = {"groupId": done.group_id}
    if shape.is_cut:
        return request | {"ipPermissions": {"omitted": True}}
    first = rules[0]
    if (
        shape.is_direct
        and rules == (first,)
        and not first.description
        and isinstance(first.source, IPv4Network)
    ):
        direct = {"ipPermissions": {}, "cidrIp": _address(first.source, shape)}
        return request | direct | _traffic(first, shape)
    permissions = [[rule] for rule in rules]
    if shape.is_grouped:
        by_traffic: dict[Any, list[Rule]] = {}
        for rule in rules:
            by_traffic.setdefault((rule.protocol, rule.ports, rule.icmp), []).append(rule)
        permissions = list(by_traffic.values())
    return request | {"ipPermissions": _items(_permission(group, shape) for group in permissions)}


def _permission(rules: list[Rule], shape: Shape) -> dict[str, Any]:
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
    return _traffic(rules[0], shape) | {name: _items(items) for name, items in lists.items()}


def _source_of(source: Source, shape: Shape) -> tuple[str, str, str]:
    match source:
        case IPv4Network():
            return "ipRanges", "cidrIp", _address(source, shape)
        case IPv6Network():
            return "ipv6Ranges", "cidrIpv6", str(source)
        case PrefixList(prefix_list_id):
            return "prefixListIds", "prefixListId", prefix_list_id
        case ReferencedGroup(group_id):
            return "groups", "groupId", group_id


def _address(network: IPv4Network, shape: Shape) -> str:
    """Write an address range as somebody may ask for it: EC2 drops the host bits."""
    return f"{network.broadcast_address if shape.is_loose else network.network_address}/{network.prefixlen}"


def _traffic(rule: Rule, shape: Shape) -> dict[str, Any]:
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


def _rule_item(rule: Rule, done: Done, shape: Shape) -> dict[str, Any]:
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


def _new_values(rule: Rule) -> dict[str, Any]:
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
