"""The template that a company's own pipeline deploys by CloudFormation alone."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.errors import DeployError
from deploy.standalone import stand_alone, write
from tests.deployment.templates import lint, of_type
from tests.test_names_agree import SERVERLESS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone(template: dict[str, Any]) -> dict[str, Any]:
    return stand_alone(template)


def test_cloudformation_would_find_no_fault(alone: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "build" / "template.json"
    write(alone, path)
    assert json.loads(path.read_text()) == alone
    assert lint(path) == []
    assert path.stat().st_size < 51_200  # what CloudFormation takes without a bucket


def test_it_asks_where_the_artifact_is_and_for_nothing_else(alone: dict[str, Any]) -> None:
    needed = [name for name, parameter in alone["Parameters"].items() if "Default" not in parameter]
    assert needed == ["ArtifactBucket", "ArtifactKey"]
    for function in of_type(alone, "AWS::Lambda::Function").values():
        assert function["Code"] == {"S3Bucket": {"Ref": "ArtifactBucket"}, "S3Key": {"Ref": "ArtifactKey"}}


def test_nothing_of_the_program_that_compiled_it_is_left(alone: dict[str, Any]) -> None:
    text = json.dumps(alone).lower()
    assert "serverless" not in text
    assert "export" not in text


def test_what_can_be_set_is_what_serverless_yml_sets_but_what_is_compiled(alone: dict[str, Any]) -> None:
    named = {name[0].upper() + name[1:] for name in SERVERLESS["params"]["default"]}
    compiled = {"Runtime", "Architecture", "SnapStart"}
    assert set(alone["Parameters"]) - {"ArtifactBucket", "ArtifactKey"} == named - compiled
    assert {f["MemorySize"]["Ref"] for f in of_type(alone, "AWS::Lambda::Function").values()} == {
        "MemorySize"
    }
    groups = of_type(alone, "AWS::Logs::LogGroup").values()
    assert {group["RetentionInDays"]["Ref"] for group in groups} == {"LogRetentionDays"}
    assert alone["Parameters"]["MemorySize"]["Default"] == 512
    assert alone["Parameters"]["LogRetentionDays"]["Default"] == 30


def test_every_other_resource_is_as_it_was(alone: dict[str, Any], template: dict[str, Any]) -> None:
    gone = set(template["Resources"]) - set(alone["Resources"])
    assert gone == {"ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy"}
    for name, resource in alone["Resources"].items():
        if resource["Type"] not in ("AWS::Lambda::Function", "AWS::Logs::LogGroup"):
            assert resource == template["Resources"][name]


def test_what_would_still_need_the_program_is_refused(template: dict[str, Any]) -> None:
    spoilt = copy.deepcopy(template)
    spoilt["Outputs"]["Bucket"] = {"Value": {"Ref": "ServerlessDeploymentBucket"}}
    with pytest.raises(DeployError, match="refers to ServerlessDeploymentBucket"):
        stand_alone(spoilt)
