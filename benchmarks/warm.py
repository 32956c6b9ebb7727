"""
What a user waits for when Lambda is warm: one request after another, in AWS's Lambda emulator, beside a bare Bolt echo.

In each round somebody types a command that is echoed, and /sg-changes, which lists the latest changes; an event comes, which
makes a card; somebody clicks on its Acknowledge, and the card is drawn anew. The functions run from the packaged artifact,
each in an emulator of its own. The store is DynamoDB Local; Slack, the queue and the parameters are the sandbox's. How long a
function waited for them is taken in its own process, at its sockets (`timed_app`).

How often it calls them is counted where the calls arrive, whatever they are sent by: in rounds of their own, in which the store
is the sandbox's too, as DynamoDB Local counts nothing. Exits with 1 if a target is missed, and fails if a call or a wait that
must be there was not seen.

    python -m benchmarks.warm --rounds 1000
"""

import argparse
import contextlib
import json
import statistics
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3

from benchmarks.figures import Figure, NotSeen, table
from benchmarks.unpacked import Apps, unpacked_apps
from sandbox import CHANNEL, JO, SIGNING_SECRET, Sandbox
from sandbox.aws import ACCOUNT_ID, REGION, table_definition
from sandbox.client import People
from sandbox.endpoint import BotEndpoint
from sandbox.functions import Functions, Handler
from sandbox.principals import iam_user
from sandbox.queues import sqs_record
from sandbox.world import BOT_TOKEN
from tests.deployment.lambda_emulator import LambdaEmulator
from tests.dynamodb_local import DynamoDBLocal

COMMAND, CLICK, EVENT, ECHO = "slash command", "Acknowledge", "event to card", "echo"
OWN_MILLISECONDS = 10
ALERT_CALLS = 5

_WARMING = 30  # rounds that do not count
_COUNTED = 50  # rounds in which calls are counted
_STEP_SECONDS = 2
_GROUPS = 50
_ECHO = "a Bolt echo"
_DYNAMODB, _SLACK, _OTHERS = "DynamoDB", "Slack", "SQS and SSM"
_CALLED = {COMMAND: (_DYNAMODB,), CLICK: (_DYNAMODB, _SLACK), EVENT: (_DYNAMODB, _SLACK)}
"""Whom each cannot do without."""
_SERVICES = {"dynamodb": _DYNAMODB, "sqs": _OTHERS, "ssm": _OTHERS}


@dataclass(frozen=True, slots=True)
class Sample:
    """
    One invocation: *whole* is how long its caller waited, *inside* how long the handler took, *waited* how long of that each
    service took, all in seconds; *called* is how often each of the sandbox's services was called, as these count it.
    """

    whole: float
    inside: float
    waited: Mapping[str, float]
    called: Mapping[str, int]

    @property
    def own(self) -> float:
        """What is neither waiting for others nor the emulator's."""
        return self.inside - sum(self.waited.values())


class Timed(Protocol):
    """A function that `timed_app` stands before."""

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Invoke it, and give its answer with the seconds that it took and waited."""

    def log(self) -> str:
        """Give what it has written."""


class Warm:
    """The functions, each warm in its emulator, and the people in front of them."""

    def __init__(
        self, sandbox: Sandbox, emulators: Mapping[str, Timed], ports: Mapping[int, str], rounds: int
    ) -> None:
        """*emulators* are by function, *ports* say which service listens where."""
        self.samples: dict[str, list[Sample]] = defaultdict(list)
        self._sandbox, self._emulators, self._ports = sandbox, emulators, ports
        self._people = {name: self._people_of(name) for name in ("slack", "echo")}
        self._doing = ""
        self._template = sandbox.open_ssh()
        sandbox.aws.sqs.purge_queue(QueueUrl=sandbox.aws.queue_urls["events"])
        self._begin = datetime.now(UTC) - timedelta(seconds=_STEP_SECONDS * rounds)
        self._done = 0

    def go_round(self) -> None:
        """Do each thing once."""
        self._done += 1
        for doing, function in ((ECHO, "echo"), (COMMAND, "slack")):
            self._doing = doing
            answer = self._people[function].command(JO)
            assert answer.status == 200, answer
        count = len(self._sandbox.slack.messages(CHANNEL))
        self._doing = EVENT
        self._invoke("events", {"Records": [self._record()]})
        cards = self._sandbox.slack.messages(CHANNEL)
        assert len(cards) == count + 1, f"no card was posted: {self._emulators['events'].log()[-4000:]}"
        self._doing = CLICK
        self._people["slack"].click(JO, cards[-1], "acknowledge")
        redrawn = self._sandbox.slack.find(CHANNEL, cards[-1].ts)
        assert redrawn is not None
        assert "Acknowledged by" in redrawn.plain(), "the card was not redrawn"

    def _people_of(self, function: str) -> People:
        handlers: dict[str, Handler] = {"slack": lambda event, _: self._invoke(function, event)}
        functions = Functions(REGION, ACCOUNT_ID, handlers)
        return People(self._sandbox.slack, BotEndpoint(functions, SIGNING_SECRET, self._sandbox.clock))

    def _invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        of_aws, of_slack = len(self._sandbox.aws.calls), len(self._sandbox.slack.calls)
        began = time.perf_counter()
        told = self._emulators[function].invoke(event)
        whole = time.perf_counter() - began
        waited = {self._ports[int(port)]: seconds for port, seconds in told["waited"].items()}
        called = Counter(_SERVICES[call.service] for call in self._sandbox.aws.calls[of_aws:])
        called[_SLACK] = len(self._sandbox.slack.calls) - of_slack
        self.samples[self._doing].append(Sample(whole, told["seconds"], waited, called))
        return told["answer"]

    def _record(self) -> dict[str, Any]:
        """Make the record of an event by which another port of one of some groups is opened to the world, in a session of its own."""
        event = deepcopy(self._template)
        detail = event["detail"]
        at = self._begin + timedelta(seconds=_STEP_SECONDS * self._done)
        group_id = f"sg-{self._done % _GROUPS:017x}"
        port = 1024 + self._done
        detail |= {
            "eventID": str(uuid.uuid4()),
            "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "userIdentity": iam_user("jo", f"AKIAEXAMPLE{self._done:09}"),
        }
        detail["requestParameters"]["groupId"] = group_id
        (asked,) = detail["requestParameters"]["ipPermissions"]["items"]
        (made,) = detail["responseElements"]["securityGroupRuleSet"]["items"]
        for rule in (asked, made):
            rule |= {"fromPort": port, "toPort": port}
        made |= {"groupId": group_id, "securityGroupRuleId": f"sgr-{self._done:017x}"}
        message = {
            "MessageId": detail["eventID"],
            "ReceiptHandle": "-",
            "Body": json.dumps(event),
            "MD5OfBody": "-",
        }
        return sqs_record(message, f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:events")


@contextlib.contextmanager
def _warm(apps: Apps, rounds: int, dynamodb: str | None = None) -> Iterator[Warm]:
    """Run the functions for so many rounds, on the *dynamodb* of that address or, without one, on the sandbox's."""
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox.start())
        environment = sandbox.aws.environment(sandbox.slack_api_url)
        if dynamodb:
            environment["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb
        of_events = environment | {"BENCH_STEP_SECONDS": str(_STEP_SECONDS), "BENCH_STEPS": str(rounds)}
        of_echo = environment | {"BENCH_TOKEN": BOT_TOKEN, "BENCH_SECRET": SIGNING_SECRET}
        emulators = {
            name: stack.enter_context(
                LambdaEmulator.start(f"timed_app.{name}", unpacked, variables, apps.folder)
            )
            for name, unpacked, variables in (
                ("slack", apps.ours, environment),
                ("events", apps.ours, of_events),
                ("echo", apps.usual, of_echo),
            )
        }
        addresses = {sandbox.aws.endpoint: _OTHERS, sandbox.slack_api_url: _SLACK}
        if dynamodb:
            addresses[dynamodb] = _DYNAMODB
        yield Warm(
            sandbox, emulators, {urlsplit(url).port or 0: name for url, name in addresses.items()}, rounds
        )


def measure(rounds: int, warming: int = _WARMING) -> tuple[dict[str, list[Sample]], dict[str, list[Sample]]]:
    """Go so many rounds, after some that do not count; gives their samples, and those of the rounds in which calls are counted."""
    with unpacked_apps() as apps:
        with _warm(apps, _COUNTED + warming) as warm:
            counted = _go(warm, _COUNTED, warming)
        check_counted(counted)
        with DynamoDBLocal.start() as endpoint:
            session = boto3.Session("testing", "testing", region_name=REGION)
            session.client("dynamodb", endpoint_url=endpoint).create_table(**table_definition())
            with _warm(apps, rounds + warming, endpoint) as warm:
                return _go(warm, rounds, warming), counted


def _go(warm: Warm, rounds: int, warming: int) -> dict[str, list[Sample]]:
    for _ in range(warming):
        warm.go_round()
    warm.samples.clear()
    for _ in range(rounds):
        warm.go_round()
    return dict(warm.samples)


def figures(rounds: int = 1000) -> list[Figure]:
    """Measure so many rounds."""
    return figures_of(*measure(rounds))


def figures_of(samples: Mapping[str, list[Sample]], counted: Mapping[str, list[Sample]]) -> list[Figure]:
    """
    Say what *samples* come to, and how often those *counted* called others.

    Raises:
        NotSeen: a call or a wait that must be there is not.
    """
    check_counted(counted)
    found = []
    for name in (COMMAND, CLICK, EVENT):
        for percent in (50, 99):
            ours, echo = (
                percentile([each.whole for each in samples[of]], percent) * 1000 for of in (name, ECHO)
            )
            found.append(Figure(f"{name}, p{percent}", "ms", ours, _ECHO, echo))
        inside = sum(each.inside for each in samples[name])
        for service in (_DYNAMODB, _SLACK):
            waits = [each.waited.get(service, 0) for each in samples[name]]
            if service in _CALLED[name] and not all(waits):
                raise NotSeen(f"{name}: {waits.count(0)} of {len(waits)} were not seen to wait for {service}")
            found.append(Figure(f"{name}, waiting for {service}", "%", sum(waits) / inside * 100))
        own = percentile([each.own for each in samples[name]], 50) * 1000
        target = OWN_MILLISECONDS if name == COMMAND else None
        found.append(Figure(f"{name}, our own part, p50", "ms", own, target=target))
    alerts, pages = counted[EVENT], counted[COMMAND]
    return [
        *found,
        Figure("DynamoDB calls for an alert", "", usual_calls(alerts, _DYNAMODB), target=ALERT_CALLS),
        Figure("Slack calls for an alert", "", usual_calls(alerts, _SLACK), target=1),
        Figure("DynamoDB calls for a page of changes", "", usual_calls(pages, _DYNAMODB), target=1),
    ]


def check_counted(counted: Mapping[str, list[Sample]]) -> None:
    """
    Check that of each invocation the calls were seen without which it cannot have been answered.

    Raises:
        NotSeen: of one they were not, so what was counted is not what was sent.
    """
    for name, services in _CALLED.items():
        for service in services:
            calls = [each.called.get(service, 0) for each in counted.get(name, [])]
            if not calls or not all(calls):
                raise NotSeen(f"{name}: {calls.count(0)} of {len(calls)} were not seen to call {service}")


def usual_calls(samples: Sequence[Sample], service: str) -> float:
    """Say how often *service* was called in nine of ten invocations at the most: what is asked once in a while is left out."""
    return percentile([each.called.get(service, 0) for each in samples], 90)


def percentile(values: list[float], percent: int) -> float:
    """
    Give the value that *percent* of *values* do not exceed.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
    2.5
    """
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main() -> int:
    """Measure, print a table, and say by the exit status whether the targets were met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000)
    found = figures(parser.parse_args().rounds)
    print(table(found))
    return 0 if all(figure.is_met for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
