"""Policies, expected principals and mutes for tests: sensible ones, with what matters to a test said by it."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from bot.core.assessment import Severity
from bot.core.changes import Origin, OriginKind, Principal, PrincipalKind, SecurityGroupChange
from bot.core.expected import Expected
from bot.core.mutes import Mute, MuteSubject
from bot.core.quieting import QuietPolicy
from tests.makers import GROUP, JO, NOW, a_change, a_rule

CI = Principal(
    kind=PrincipalKind.ASSUMED_ROLE,
    name="gha-4711",
    account_id=GROUP.account_id,
    role="ci-apply",
    key=f"role:{GROUP.account_id}:ci-apply",
    session="ASIACI",
)
FROM_CI = Origin(OriginKind.TERRAFORM, "198.51.100.20")


def an_expected(**more: Any) -> Expected:
    """Make the expected principal that CI is."""
    fields = {
        "name": "ci",
        "accounts": frozenset({GROUP.account_id}),
        "roles": frozenset({"ci-apply"}),
        "networks": (ip_network("198.51.100.0/24"),),
    }
    return Expected(**{**fields, **more})


def a_mute(**more: Any) -> Mute:
    """Make the mute of the group, asked for an hour ago for a week."""
    fields = {
        "mute_id": "0123456789ab",
        "subject": MuteSubject(group=GROUP, group_name="web-prod"),
        "owner": JO.user_id,
        "reason": "load test",
        "since": NOW - timedelta(hours=1),
        "until": NOW + timedelta(days=7),
    }
    return Mute(**{**fields, **more})


def a_policy(
    *expected: Expected, least: Severity = Severity.LOW, mutes: tuple[Mute, ...] = ()
) -> QuietPolicy:
    """Make the policy that is shipped, with what is expected."""
    return QuietPolicy(least, expected, mutes)


def by_ci(event_id: str = "event-1", **more: Any) -> SecurityGroupChange:
    """Make a change by CI that matters a little: it opens a port to a private network."""
    usual = {"principal": CI, "origin": FROM_CI, "added": (a_rule("10.0.0.0/8", 8080),)}
    return a_change(event_id, **{**usual, **more})
