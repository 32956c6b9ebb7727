"""CloudTrail's records read into changes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.calls import MAX_GROUPS
from bot.core.changes import ChangeKind, GroupKey, OriginKind, Outcome
from bot.core.cloudtrail import changes_a_group, glimpse_change, parse_change
from bot.core.errors import MalformedEvent, UnsupportedEvent
from bot.core.fields import is_identifier
from bot.core.rules import Direction, Rule, source_words
from tests.records import NOW, SSH_FROM_WORLD, event, event_names, load_event, request

WEB = "sg-0a1b2c3d4e5f60718"
DB = "sg-0b2c3d4e5f6071829"
APP = "sg-0c3d4e5f607182930"


@dataclass(frozen=True)
class Reading:
    """What must be read from one event of tests/events; of the newer kinds, test_calls.py says the rest."""

    kind: ChangeKind
    group_id: str | None
    principal: str
    origin: OriginKind | None
    group_name: str | None = None
    vpc_id: str | None = None
    outcome: Outcome = Outcome.SUCCEEDED
    error_code: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    removed_rule_ids: tuple[str, ...] = ()


A, R = ChangeKind.AUTHORIZE, ChangeKind.REVOKE
CONSOLE, CLI, SDK = OriginKind.CONSOLE, OriginKind.CLI, OriginKind.SDK
TERRAFORM, CLOUDFORMATION = OriginKind.TERRAFORM, OriginKind.CLOUDFORMATION
VPC = "vpc-0123456789abcdef0"

READINGS = {
    "authorize_egress_prefix_list": Reading(
        A,
        APP,
        "network-janitor",
        SDK,
        added=("egress tcp 443 pl-0fedcba9876543210 [sgr-000155566778899aa]",),
    ),
    "authorize_ingress_2017_by_root": Reading(
        A, "sg-1a2b3c4d", "root", CONSOLE, added=("ingress tcp 443 0.0.0.0/0",)
    ),
    "authorize_ingress_all_traffic_from_world": Reading(
        A,
        WEB,
        "pipeline-4711",
        TERRAFORM,
        added=(
            "ingress all traffic 0.0.0.0/0 [sgr-000095566778899aa]",
            "ingress all traffic ::/0 [sgr-0000a5566778899aa]",
        ),
    ),
    "authorize_ingress_bare_lists": Reading(A, APP, "alice", None, added=("ingress udp 53 10.0.0.0/8",)),
    "authorize_ingress_by_name_from_cloudformation": Reading(
        A,
        "sg-5e6f7081",
        "AWSCloudFormation",
        CLOUDFORMATION,
        group_name="legacy-web",
        added=("ingress tcp 80 10.0.0.0/8 [sgr-000145566778899aa]",),
    ),
    "authorize_ingress_denied": Reading(
        A,
        WEB,
        "bob",
        CLI,
        outcome=Outcome.DENIED,
        error_code="Client.UnauthorizedOperation",
        added=("ingress tcp 3389 0.0.0.0/0",),
    ),
    "authorize_ingress_direct_parameters": Reading(
        A, WEB, "alice", SDK, added=("ingress tcp 3389 198.51.100.0/24 [sgr-000025566778899aa]",)
    ),
    "authorize_ingress_direct_parameters_2019": Reading(
        A, WEB, "alice", SDK, added=("ingress tcp 8080–8090 10.20.0.0/16",)
    ),
    "authorize_ingress_dry_run": Reading(
        A,
        WEB,
        "alice",
        CLI,
        outcome=Outcome.FAILED,
        error_code="Client.DryRunOperation",
        added=("ingress tcp 22 0.0.0.0/0",),
    ),
    "authorize_ingress_duplicate": Reading(
        A,
        WEB,
        "pipeline-4711",
        TERRAFORM,
        outcome=Outcome.FAILED,
        error_code="Client.InvalidPermission.Duplicate",
        added=("ingress tcp 443 0.0.0.0/0",),
    ),
    "authorize_ingress_from_own_group": Reading(
        A, APP, "alice", SDK, added=(f"ingress all traffic {APP} [sgr-000125566778899aa]",)
    ),
    "authorize_ingress_group_by_referenced_id": Reading(
        A, APP, "alice", SDK, added=(f"ingress tcp 9000 {WEB} [sgr-000135566778899aa]",)
    ),
    "authorize_ingress_icmp_echo": Reading(
        A, APP, "alice", CLI, added=("ingress icmp echo request 10.0.0.0/8 [sgr-000105566778899aa]",)
    ),
    "authorize_ingress_icmpv6_all_2022": Reading(
        A, APP, "alice", CLI, added=("ingress icmpv6 all types 2001:db8::/32",)
    ),
    "authorize_ingress_ipv6_from_console": Reading(
        A,
        WEB,
        "carol@example.com",
        CONSOLE,
        added=('ingress tcp 443 ::/0 "public site" [sgr-000035566778899aa]',),
    ),
    "authorize_ingress_ports_as_text": Reading(
        A, APP, "alice", None, added=("ingress tcp 8443 10.1.0.0/16",)
    ),
    "authorize_ingress_protocol_number": Reading(
        A, APP, "alice", CLI, added=("ingress protocol 50 192.0.2.0/24 [sgr-000115566778899aa]",)
    ),
    "authorize_ingress_several_ports_from_world": Reading(
        A,
        WEB,
        "dave",
        CLI,
        added=(
            "ingress tcp 443 ::/0 [sgr-0000b5566778899aa]",
            "ingress tcp 3306 0.0.0.0/0 [sgr-0000c5566778899aa]",
            "ingress tcp 3306 ::/0 [sgr-0000d5566778899aa]",
            "ingress udp 8000–8100 ::/0 [sgr-0000e5566778899aa]",
            "ingress icmpv6 all types ::/0 [sgr-0000f5566778899aa]",
        ),
    ),
    "authorize_ingress_several_sources": Reading(
        A,
        DB,
        "pipeline-4711",
        TERRAFORM,
        added=(
            'ingress tcp 5432 10.20.0.0/16 "app subnets" [sgr-000045566778899aa]',
            "ingress tcp 5432 192.0.2.10/32 [sgr-000055566778899aa]",
            "ingress tcp 5432 2001:db8:1234::/48 [sgr-000065566778899aa]",
            'ingress tcp 5432 pl-0123456789abcdef0 "office" [sgr-000075566778899aa]',
            "ingress tcp 5432 sg-0d4e5f60718293041 (account 444455556666) [sgr-000085566778899aa]",
        ),
    ),
    "authorize_ingress_several_sources_2020": Reading(
        A,
        DB,
        "pipeline-4711",
        TERRAFORM,
        added=(
            'ingress tcp 5432 10.20.0.0/16 "app subnets"',
            "ingress tcp 5432 192.0.2.10/32",
            "ingress tcp 5432 2001:db8:1234::/48",
            'ingress tcp 5432 pl-0123456789abcdef0 "office"',
            "ingress tcp 5432 sg-0d4e5f60718293041 (account 444455556666)",
        ),
    ),
    "authorize_ingress_ssh_from_world": Reading(
        A,
        WEB,
        "carol@example.com",
        CONSOLE,
        added=('ingress tcp 22 0.0.0.0/0 "temp debug" [sgr-000015566778899aa]',),
    ),
    "create_by_terraform": Reading(
        ChangeKind.CREATE,
        "sg-0e5f607182930415a",
        "pipeline-4711",
        TERRAFORM,
        group_name="payments-api",
        vpc_id=VPC,
    ),
    "create_denied": Reading(
        ChangeKind.CREATE,
        None,
        "bob",
        CLI,
        group_name="shadow",
        vpc_id=VPC,
        outcome=Outcome.DENIED,
        error_code="Client.UnauthorizedOperation",
    ),
    "create_without_response": Reading(
        ChangeKind.CREATE, None, "alice", SDK, group_name="batch-workers", vpc_id=VPC
    ),
    "delete_by_root": Reading(ChangeKind.DELETE, DB, "root", CONSOLE),
    "delete_by_user": Reading(ChangeKind.DELETE, WEB, "erin", CLI),
    "delete_dependency_violation": Reading(
        ChangeKind.DELETE,
        APP,
        "alice",
        CLI,
        outcome=Outcome.FAILED,
        error_code="Client.DependencyViolation",
    ),
    "revoke_egress_default": Reading(
        R, WEB, "pipeline-4711", TERRAFORM, removed=("egress all traffic 0.0.0.0/0",)
    ),
    "revoke_ingress_2023": Reading(R, WEB, "alice", CLI, removed=('ingress tcp 22 0.0.0.0/0 "temp debug"',)),
    "revoke_ingress_by_name": Reading(
        R,
        None,
        "AWSCloudFormation",
        CLOUDFORMATION,
        group_name="legacy-web",
        removed=("ingress tcp 80 10.0.0.0/8",),
    ),
    "revoke_ingress_by_rule_ids": Reading(
        R,
        DB,
        "carol@example.com",
        CONSOLE,
        removed_rule_ids=("sgr-0aaaabbbbccccdddd", "sgr-0eeeeffff00001111"),
    ),
    "revoke_ingress_direct_parameters": Reading(R, WEB, "alice", SDK, removed=("ingress tcp 22 0.0.0.0/0",)),
    "revoke_ingress_not_found": Reading(
        R,
        WEB,
        "alice",
        CLI,
        outcome=Outcome.FAILED,
        error_code="Client.InvalidPermission.NotFound",
        removed=("ingress tcp 22 0.0.0.0/0",),
    ),
    "revoke_ingress_revoked_set": Reading(
        R,
        DB,
        "carol@example.com",
        CONSOLE,
        removed=('ingress tcp 5432 10.20.0.0/16 "app subnets" [sgr-000165566778899aa]',),
    ),
}

FOREIGN = tuple(name for name in event_names() if name.startswith("foreign_"))
UNREADABLE = {
    "authorize_ingress_denied_without_parameters": "detail.requestParameters.ipPermissions",
    "authorize_ingress_invalid_ports": "detail.requestParameters.ipPermissions.items[0].fromPort",
    "authorize_ingress_source_group_by_name": (
        "detail.requestParameters.ipPermissions.items[0].groups.items[0].groupId"
    ),
    "authorize_ingress_unknown_source": "detail.requestParameters.ipPermissions.items[0].serviceRanges",
    "modify_rules_without_source": (
        "detail.requestParameters.ModifySecurityGroupRulesRequest.SecurityGroupRule.SecurityGroupRule"
    ),
}
"""The events that cannot be read in full, with the path that the error names."""
READABLE = sorted(set(event_names()) - set(FOREIGN) - set(UNREADABLE))


def words(rule: Rule) -> str:
    described = f' "{rule.description}"' if rule.description else ""
    identified = f" [{rule.rule_id}]" if rule.rule_id else ""
    return f"{rule.direction} {rule.traffic} {source_words(rule.source)}{described}{identified}"


@pytest.mark.parametrize("name", READINGS)
def test_an_event_is_read(name: str) -> None:
    change = parse_change(load_event(name))
    assert READINGS[name] == Reading(
        kind=change.kind,
        group_id=change.group_id,
        principal=change.principal.name,
        origin=change.origin.kind,
        group_name=change.group_name,
        vpc_id=change.vpc_id,
        outcome=change.outcome,
        error_code=change.error_code,
        added=tuple(words(rule) for rule in change.added),
        removed=tuple(words(rule) for rule in change.removed),
        removed_rule_ids=change.removed_rule_ids,
    )


@pytest.mark.parametrize("name", READABLE)
def test_an_event_says_when_and_where_it_was(name: str) -> None:
    loaded = load_event(name)
    change = parse_change(loaded)
    assert change.event_id == loaded["detail"]["eventID"]
    assert change.event_name == loaded["detail"]["eventName"]
    assert change.time == datetime.fromisoformat(loaded["detail"]["eventTime"])
    assert change.time.tzinfo is UTC
    assert (change.account_id, change.region) == ("111122223333", "eu-west-1")
    expected = GroupKey("111122223333", "eu-west-1", change.group_id) if change.group_id else None
    assert change.group == expected


@pytest.mark.parametrize("name", [*READABLE, *UNREADABLE])
def test_a_call_on_a_group_is_known_as_one(name: str) -> None:
    assert changes_a_group(load_event(name))


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_event_is_known_as_one(name: str) -> None:
    assert not changes_a_group(load_event(name))


@pytest.mark.parametrize(
    "anything",
    [
        {},
        {"detail": None},
        {"detail": []},
        {"detail": "eventName"},
        {"detail": {"eventSource": "ec2.amazonaws.com"}},
        {"detail": {"eventSource": "ec2.amazonaws.com", "eventName": ["CreateSecurityGroup"]}},
        {"detail": {"eventSource": "ec2.amazonaws.com", "eventName": "createsecuritygroup"}},
        {"detail": {"eventSource": ["ec2.amazonaws.com"], "eventName": "CreateSecurityGroup"}},
        {"detail": {"eventSource": "s3.amazonaws.com", "eventName": "CreateSecurityGroup"}},
    ],
    ids=repr,
)
def test_what_is_no_call_on_a_group_is_foreign(anything: dict[str, Any]) -> None:
    assert not changes_a_group(anything)


@pytest.mark.parametrize(
    ("call", "request_parameters", "is_one"),
    [
        pytest.param("CreateTags", {"resourcesSet": [{"resourceId": WEB}]}, True, id="tags, bare list"),
        pytest.param(
            "CreateTags", {"resourcesSet": {"items": [{"resourceId": "sgr-0a"}]}}, False, id="a rule's"
        ),
        pytest.param("DeleteTags", {"tagSet": {"items": [{"key": WEB}]}}, False, id="tags of nothing"),
        pytest.param("DeleteTags", ["resourcesSet", WEB], False, id="tags in no object"),
        pytest.param("DeleteTags", None, False, id="tags without parameters"),
        pytest.param("ModifyInstanceAttribute", {"groupSet": {}}, False, id="no groups"),
        pytest.param(
            "ModifyInstanceAttribute", {"ebsOptimized": {"value": WEB}}, False, id="another attribute"
        ),
        pytest.param("ModifyNetworkInterfaceAttribute", "groupSet", False, id="parameters are a text"),
        pytest.param("ModifyNetworkInterfaceAttribute", None, False, id="no parameters"),
    ],
)
def test_calls_that_change_much_else_count_only_where_they_name_a_group(
    call: str, request_parameters: Any, is_one: bool
) -> None:
    assert changes_a_group(event(eventName=call, requestParameters=request_parameters)) is is_one


@pytest.mark.parametrize("name", ["DescribeInstances", "authorizeSecurityGroupIngress", "CreateNetworkAcl"])
def test_a_call_that_is_none_of_ours_is_named_by_the_error(name: str) -> None:
    with pytest.raises(UnsupportedEvent) as caught:
        parse_change(event(eventName=name))
    assert caught.value.event_name == name


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_event_that_cannot_be_read_says_where(name: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        parse_change(load_event(name))
    assert caught.value.path == UNREADABLE[name]


def one(**permission: Any) -> dict[str, Any]:
    return request({"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, **permission})


def answer(**rule: Any) -> dict[str, Any]:
    usual = {"groupId": WEB, "isEgress": False, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    return {"_return": True, "securityGroupRuleSet": {"items": [{**usual, **rule}]}}


PERMISSIONS = "detail.requestParameters.ipPermissions"


@pytest.mark.parametrize(
    ("malformed", "path"),
    [
        pytest.param({"detail": []}, "detail", id="detail is a list"),
        pytest.param(event(eventName=["CreateSecurityGroup"]), "detail.eventName", id="name is a list"),
        pytest.param(event(without=("eventID",)), "detail.eventID", id="no event id"),
        pytest.param(event(eventID="a#b"), "detail.eventID", id="an event id that would break a key"),
        pytest.param(event(without=("eventTime",)), "detail.eventTime", id="no time"),
        pytest.param(event(eventTime="yesterday"), "detail.eventTime", id="no time in the time"),
        pytest.param(event(eventTime="2026-03-02T20:07:31"), "detail.eventTime", id="a time without zone"),
        pytest.param(
            event(eventTime="0001-01-01T00:00:00+14:00"), "detail.eventTime", id="before the calendar"
        ),
        pytest.param(event(awsRegion="eu#west"), "detail.awsRegion", id="a region that would break a key"),
        pytest.param(
            {**event(without=("awsRegion",)), "region": None}, "detail.awsRegion", id="no region at all"
        ),
        pytest.param(
            {**event(without=("recipientAccountId",)), "account": ""},
            "detail.recipientAccountId",
            id="no account at all",
        ),
        pytest.param(event(requestParameters=[]), "detail.requestParameters", id="request is a list"),
        pytest.param(event(responseElements="ok"), "detail.responseElements", id="response is a text"),
        pytest.param(event(requestParameters=None), PERMISSIONS, id="no request"),
        pytest.param(event(requestParameters={"groupId": WEB}), PERMISSIONS, id="no rule"),
        pytest.param(event(requestParameters=one()), PERMISSIONS, id="a permission without a source"),
        pytest.param(
            event(requestParameters={"ipPermissions": SSH_FROM_WORLD["ipPermissions"]}),
            "detail.requestParameters.groupId",
            id="no group",
        ),
        pytest.param(
            event(eventName="DeleteSecurityGroup", requestParameters={}),
            "detail.requestParameters.groupId",
            id="delete of no group",
        ),
        pytest.param(
            event(requestParameters={**SSH_FROM_WORLD, "groupId": "sg-0a#"}),
            "detail.requestParameters.groupId",
            id="a group id that would break a key",
        ),
        pytest.param(
            event(requestParameters={"groupId": WEB, "ipPermissions": {"items": 3}}),
            f"{PERMISSIONS}.items",
            id="permissions are a number",
        ),
        pytest.param(
            event(requestParameters=one(ipRanges={"items": ["0.0.0.0/0"]})),
            f"{PERMISSIONS}.items[0].ipRanges.items[0]",
            id="a range is a text",
        ),
        pytest.param(
            event(requestParameters=one(ipRanges=[{"cidrIp": "10.0.0.0/8"}, {"cidrIp": "10.0.0.0/33"}])),
            f"{PERMISSIONS}.items[0].ipRanges[1].cidrIp",
            id="a range of too many bits, in a bare list",
        ),
        pytest.param(
            event(requestParameters=one(ipv6Ranges={"items": [{}]})),
            f"{PERMISSIONS}.items[0].ipv6Ranges.items[0].cidrIpv6",
            id="a range without address",
        ),
        pytest.param(
            event(requestParameters=one(groups={"items": [{"userId": "444455556666"}]})),
            f"{PERMISSIONS}.items[0].groups.items[0].groupId",
            id="a group pair without group",
        ),
        pytest.param(
            event(requestParameters=one(prefixListIds={"items": [{}]})),
            f"{PERMISSIONS}.items[0].prefixListIds.items[0].prefixListId",
            id="a prefix list without id",
        ),
        pytest.param(
            event(requestParameters=request({"ipRanges": [{"cidrIp": "10.0.0.0/8"}]})),
            f"{PERMISSIONS}.items[0].ipProtocol",
            id="no protocol",
        ),
        pytest.param(
            event(requestParameters=one(fromPort="ssh", ipRanges=[{"cidrIp": "10.0.0.0/8"}])),
            f"{PERMISSIONS}.items[0].fromPort",
            id="a port by name",
        ),
        pytest.param(
            event(requestParameters=one(fromPort=23, ipRanges=[{"cidrIp": "10.0.0.0/8"}])),
            f"{PERMISSIONS}.items[0].fromPort",
            id="ports the wrong way round",
        ),
        pytest.param(
            event(requestParameters=one(toPort=65536, ipRanges=[{"cidrIp": "10.0.0.0/8"}])),
            f"{PERMISSIONS}.items[0].fromPort",
            id="a port beyond the last",
        ),
        pytest.param(
            event(responseElements=answer()),
            "detail.responseElements.securityGroupRuleSet.items[0]",
            id="an answer's rule without source",
        ),
        pytest.param(
            event(responseElements=answer(cidrIpv4="world")),
            "detail.responseElements.securityGroupRuleSet.items[0].cidrIpv4",
            id="an answer's rule with no range in its range",
        ),
    ],
)
def test_a_malformed_field_is_named_by_its_path(malformed: dict[str, Any], path: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        parse_change(malformed)
    assert caught.value.path == path


def test_the_answer_wins_over_the_request_for_it_tells_what_ec2_made() -> None:
    response = answer(cidrIpv4="10.0.0.0/8", securityGroupRuleId="sgr-0aaaabbbbccccdddd")
    [rule] = parse_change(event(responseElements=response)).added
    assert words(rule) == "ingress tcp 22 10.0.0.0/8 [sgr-0aaaabbbbccccdddd]"


@pytest.mark.parametrize(
    ("told", "direction"),
    [
        (True, Direction.EGRESS),
        ("true", Direction.EGRESS),
        (False, Direction.INGRESS),
        (None, Direction.INGRESS),
    ],
    ids=repr,
)
def test_a_rules_own_direction_wins_over_that_of_the_call(told: Any, direction: Direction) -> None:
    response = answer(cidrIpv4="10.0.0.0/8", isEgress=told)
    [rule] = parse_change(event(responseElements=response)).added
    assert rule.direction is direction


@pytest.mark.parametrize(
    "named",
    [
        pytest.param(
            {"securityGroupRuleIds": {"items": [{"securityGroupRuleId": "sgr-01"}]}}, id="items of objects"
        ),
        pytest.param({"securityGroupRuleIds": {"items": ["sgr-01"]}}, id="items of texts"),
        pytest.param({"securityGroupRuleIds": ["sgr-01"]}, id="a bare list of texts"),
        pytest.param({"securityGroupRuleIds": [{"securityGroupRuleId": "sgr-01"}]}, id="a bare list"),
        pytest.param(
            {"securityGroupRuleIdSet": {"items": [{"securityGroupRuleId": "sgr-01"}]}}, id="another name"
        ),
        pytest.param({"securityGroupRuleIds": [{}, 7, "no id", "sgr-01"]}, id="beside what is no id"),
    ],
)
def test_a_revoke_by_rule_ids_is_read_in_every_shape_that_parsers_know(named: dict[str, Any]) -> None:
    change = parse_change(
        event(eventName="RevokeSecurityGroupIngress", requestParameters={"groupId": WEB, **named})
    )
    assert change.removed_rule_ids == ("sgr-01",)
    assert change.removed == ()


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("Client.UnauthorizedOperation", Outcome.DENIED),
        ("UnauthorizedOperation", Outcome.DENIED),
        ("AccessDenied", Outcome.DENIED),
        ("Client.AuthFailure", Outcome.DENIED),
        ("Client.InvalidPermission.Duplicate", Outcome.FAILED),
        ("Client.RulesPerSecurityGroupLimitExceeded", Outcome.FAILED),
        ("Client.DryRunOperation", Outcome.FAILED),
        ("Server.InternalError", Outcome.FAILED),
        ("", Outcome.SUCCEEDED),
        (None, Outcome.SUCCEEDED),
    ],
)
def test_the_error_code_tells_what_came_of_the_call(code: str | None, outcome: Outcome) -> None:
    change = parse_change(event(errorCode=code))
    assert change.outcome is outcome
    assert change.error_code == (code or None)


def test_the_error_code_wins_over_an_answer_that_looks_like_success() -> None:
    change = parse_change(event(errorCode="Client.DryRunOperation", responseElements={"_return": True}))
    assert change.outcome is Outcome.FAILED


def test_the_envelope_stands_in_for_an_account_and_a_region_that_the_record_lacks() -> None:
    change = parse_change(event(without=("recipientAccountId", "awsRegion")))
    assert (change.account_id, change.region) == ("111122223333", "eu-west-1")


def test_the_records_region_wins_over_the_envelopes() -> None:
    forwarded = {**event(awsRegion="ap-south-1", recipientAccountId="444455556666"), "region": "us-east-1"}
    change = parse_change(forwarded)
    assert (change.account_id, change.region) == ("444455556666", "ap-south-1")


def test_times_become_utc_with_a_resolution_of_one_second() -> None:
    change = parse_change(event(eventTime="2026-03-02T21:07:31.999+01:00"))
    assert change.time == datetime(2026, 3, 2, 20, 7, 31, tzinfo=UTC)
    assert change.time.tzinfo is UTC


class TestGlimpse:
    @pytest.mark.parametrize(
        "name", [*UNREADABLE, "authorize_ingress_ssh_from_world", "revoke_ingress_denied"]
    )
    def test_what_can_be_had_is_taken(self, name: str) -> None:
        loaded = load_event(name)
        change = glimpse_change(loaded, NOW)
        assert change.kind is ChangeKind.NOT_UNDERSTOOD
        assert change.event_id == loaded["detail"]["eventID"]
        assert change.event_name == loaded["detail"]["eventName"]
        assert (change.account_id, change.region) == ("111122223333", "eu-west-1")
        assert change.time == datetime(2026, 3, 2, 20, 7, 31, tzinfo=UTC)
        assert change.principal.name in {"alice", "bob", "carol@example.com", "pipeline-4711"}
        assert change.error_code == loaded["detail"].get("errorCode")

    @pytest.mark.parametrize(
        ("name", "group_id"),
        [
            ("authorize_ingress_source_group_by_name", WEB),
            ("modify_rules_without_source", WEB),
            ("revoke_ingress_denied", DB),
            ("authorize_ingress_denied_without_parameters", None),
        ],
    )
    def test_the_one_group_that_is_named_anywhere_is_the_group(self, name: str, group_id: str | None) -> None:
        change = glimpse_change(load_event(name), NOW)
        assert change.group_id == group_id
        assert change.mentioned == ((group_id,) if group_id else ())

    def test_several_groups_are_all_mentioned_and_none_is_taken_for_the_one(self) -> None:
        change = glimpse_change(event(requestParameters={"a": [APP, WEB, APP, "sg-xyz"]}), NOW)
        assert change.mentioned == (APP, WEB)
        assert change.group_id is None

    def test_no_more_than_so_many_groups_are_mentioned(self) -> None:
        ids = [f"sg-{number:08x}" for number in range(50)]
        assert glimpse_change(event(requestParameters={"a": ids}), NOW).mentioned == tuple(ids[:MAX_GROUPS])

    def test_the_same_event_without_an_id_gets_the_same_one_twice(self) -> None:
        bare = event(without=("eventID",))
        again = {**event(without=("eventID",)), "id": "another envelope"}
        first, second = glimpse_change(bare, NOW), glimpse_change(again, NOW.replace(hour=23))
        assert first.event_id == second.event_id
        assert is_identifier(first.event_id)

    def test_another_event_without_an_id_gets_another_one(self) -> None:
        first = glimpse_change(event(without=("eventID",)), NOW)
        second = glimpse_change(event(without=("eventID",), userAgent="aws-cli/1"), NOW)
        assert first.event_id != second.event_id

    @pytest.mark.parametrize(
        ("time", "envelope_time", "expected"),
        [
            pytest.param("2026-03-02T20:07:31Z", None, "2026-03-02T20:07:31+00:00", id="of the record"),
            pytest.param("soon", "2026-03-02T20:07:32Z", "2026-03-02T20:07:32+00:00", id="of the envelope"),
            pytest.param(None, 7, "2026-03-02T20:08:05+00:00", id="of receipt"),
        ],
    )
    def test_the_time_is_the_best_that_is_told(self, time: Any, envelope_time: Any, expected: str) -> None:
        glimpsed = glimpse_change({**event(eventTime=time), "time": envelope_time}, NOW)
        assert glimpsed.time.isoformat() == expected

    @pytest.mark.parametrize(
        "anything",
        [
            {},
            {"detail": None},
            {"detail": [1]},
            {"detail": {"userIdentity": "root"}},
            {"detail": {"userIdentity": {"type": ["Root"]}, "errorCode": {"a": 1}}},
            {"detail": {"recipientAccountId": "a#b", "awsRegion": "x" * 200, "eventName": 5}},
        ],
        ids=repr,
    )
    def test_anything_gives_a_change_with_identifiers_fit_for_keys(self, anything: dict[str, Any]) -> None:
        change = glimpse_change(anything, NOW)
        for identifier in (change.event_id, change.event_name, change.account_id, change.region):
            assert is_identifier(identifier)

    def test_an_identity_that_cannot_be_read_leaves_the_call_without_a_name(self) -> None:
        change = glimpse_change(event(userIdentity={"arn": ["x"]}), NOW)
        assert change.principal.name == "someone the record does not name"


@pytest.mark.parametrize(
    "response",
    [
        {"_return": True, "unknownIpPermissionSet": {}},
        {"_return": True, "revokedSecurityGroupRuleSet": None},
        {"_return": True, "revokedSecurityGroupRuleSet": {}, "unknownIpPermissionSet": {}},
        {"_return": True, "revokedSecurityGroupRuleSet": {"omitted": True}},
    ],
)
def test_a_response_that_names_no_rule_takes_nothing_back_of_what_was_asked_for(
    response: dict[str, Any],
) -> None:
    told = event(eventName="RevokeSecurityGroupIngress", responseElements=response)
    assert [rule.traffic for rule in parse_change(told).removed] == ["tcp 22"]
