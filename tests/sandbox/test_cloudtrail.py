"""The events that EC2 calls emit have the shapes of real records."""

from typing import Any

import pytest

from bot.core.calls import CALLS
from sandbox import ALICE, BOB, ERIN, ROOT, TERRAFORM, Principal, Sandbox
from sandbox.cloudtrail import OPERATIONS, Call, build_event


def detail(
    sandbox: Sandbox, operation: str, principal: Principal = ALICE, **parameters: Any
) -> dict[str, Any]:
    record: dict[str, Any] = sandbox.ec2(operation, principal, **parameters)["detail"]
    return record


def test_the_envelope_is_eventbridges(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()

    assert (event["source"], event["detail-type"]) == ("aws.ec2", "AWS API Call via CloudTrail")
    assert event["detail"]["eventSource"] == "ec2.amazonaws.com"
    assert event["account"] == event["detail"]["recipientAccountId"]
    assert event["region"] == event["detail"]["awsRegion"]
    assert event["time"] == event["detail"]["eventTime"]
    assert event["time"].endswith("Z")
    assert len(event["time"]) == len("2026-11-24T02:00:00Z")
    assert event["id"] != event["detail"]["eventID"]


def test_an_authorize_has_items_everywhere_and_a_rule_with_its_id_in_the_response(sandbox: Sandbox) -> None:
    group_id = sandbox.groups.ids["web-prod"]

    record = sandbox.open_ssh()["detail"]

    assert record["requestParameters"] == {
        "groupId": group_id,
        "ipPermissions": {
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "groups": {},
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0", "description": "temp debug"}]},
                    "ipv6Ranges": {},
                    "prefixListIds": {},
                }
            ]
        },
    }
    (rule,) = record["responseElements"]["securityGroupRuleSet"]["items"]
    rule_id = rule.pop("securityGroupRuleId")
    assert rule_id.startswith("sgr-")
    assert rule.pop("securityGroupRuleArn").endswith(f":security-group-rule/{rule_id}")
    assert rule == {
        "groupOwnerId": record["recipientAccountId"],
        "groupId": group_id,
        "isEgress": False,
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "cidrIpv4": "0.0.0.0/0",
        "description": "temp debug",
    }
    assert record["responseElements"]["_return"] is True


def test_direct_parameters_stand_beside_empty_ip_permissions(sandbox: Sandbox) -> None:
    where: dict[str, Any] = {"GroupId": sandbox.groups.ids["bastion"], "CidrIp": "0.0.0.0/0"}

    record = detail(
        sandbox, "AuthorizeSecurityGroupIngress", IpProtocol="tcp", FromPort=3389, ToPort=3389, **where
    )

    assert record["requestParameters"]["ipPermissions"] == {}
    assert record["requestParameters"]["cidrIp"] == "0.0.0.0/0"
    assert record["requestParameters"]["fromPort"] == 3389


def test_a_group_as_source_stands_under_groups(sandbox: Sandbox) -> None:
    ids = sandbox.groups.ids
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 1,
        "ToPort": 2,
        "UserIdGroupPairs": [{"GroupId": ids["bastion"]}],
    }

    record = detail(
        sandbox, "AuthorizeSecurityGroupIngress", GroupId=ids["db-prod"], IpPermissions=[permission]
    )

    (asked,) = record["requestParameters"]["ipPermissions"]["items"]
    assert asked["groups"] == {"items": [{"groupId": ids["bastion"]}]}
    (rule,) = record["responseElements"]["securityGroupRuleSet"]["items"]
    assert rule["referencedGroupInfo"]["groupId"] == ids["bastion"]


def test_a_revoke_tells_no_more_than_that_it_worked(sandbox: Sandbox) -> None:
    sandbox.open_ssh()

    record = sandbox.close_ssh()["detail"]

    assert record["eventName"] == "RevokeSecurityGroupIngress"
    assert record["responseElements"].keys() == {"requestId", "_return"}


def test_a_revoke_by_rule_id_lists_the_ids(sandbox: Sandbox) -> None:
    (rule,) = sandbox.open_ssh()["detail"]["responseElements"]["securityGroupRuleSet"]["items"]
    where = {"GroupId": rule["groupId"], "SecurityGroupRuleIds": [rule["securityGroupRuleId"]]}

    record = detail(sandbox, "RevokeSecurityGroupIngress", **where)

    assert record["requestParameters"] == {
        "groupId": rule["groupId"],
        "securityGroupRuleIds": {"items": [{"securityGroupRuleId": rule["securityGroupRuleId"]}]},
    }


def test_a_new_group_has_its_id_in_the_response_only(sandbox: Sandbox) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "web"}]}]
    named: dict[str, Any] = {"GroupName": "new", "Description": "A group", "VpcId": sandbox.groups.vpc_id}

    record = detail(sandbox, "CreateSecurityGroup", **named, TagSpecifications=tags)

    assert record["requestParameters"] == {
        "groupName": "new",
        "groupDescription": "A group",
        "vpcId": sandbox.groups.vpc_id,
        "tagSpecificationSet": {
            "items": [{"resourceType": "security-group", "tags": [{"key": "team", "value": "web"}]}]
        },
    }
    assert record["responseElements"]["groupId"].startswith("sg-")
    assert "tags" not in record["responseElements"]


@pytest.mark.parametrize(
    ("second_time", "code"),
    [
        (lambda sandbox: [sandbox.open_ssh(), sandbox.open_ssh()], "Client.InvalidPermission.Duplicate"),
        (lambda sandbox: [sandbox.close_ssh()], "Client.InvalidPermission.NotFound"),
        (lambda sandbox: [sandbox.delete_group(), sandbox.delete_group()], "Client.InvalidGroup.NotFound"),
    ],
)
def test_a_call_that_ec2_refuses_is_recorded_with_its_error(
    sandbox: Sandbox, second_time: Any, code: str
) -> None:
    record = second_time(sandbox)[-1]["detail"]

    assert record["errorCode"] == code
    assert record["errorMessage"]
    assert record["responseElements"] is None


def test_one_who_may_not_is_refused_and_changes_nothing(sandbox: Sandbox) -> None:
    before = sandbox.groups.rules()

    record = sandbox.open_ssh("web-prod", BOB)["detail"]

    assert record["errorCode"] == "Client.UnauthorizedOperation"
    assert sandbox.groups.rules() == before


@pytest.mark.parametrize(
    ("principal", "kind", "from_console"),
    [
        (ALICE, "AssumedRole", True),
        (TERRAFORM, "AssumedRole", False),
        (ERIN, "IAMUser", False),
        (ROOT, "Root", True),
    ],
    ids=["alice", "terraform", "erin", "root"],
)
def test_each_principal_is_written_as_cloudtrail_does(
    principal: Principal, kind: str, from_console: bool
) -> None:
    event = build_event(
        Call("DeleteSecurityGroup", {"GroupId": "sg-1"}, {"Return": True}), principal, 1_764_000_000
    )

    record = event["detail"]
    assert record["userIdentity"]["type"] == kind
    assert ("userName" in record["userIdentity"]) is (kind == "IAMUser")
    assert record.get("sessionCredentialFromConsole") == ("true" if from_console else None)


def test_a_call_whose_record_is_not_known_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="RunInstances"):
        build_event(Call("RunInstances", {}, {}), ALICE, 0)


def ids_of(sandbox: Sandbox) -> dict[str, str]:
    """Give what the calls of the new style are about: a group, a rule of it, a prefix list."""
    (rule,) = sandbox.open_ssh()["detail"]["responseElements"]["securityGroupRuleSet"]["items"]
    return {"group": rule["groupId"], "rule": rule["securityGroupRuleId"]}


def test_a_modify_is_wrapped_and_names_one_rule_as_an_object(sandbox: Sandbox) -> None:
    ids = ids_of(sandbox)
    values = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv4": "10.0.0.0/8"}
    rule = {"SecurityGroupRuleId": ids["rule"], "SecurityGroupRule": values}

    record = detail(sandbox, "ModifySecurityGroupRules", GroupId=ids["group"], SecurityGroupRules=[rule])

    assert record["requestParameters"] == {
        "ModifySecurityGroupRulesRequest": {"GroupId": ids["group"], "SecurityGroupRule": rule | {"tag": 1}}
    }
    answer = record["responseElements"]["ModifySecurityGroupRulesResponse"]
    assert answer.keys() == {"xmlns", "requestId", "return"}
    assert answer["return"] is True


def test_several_edits_of_a_prefix_list_are_a_list_and_the_answer_names_it(sandbox: Sandbox) -> None:
    prefix_list_id = sandbox.groups.prefix_list_id
    added = [{"Cidr": "198.51.100.0/24"}, {"Cidr": "192.0.2.0/24"}]

    record = detail(
        sandbox, "ModifyManagedPrefixList", PrefixListId=prefix_list_id, CurrentVersion=1, AddEntries=added
    )

    asked = record["requestParameters"]["ModifyManagedPrefixListRequest"]
    assert asked["AddEntry"] == [added[0] | {"tag": 1}, added[1] | {"tag": 2}]
    answer = record["responseElements"]["ModifyManagedPrefixListResponse"]
    assert answer["prefixList"]["prefixListId"] == prefix_list_id


def test_tags_name_resources_and_pairs(sandbox: Sandbox) -> None:
    group = sandbox.groups.ids["web-prod"]

    record = detail(sandbox, "CreateTags", Resources=[group], Tags=[{"Key": "team", "Value": "x"}])

    assert record["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": group}]},
        "tagSet": {"items": [{"key": "team", "value": "x"}]},
    }
    assert record["responseElements"].keys() == {"requestId", "_return"}


def test_the_groups_of_an_interface_are_a_set(sandbox: Sandbox) -> None:
    group = sandbox.groups.ids["db-prod"]

    record = detail(
        sandbox,
        "ModifyNetworkInterfaceAttribute",
        NetworkInterfaceId=sandbox.groups.interface_id,
        Groups=[group],
    )

    assert record["requestParameters"] == {
        "networkInterfaceId": sandbox.groups.interface_id,
        "groupSet": {"items": [{"groupId": group}]},
    }


def test_there_is_a_record_for_every_call_that_the_bot_reads() -> None:
    assert CALLS.keys() == OPERATIONS
