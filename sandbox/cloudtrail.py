"""The EventBridge event that AWS would emit for an EC2 call, from what boto3 was asked and what it answered."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.aws import ACCOUNT_ID, REGION
from sandbox.principals import Principal

OLD_STYLE = frozenset(
    {
        "CreateSecurityGroup",
        "DeleteSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "AuthorizeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
        "RevokeSecurityGroupEgress",
        "UpdateSecurityGroupRuleDescriptionsIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
        "ModifyNetworkInterfaceAttribute",
        "ModifyInstanceAttribute",
        "CreateTags",
        "DeleteTags",
    }
)
"""Calls whose records are lowerCamelCase with lists under "items"."""

WRAPPED = frozenset(
    {
        "ModifySecurityGroupRules",
        "AssociateSecurityGroupVpc",
        "DisassociateSecurityGroupVpc",
        "ModifyManagedPrefixList",
        "RestoreManagedPrefixListVersion",
    }
)
"""Calls whose records are PascalCase inside a wrapper that is called like the call."""

OPERATIONS = OLD_STYLE | WRAPPED
"""The calls whose records are known."""

# Where CloudTrail's name is not boto3's with a small first letter.
_NAMES = {
    "Description": "groupDescription",
    "UserIdGroupPairs": "groups",
    "SecurityGroupRules": "securityGroupRuleSet",
    "TagSpecifications": "tagSpecificationSet",
    "Tags": "tags",
    "Return": "_return",
}
_NOT_RECORDED = ("ResponseMetadata", "Tags", "RevokedSecurityGroupRules", "UnknownIpPermissions")
# boto3's name of a list -> what each of its elements is called in a wrapped record.
_ELEMENTS = {
    "SecurityGroupRules": "SecurityGroupRule",
    "AddEntries": "AddEntry",
    "RemoveEntries": "RemoveEntry",
}
_PERMISSION_LISTS = ("groups", "ipRanges", "ipv6Ranges", "prefixListIds")


@dataclass(frozen=True, slots=True)
class Call:
    """An EC2 call and its outcome: a boto3 response, or AWS's error code and message."""

    operation: str
    parameters: Mapping[str, Any]
    response: Mapping[str, Any] | None
    error_code: str | None = None
    error_message: str | None = None


def build_event(
    call: Call, principal: Principal, completed: float, *, account_id: str = ACCOUNT_ID, region: str = REGION
) -> dict[str, Any]:
    """
    Wrap the CloudTrail record of *call* as EventBridge delivers it; *completed* is in seconds since 1970.

    Raises:
        ValueError: the shape of this operation's record is not known here.
    """
    if call.operation not in OPERATIONS:
        raise ValueError(f"no CloudTrail record is known for {call.operation}")
    event_time = datetime.fromtimestamp(completed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    request_id = str(uuid.uuid4())
    detail: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": dict(principal.identity),
        "eventTime": event_time,
        "eventSource": "ec2.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": region,
        "sourceIPAddress": principal.source_ip,
        "userAgent": principal.user_agent,
        "requestParameters": request_parameters(call),
        "responseElements": None,
        "requestID": request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"ec2.{region}.amazonaws.com",
        },
    }
    if principal.from_console:
        detail["sessionCredentialFromConsole"] = "true"
    if call.error_code is not None:
        detail["errorCode"] = f"Client.{call.error_code}"
        detail["errorMessage"] = call.error_message
    elif call.response is not None:
        detail["responseElements"] = response_elements(call.operation, call.response, request_id)
        for rule in detail["responseElements"].get("securityGroupRuleSet", {}).get("items", ()):
            # moto leaves out what AWS has told of each rule since 2021 and 2024.
            rule["groupOwnerId"] = account_id
            arn = f"arn:aws:ec2:{region}:{account_id}:security-group-rule/{rule['securityGroupRuleId']}"
            rule["securityGroupRuleArn"] = arn
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": account_id,
        "time": event_time,
        "region": region,
        "resources": [],
        "detail": detail,
    }


def request_parameters(call: Call) -> dict[str, Any]:
    """
    Write the request as records of this style do.

    Every IP permission names all four kinds of source, an empty one as {}; a call with direct parameters (CidrIp) has
    an empty ipPermissions beside them.
    """
    if call.operation in WRAPPED:
        return {f"{call.operation}Request": _wrapped(call.parameters)}
    parameters: dict[str, Any] = _old_style(call.parameters)
    if call.operation.endswith("Tags"):
        resources = [{"resourceId": resource_id} for resource_id in call.parameters["Resources"]]
        return {"resourcesSet": {"items": resources}, "tagSet": parameters["tags"]}
    if call.operation.endswith("Attribute"):
        groups = [{"groupId": group_id} for group_id in call.parameters["Groups"]]
        parameters["groupSet"] = {"items": groups}
        del parameters["groups"]
    elif "SecurityGroupRuleIds" in call.parameters:
        ids = call.parameters["SecurityGroupRuleIds"]
        parameters["securityGroupRuleIds"] = {"items": [{"securityGroupRuleId": rule_id} for rule_id in ids]}
    elif call.operation.startswith(("Authorize", "Revoke", "Update")):
        permissions = parameters.setdefault("ipPermissions", {}).get("items", ())
        for permission in permissions:
            for name in _PERMISSION_LISTS:
                permission.setdefault(name, {})
    for specification in parameters.get("tagSpecificationSet", {}).get("items", ()):
        specification["tags"] = specification["tags"]["items"]  # the one list without "items"
    return parameters


def response_elements(operation: str, response: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """Write the response; a revoke's record says no more than that it worked, as those that are known do."""
    body = {name: value for name, value in response.items() if name not in _NOT_RECORDED}
    if operation in WRAPPED:
        answered = {_small(name): _old_style(value, inside=True) for name, value in body.items()}
        told = {"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/", "requestId": request_id}
        return {f"{operation}Response": told | answered}
    elements: dict[str, Any] = {"requestId": request_id, "_return": True} | _old_style(body)
    for rule in elements.get("securityGroupRuleSet", {}).get("items", ()):
        # The rule of a record has its own word for its text, and no tags unless it was given some.
        if "groupDescription" in rule:
            rule["description"] = rule.pop("groupDescription")
        rule.pop("tags", None)
    return elements


def _wrapped(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Write parameters in PascalCase: one element of a list is an object, several are a list, each with a number."""
    written: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, list):
            elements = [dict(item) | {"tag": number} for number, item in enumerate(value, 1)]
            written[_ELEMENTS[name]] = elements[0] if len(elements) == 1 else elements
        else:
            written[name] = value
    return written


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


def _old_style(value: Any, *, inside: bool = False) -> Any:
    if isinstance(value, Mapping):
        named = {}
        for name, member in value.items():
            known = "description" if inside and name == "Description" else _NAMES.get(name)
            named[known or _small(name)] = _old_style(member, inside=True)
        return named
    if isinstance(value, list | tuple):
        return {"items": [_old_style(member, inside=True) for member in value]} if value else {}
    return value
