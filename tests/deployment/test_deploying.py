"""A deployment's life as a person goes through it, with osls itself, on an account that CloudFormation fills."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import BOT_TOKEN, CHANNEL, Sandbox
from tests.deployment.cloud import FUNCTION_URL, Cloud
from tests.deployment.conftest import ROOT
from tests.terminals import type_answers

pytestmark = pytest.mark.slow

REGION = "eu-west-1"
STACK = "panopticon-prod"
SECRET = "8f742231b10e8888abcd99eeefff85a5"


@dataclass(frozen=True, slots=True)
class Clone:
    """A copy of what is deployed from, and the account that it is deployed to."""

    folder: Path
    cloud: Cloud
    slack_api_url: str

    def run(self, step: str, *options: str) -> "subprocess.CompletedProcess[str]":
        """Run a step with nobody at the keyboard."""
        return subprocess.run(
            [sys.executable, "-m", "deploy", step, *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def type(self, step: str, answers: Sequence[str]) -> tuple[int, str]:
        """Run a step on a terminal, type one of *answers* at each question, and give its status and all that showed."""
        return type_answers(
            [sys.executable, "-m", "deploy", step], answers, cwd=self.folder, env=self.environment
        )

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.cloud.environment(REGION)}

    def stack(self) -> dict[str, Any]:
        """Give the stack as CloudFormation describes it."""
        found: dict[str, Any]
        (found,) = self.cloud.client("cloudformation", REGION).describe_stacks(StackName=STACK)["Stacks"]
        return found


@pytest.fixture(scope="module")
def clone(
    artifact: Path, running_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clone]:
    folder = tmp_path_factory.mktemp("clone")
    for name in ("bot", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("serverless.yml", "manifest.json", "package.json"):
        shutil.copy(ROOT / name, folder)
    (folder / "build").mkdir()
    shutil.copy(artifact, folder / "build")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    running_sandbox.reset()
    with Cloud.start() as cloud:
        yield Clone(folder, cloud, running_sandbox.slack_api_url)


@pytest.fixture(scope="module")
def first(clone: Clone) -> "subprocess.CompletedProcess[str]":
    """The first deployment, before there is a Slack app."""
    return clone.run("deploy", "--param", "trail=none", "--param", f"slackApiUrl={clone.slack_api_url}")


def test_from_nothing_to_a_stack_and_the_way_to_the_app(
    clone: Clone, first: "subprocess.CompletedProcess[str]"
) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert clone.stack()["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert f"Slack's address of it: {FUNCTION_URL}" in first.stdout
    assert "https://api.slack.com/apps?new_app=1&manifest_json=" in first.stdout
    manifest = json.loads((clone.folder / "build" / "manifest.json").read_text())
    assert manifest["settings"]["interactivity"]["request_url"] == f"{FUNCTION_URL}slack/events"


@pytest.mark.usefixtures("first")
def test_what_is_typed_is_stored_and_does_not_show(clone: Clone) -> None:
    status, shown = clone.type("connect", [BOT_TOKEN, SECRET, CHANNEL])
    assert status == 0, shown
    assert "panopticon in Sandbox, scopes chat:write, commands" in shown
    assert "Stored under /panopticon/prod" in shown
    assert BOT_TOKEN not in shown
    assert SECRET not in shown
    names = [f"/panopticon/prod/{name}" for name in ("bot-token", "signing-secret", "channel")]
    stored = clone.cloud.client("ssm", REGION).get_parameters(Names=names, WithDecryption=True)["Parameters"]
    assert {entry["Value"] for entry in stored} == {BOT_TOKEN, SECRET, CHANNEL}


@pytest.mark.usefixtures("first")
def test_a_second_deployment_renews_the_stack_by_what_is_said_now(clone: Clone) -> None:
    again = clone.run(
        "deploy",
        *(
            "--param",
            "trail=none",
            "--param",
            "historyDays=90",
            "--param",
            f"slackApiUrl={clone.slack_api_url}",
        ),
    )
    assert again.returncode == 0, again.stdout + again.stderr
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in clone.stack()["Parameters"]}
    assert parameters["HistoryDays"] == "90"
    assert "there (" in again.stdout


@pytest.mark.usefixtures("first")
def test_a_group_of_the_proof_does_not_stay_though_no_card_comes(clone: Clone) -> None:
    """Moto tells nobody of a call, so none can; and the stack's own rule and queues are looked at."""
    done = clone.run("prove", "--seconds", "1")
    assert done.returncode == 1
    assert "No card came within 1 s." in done.stderr
    assert 'No trail logs management writes here. make deploy PARAMS="trail=region" makes one.' in done.stderr
    groups = clone.cloud.client("ec2", REGION).describe_security_groups()["SecurityGroups"]
    assert not [group for group in groups if group["GroupName"].startswith("panopticon")]


@pytest.mark.usefixtures("first")
def test_removed_it_is_gone_but_for_the_table_and_can_be_removed_again(clone: Clone) -> None:
    table = {entry["OutputKey"]: entry["OutputValue"] for entry in clone.stack()["Outputs"]}["TableName"]
    removed = clone.run("remove", "--yes")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert f"--table-name {table}" in removed.stdout
    again = clone.run("remove", "--yes")
    assert (again.returncode, again.stdout.strip().endswith("Nothing to remove.")) == (0, True)


def test_the_template_that_stands_alone_is_made_with_nobodys_credentials(clone: Clone) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "package", "--stage", "prod", "--param", "logLevel=DEBUG"],
        cwd=clone.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(clone.folder), "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    template = json.loads((clone.folder / "build" / "template.json").read_text())
    assert template["Parameters"]["LogLevel"]["Default"] == "DEBUG"
    assert "build/panopticon.zip and build/template.json" in done.stdout
