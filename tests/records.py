"""EventBridge events and what is made of them, for tests: those in tests/events, and ones built for a table's row."""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from bot.core.alerts import Acknowledgement, Alert, AlertStatus, User, raise_alert
from bot.core.assessment import assess
from bot.core.changes import GroupDetails, SecurityGroupChange
from bot.core.cloudtrail import glimpse_change, parse_change
from bot.core.errors import EventError
from bot.core.rules import Direction, Rule, Source, make_rule

EVENTS = Path(__file__).parent / "events"
NOW = datetime(2026, 3, 2, 20, 8, 5, tzinfo=UTC)
"""A moment shortly after most of the events in tests/events."""

ALICE = {
    "type": "IAMUser",
    "principalId": "AIDAEXAMPLEALICE",
    "arn": "arn:aws:iam::111122223333:user/alice",
    "accountId": "111122223333",
    "accessKeyId": "AKIAEXAMPLEALICE",
    "userName": "alice",
}

FAKED_PATHS = (
    "/",
    "/x:role/aws-service-role/elasticloadbalancing.amazonaws.com/",
    "/mine/aws-service-role/elasticloadbalancing.amazonaws.com/",
    "/aws-service-role-/elasticloadbalancing.amazonaws.com/",
)
"""Paths under which anybody can make a role called as a service's own; IAM lets them hold colons and slashes."""

SSH_FROM_WORLD = {
    "groupId": "sg-0a1b2c3d4e5f60718",
    "ipPermissions": {
        "items": [
            {
                "ipProtocol": "tcp",
                "fromPort": 22,
                "toPort": 22,
                "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
            }
        ]
    },
}

_RECORD = {
    "eventVersion": "1.11",
    "userIdentity": ALICE,
    "eventTime": "2026-03-02T20:07:31Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "AuthorizeSecurityGroupIngress",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "aws-cli/2.27.1",
    "requestParameters": SSH_FROM_WORLD,
    "responseElements": {"_return": True, "requestId": "7c2f9b1e-0000-4000-8000-000000000002"},
    "eventID": "7c2f9b1e-0000-4000-8000-000000000001",
    "recipientAccountId": "111122223333",
}


def load_event(name: str) -> dict[str, Any]:
    """Load the event tests/events/*name*.json."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def event_names() -> list[str]:
    """Name every event in tests/events."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))


def event(*, without: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """
    Build an event whose record has *fields* in place of the usual ones, and lacks those named in *without*.

    The usual one is alice opening SSH to the world from the command line.
    """
    detail = copy.deepcopy({**_RECORD, **fields})
    for name in without:
        del detail[name]
    return {
        "version": "0",
        "id": "7c2f9b1e-0000-4000-8000-000000000000",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2026-03-02T20:07:31Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }


def request(permission: Mapping[str, Any], group_id: str = "sg-0a1b2c3d4e5f60718") -> dict[str, Any]:
    """Build the request parameters for one IP permission."""
    return {"groupId": group_id, "ipPermissions": {"items": [dict(permission)]}}


def rule(
    protocol: str = "tcp",
    ports: tuple[int | None, int | None] = (22, 22),
    source: str | Source = "0.0.0.0/0",
    *,
    direction: Direction = Direction.INGRESS,
    description: str | None = None,
    rule_id: str | None = None,
) -> Rule:
    """Build a rule as EC2's fields give it: SSH from the world unless told otherwise."""
    return make_rule(
        direction=direction,
        protocol=protocol,
        from_port=ports[0],
        to_port=ports[1],
        source=ip_network(source) if isinstance(source, str) else source,
        description=description,
        rule_id=rule_id,
    )


def change(*added: Rule, **fields: Any) -> SecurityGroupChange:
    """Build alice's change that adds the rules *added*, with *fields* in place of the usual ones."""
    usual = parse_change(event())
    return replace(usual, **{"added": added or usual.added, **fields})


def alert_of(
    told: SecurityGroupChange | Mapping[str, Any] | str, *, name: str | None = "web-prod", now: datetime = NOW
) -> Alert:
    """
    Raise the alert for a change, an event, or the event of that name in tests/events.

    *name* is what the group is known to be called, where the change itself does not say.
    """
    change = told if isinstance(told, SecurityGroupChange) else _read(told, now)
    details = GroupDetails(change.group, name, "vpc-0123456789abcdef0") if change.group and name else None
    return raise_alert(change, assess(change), details=details, now=now)


def _read(told: Mapping[str, Any] | str, now: datetime) -> SecurityGroupChange:
    loaded = load_event(told) if isinstance(told, str) else told
    try:
        return parse_change(loaded)
    except EventError:
        return glimpse_change(loaded, now)


def acknowledged(alert: Alert, at: datetime, *, user_id: str = "U0AB12CD3") -> Alert:
    """Give *alert* as it is once someone took it."""
    taken = Acknowledgement(User(user_id, "T0AB12CD3"), at, alert.version)
    return replace(alert, status=AlertStatus.ACKNOWLEDGED, acknowledgement=taken, version=alert.version + 1)
