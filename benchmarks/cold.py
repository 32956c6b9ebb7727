"""
What a user waits for when Lambda is cold: the packaged artifact under AWS's Lambda emulator, beside the usual app.

Each figure is the median of several starts of a function, from the start of the emulator to what somebody sees: the
answer to a slash command that reads the store; the card redrawn after a click on Acknowledge; the modal filled after one
on View rules; the card of an event. Floor and baseline run in the same way in turns with it: `floor_app` is Bolt alone,
`usual_app` the app as it is usually written. AWS (moto, and a DynamoDB of our own) and Slack are the sandbox's, both in this process, so part
of each figure is theirs. All bytecode is compiled beforehand. Exits with 1 if a target is missed.

    python -m benchmarks.cold --starts 7
"""

import argparse
import contextlib
import io
import json
import logging
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.figures import Figure, table
from benchmarks.unpacked import Apps, unpacked_apps
from bot.aws.keys import changes_in
from bot.telemetry import SERVICE
from sandbox import ALICE, CHANNEL, JO, SIGNING_SECRET, Sandbox
from sandbox.aws import ACCOUNT_ID, REGION
from sandbox.client import People
from sandbox.endpoint import BotEndpoint
from sandbox.functions import Functions, Handler
from sandbox.principals import iam_user
from sandbox.queues import Queues
from sandbox.serving import Server
from sandbox.slack_objects import Message
from sandbox.world import BOT_TOKEN
from tests.deployment.lambda_emulator import LambdaEmulator

_HANDLERS = {"ours": "bot.handlers.slack", "usual app": "usual_app.slack"}

# After so long Slack takes the next post or edit, and Panopticon may make it.
_TURN_SECONDS = 1.5

_MOST_MEGABYTES = 5
_STARTS = 7


@dataclass(slots=True)
class Sample:
    """What starts of one kind took: seconds until somebody saw something, and the most memory that a process held (KB)."""

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


_OURS, _USUAL, _FLOOR = "ours", "usual app", "floor"
_COMMAND, _ACKNOWLEDGE, _RULES, _EVENT = (
    "first command",
    "first acknowledge",
    "first view rules",
    "first event",
)
_START = "start"

# What of ours is at most how many times what of another.
_MOST_TIME = (
    (_COMMAND, _USUAL, _COMMAND, 0.65),
    (_COMMAND, _FLOOR, _START, 2.0),
    (_ACKNOWLEDGE, _USUAL, _ACKNOWLEDGE, 0.65),
    (_ACKNOWLEDGE, _FLOOR, _START, 2.0),
    (_RULES, _USUAL, _RULES, None),
    (_EVENT, _USUAL, _COMMAND, 0.8),
)
_MOST_MEMORY = (
    (_COMMAND, _USUAL, _COMMAND, 0.6),
    (_ACKNOWLEDGE, _USUAL, _ACKNOWLEDGE, 0.6),
    (_RULES, _USUAL, _RULES, None),
    (_EVENT, _USUAL, _COMMAND, 0.85),
)


class LazyInvocations:
    """What the usual app asks Lambda to do for it later: its lazy listeners are invocations of itself."""

    def __init__(self) -> None:
        self._taken: list[dict[str, Any]] = []
        self._server = Server(self._take)
        self.url = self._server.url

    @contextlib.contextmanager
    def answering(self) -> Iterator["LazyInvocations"]:
        """Answer for the time of a `with` block."""
        self._server.start()
        try:
            yield self
        finally:
            self._server.stop()

    def take(self) -> list[dict[str, Any]]:
        """Give what has been asked for since the last time."""
        taken, self._taken = self._taken, []
        return taken

    def _take(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self._taken.append(json.loads(body))
        start_response("202 Accepted", [("Content-Type", "application/json")])
        return [b""]


class Cold:
    """The three apps, each started cold whenever somebody does something, in front of one sandbox."""

    def __init__(self, sandbox: Sandbox, apps: Apps, lazy: LazyInvocations) -> None:
        """*apps* are what Lambda would unpack; *lazy* is the usual app's Lambda."""
        self.samples: dict[tuple[str, str], Sample] = defaultdict(Sample)  # by whose, and what
        self._sandbox, self._lazy = sandbox, lazy
        self._apps = apps
        self._environment = sandbox.aws.environment(sandbox.slack_api_url)
        self._usual_environment = self._environment | {
            "AWS_ENDPOINT_URL_LAMBDA": lazy.url,
            "BENCH_FEED": changes_in(datetime.now(UTC)),
            "BENCH_GROUP": sandbox.groups.ids["web-prod"],
            "BENCH_TOKEN": BOT_TOKEN,
            "BENCH_SECRET": SIGNING_SECRET,
        }
        self._groups = 0

    def go_round(self) -> None:
        """Start each of them once for each thing that somebody may do first."""
        with self._start(_FLOOR, _START, "floor_app.slack") as floor:
            floor.invoke({})
        for app in (_OURS, _USUAL):
            self._command(app)
            self._acknowledge(app)
            self._view_rules(app)
        self._event()

    def _command(self, app: str) -> None:
        before = len(self._sandbox.slack.ephemerals(JO))
        with self._start(app, _COMMAND, _HANDLERS[app]) as emulator:
            self._people(emulator).command(JO)
            self._do_what_is_lazy(emulator)
        assert len(self._sandbox.slack.ephemerals(JO)) == before + 1, "the command was not answered"

    def _acknowledge(self, app: str) -> None:
        card = self._new_card()
        with self._start(app, _ACKNOWLEDGE, _HANDLERS[app]) as emulator:
            self._people(emulator).click(JO, card, "acknowledge")
            self._do_what_is_lazy(emulator)
        redrawn = self._sandbox.slack.find(CHANNEL, card.ts)
        assert redrawn is not None
        assert "Acknowledged by" in redrawn.plain(), "the card was not redrawn"

    def _view_rules(self, app: str) -> None:
        card = self._new_card()
        with (
            contextlib.ExitStack() as stack,  # the worker ends after the time is taken
            self._start(app, _RULES, _HANDLERS[app]) as emulator,
        ):
            self._people(emulator).click(JO, card, "view_rules")
            self._do_what_is_lazy(emulator)
            if app == _OURS:
                assert self._sandbox.slack.modal(JO), "no modal was opened within a trigger's three seconds"
                worker = stack.enter_context(self._run("bot.handlers.worker"))
                Queues(self._sandbox.aws, _functions(worker=worker)).poll("jobs")
        modal = self._sandbox.slack.modal(JO)
        assert modal is not None
        assert "0.0.0.0/0" in modal.plain(), "the modal was not filled"
        self._sandbox.close_modal(JO)

    def _event(self) -> None:
        count = len(self._sandbox.slack.messages(CHANNEL))
        self._open_ssh()
        Event().wait(_TURN_SECONDS)
        with self._start(_OURS, _EVENT, "bot.handlers.events") as emulator:
            Queues(self._sandbox.aws, _functions(events=emulator)).poll("events")
        assert len(self._sandbox.slack.messages(CHANNEL)) == count + 1, "no card was posted"
        self._sandbox.drain()

    def _do_what_is_lazy(self, emulator: LambdaEmulator) -> None:
        """Have the usual app do what it put off: invocations of the same function, warm by then."""
        for event in self._lazy.take():
            emulator.invoke(event)

    @contextlib.contextmanager
    def _start(self, app: str, what: str, handler: str) -> Iterator[LambdaEmulator]:
        """Start a function cold; until the end of the `with` block the time counts."""
        began = time.perf_counter()
        with self._run(handler) as emulator:
            yield emulator
            sample = self.samples[app, what]
            sample.seconds.append(time.perf_counter() - began)
            sample.memory.append(most_memory(handler))

    def _run(self, handler: str) -> contextlib.AbstractContextManager[LambdaEmulator]:
        ours = handler.startswith("bot.")
        unpacked = self._apps.ours if ours else self._apps.usual
        environment = self._environment if ours else self._usual_environment
        return LambdaEmulator.start(handler, unpacked, environment, self._apps.folder)

    def _people(self, emulator: LambdaEmulator) -> People:
        now = self._sandbox.clock()  # stands, so that Slack's patience does not end on a busy machine
        endpoint = BotEndpoint(_functions(slack=emulator), SIGNING_SECRET, lambda: now)
        return People(self._sandbox.slack, endpoint)

    def _new_card(self) -> Message:
        """Have a card posted; when this returns, its turn to be redrawn has come."""
        group = self._open_ssh()
        self._sandbox.drain()
        Event().wait(_TURN_SECONDS)
        return next(card for card in self._sandbox.slack.messages(CHANNEL) if f"on {group}" in card.text)

    def _open_ssh(self) -> str:
        """Open a new group to the world by somebody who has done nothing before, so that it gathers with nothing; name it."""
        self._groups += 1
        group, key = f"web-{self._groups}", f"AKIAEXAMPLE{self._groups:09}"
        self._sandbox.create_group(group)
        self._sandbox.drain()
        self._sandbox.open_ssh(group, replace(ALICE, identity=iam_user(f"user-{self._groups}", key)))
        return group


def _functions(**emulators: LambdaEmulator) -> Functions:
    handlers: dict[str, Handler] = {name: emulator.invoke for name, emulator in emulators.items()}
    return Functions(REGION, ACCOUNT_ID, handlers)


def most_memory(handler: str) -> int:
    """Give the most memory (KB) that the process which runs *handler* has held, as Linux counts it."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[0] == sys.executable.encode() and handler.encode() in words:
                (line,) = (
                    line
                    for line in (process / "status").read_text().splitlines()
                    if line.startswith("VmHWM:")
                )
                return int(line.split()[1])
    raise LookupError(f"no process runs {handler}")


def measure(starts: int) -> list[Figure]:
    """
    Start everything cold so many times, after one time that does not count, and give the figures.

    Each is a Figure of benchmarks.figures: `name`, `unit`, `ours`, `against` (whose baseline), `baseline`, `ratio`, `target`
    and `is_met`. There are the medians in "ms" and in "MB" of what somebody does first, and the "MB" of the zip. Writes nothing
    to the terminal.
    """
    with unpacked_apps() as apps, _silence():
        with Sandbox.start(history=True) as sandbox, LazyInvocations().answering() as lazy:
            cold = Cold(sandbox, apps, lazy)
            cold.go_round()  # the disk's pages come into memory
            cold.samples.clear()
            for _ in range(starts):
                cold.go_round()
        return [*_judge(cold.samples), Figure("zip", "MB", apps.megabytes, target=_MOST_MEGABYTES)]


def _judge(samples: Mapping[tuple[str, str], Sample]) -> Iterator[Figure]:
    for what, whose, of, most in _MOST_TIME:
        ours, theirs = samples[_OURS, what].seconds, samples[whose, of].seconds
        yield Figure(what, "ms", _median(ours) * 1000, f"{whose}, {of}", _median(theirs) * 1000, most)
    for what, whose, of, most in _MOST_MEMORY:
        ours_kb, theirs_kb = samples[_OURS, what].memory, samples[whose, of].memory
        yield Figure(
            f"memory, {what}",
            "MB",
            _median(ours_kb) / 1000,
            f"{whose}, {of}",
            _median(theirs_kb) / 1000,
            most,
        )


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep off the terminal what Panopticon logs where the sandbox runs it in this process."""
    logger = logging.getLogger(SERVICE)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # the metrics
            yield
    finally:
        logger.setLevel(level)


def figures(starts: int = _STARTS) -> list[Figure]:
    """Measure, as many starts as a median needs."""
    return measure(starts)


def main() -> int:
    """Measure, print a table, and tell whether each target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--starts", type=int, default=_STARTS)
    starts = parser.parse_args().starts
    found = measure(starts)
    print(f"medians of {starts} cold starts; load of the machine by now {os.getloadavg()[0]:.1f}\n")
    print(table(found))
    return 0 if all(figure.is_met for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
