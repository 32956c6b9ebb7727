"""EC2 of the sandbox does as AWS says where moto by itself does not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox

WORLD = "0.0.0.0/0"


def tcp(port: int, *cidrs: str, **more: Any) -> dict[str, Any]:
    ranges = [{"CidrIp": cidr} for cidr in cidrs]
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges, **more}


@pytest.fixture
def ec2(sandbox: Sandbox) -> Any:
    return sandbox.aws.ec2


@pytest.fixture
def group(sandbox: Sandbox, ec2: Any) -> str:
    """A group without ingress rules."""
    made = ec2.create_security_group(GroupName="new", Description="x", VpcId=sandbox.groups.vpc_id)
    return str(made["GroupId"])


def add(ec2: Any, group: str, *permissions: dict[str, Any]) -> list[dict[str, Any]]:
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(permissions))
    made: list[dict[str, Any]] = answer["SecurityGroupRules"]
    return made


def ingress(ec2: Any, group: str) -> list[dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [group]}]
    rules = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return [rule for rule in rules if not rule["IsEgress"]]


def sources(ec2: Any, group: str) -> set[str]:
    return {rule["CidrIpv4"] for rule in ingress(ec2, group)}


def test_an_authorize_answers_with_the_rules_of_all_its_permissions(ec2: Any, group: str) -> None:
    made = add(ec2, group, tcp(22, "10.0.0.0/8"), tcp(80, "10.1.0.0/16", "10.2.0.0/16"))

    assert [(rule["FromPort"], rule["CidrIpv4"]) for rule in made] == [
        (22, "10.0.0.0/8"),
        (80, "10.1.0.0/16"),
        (80, "10.2.0.0/16"),
    ]


def test_host_bits_are_cleared_also_where_a_rule_is_named_again(ec2: Any, group: str) -> None:
    add(ec2, group, tcp(22, "100.68.0.18/18"))
    assert sources(ec2, group) == {"100.68.0.0/18"}

    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        add(ec2, group, tcp(22, "100.68.0.1/18"))
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(22, "100.68.0.99/18")])
    assert sources(ec2, group) == set()


def test_a_refused_authorize_adds_none_of_its_rules(ec2: Any, group: str) -> None:
    add(ec2, group, tcp(22, "10.0.0.0/8"))

    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        add(ec2, group, tcp(80, "10.0.0.0/8"), tcp(22, "10.0.0.0/8"))
    assert len(ingress(ec2, group)) == 1


def test_a_description_is_no_part_of_what_a_rule_is(ec2: Any, group: str) -> None:
    pair = {"UserIdGroupPairs": [{"GroupId": group, "Description": "itself"}]}
    (made,) = add(ec2, group, tcp(22, **pair))
    assert made["Description"] == "itself"

    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        add(ec2, group, tcp(22, UserIdGroupPairs=[{"GroupId": group, "Description": "other"}]))


def test_no_more_than_sixty_rules_go_one_way(ec2: Any, group: str) -> None:
    many = tcp(22, *(f"10.0.{number}.0/24" for number in range(60)))
    add(ec2, group, many)

    with pytest.raises(ClientError, match="RulesPerSecurityGroupLimitExceeded"):
        add(ec2, group, tcp(22, "10.1.0.0/24"))
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[tcp(22, "10.1.0.0/24")])


def test_a_protocol_without_ports_is_a_rule_for_all_of_it(ec2: Any, group: str) -> None:
    (made,) = add(ec2, group, {"IpProtocol": "50", "IpRanges": [{"CidrIp": WORLD}]})

    assert (made["IpProtocol"], made["FromPort"], made["ToPort"]) == ("50", -1, -1)


def test_a_revoke_says_which_rules_went(ec2: Any, group: str) -> None:
    (made,) = add(ec2, group, tcp(22, WORLD))

    answer = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(22, WORLD)])

    (gone,) = answer["RevokedSecurityGroupRules"]
    assert gone == {
        "SecurityGroupRuleId": made["SecurityGroupRuleId"],
        "GroupId": group,
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "CidrIpv4": WORLD,
    }


def test_a_revoke_of_nothing_is_an_error_and_takes_nothing(ec2: Any, group: str) -> None:
    add(ec2, group, tcp(22, WORLD))

    with pytest.raises(ClientError, match=r"InvalidPermission\.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(22, WORLD), tcp(80, WORLD)])
    assert sources(ec2, group) == {WORLD}
    with pytest.raises(ClientError, match=r"InvalidSecurityGroupRuleId\.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=["sgr-0123456789abcdef0"])


def test_a_revoke_of_nothing_in_a_default_vpc_says_that_it_worked(ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="old", Description="x")["GroupId"]
    add(ec2, group, tcp(22, WORLD))

    answer = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[tcp(21, WORLD)])

    assert answer["Return"] is True
    assert answer["RevokedSecurityGroupRules"] == []
    assert [unknown["FromPort"] for unknown in answer["UnknownIpPermissions"]] == [21]
    assert sources(ec2, group) == {WORLD}


def modify(ec2: Any, rule: dict[str, Any], **new: Any) -> None:
    values = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22} | new
    item = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": values}
    ec2.modify_security_group_rules(GroupId=rule["GroupId"], SecurityGroupRules=[item])


def test_a_modified_rule_keeps_its_id_and_the_description_that_is_not_given_anew(
    ec2: Any, group: str
) -> None:
    (made,) = add(ec2, group, tcp(22, IpRanges=[{"CidrIp": WORLD, "Description": "temp"}]))

    modify(ec2, made, CidrIpv4="10.1.2.3/8", ToPort=23)

    (now,) = ingress(ec2, group)
    assert now["SecurityGroupRuleId"] == made["SecurityGroupRuleId"]
    assert (now["CidrIpv4"], now["ToPort"], now["Description"]) == ("10.0.0.0/8", 23, "temp")


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"CidrIpv4": "10.0.0.0/8"}, r"InvalidPermission\.Duplicate"),
        ({"ReferencedGroupId": "itself"}, "InvalidParameterValue"),
        ({"CidrIpv6": "::/0"}, "InvalidParameterValue"),
        ({}, "InvalidParameterValue"),
    ],
    ids=["what another rule is", "a group for a CIDR", "IPv6 for IPv4", "no source"],
)
def test_a_rule_may_not_become(ec2: Any, group: str, new: dict[str, str], code: str) -> None:
    _, made = add(ec2, group, tcp(22, "10.0.0.0/8"), tcp(22, WORLD))
    new = {name: group if value == "itself" else value for name, value in new.items()}

    with pytest.raises(ClientError, match=code):
        modify(ec2, made, **new)
    assert sources(ec2, group) == {"10.0.0.0/8", WORLD}


def test_rules_are_described_by_their_ids_and_only_where_they_are(ec2: Any, group: str) -> None:
    (made,) = add(ec2, group, tcp(22, WORLD))
    texts = [{"SecurityGroupRuleId": made["SecurityGroupRuleId"], "Description": "new"}]

    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=texts)

    assert ingress(ec2, group)[0]["Description"] == "new"
    with pytest.raises(ClientError, match=r"InvalidPermission\.NotFound"):
        ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=[tcp(80, WORLD)])


def test_a_group_that_another_names_or_an_interface_wears_cannot_be_deleted(
    sandbox: Sandbox, ec2: Any, group: str
) -> None:
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=sandbox.groups.ids["bastion"])

    subnet = ec2.create_subnet(VpcId=sandbox.groups.vpc_id, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert ec2.delete_security_group(GroupId=group)["GroupId"] == group


def test_the_default_group_of_a_vpc_cannot_be_deleted(ec2: Any) -> None:
    names = [{"Name": "group-name", "Values": ["default"]}]
    default = ec2.describe_security_groups(Filters=names)["SecurityGroups"][0]["GroupId"]

    with pytest.raises(ClientError, match="CannotDelete"):
        ec2.delete_security_group(GroupId=default)


@pytest.mark.parametrize("operation", ["describe_security_groups", "describe_security_group_rules"])
def test_lists_come_by_the_page(ec2: Any, operation: str) -> None:
    whole = list(ec2.get_paginator(operation).paginate())
    pages = list(ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}))

    name = next(name for name in pages[0] if name.startswith("SecurityGroup"))
    assert len(whole) == 1
    assert len(pages) > 1
    assert [item for page in pages for item in page[name]] == whole[0][name]


def entries(ec2: Any, prefix_list_id: str) -> set[str]:
    found = ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list_id)["Entries"]
    return {entry["Cidr"] for entry in found}


def test_a_prefix_list_keeps_its_name_knows_its_version_and_is_restored(ec2: Any) -> None:
    made = ec2.create_managed_prefix_list(
        PrefixListName="office", Entries=[{"Cidr": "10.0.0.0/8"}], MaxEntries=2, AddressFamily="IPv4"
    )["PrefixList"]
    prefix_list_id = made["PrefixListId"]

    ec2.modify_managed_prefix_list(
        PrefixListId=prefix_list_id, CurrentVersion=1, AddEntries=[{"Cidr": "192.0.2.7/24"}]
    )

    (listed,) = ec2.describe_managed_prefix_lists(PrefixListIds=[prefix_list_id])["PrefixLists"]
    assert (listed["PrefixListName"], listed["Version"]) == ("office", 2)
    assert entries(ec2, prefix_list_id) == {"10.0.0.0/8", "192.0.2.0/24"}
    more = {"PrefixListId": prefix_list_id, "AddEntries": [{"Cidr": "198.51.100.0/24"}]}
    with pytest.raises(ClientError, match="PrefixListVersionMismatch"):
        ec2.modify_managed_prefix_list(CurrentVersion=1, **more)
    with pytest.raises(ClientError, match="PrefixListMaxEntriesExceeded"):
        ec2.modify_managed_prefix_list(CurrentVersion=2, **more)

    ec2.restore_managed_prefix_list_version(PrefixListId=prefix_list_id, PreviousVersion=1, CurrentVersion=2)
    assert entries(ec2, prefix_list_id) == {"10.0.0.0/8"}


def test_interfaces_are_listed_by_the_page_also_by_the_groups_of_their_instance(
    sandbox: Sandbox, ec2: Any
) -> None:
    web = sandbox.groups.ids["web-prod"]
    filters = [{"Name": "group-id", "Values": [web]}]
    (spare,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[sandbox.groups.interface_id])[
        "NetworkInterfaces"
    ]
    for _ in range(4):
        ec2.create_network_interface(SubnetId=spare["SubnetId"], Groups=[web])
    first = ec2.describe_network_interfaces(Filters=filters, MaxResults=5)
    rest = ec2.describe_network_interfaces(Filters=filters, MaxResults=5, NextToken=first["NextToken"])

    listed = [*first["NetworkInterfaces"], *rest["NetworkInterfaces"]]
    assert len({interface["NetworkInterfaceId"] for interface in listed}) == len(listed) == 7
    assert "NextToken" not in rest


def test_an_instance_that_gets_other_groups_has_no_others(sandbox: Sandbox, ec2: Any, group: str) -> None:
    instance_id = sandbox.groups.instance_id
    ec2.modify_instance_attribute(InstanceId=instance_id, Groups=[group])

    of_instance = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    (interface,) = ec2.describe_network_interfaces(Filters=of_instance)["NetworkInterfaces"]
    assert [worn["GroupId"] for worn in interface["Groups"]] == [group]


def test_what_a_service_runs_says_which_service_it_is(sandbox: Sandbox, ec2: Any) -> None:
    filters = [{"Name": "group-id", "Values": [sandbox.groups.ids["db-prod"]]}]
    (interface,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]

    assert interface["RequesterManaged"] is True
    assert (interface["RequesterId"], interface["Status"]) == ("amazon-rds", "in-use")
    assert interface["Description"] == "RDSNetworkInterface"
