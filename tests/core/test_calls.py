"""What each kind of call asks for, beyond the rules that it adds and removes."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.calls import ABOUT_RULES, CALLS, MAX_GROUPS, MAX_TAGGED, NEEDS_A_GROUP, READERS
from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    Discovery,
    Membership,
    PrefixListEdit,
    SecurityGroupChange,
    Tagging,
    VpcAssociation,
)
from bot.core.cloudtrail import parse_change
from bot.core.errors import MalformedEvent
from bot.core.rules import Rule, source_words
from tests.records import event, event_names, load_event

WEB = "sg-0a1b2c3d4e5f60718"
DB = "sg-0b2c3d4e5f6071829"
APP = "sg-0c3d4e5f607182930"
VPC = "vpc-0fedcba9876543210"
OFFICE = "pl-0123456789abcdef0"
INTERFACE = "eni-0a1b2c3d4e5f60718"
INSTANCE = "i-0a1b2c3d4e5f60718"


@dataclass(frozen=True)
class Reading:
    """What must be read from one event of tests/events."""

    groups: tuple[str, ...]
    modified: tuple[str, ...] = ()
    described: tuple[tuple[str, str | None], ...] = ()
    effect: Membership | Tagging | VpcAssociation | PrefixListEdit | Discovery | None = None
    is_cut: bool = False


def entry(cidr: str, description: str | None = None) -> tuple[Any, str | None]:
    return ip_network(cidr), description


READINGS = {
    "modify_rules": Reading((WEB,), modified=('tcp 8443 0.0.0.0/0 "true" sgr-0aaaabbbbccccdddd',)),
    "modify_rules_several": Reading(
        (DB,),
        modified=(
            'tcp 5432 2001:db8:1234::/48 "5432" sgr-0aaaabbbbccccdddd',
            f'tcp 5432 {OFFICE} "office" sgr-0eeeeffff00001111',
            f"all traffic {APP} sgr-0222233334444aaaa",
        ),
    ),
    "modify_rules_to_private_range": Reading(
        (WEB,), modified=('tcp 22 10.0.0.0/8 "false" sgr-0aaaabbbbccccdddd',)
    ),
    "modify_rules_not_found": Reading((WEB,), modified=("tcp 22 10.0.0.0/8 sgr-0999988887777aaaa",)),
    "modify_rules_omitted_parameters": Reading((), is_cut=True),
    "update_descriptions_ingress": Reading((WEB,), described=(("tcp 443 0.0.0.0/0", "public site"),)),
    "update_descriptions_egress": Reading((WEB,), described=(("all traffic 0.0.0.0/0", "anywhere"),)),
    "update_descriptions_by_rule_ids": Reading(
        (WEB,), described=(("sgr-0aaaabbbbccccdddd", "public site"), ("sgr-0eeeeffff00001111", None))
    ),
    "update_descriptions_cleared": Reading((DB,), described=(("tcp 5432 10.20.0.0/16", None),)),
    "associate_vpc": Reading((WEB,), effect=VpcAssociation(VPC)),
    "disassociate_vpc": Reading((WEB,), effect=VpcAssociation(VPC)),
    "modify_interface_one_group": Reading((WEB,), effect=Membership(INTERFACE)),
    "modify_interface_three_groups": Reading((WEB, DB, APP), effect=Membership(INTERFACE)),
    "modify_instance_groups": Reading((WEB, APP), effect=Membership(INSTANCE)),
    "create_tags_among_others": Reading((WEB,), effect=Tagging((("team", "payments"), ("critical", "true")))),
    "create_tags_managed_by": Reading((WEB, DB), effect=Tagging((("managed-by", "terraform"),))),
    "delete_tags_managed_by": Reading((WEB,), effect=Tagging((("managed-by", None), ("team", "payments")))),
    "delete_tags_all_of_two_groups": Reading((WEB, DB), effect=Tagging(())),
    "modify_prefix_list_one_entry": Reading(
        (), effect=PrefixListEdit(OFFICE, added=(entry("198.51.100.0/24", "new office"),), version=3)
    ),
    "modify_prefix_list_several_entries": Reading(
        (),
        effect=PrefixListEdit(
            OFFICE,
            added=(entry("0.0.0.0/0", "true"), entry("10.8.0.0/16")),
            removed=(ip_network("192.0.2.0/24"), ip_network("192.0.2.128/25")),
            version=3,
        ),
    ),
    "modify_prefix_list_entry_removed": Reading(
        (), effect=PrefixListEdit(OFFICE, removed=(ip_network("192.0.2.0/24"),), version=3)
    ),
    "modify_prefix_list_renamed": Reading((), effect=PrefixListEdit(OFFICE, version=3)),
    "restore_prefix_list": Reading((), effect=PrefixListEdit(OFFICE, restored_version=1, version=3)),
    "authorize_ingress_omitted_parameters": Reading((), is_cut=True),
    "authorize_ingress_omitted_permissions": Reading((DB,), is_cut=True),
    "revoke_ingress_omitted_parameters": Reading((), is_cut=True),
    "revoke_ingress_nothing_matched": Reading((WEB,)),
    "authorize_ingress_omitted_request": Reading((DB,)),
    "authorize_ingress_omitted_response": Reading((DB,)),
}


def words(rule: Rule) -> str:
    described = f' "{rule.description}"' if rule.description else ""
    return f"{rule.traffic} {source_words(rule.source)}{described} {rule.rule_id or ''}".rstrip()


def edit_words(edit: DescriptionEdit) -> tuple[str, str | None]:
    named = (
        edit.rule if isinstance(edit.rule, str) else f"{edit.rule.traffic} {source_words(edit.rule.source)}"
    )
    return named, edit.description


@pytest.mark.parametrize("name", READINGS)
def test_an_event_is_read(name: str) -> None:
    change = parse_change(load_event(name))
    assert READINGS[name] == Reading(
        groups=tuple(key.group_id for key in change.groups),
        modified=tuple(words(rule) for rule in change.modified),
        described=tuple(edit_words(edit) for edit in change.described),
        effect=change.effect,
        is_cut=change.is_cut,
    )


@pytest.mark.parametrize("call", CALLS)
def test_every_call_has_an_event_that_is_read_as_its_kind(call: str) -> None:
    recorded = [name for name in event_names() if load_event(name)["detail"]["eventName"] == call]
    kinds = set()
    for name in recorded:
        try:
            kinds.add(parse_change(load_event(name)).kind)
        except MalformedEvent:
            continue
    assert kinds == {CALLS[call]}


def test_every_kind_that_an_event_tells_and_one_can_understand_has_a_call_and_a_reader() -> None:
    assert (
        set(READERS) == set(CALLS.values()) == set(ChangeKind) - {ChangeKind.NOT_UNDERSTOOD, ChangeKind.FOUND}
    )
    assert set(READERS) > NEEDS_A_GROUP >= ABOUT_RULES


def test_a_modified_rule_has_no_direction_as_the_record_has_none() -> None:
    assert {rule.direction for rule in parse_change(load_event("modify_rules_several")).modified} == {None}


def asked(call: str, **parameters: Any) -> SecurityGroupChange:
    return parse_change(event(eventName=call, requestParameters=parameters))


def asked_newer(call: str, **parameters: Any) -> SecurityGroupChange:
    return asked(call, **{f"{call}Request": parameters})


RULE = {"SecurityGroupRuleId": "sgr-01", "SecurityGroupRule": {"IpProtocol": "-1", "CidrIpv4": "10.0.0.0/8"}}


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(RULE, id="an object"),
        pytest.param([RULE], id="a list of one"),
        pytest.param({"items": [RULE]}, id="items, as older calls do"),
    ],
)
def test_one_modified_rule_is_read_in_every_shape(rules: Any) -> None:
    change = asked_newer("ModifySecurityGroupRules", GroupId=WEB, SecurityGroupRule=rules)
    assert [words(rule) for rule in change.modified] == ["all traffic 10.0.0.0/8 sgr-01"]


def test_parameters_without_the_wrapper_of_newer_calls_are_read_too() -> None:
    change = asked("ModifySecurityGroupRules", GroupId=WEB, SecurityGroupRule=RULE)
    assert change.group_id == WEB
    assert len(change.modified) == 1


def test_a_text_among_tags_is_read_where_newer_calls_write_it_as_an_object() -> None:
    change = asked_newer(
        "AssociateSecurityGroupVpc", GroupId={"tag": 1, "content": WEB}, VpcId={"tag": 1, "content": VPC}
    )
    assert (change.group_id, change.effect) == (WEB, VpcAssociation(VPC))


@pytest.mark.parametrize("call", ["AssociateSecurityGroupVpc", "DisassociateSecurityGroupVpc"])
def test_the_further_vpc_is_not_taken_for_the_groups_own(call: str) -> None:
    change = asked(call, groupId=WEB, vpcId=VPC)
    assert change.vpc_id is None
    assert change.effect == VpcAssociation(VPC)


OMITTED = {"omitted": True}


@pytest.mark.parametrize(
    ("request_parameters", "response", "is_cut"),
    [
        pytest.param(OMITTED, {"_return": True}, True, id="the request"),
        pytest.param(OMITTED, OMITTED, True, id="both"),
        pytest.param({"omitted": "true"}, None, True, id="as a text"),
        pytest.param({"groupId": WEB}, OMITTED, True, id="the response, and the request has no rules"),
        pytest.param({"groupId": WEB, "ipPermissions": OMITTED}, None, True, id="the permissions"),
        pytest.param(
            {"groupId": WEB, "cidrIp": "10.0.0.0/8", "ipProtocol": "-1"},
            OMITTED,
            False,
            id="the response, and the request says it all",
        ),
    ],
)
def test_a_record_is_cut_where_aws_left_out_what_was_asked(
    request_parameters: Any, response: Any, is_cut: bool
) -> None:
    change = parse_change(event(requestParameters=request_parameters, responseElements=response))
    assert change.is_cut is is_cut
    assert change.group_id == request_parameters.get("groupId")
    assert bool(change.added) is not is_cut


def test_a_cut_record_is_about_the_one_group_that_it_names_anywhere() -> None:
    change = parse_change(event(requestParameters=OMITTED, responseElements={"seen": WEB}))
    assert change.group_id == WEB


def test_a_cut_record_that_names_several_groups_mentions_them() -> None:
    change = parse_change(event(requestParameters=OMITTED, responseElements={"seen": [WEB, DB]}))
    assert (change.group_id, change.mentioned) == (None, (WEB, DB))


@pytest.mark.parametrize(
    ("most", "call", "parameters"),
    [
        (MAX_TAGGED, "CreateTags", lambda ids: {"resourcesSet": [{"resourceId": each} for each in ids]}),
        (
            MAX_GROUPS,
            "ModifyInstanceAttribute",
            lambda ids: {"instanceId": INSTANCE, "groupSet": [{"groupId": each} for each in ids]},
        ),
    ],
    ids=["tags", "memberships"],
)
def test_of_many_groups_the_first_are_kept_each_once(most: int, call: str, parameters: Any) -> None:
    ids = [f"sg-{number:08x}" for number in range(most + 5)]
    change = asked(call, **parameters([ids[0], *ids]))
    assert change.mentioned == tuple(ids[:most])


def test_a_tag_as_long_as_no_tag_of_aws_is_cut() -> None:
    tags = [{"key": "k" * 1000, "value": "v" * 1000}]
    change = asked("CreateTags", resourcesSet=[{"resourceId": WEB}], tagSet=tags)
    assert change.effect == Tagging((("k" * 128, "v" * 256),))


REQUEST = "detail.requestParameters"


@pytest.mark.parametrize(
    ("call", "parameters", "path"),
    [
        pytest.param("ModifySecurityGroupRules", {"GroupId": WEB}, "ipPermissions", id="modifies no rule"),
        pytest.param(
            "ModifySecurityGroupRules",
            {"GroupId": WEB, "SecurityGroupRule": {"SecurityGroupRule": {}}},
            "SecurityGroupRule.SecurityGroupRuleId",
            id="modifies a rule without id",
        ),
        pytest.param(
            "ModifySecurityGroupRules",
            {"GroupId": WEB, "SecurityGroupRule": [RULE, {**RULE, "SecurityGroupRule": {"CidrIpv4": "all"}}]},
            "SecurityGroupRule[1].SecurityGroupRule.CidrIpv4",
            id="modifies the second rule to no range",
        ),
        pytest.param(
            "ModifySecurityGroupRules",
            {
                "GroupId": WEB,
                "SecurityGroupRule": {
                    "SecurityGroupRuleId": "sgr-01",
                    "SecurityGroupRule": {
                        "IpProtocol": "tcp",
                        "FromPort": 2,
                        "ToPort": 1,
                        "CidrIpv4": "10.0.0.0/8",
                    },
                },
            },
            "SecurityGroupRule.SecurityGroupRule.FromPort",
            id="modifies to ports the wrong way round",
        ),
        pytest.param("ModifySecurityGroupRules", {"SecurityGroupRule": RULE}, "groupId", id="of no group"),
        pytest.param("AssociateSecurityGroupVpc", {"GroupId": WEB}, "vpcId", id="associates no VPC"),
        pytest.param("AssociateSecurityGroupVpc", {"VpcId": VPC}, "groupId", id="associates no group"),
        pytest.param(
            "ModifyInstanceAttribute",
            {"groupSet": {"items": [{"groupId": WEB}]}},
            "networkInterfaceId",
            id="puts a group on nothing",
        ),
        pytest.param(
            "ModifyInstanceAttribute",
            {"instanceId": INSTANCE, "groupSet": {"items": [{}]}},
            "groupSet.items[0].groupId",
            id="puts a group without id on an instance",
        ),
        pytest.param(
            "DeleteTags", {"resourcesSet": [{}]}, "resourcesSet[0].resourceId", id="tags of nothing"
        ),
        pytest.param(
            "CreateTags",
            {"resourcesSet": [{"resourceId": WEB}], "tagSet": [{"value": "x"}]},
            "tagSet[0].key",
            id="a tag without key",
        ),
        pytest.param("ModifyManagedPrefixList", {}, "PrefixListId", id="changes no list"),
        pytest.param(
            "ModifyManagedPrefixList",
            {"PrefixListId": OFFICE, "AddEntry": {"Cidr": "office"}},
            "AddEntry.Cidr",
            id="adds an entry that is no range",
        ),
        pytest.param(
            "ModifyManagedPrefixList",
            {"PrefixListId": OFFICE, "RemoveEntry": [{}]},
            "RemoveEntry[0].Cidr",
            id="removes an entry without range",
        ),
        pytest.param(
            "RestoreManagedPrefixListVersion",
            {"PrefixListId": OFFICE, "PreviousVersion": "first"},
            "PreviousVersion",
            id="restores a version that is no number",
        ),
    ],
)
def test_a_malformed_field_is_named_by_its_path(call: str, parameters: dict[str, Any], path: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        asked(call, **parameters)
    assert caught.value.path == f"{REQUEST}.{path}"


def test_a_new_group_whose_tags_cannot_be_read_is_told_without_them() -> None:
    asked = {
        "groupName": "web-prod",
        "groupDescription": "web",
        "vpcId": VPC,
        "tagSpecificationSet": "team=payments",
    }
    change = parse_change(event(eventName="CreateSecurityGroup", requestParameters=asked))
    assert (change.kind, change.group_name, change.given_tags) == (ChangeKind.CREATE, "web-prod", ())
