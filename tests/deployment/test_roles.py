"""What each function's role allows, and what it does not."""

import json
from typing import Any

import pytest

from bot.aws.read_roles import ROLE
from tests.deployment.templates import FUNCTIONS, grants

pytestmark = pytest.mark.slow

# (role, action): EC2's Describe calls know no resources, nor does ListAccounts, and a prefix list may be of any account, or AWS's.
ANY_RESOURCE = {
    ("WorkerRole", "ec2:DescribeManagedPrefixLists"),
    ("WorkerRole", "ec2:DescribeNetworkInterfaces"),
    ("WorkerRole", "ec2:DescribeSecurityGroupRules"),
    ("WorkerRole", "ec2:DescribeSecurityGroups"),
    ("WorkerRole", "ec2:GetManagedPrefixListEntries"),
    ("WorkerRole", "organizations:ListAccounts"),
}


def test_no_role_may_do_everything_of_anything(template: dict[str, Any]) -> None:
    assert [action for _, action, _ in grants(template) if "*" in action] == []


def test_only_what_knows_no_resources_is_allowed_on_all(template: dict[str, Any]) -> None:
    assert {(role, action) for role, action, resource in grants(template) if resource == "*"} == (
        ANY_RESOURCE
    )


def test_a_star_stands_only_at_the_end_of_a_path_of_our_own(template: dict[str, Any]) -> None:
    paths = {
        resource["Fn::Sub"].split("${AWS::AccountId}:", 1)[1]
        for _, action, resource in grants(template)
        if resource != "*" and "*" in json.dumps(resource) and action != "sts:AssumeRole"
    }
    assert paths == {
        "parameter/panopticon/dev/*",
        *(f"log-group:/aws/lambda/panopticon-dev-{name}:*" for name in FUNCTIONS),
    }


def test_the_worker_alone_may_take_on_a_role_and_only_the_one_that_reads(template: dict[str, Any]) -> None:
    assert [(role, resource) for role, action, resource in grants(template) if action.startswith("sts:")] == [
        ("WorkerRole", {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::*:role/{ROLE}"})
    ]
    assert template["Resources"]["WorkerMayReadElsewhere"]["Condition"] == "TakesFromElsewhere"


def test_the_organisation_may_be_asked_only_where_that_is_wanted(template: dict[str, Any]) -> None:
    asking = [name for name, resource in template["Resources"].items() if "organizations:" in str(resource)]
    assert asking == ["WorkerMayReadNames"]
    assert template["Resources"]["WorkerMayReadNames"]["Condition"] == "AsksOrganization"
    assert template["Parameters"]["OrganizationNames"]["Default"] == "no"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_writes_its_own_log_and_makes_none(template: dict[str, Any], name: str) -> None:
    logs = {
        (action, resource["Fn::Sub"].rpartition("/")[2])
        for role, action, resource in grants(template)
        if role == f"{name.title()}Role" and action.startswith("logs:")
    }
    group = f"panopticon-dev-{name}:*"
    assert logs == {("logs:CreateLogStream", group), ("logs:PutLogEvents", group)}


def test_each_queue_is_read_by_its_function_alone(template: dict[str, Any]) -> None:
    readers = {
        (role, resource["Fn::GetAtt"][0])
        for role, action, resource in grants(template)
        if action in ("sqs:ReceiveMessage", "sqs:DeleteMessage")
    }
    assert readers == {("EventsRole", "EventsQueue"), ("WorkerRole", "JobsQueue")}


def test_the_function_that_faces_the_internet_may_not_call_ec2(template: dict[str, Any]) -> None:
    assert {role for role, action, _ in grants(template) if action.startswith("ec2:")} == {"WorkerRole"}
