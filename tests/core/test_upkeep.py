"""What AWS services do by themselves, and what only looks like it."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.assessment import assess
from bot.core.changes import (
    ChangeKind,
    Evidence,
    Membership,
    Origin,
    OriginKind,
    Outcome,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.cloudtrail import parse_change
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import POST_ALL, QuietPolicy, treat
from bot.core.rules import Direction, PrefixList, ReferencedGroup
from bot.core.upkeep import is_by_service, is_upkeep
from tests.makers import ALICE, GROUP, NOW, a_change, a_rule
from tests.records import FAKED_PATHS, event

HOST = "elasticloadbalancing.amazonaws.com"
LINKED = Principal(
    kind=PrincipalKind.ASSUMED_ROLE,
    name="ElasticLoadBalancing",
    account_id=GROUP.account_id,
    role="AWSServiceRoleForElasticLoadBalancing",
    key=f"role:{GROUP.account_id}:AWSServiceRoleForElasticLoadBalancing",
    session="ASIASERVICE",
)
FROM_SERVICE = Origin(OriginKind.SERVICE, None, HOST, Evidence.ROLE)
FOR_SOMEBODY = replace(FROM_SERVICE, evidence=Evidence.SERVICE)


def by_service(**more: Any) -> SecurityGroupChange:
    usual = {"principal": LINKED, "origin": FROM_SERVICE, "added": (a_rule("10.0.0.0/8", 8080),)}
    return a_change(**{**usual, **more})


def is_quiet(change: SecurityGroupChange) -> bool:
    return is_upkeep(change, assess(change))


def sourced(source: Any, **more: Any) -> dict[str, Any]:
    return {"added": (replace(a_rule(port=8080), source=source, **more),)}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="private addresses"),
        pytest.param(sourced(ip_network("fd00::/8")), id="private addresses of IPv6"),
        pytest.param(sourced(ReferencedGroup("sg-1")), id="a group"),
        pytest.param(sourced(ip_network("0.0.0.0/0"), direction=Direction.EGRESS), id="egress to anywhere"),
        pytest.param(
            {
                "principal": replace(LINKED, kind=PrincipalKind.SERVICE, role=None),
                "origin": replace(FROM_SERVICE, evidence=Evidence.SERVICE),
            },
            id="the service",
        ),
        pytest.param({"kind": ChangeKind.DELETE, "added": ()}, id="a delete"),
    ],
)
def test_what_a_service_lets_in_from_within_is_upkeep(more: dict[str, Any]) -> None:
    assert is_quiet(by_service(**more))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"principal": ALICE, "origin": FOR_SOMEBODY}, id="a person for whom a service calls"),
        pytest.param({"origin": FOR_SOMEBODY}, id="a role that is only called so"),
        pytest.param({"origin": replace(FROM_SERVICE, source_address="203.0.113.7")}, id="an address"),
        pytest.param({"origin": Origin(OriginKind.SDK, None, None)}, id="no service"),
        pytest.param({"origin": replace(FROM_SERVICE, service="AWS Internal")}, id="no host of a service"),
        pytest.param(
            {"origin": Origin(OriginKind.CLOUDFORMATION, None, "cloudformation.amazonaws.com")}, id="a stack"
        ),
    ],
)
def test_a_deputy_is_not_taken_for_a_service(more: dict[str, Any]) -> None:
    assert is_by_service(by_service())
    assert not is_by_service(by_service(**more))
    assert not is_quiet(by_service(**more))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(sourced(ip_network("0.0.0.0/0")), id="critical"),
        pytest.param({"added": (a_rule(port=443),)}, id="low, from the internet"),
        pytest.param({"added": (a_rule("198.51.100.7/32"),)}, id="one public address"),
        pytest.param({"added": (a_rule("8.0.0.0/5"),)}, id="private addresses and public ones"),
        pytest.param({"added": (a_rule("10.0.0.0/8"), a_rule("11.0.0.0/8"))}, id="one of two from outside"),
        pytest.param(sourced(PrefixList("pl-1")), id="a prefix list"),
        pytest.param(sourced(ip_network("0.0.0.0/0"), direction=None), id="a direction that is not known"),
        pytest.param({"kind": ChangeKind.NOT_UNDERSTOOD, "added": ()}, id="not understood"),
        pytest.param({"added": (), "is_cut": True}, id="cut"),
        pytest.param(
            {"kind": ChangeKind.MEMBERSHIP, "added": (), "effect": Membership("eni-1")},
            id="groups of an interface",
        ),
        pytest.param({"outcome": Outcome.DENIED}, id="refused"),
    ],
)
def test_what_matters_is_told_whoever_does_it(more: dict[str, Any]) -> None:
    assert not is_quiet(by_service(**more))


def test_it_is_kept_and_not_posted_unless_the_policy_wants_it() -> None:
    change = by_service()
    told = treat(change, assess(change), QuietPolicy(), (), NOW)
    assert told.quiet == Quiet(QuietReason.UPKEEP, HOST)
    assert treat(change, assess(change), QuietPolicy(posts_upkeep=True), (), NOW).quiet is None
    assert treat(change, assess(change), POST_ALL, (), NOW).quiet is None


ROLE = "AWSServiceRoleForElasticLoadBalancing"
PATH = f"/aws-service-role/{HOST}/"


@pytest.mark.parametrize(
    ("path", "record", "is_own"),
    [
        (PATH, {"sourceIPAddress": HOST, "userAgent": "curl"}, True),
        (PATH, {"sourceIPAddress": "203.0.113.7", "userAgent": HOST}, False),
        *((path, {"sourceIPAddress": HOST, "userAgent": HOST}, False) for path in FAKED_PATHS),
    ],
)
def test_a_record_shows_it_whatever_the_user_agent_and_the_roles_name_say(
    path: str, record: dict[str, Any], is_own: bool
) -> None:
    issuer = {"type": "Role", "arn": f"arn:aws:iam::111122223333:role{path}{ROLE}", "userName": ROLE}
    arn = f"arn:aws:sts::111122223333:assumed-role/{ROLE}/ElasticLoadBalancing"
    identity = {"type": "AssumedRole", "arn": arn, "accountId": "111122223333"}
    # Whoever has CloudFormation call for them has "invokedBy" in the record too.
    session = {"invokedBy": HOST, "sessionContext": {"sessionIssuer": issuer}}
    inside = {
        "ipProtocol": "tcp",
        "fromPort": 8080,
        "toPort": 8080,
        "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]},
    }
    asked = {"groupId": GROUP.group_id, "ipPermissions": {"items": [inside]}}
    change = parse_change(event(userIdentity=identity | session, requestParameters=asked, **record))
    assert is_by_service(change) is is_own
    assert is_quiet(change) is is_own
