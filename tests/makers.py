"""Facts and alerts for tests: sensible ones, with what matters to a test said by it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from bot.core.alerts import LEASE, Alert, Lease, User, raise_alert
from bot.core.assessment import assess
from bot.core.changes import (
    ChangeKind,
    GroupKey,
    Origin,
    OriginKind,
    Outcome,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.rules import Direction, Rule, make_rule

NOW = datetime(2026, 11, 24, 20, 7, 30, tzinfo=UTC)
GROUP = GroupKey("111122223333", "ap-northeast-2", "sg-0a1b2c3d4e5f60718")
JO = User("U04JOPARK01", "T04PANOPTIC")
SAM = User("U04SAMLEE02", "T04PANOPTIC")
ALICE = Principal(
    kind=PrincipalKind.ASSUMED_ROLE,
    name="alice@example.com",
    account_id="111122223333",
    role="AWSReservedSSO_AdministratorAccess_0123456789abcdef",
    key="person:alice@example.com",
    session="ASIAEXAMPLE",
)


def a_rule(source: str = "0.0.0.0/0", port: int = 22, **more: Any) -> Rule:
    """Make an ingress rule for one tcp port."""
    fields = {"direction": Direction.INGRESS, "protocol": "tcp", "from_port": port, "to_port": port}
    return make_rule(**{**fields, "source": ip_network(source), **more})


def a_change(event_id: str = "event-1", **more: Any) -> SecurityGroupChange:
    """Make the change that opens SSH to the world."""
    change = SecurityGroupChange(
        event_id=event_id,
        event_name="AuthorizeSecurityGroupIngress",
        kind=ChangeKind.AUTHORIZE,
        time=NOW.replace(microsecond=0) - timedelta(seconds=8),
        account_id=GROUP.account_id,
        region=GROUP.region,
        group_id=GROUP.group_id,
        group_name=None,
        vpc_id=None,
        principal=ALICE,
        origin=Origin(OriginKind.CONSOLE, "203.0.113.7"),
        outcome=Outcome.SUCCEEDED,
        added=(a_rule(rule_id="sgr-0f", description="temp debug"),),
    )
    return replace(change, **more)


def an_alert(
    change: SecurityGroupChange | None = None, *, now: datetime = NOW, leased_by: str | None = None
) -> Alert:
    """Make the alert that tells *change*."""
    change = change or a_change()
    alert = raise_alert(change, assess(change), details=None, now=now)
    return replace(alert, lease=Lease(leased_by, now + LEASE)) if leased_by else alert
