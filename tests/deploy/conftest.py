"""What the tests of a deployment share: a person at a terminal, and an account in which a stack stands."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from deploy.account import Account
from deploy.stack import Stack, need_stack
from deploy.target import Target
from deploy.terminal import Terminal
from sandbox import Sandbox
from sandbox.aws import PARAMETERS, REGION, TABLE_NAME

TARGET = Target("prod", REGION)
FUNCTION_URL = "https://abc.lambda-url.ap-northeast-2.on.aws/"


@dataclass
class FakeTerminal(Terminal):
    """Gives the *answers* in their order, and keeps what was said and asked; `hidden` has the questions without echo."""

    answers: list[str] = field(default_factory=list)
    interactive: bool = True
    said: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    @property
    def is_interactive(self) -> bool:
        return self.interactive

    def say(self, words: str = "") -> None:
        self.said.append(words)

    def ask(self, question: str) -> str:
        self.said.append(question)
        return self.answers.pop(0)

    def ask_secret(self, question: str) -> str:
        self.hidden.append(question)
        return self.answers.pop(0)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def terminal() -> FakeTerminal:
    return FakeTerminal()


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    """The sandbox's account, found as any is: by the environment."""
    return Account()


MakeStack = Callable[..., Stack]


@pytest.fixture
def make_stack(sandbox: Sandbox, account: Account) -> MakeStack:
    """Have CloudFormation make a stack that says of itself what the deployed one does, for the sandbox's table and queues."""

    def make(**parameters: str) -> Stack:
        values = {"SlackApiUrl": sandbox.slack_api_url, "Channel": "", "Trail": "none", **parameters}
        outputs = {
            "FunctionUrl": FUNCTION_URL,
            "TableName": TABLE_NAME,
            "SlackParameters": PARAMETERS,
            "EventsQueueUrl": sandbox.aws.queue_urls["events"],
            "EventsDeadLettersUrl": sandbox.aws.queue_urls["events-dead"],
            "JobsDeadLettersUrl": sandbox.aws.queue_urls["jobs-dead"],
        }
        rule = {"EventPattern": {"source": ["aws.ec2"]}, "State": "ENABLED"}
        template = {
            "Parameters": {name: {"Type": "String", "Default": value} for name, value in values.items()},
            "Resources": {"ChangesRule": {"Type": "AWS::Events::Rule", "Properties": rule}},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        cloudformation = account.client("cloudformation")
        cloudformation.create_stack(StackName=TARGET.stack_name, TemplateBody=json.dumps(template))
        return need_stack(cloudformation, TARGET)

    return make
