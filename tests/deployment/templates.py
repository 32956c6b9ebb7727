"""Reading a compiled CloudFormation template."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FUNCTIONS = {"events": 60, "slack": 10, "worker": 60}
"""The functions, and the seconds that each may take."""


def of_type(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Give the properties of each resource of a type, by its name in the template."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def properties(template: dict[str, Any], name: str) -> Any:
    return template["Resources"][name]["Properties"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def attribute(name: str, what: str = "Arn") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, what]}


def logical_name(function: str) -> str:
    return f"{function.title()}LambdaFunction"


def grants(template: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Give (role, action, resource) for everything that any role allows, also what it allows only under a condition."""
    assert not of_type(template, "AWS::IAM::ManagedPolicy")
    for name, role in of_type(template, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role
        for policy in role["Policies"]:
            yield from _granted(name, policy)
    for policy in of_type(template, "AWS::IAM::Policy").values():
        (role,) = policy["Roles"]
        yield from _granted(role["Ref"], policy)


def _granted(role: str, policy: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & set(statement)
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                yield role, action, resource


def lint(path: Path) -> list[tuple[str, str]]:
    """Give (rule, message) for each fault that cfn-lint finds in a template."""
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    command = [str(cfn_lint), "--format", "json", "--template", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [(match["Rule"]["Id"], match["Message"]) for match in json.loads(done.stdout)]
