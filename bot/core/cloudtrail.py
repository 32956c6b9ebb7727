"""CloudTrail's record of a call that changes security groups, read into a SecurityGroupChange."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.core.calls import ABOUT_RULES, CALLS, MAX_GROUPS, MAY_BE_CUT, NEEDS_A_GROUP, READERS, Call
from bot.core.changes import ChangeKind, Outcome, SecurityGroupChange, VpcAssociation, direction_of
from bot.core.errors import MalformedEvent, UnsupportedEvent
from bot.core.fields import Fields, is_identifier
from bot.core.identity import read_principal
from bot.core.origin import read_origin

EC2_EVENT_SOURCE = "ec2.amazonaws.com"

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

# EC2's own limits; what is longer was refused, or is not EC2's.
_MAX_GROUP_NAME = 255
_MAX_ERROR_CODE = 128


def changes_a_group(event: Mapping[str, Any]) -> bool:
    """Whether *event*, an EventBridge envelope, reports a call that changes a security group; anything may come in."""
    detail = event.get("detail")
    if not isinstance(detail, Mapping) or detail.get("eventSource") != EC2_EVENT_SOURCE:
        return False
    name = detail.get("eventName")
    kind = CALLS.get(name) if isinstance(name, str) else None
    request = detail.get("requestParameters")
    match kind:
        case None:
            return False
        case ChangeKind.MEMBERSHIP:  # both calls change much else
            return isinstance(request, Mapping) and bool(request.get("groupSet"))
        case ChangeKind.TAG | ChangeKind.UNTAG:  # of whatever kind of resource
            resources = request.get("resourcesSet") if isinstance(request, Mapping) else None
            return '"sg-' in json.dumps(resources, default=str)
        case _:
            return True


def parse_change(event: Mapping[str, Any]) -> SecurityGroupChange:
    """
    Read the security group change that *event* reports.

    *event* is the EventBridge envelope; its "detail" holds the CloudTrail record, whose lists look like
    {"items": [...]}, or {} when empty. Times become aware UTC. Port bounds are inclusive; None means all.

    Raises:
        UnsupportedEvent: the event name is not one that changes a security group.
        MalformedEvent: a needed field is absent or of the wrong kind; `path` names it.
    """
    record = Fields.of(event.get("detail"), "detail")
    event_name = record.text("eventName")
    kind = CALLS.get(event_name or "")
    if event_name is None or kind is None:
        raise UnsupportedEvent(event_name)
    outcome, error_code = _outcome(record)
    call = Call(
        request=_parameters(record, "requestParameters", f"{event_name}Request"),
        response=_parameters(record, "responseElements", f"{event_name}Response"),
        direction=direction_of(event_name),
    )
    asked = READERS[kind](call)
    is_cut = kind in MAY_BE_CUT and not asked.says_something and call.is_cut
    if kind in ABOUT_RULES and not (asked.says_something or is_cut):
        raise MalformedEvent(call.request.at("ipPermissions"), "at least one rule")
    group_ids = asked.group_ids or ((asked.group_id,) if asked.group_id else ())
    if not group_ids and is_cut:
        group_ids = _mentioned(event.get("detail"))
    group_id = group_ids[0] if len(group_ids) == 1 else None
    group_name = _group_name(call.request, group_id, outcome)
    if kind in NEEDS_A_GROUP and not (group_ids or group_name or is_cut):
        raise MalformedEvent(call.request.at("groupId"), "the id or name of a group, found neither")
    account_id = _account_id(event, record)
    asked = asked.within_account(account_id)
    return SecurityGroupChange(
        event_id=record.required_identifier("eventID"),
        event_name=event_name,
        kind=kind,
        time=_time(record.required_text("eventTime"), "detail.eventTime"),
        account_id=account_id,
        region=_region(event, record),
        group_id=group_id,
        group_name=group_name,
        vpc_id=None if isinstance(asked.effect, VpcAssociation) else call.request.identifier("vpcId"),
        principal=read_principal(record),
        origin=read_origin(record),
        outcome=outcome,
        error_code=error_code,
        added=asked.added,
        removed=asked.removed,
        removed_rule_ids=asked.removed_rule_ids,
        modified=asked.modified,
        described=asked.described,
        effect=asked.effect,
        is_cut=is_cut,
        mentioned=() if group_id else group_ids,
        given_tags=asked.given_tags,
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
    mentioned = _mentioned(detail)
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


def _parameters(record: Fields, name: str, wrapper: str) -> Fields:
    """Read the parameters of a call; the newer calls have them in an object of the call's name."""
    parameters = record.object(name)
    return parameters.object(wrapper) if wrapper in parameters.values else parameters


def _mentioned(detail: object) -> tuple[str, ...]:
    """Find the ids of groups wherever in a record they stand."""
    whole = json.dumps(detail, sort_keys=True, default=str)
    return tuple(dict.fromkeys(_GROUP_ID.findall(whole)))[:MAX_GROUPS]


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
        time = time.astimezone(UTC)
    except OverflowError:
        raise MalformedEvent(path, "a time within the calendar") from None
    return time.replace(microsecond=0) if time.microsecond else time


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
