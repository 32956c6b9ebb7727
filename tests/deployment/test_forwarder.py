"""What other regions and accounts get: a rule that forwards, and a role that may read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.aws.read_roles import ROLE
from tests.deployment.templates import as_list, lint
from tests.test_names_agree import RESOURCES, SERVERLESS, CloudFormation, actions

FORWARDER = Path(__file__).parent.parent.parent / "deploy" / "forwarder.yml"
TEMPLATE = yaml.load(FORWARDER.read_text(), Loader=CloudFormation)
MADE = TEMPLATE["Resources"]


def statements(role: str) -> list[dict[str, Any]]:
    (policy,) = MADE[role]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


@pytest.mark.slow
def test_cloudformation_would_find_no_fault() -> None:
    assert lint(FORWARDER) == []


def test_it_forwards_what_panopticon_takes_and_nothing_else() -> None:
    rule = MADE["ChangesRule"]["Properties"]
    assert rule["EventPattern"] == RESOURCES["ChangesRule"]["Properties"]["EventPattern"]
    assert "EventBusName" not in rule
    (target,) = rule["Targets"]
    assert (target["Arn"], target["RoleArn"]) == ("CentralBusArn", "ForwardingRole.Arn")
    assert target["DeadLetterConfig"] == {"Arn": "NotForwarded.Arn"}


def test_what_forwards_may_put_events_on_the_one_bus_and_do_nothing_else() -> None:
    assert statements("ForwardingRole") == [
        {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "CentralBusArn"}
    ]


def test_what_reads_may_only_read() -> None:
    allowed = {action for statement in statements("ReadRole") for action in as_list(statement["Action"])}
    assert allowed == {
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:GetManagedPrefixListEntries",
    }
    assert allowed >= {action for action in actions("WorkerRole") if action.startswith("ec2:")}


def test_the_role_is_the_one_that_the_worker_takes_on() -> None:
    assert MADE["ReadRole"]["Properties"]["RoleName"] == ROLE == SERVERLESS["custom"]["readRole"]


def test_the_role_lets_in_the_worker_of_the_buss_account_alone() -> None:
    (trust,) = MADE["ReadRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    principal, central = trust["Principal"]["AWS"]
    assert principal == "arn:${AWS::Partition}:iam::${Central}:root"
    assert central == {"Central": [4, [":", "CentralBusArn"]]}
    (who, _) = trust["Condition"]["ArnLike"]["aws:PrincipalArn"]
    # CloudFormation names a role after stack and resource, and adds letters.
    assert who == "arn:${AWS::Partition}:iam::${Central}:role/panopticon-*-WorkerRole-*"
    assert "RoleName" not in RESOURCES["WorkerRole"]["Properties"]
    assert SERVERLESS["service"] == "panopticon"
    assert trust["Condition"]["StringEquals"][0] == "AsksForOrganization"


def test_the_role_is_made_once_in_an_account_and_not_in_panopticons_own() -> None:
    assert MADE["ReadRole"]["Condition"] == "MakesReadRole"
    conditions = TEMPLATE["Conditions"]
    assert conditions["MakesRole"] == ["AWS::Region", "RoleRegion"]
    assert conditions["MakesReadRole"] == ["MakesRole", "IsElsewhere"]
