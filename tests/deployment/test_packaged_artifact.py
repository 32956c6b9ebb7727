"""The artifact as Lambda runs it: each function its own process under AWS's emulator, against moto and the sandbox's Slack."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import CHANNEL, JO, SAM, SIGNING_SECRET, Message, Sandbox
from sandbox.aws import ACCOUNT_ID, REGION
from sandbox.client import People
from sandbox.endpoint import BotEndpoint
from sandbox.functions import NAMES, Functions, Handler
from sandbox.queues import Queues
from tests.deployment.lambda_emulator import FunctionFailed, LambdaEmulator
from tests.deployment.templates import grants

pytestmark = pytest.mark.slow

# A transaction needs the rights of what it does; the store's put and update.
RIGHTS = {"TransactWriteItems": ("PutItem", "UpdateItem")}


@dataclass(frozen=True, slots=True)
class Deployed:
    """
    The three emulated functions, and the sandbox's people, queues and Function URL in front of them.

    `calls` are the calls to AWS that were made: (function, service, operation).
    """

    emulators: dict[str, LambdaEmulator]
    functions: Functions
    endpoint: BotEndpoint
    people: People
    queues: Queues
    calls: set[tuple[str, str, str]]


@pytest.fixture(scope="module")
def emulators(
    running_sandbox: Sandbox, unpacked: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, LambdaEmulator]]:
    folder = tmp_path_factory.mktemp("functions")
    environment = running_sandbox.aws.environment(running_sandbox.slack_api_url) | {"LOG_LEVEL": "INFO"}
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                LambdaEmulator.start(f"bot.handlers.{name}", unpacked, environment, folder)
            )
            for name in NAMES
        }


@pytest.fixture
def deployed(sandbox: Sandbox, emulators: dict[str, LambdaEmulator]) -> Iterator[Deployed]:
    """What is in the artifact, in place of the handlers of this process; nothing may have failed at the end."""
    calls: set[tuple[str, str, str]] = set()

    def handler(name: str) -> Handler:
        def handle(event: dict[str, Any], _context: object) -> Any:
            before = len(sandbox.aws.calls)
            answer = emulators[name].invoke(event)
            calls.update((name, call.service, call.operation) for call in sandbox.aws.calls[before:])
            return answer

        return handle

    functions = Functions(REGION, ACCOUNT_ID, {name: handler(name) for name in NAMES})
    endpoint = BotEndpoint(functions, SIGNING_SECRET, sandbox.clock)
    people = People(sandbox.slack, endpoint)
    yield Deployed(emulators, functions, endpoint, people, Queues(sandbox.aws, functions), calls)
    assert functions.errors == []


@pytest.fixture
def card(sandbox: Sandbox, deployed: Deployed) -> Message:
    """The card of SSH opened to the world, posted by the artifact."""
    sandbox.open_ssh()
    deployed.queues.drain()
    (message,) = sandbox.slack.messages(CHANNEL)
    return message


def logged(emulator: LambdaEmulator, level: str) -> list[dict[str, Any]]:
    """Give the structured lines of that *level* which the function has logged."""
    lines = [json.loads(line) for line in emulator.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("level") == level]


def test_a_batch_from_the_events_queue_becomes_a_card(
    sandbox: Sandbox, deployed: Deployed, card: Message
) -> None:
    assert card.text == f"🔴 Critical: SSH (tcp 22) open to the internet on web-prod, account {ACCOUNT_ID}"
    assert "alice@example.com" in card.plain()
    assert deployed.queues.dead("events") == deployed.queues.dead("jobs") == 0
    assert logged(deployed.emulators["events"], "INFO")
    assert logged(deployed.emulators["events"], "ERROR") == []


def test_of_a_batch_only_what_cannot_be_read_fails(sandbox: Sandbox, deployed: Deployed) -> None:
    good = sandbox.open_ssh()
    records = [
        {"messageId": "good", "body": json.dumps(good), "eventSource": "aws:sqs"},
        {"messageId": "bad", "body": "no JSON", "eventSource": "aws:sqs"},
    ]
    answer = deployed.functions.invoke("events", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    deployed.queues.drain()  # on a busy machine the card may have been put off
    (card,) = sandbox.slack.messages(CHANNEL)
    assert "SSH (tcp 22) open to the internet" in card.text


def test_a_signed_slash_command_is_answered(sandbox: Sandbox, deployed: Deployed, card: Message) -> None:
    answer = deployed.people.command(JO, "unacked")
    assert (answer.status, answer.error) == (200, None)
    (shown,) = sandbox.slack.ephemerals(JO)
    assert "SSH (tcp 22) open to the internet" in shown.plain()


def test_an_unsigned_request_is_refused_without_a_trace(sandbox: Sandbox, deployed: Deployed) -> None:
    answer = deployed.endpoint.request(
        b"command=%2Fsg-changes", {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status == 401
    assert "Traceback" not in answer.body
    assert sandbox.slack.ephemerals(JO) == []


def test_a_signed_click_acknowledges_the_card_for_everyone(
    sandbox: Sandbox, deployed: Deployed, card: Message
) -> None:
    answer = deployed.people.click(JO, card, "acknowledge")
    assert (answer.status, answer.error) == (200, None)
    (now,) = sandbox.slack.messages(CHANNEL)
    assert now.ts == card.ts
    assert "Acknowledged by" in now.plain()


def test_a_job_fills_the_modal_that_a_click_opened(
    sandbox: Sandbox, deployed: Deployed, card: Message
) -> None:
    answer = deployed.people.click(SAM, card, "view_rules")
    assert (answer.status, answer.error) == (200, None)
    loading = sandbox.slack.modal(SAM)
    assert loading is not None
    assert "Loading" in loading.plain()

    deployed.queues.drain()
    filled = sandbox.slack.modal(SAM)
    assert filled is not None
    assert "tcp 22 from 0.0.0.0/0" in filled.plain()
    assert ("ec2", "DescribeSecurityGroupRules") in {
        (call.service, call.operation) for call in sandbox.aws.calls
    }


def test_the_schedule_finds_nothing_left_undone(sandbox: Sandbox, deployed: Deployed, card: Message) -> None:
    sandbox.slack.calls.clear()
    deployed.queues.run_schedule()
    assert sandbox.slack.calls == []
    assert logged(deployed.emulators["worker"], "ERROR") == []


def test_each_function_calls_only_what_its_role_allows(
    sandbox: Sandbox, deployed: Deployed, template: dict[str, Any], card: Message
) -> None:
    """Moto lets everybody do everything; AWS would not."""
    for text in ("", "web-prod", "rules web-prod", "unacked", "doctor", "help"):
        assert deployed.people.command(JO, text).error is None
    for action in ("acknowledge", "unacknowledge", "view_rules", "recent_changes"):
        assert deployed.people.click(JO, card, action).error is None
    sandbox.close_ssh()
    sandbox.delete_group()
    deployed.queues.drain()
    deployed.queues.run_schedule()

    allowed = {(role, action) for role, action, _ in grants(template)}
    needed = {
        (f"{name.title()}Role", f"{service}:{right}")
        for name, service, operation in deployed.calls
        for right in RIGHTS.get(operation, (operation,))
    }
    assert {role for role, _ in needed} == {role for role, _ in allowed}
    assert needed - allowed == set()


def test_a_function_that_the_artifact_lacks_fails_and_says_so(
    running_sandbox: Sandbox, unpacked: Path, tmp_path: Path
) -> None:
    environment = running_sandbox.aws.environment(running_sandbox.slack_api_url)
    with (
        LambdaEmulator.start("bot.handlers.absent", unpacked, environment, tmp_path) as function,
        pytest.raises(FunctionFailed, match="absent"),
    ):
        function.invoke({})


def test_the_functions_see_neither_the_repository_nor_what_is_installed_beside_the_tests(
    running_sandbox: Sandbox, unpacked: Path, tmp_path: Path
) -> None:
    environment = running_sandbox.aws.environment(running_sandbox.slack_api_url)
    with (
        LambdaEmulator.start("sandbox.world.Sandbox", unpacked, environment, tmp_path) as function,
        pytest.raises(FunctionFailed, match="sandbox"),
    ):
        function.invoke({})
