"""`make package`: a template that CloudFormation takes without osls, beside the artifact that it deploys."""

import copy
import json
from pathlib import Path
from typing import Any

from deploy.errors import DeployError
from deploy.osls import COMPILED, ROOT, Osls
from deploy.target import Target
from deploy.terminal import Terminal

ARTIFACT = ROOT / "build" / "panopticon.zip"
TEMPLATE = ROOT / "build" / "template.json"

Template = dict[str, Any]

_DESCRIPTION = "Panopticon: every EC2 security group change, in Slack"

# What osls makes for itself: a bucket to upload to.
_OSLS_OWN = ("ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy")
_OSLS_OUTPUTS = ("ServerlessDeploymentBucketName",)

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = [
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
]


def package(terminal: Terminal, osls: Osls, target: Target) -> None:
    """
    Have osls compile serverless.yml, and write the template that stands alone.

    Raises:
        DeployError: osls could not, or compiled what cannot stand alone.
    """
    osls.package(target.parameters)
    template = stand_alone(json.loads(COMPILED.read_text(encoding="utf-8")))
    write(template, TEMPLATE)
    names = " and ".join(str(path.relative_to(ROOT)) for path in (ARTIFACT, TEMPLATE))
    terminal.say(
        f"{names} can be deployed by CloudFormation alone: put the first into a bucket, and give the second"
    )
    terminal.say("its parameters ArtifactBucket and ArtifactKey (docs/deploy.md).")


def write(template: Template, path: Path) -> None:
    """Write *template* where a pipeline takes it from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1) + "\n", encoding="utf-8")


def stand_alone(compiled: Template) -> Template:
    """
    Turn what osls has compiled into a template that needs nothing of osls.

    The artifact's place becomes two parameters; memory and the logs' retention, which osls takes as numbers only, two more.

    Raises:
        DeployError: it refers to what osls would have made.
    """
    template = copy.deepcopy(compiled)
    template["Description"] = _DESCRIPTION
    for name in _OSLS_OWN:
        template["Resources"].pop(name, None)
    for name in _OSLS_OUTPUTS:
        template["Outputs"].pop(name, None)
    functions = _properties(template, "AWS::Lambda::Function")
    groups = _properties(template, "AWS::Logs::LogGroup")
    template["Parameters"] = {
        **_own_parameters(functions[0]["MemorySize"], groups[0]["RetentionInDays"]),
        **template["Parameters"],
    }
    for function in functions:
        function["Code"] = {"S3Bucket": {"Ref": "ArtifactBucket"}, "S3Key": {"Ref": "ArtifactKey"}}
        function["MemorySize"] = {"Ref": "MemorySize"}
    for group in groups:
        group["RetentionInDays"] = {"Ref": "LogRetentionDays"}
    for resource in template["Resources"].values():
        _drop_needless_order(resource)
    left = [name for name in _OSLS_OWN if name in json.dumps(template)]
    if left:
        raise DeployError(f"The template cannot stand alone: it refers to {', '.join(left)}.")
    return template


def _own_parameters(memory: int, retention: int) -> dict[str, Any]:
    return {
        "ArtifactBucket": {
            "Type": "String",
            "MinLength": 3,
            "Description": "Bucket, in this region, that holds panopticon.zip",
        },
        "ArtifactKey": {
            "Type": "String",
            "MinLength": 1,
            "Description": "Key of panopticon.zip there; a new one for each build, else the functions keep the old code",
        },
        "MemorySize": {
            "Type": "Number",
            "Default": memory,
            "MinValue": 128,
            "MaxValue": 10240,
            "Description": "MB for each function; its CPU grows with it",
        },
        "LogRetentionDays": {
            "Type": "Number",
            "Default": retention,
            "AllowedValues": _RETENTIONS,
            "Description": "Days that CloudWatch keeps the logs",
        },
    }


def _properties(template: Template, kind: str) -> list[dict[str, Any]]:
    return [entry["Properties"] for entry in template["Resources"].values() if entry["Type"] == kind]


def _drop_needless_order(resource: dict[str, Any]) -> None:
    """Leave out of DependsOn what a function's role says already."""
    role = resource.get("Properties", {}).get("Role")
    if resource["Type"] == "AWS::Lambda::Function" and isinstance(role, dict) and "Fn::GetAtt" in role:
        resource["DependsOn"] = [name for name in resource["DependsOn"] if name != role["Fn::GetAtt"][0]]
