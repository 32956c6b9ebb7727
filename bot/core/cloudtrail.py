"""CloudTrail's record of a security group call, read into a SecurityGroupChange."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from bot.core.changes import ChangeKind, Outcome, SecurityGroupChange
from bot.core.errors import MalformedEvent, UnsupportedEvent
from bot.core.fields import Fields, is_identifier
from bot.core.identity import read_origin, read_principal
from bot.core.rules import Direction, PrefixList, ReferencedGroup, Rule, Source, make_rule

EC2_EVENT_SOURCE = "ec2.amazonaws.com"

READ_CALLS = {
    "CreateSecurityGroup": ChangeKind.CREATE,
    "DeleteSecurityGroup": ChangeKind.DELETE,
    "AuthorizeSecurityGroupIngress": ChangeKind.AUTHORIZE,
    "AuthorizeSecurityGroupEgress": ChangeKind.AUTHORIZE,
    "RevokeSecurityGroupIngress": ChangeKind.REVOKE,
    "RevokeSecurityGroupEgress": ChangeKind.REVOKE,
}
"""The calls that are read in full."""

NOTICED_CALLS = frozenset(
    {
        "ModifySecurityGroupRules",
        "UpdateSecurityGroupRuleDescriptionsIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
        "AssociateSecurityGroupVpc",
        "DisassociateSecurityGroupVpc",
    }
)
"""The calls that change a group, or what it applies to, and are told without being read."""

# AWS's words for "you may not". https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_DENIED_CODES = frozenset(
    {
        "UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "OptInRequired",
        "Blocked",
    }
)

_GROUP_ID = re.compile(r"\bsg-[0-9a-f]{8,17}\b")
_MAX_MENTIONED = 10

# EC2's own limits; what is longer was refused, or is not EC2's.
_MAX_DESCRIPTION = 255
_MAX_GROUP_NAME = 255
_MAX_ERROR_CODE = 128


def changes_a_group(event: Mapping[str, Any]) -> bool:
    """Whether *event*, an EventBridge envelope, reports a call that changes a security group; anything may come in."""
    detail = event.get("detail")
    if not isinstance(detail, Mapping) or detail.get("eventSource") != EC2_EVENT_SOURCE:
        return False
    name = detail.get("eventName")
    return isinstance(name, str) and (name in READ_CALLS or name in NOTICED_CALLS)


def parse_change(event: Mapping[str, Any]) -> SecurityGroupChange:
    """
    Read the security group change that *event* reports.

    *event* is the EventBridge envelope; its "detail" holds the CloudTrail record, whose lists look like
    {"items": [...]}, or {} when empty. Times become aware UTC. Port bounds are inclusive; None means all.

    Raises:
        UnsupportedEvent: the event name is not one that is read in full.
        MalformedEvent: a needed field is absent or of the wrong kind; `path` names it.
    """
    record = Fields.of(event.get("detail"), "detail")
    event_name = record.text("eventName")
    kind = READ_CALLS.get(event_name or "")
    if event_name is None or kind is None:
        raise UnsupportedEvent(event_name)
    request = record.object("requestParameters")
    response = record.object("responseElements")
    outcome, error_code = _outcome(record)
    group_id = (response if kind is ChangeKind.CREATE else request).identifier("groupId")
    added: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    removed_rule_ids: tuple[str, ...] = ()
    names_rules = False
    direction = Direction.EGRESS if event_name.endswith("Egress") else Direction.INGRESS
    if kind is ChangeKind.AUTHORIZE:
        # The response names each rule as EC2 made it, with its id; older records and failed calls lack it.
        made = tuple(_response_rules(response, "securityGroupRuleSet", direction))
        added = made or tuple(_request_rules(request, direction))
        group_id = group_id or _group_of(response)
    elif kind is ChangeKind.REVOKE:
        # Revoking what is not there succeeds; a response that says what went is believed, also when that is nothing.
        says_what_went = bool(
            {"revokedSecurityGroupRuleSet", "unknownIpPermissionSet"} & response.values.keys()
        )
        if says_what_went:
            removed = tuple(_response_rules(response, "revokedSecurityGroupRuleSet", direction))
        else:
            removed = tuple(_request_rules(request, direction))
            removed_rule_ids = tuple(_rule_ids(request))
        names_rules = names_rules or says_what_went
    names_rules = names_rules or bool(added or removed or removed_rule_ids)
    if kind in (ChangeKind.AUTHORIZE, ChangeKind.REVOKE) and not names_rules:
        raise MalformedEvent("detail.requestParameters.ipPermissions", "at least one rule")
    if kind is not ChangeKind.CREATE and group_id is None and request.text("groupName") is None:
        raise MalformedEvent("detail.requestParameters.groupId", "the id or name of a group, found neither")
    return SecurityGroupChange(
        event_id=record.required_identifier("eventID"),
        event_name=event_name,
        kind=kind,
        time=_time(record.required_text("eventTime"), "detail.eventTime"),
        account_id=_account_id(event, record),
        region=_region(event, record),
        group_id=group_id,
        group_name=_group_name(request, group_id, outcome),
        vpc_id=request.identifier("vpcId"),
        principal=read_principal(record),
        origin=read_origin(record),
        outcome=outcome,
        error_code=error_code,
        added=added,
        removed=removed,
        removed_rule_ids=removed_rule_ids,
    )


def glimpse_change(event: Mapping[str, Any], received: datetime) -> SecurityGroupChange:
    """
    Take from *event* what can be had of it, for a change that cannot be read in full.

    Never raises: what is missing or of the wrong kind is left out, and *received* stands in for a time that cannot be
    read. Without an event id, one is made from the record itself, so that a repeat is still known as one.
    """
    detail = event.get("detail")
    record = Fields(detail if isinstance(detail, Mapping) else {}, "detail")
    whole = json.dumps(detail, sort_keys=True, default=str)
    try:
        principal, origin = read_principal(record), read_origin(record)
    except MalformedEvent:
        nobody = Fields({})
        principal, origin = read_principal(nobody), read_origin(nobody)
    outcome, error_code = Outcome.SUCCEEDED, None
    if record.values.get("errorCode"):
        outcome, error_code = _outcome(Fields({"errorCode": str(record.values["errorCode"])}))
    mentioned = tuple(dict.fromkeys(_GROUP_ID.findall(whole)))[:_MAX_MENTIONED]
    return SecurityGroupChange(
        event_id=_loose_id(record, "eventID") or f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}",
        event_name=_loose_id(record, "eventName") or "UnnamedCall",
        kind=ChangeKind.NOT_UNDERSTOOD,
        time=_loose_time(record, event) or received.replace(microsecond=0),
        account_id=_loose_id(record, "recipientAccountId") or _loose_id(Fields(event), "account") or "-",
        region=_loose_id(record, "awsRegion") or _loose_id(Fields(event), "region") or "-",
        group_id=mentioned[0] if len(mentioned) == 1 else None,
        group_name=None,
        vpc_id=None,
        principal=principal,
        origin=origin,
        outcome=outcome,
        error_code=error_code,
        mentioned=mentioned,
    )


def _account_id(event: Mapping[str, Any], record: Fields) -> str:
    # Records before eventVersion 1.05 or so lack recipientAccountId; the envelope keeps the sender's account.
    account_id = record.identifier("recipientAccountId") or Fields(event).identifier("account")
    if account_id is None:
        raise MalformedEvent("detail.recipientAccountId", "an account id, found none")
    return account_id


def _region(event: Mapping[str, Any], record: Fields) -> str:
    region = record.identifier("awsRegion") or Fields(event).identifier("region")
    if region is None:
        raise MalformedEvent("detail.awsRegion", "a region, found none")
    return region


def _outcome(record: Fields) -> tuple[Outcome, str | None]:
    code = record.text("errorCode")
    if code is None:
        return Outcome.SUCCEEDED, None
    denied = code.removeprefix("Client.") in _DENIED_CODES
    return (Outcome.DENIED if denied else Outcome.FAILED), code[:_MAX_ERROR_CODE]


def _group_name(request: Fields, group_id: str | None, outcome: Outcome) -> str | None:
    """Read the name by which the call names its group; beside an id, only AWS's success vouches for it."""
    name = request.text("groupName")
    if name is None or (group_id is not None and outcome is not Outcome.SUCCEEDED):
        return None
    return name[:_MAX_GROUP_NAME]


def _time(text: str, path: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedEvent(path, "a time as ISO 8601") from None
    if time.tzinfo is None:
        raise MalformedEvent(path, "a time with its zone")
    try:
        return time.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise MalformedEvent(path, "a time within the calendar") from None


def _request_rules(request: Fields, direction: Direction) -> Iterator[Rule]:
    """Fan the request's IP permissions out to one rule per source, as EC2 does."""
    for permission in request.items("ipPermissions"):
        yield from _permission_rules(permission, direction)
    if request.text("cidrIp") is not None:
        # Direct parameters, which any SDK call with CidrIp still sends, beside an empty ipPermissions.
        yield _rule(request, direction, _cidr(request, "cidrIp"), None)


def _permission_rules(permission: Fields, direction: Direction) -> Iterator[Rule]:
    for list_name, cidr_name in (("ipRanges", "cidrIp"), ("ipv6Ranges", "cidrIpv6")):
        for item in permission.items(list_name):
            yield _rule(permission, direction, _cidr(item, cidr_name), item.text("description"))
    for item in permission.items("prefixListIds"):
        source = PrefixList(item.required_identifier("prefixListId"))
        yield _rule(permission, direction, source, item.text("description"))
    for item in permission.items("groups"):
        group = ReferencedGroup(item.required_identifier("groupId"), item.identifier("userId"))
        yield _rule(permission, direction, group, item.text("description"))


def _response_rules(response: Fields, list_name: str, default: Direction) -> Iterator[Rule]:
    for item in response.items(list_name):
        egress = item.text("isEgress")
        direction = default if egress is None else Direction(_DIRECTIONS.get(egress.lower(), default))
        yield _rule(item, direction, _response_source(item), item.text("description"))


_DIRECTIONS = {"true": Direction.EGRESS, "false": Direction.INGRESS}


def _response_source(item: Fields) -> Source:
    if item.text("cidrIpv4") is not None:
        return _cidr(item, "cidrIpv4")
    if item.text("cidrIpv6") is not None:
        return _cidr(item, "cidrIpv6")
    prefix_list_id = item.identifier("prefixListId")
    if prefix_list_id is not None:
        return PrefixList(prefix_list_id)
    referenced = item.object("referencedGroupInfo")
    group_id = referenced.identifier("groupId") or item.identifier("referencedGroupId")
    if group_id is None:
        raise MalformedEvent(item.path, "a source: a CIDR, a prefix list or a group")
    return ReferencedGroup(group_id, referenced.identifier("userId"))


def _rule(fields: Fields, direction: Direction, source: Source, description: str | None) -> Rule:
    try:
        return make_rule(
            direction=direction,
            protocol=fields.required_identifier("ipProtocol"),
            from_port=fields.integer("fromPort"),
            to_port=fields.integer("toPort"),
            source=source,
            description=description[:_MAX_DESCRIPTION] if description else None,
            rule_id=fields.identifier("securityGroupRuleId"),
        )
    except ValueError as error:
        raise MalformedEvent(fields.at("fromPort"), f"a range of ports, found {error}") from None


def _cidr(fields: Fields, name: str) -> Source:
    text = fields.required_text(name)
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise MalformedEvent(fields.at(name), "an address range") from None


def _rule_ids(request: Fields) -> Iterator[str]:
    """Read the ids that a revoke names; no record shows the shape, so each that parsers know is taken."""
    for name in ("securityGroupRuleIds", "securityGroupRuleIdSet"):
        value = request.values.get(name)
        entries = value.get("items") if isinstance(value, Mapping) else value
        for entry in entries if isinstance(entries, list) else ():
            rule_id = entry.get("securityGroupRuleId") if isinstance(entry, Mapping) else entry
            if isinstance(rule_id, str) and is_identifier(rule_id):
                yield rule_id


def _group_of(response: Fields) -> str | None:
    return next((item.identifier("groupId") for item in response.items("securityGroupRuleSet")), None)


def _loose_id(fields: Fields, name: str) -> str | None:
    value = fields.values.get(name)
    return value if isinstance(value, str) and is_identifier(value) else None


def _loose_time(record: Fields, event: Mapping[str, Any]) -> datetime | None:
    for text in (_loose_id(record, "eventTime"), _loose_id(Fields(event), "time")):
        try:
            if text is not None:
                return _time(text, "time")
        except MalformedEvent:
            continue
    return None
