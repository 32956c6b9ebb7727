"""Deploying: what osls is told, and what the person is led to."""

import json
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest

from deploy.account import Account
from deploy.app import FILLED
from deploy.deployment import Deploying
from deploy.errors import DeployError
from deploy.osls import Osls
from deploy.preflight import Preflight
from sandbox import Sandbox
from sandbox.aws import PARAMETERS
from tests.deploy.conftest import FUNCTION_URL, TARGET, FakeTerminal, MakeStack


class Cloud:
    """Stands for osls: makes the stack in its stead, and keeps what it was told; fails with a *status* that is not 0."""

    def __init__(self, make_stack: MakeStack) -> None:
        self.make_stack = make_stack
        self.status = 0
        self.commands: list[list[str]] = []
        self.is_there = False

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(list(command[1:]))
        if not self.status and not self.is_there:
            parameters = dict(
                option.removeprefix("--param=").split("=", 1) for option in command if "--param=" in option
            )
            self.make_stack(Trail=parameters["trail"])
            self.is_there = True
        return self.status


@pytest.fixture
def cloud(make_stack: MakeStack) -> Cloud:
    return Cloud(make_stack)


@pytest.fixture
def deploying(terminal: FakeTerminal, account: Account, cloud: Cloud) -> Deploying:
    preflight = Preflight(terminal, account, TARGET, lambda: "v20.0.0")
    return Deploying(
        terminal, account, TARGET, preflight, Osls(TARGET, account.region, cloud), lambda *_: 401
    )


def forget_slack(sandbox: Sandbox) -> None:
    for name in ("bot-token", "signing-secret", "channel"):
        sandbox.aws.ssm.delete_parameter(Name=f"{PARAMETERS}/{name}")


def test_before_there_is_an_app_it_leads_to_creating_one(
    deploying: Deploying, terminal: FakeTerminal, cloud: Cloud, sandbox: Sandbox
) -> None:
    forget_slack(sandbox)
    terminal.answers = ["y"]
    deploying.deploy()
    assert cloud.commands == [
        ["deploy", "--stage", "prod", "--region", sandbox.aws.ec2.meta.region_name, "--param=trail=region"]
    ]
    assert FUNCTION_URL in terminal.text
    assert "https://api.slack.com/apps?new_app=1&manifest_json=" in terminal.text
    assert terminal.said[-1].endswith("Then: make connect")
    written = json.loads(FILLED.read_text())
    assert written["settings"]["interactivity"]["request_url"] == f"{FUNCTION_URL}slack/events"


def test_once_it_is_connected_it_leads_no_more_to_a_new_app(
    deploying: Deploying, terminal: FakeTerminal
) -> None:
    terminal.answers = ["y"]
    deploying.deploy()
    assert "It is connected with Slack" in terminal.text
    assert "new_app" not in terminal.text


def test_a_second_time_keeps_the_trail_and_asks_nothing(
    deploying: Deploying, terminal: FakeTerminal, cloud: Cloud
) -> None:
    terminal.answers = ["y"]
    deploying.deploy()
    deploying.deploy()
    assert [command[-1] for command in cloud.commands] == ["--param=trail=region"] * 2
    assert terminal.answers == []


def test_what_was_given_reaches_osls(deploying: Deploying, cloud: Cloud) -> None:
    target = replace(TARGET, parameters=MappingProxyType({"trail": "none", "logLevel": "DEBUG"}))
    replace(deploying, target=target).deploy()
    assert cloud.commands[0][-2:] == ["--param=logLevel=DEBUG", "--param=trail=none"]


def test_an_address_that_nobody_can_reach_is_said(deploying: Deploying, terminal: FakeTerminal) -> None:
    terminal.answers = ["n"]
    replace(deploying, fetch=lambda *_: 403).deploy()
    assert "service control policy" in terminal.text


def test_when_osls_fails_nothing_is_promised(
    deploying: Deploying, terminal: FakeTerminal, cloud: Cloud
) -> None:
    terminal.answers = ["n"]
    cloud.status = 1
    with pytest.raises(DeployError, match="osls could not deploy"):
        deploying.deploy()
    assert "is deployed" not in terminal.text


def test_with_nobody_to_ask_and_no_trail_nothing_is_deployed(
    deploying: Deploying, terminal: FakeTerminal, cloud: Cloud
) -> None:
    terminal.interactive = False
    with pytest.raises(DeployError, match="no card would ever come"):
        deploying.deploy()
    assert cloud.commands == []
