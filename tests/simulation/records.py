"""What CloudTrail writes of a call and EventBridge brings, in each of the shapes that records have had over the years."""

import hashlib
from ipaddress import IPv4Network
from typing import Any

from bot.core.rules import Rule
from tests.records import ALICE
from tests.simulation.calls import (
    Authorize,
    Create,
    Delete,
    Describe,
    DescribeByIds,
    Modify,
    Revoke,
    RevokeByIds,
)
from tests.simulation.ec2 import ACCOUNT_ID, REGION, Done
from tests.simulation.shapes import (
    Era,
    IdList,
    Shape,
    address,
    listed,
    new_values,
    permission,
    rule_item,
    traffic,
)


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
        answer["securityGroupRuleSet"] = listed(rule_item(rule, done, shape) for rule in done.opened)
    return _named("Authorize", done), _request(done, done.call.rules, shape), answer


def _revoke(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Revoke)
    answer = _answer(shape)
    if shape.tells_revoked and not shape.is_cut:
        answer["revokedSecurityGroupRuleSet"] = listed(rule_item(rule, done, shape) for rule in done.closed)
        answer["unknownIpPermissionSet"] = listed(permission([rule], Shape()) for rule in done.unmatched)
    return _named("Revoke", done), _request(done, done.call.rules, shape), answer


def _revoke_by_ids(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, RevokeByIds)
    answer = _answer(shape)
    if shape.tells_revoked:
        answer["revokedSecurityGroupRuleSet"] = listed(rule_item(rule, done, shape) for rule in done.closed)
    name = "securityGroupRuleIdSet" if shape.id_list is IdList.SET else "securityGroupRuleIds"
    rule_ids: Any = list(done.call.rule_ids)
    if shape.id_list is not IdList.BARE:
        rule_ids = listed({"securityGroupRuleId": rule_id} for rule_id in rule_ids)
    return _named("Revoke", done), {"groupId": done.group_id, "ipPermissions": {}, name: rule_ids}, answer


def _modify(done: Done, shape: Shape) -> Written:
    assert isinstance(done.call, Modify)
    elements = [
        {"SecurityGroupRuleId": rule.rule_id, "tag": number, "SecurityGroupRule": new_values(rule)}
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
    request = {"groupId": done.group_id, "ipPermissions": {}, "securityGroupRuleDescriptions": listed(items)}
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
        direct = {"ipPermissions": {}, "cidrIp": address(first.source, shape)}
        return request | direct | traffic(first, shape)
    permissions = [[rule] for rule in rules]
    if shape.is_grouped:
        by_traffic: dict[Any, list[Rule]] = {}
        for rule in rules:
            by_traffic.setdefault((rule.protocol, rule.ports, rule.icmp), []).append(rule)
        permissions = list(by_traffic.values())
    return request | {"ipPermissions": listed(permission(group, shape) for group in permissions)}
