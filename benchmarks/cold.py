"""
What a user waits for when Lambda is cold: the packaged artifact under AWS's Lambda emulator, beside the usual app.

Each figure is the median of several starts of a function, from the start of the emulator to what somebody sees: the
answer to a slash command that reads the store; the card redrawn after a click on Acknowledge; the modal filled after one
on View rules; the card of an event. Floor and baseline run in the same way in turns with it: `floor_app` is Bolt alone,
`usual_app` the app as it is usually written. AWS is moto and Slack the sandbox's, both in this process, so part of each
figure is theirs. All bytecode is compiled beforehand. Exits with 1 if a target is missed.

    python -m benchmarks.cold --starts 7
"""

import argparse
import compileall
import contextlib
import json
import statistics
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from threading import Event
from typing import Any

from bot.aws.items import changes_in
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
from tests.deployment.conftest import build_artifact
from tests.deployment.lambda_emulator import LambdaEmulator

HERE = Path(__file__).parent

# What the usual app needs of what is installed here.
_USUAL_PACKAGES = (
    *("slack-bolt", "slack-sdk", "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six"),
    "urllib3",
)

# After so long Slack takes the next post, and Panopticon may make it.
_TURN_SECONDS = 1.5

_MEGABYTE = 1e6
_MOST_MEGABYTES = 5


@dataclass(slots=True)
class Sample:
    """What starts of one kind took: seconds until somebody saw something, and the most memory that a process held (KB)."""

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that is to be at most *most* times that of another sample of the same run."""

    name: str
    of: str
    most: float
    baseline: str
    what: str = "seconds"


TARGETS = (
    *(
        Target(f"{name} against {baseline}", f"{name}, ours", most, key)
        for name in ("first command", "first acknowledge")
        for baseline, key, most in (("the usual app", f"{name}, usual", 0.65), ("the floor", "floor", 2.0))
    ),
    Target("first event against the usual command", "first event, ours", 0.8, "first command, usual"),
    *(
        Target(f"memory, {name}", f"{name}, ours", most, f"{of}, usual", "memory")
        for name, of, most in (
            ("first command", "first command", 0.6),
            ("first acknowledge", "first acknowledge", 0.6),
            ("first event", "first command", 0.85),
        )
    ),
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

    def __init__(
        self, sandbox: Sandbox, ours: Path, usual: Path, folder: Path, lazy: LazyInvocations
    ) -> None:
        """*ours* and *usual* are what Lambda would unpack; logs are kept in *folder*; *lazy* is the usual app's Lambda."""
        self.samples: dict[str, Sample] = defaultdict(Sample)
        self._sandbox, self._lazy = sandbox, lazy
        self._ours, self._usual, self._folder = ours, usual, folder
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
        with self._start("floor", "floor_app.slack", self._usual, self._usual_environment) as floor:
            floor.invoke({})
        for app, whose in ((self._our_app, "ours"), (self._usual_app, "usual")):
            with app(f"first command, {whose}") as people:
                people.command(JO)
            assert self._sandbox.slack.ephemerals(JO), "the command was not answered"

            card = self._new_card()
            with app(f"first acknowledge, {whose}") as people:
                people.click(JO, card, "acknowledge")
            redrawn = self._sandbox.slack.find(CHANNEL, card.ts)
            assert redrawn is not None
            assert "Acknowledged by" in redrawn.plain(), "the card was not redrawn"

            card = self._new_card()
            with app(f"first view rules, {whose}") as people:
                people.click(JO, card, "view_rules")
            modal = self._sandbox.slack.modal(JO)
            assert modal is not None
            assert "0.0.0.0/0" in modal.plain(), "the modal was not filled"
            self._sandbox.close_modal(JO)
        self._event()

    def _event(self) -> None:
        count = len(self._sandbox.slack.messages(CHANNEL))
        self._open_ssh()
        Event().wait(_TURN_SECONDS)
        with self._start(
            "first event, ours", "bot.handlers.events", self._ours, self._environment
        ) as emulator:
            Queues(self._sandbox.aws, _functions(events=emulator)).poll("events")
        assert len(self._sandbox.slack.messages(CHANNEL)) == count + 1, "no card was posted"
        self._sandbox.drain()

    @contextlib.contextmanager
    def _our_app(self, name: str) -> Iterator[People]:
        """Give people whose app starts cold, as does the worker once there is a job; until its end the time counts."""
        with (
            self._start(name, "bot.handlers.slack", self._ours, self._environment) as emulator,
            contextlib.ExitStack() as stack,
        ):
            yield self._people(emulator)
            if self._has_jobs():
                worker = self._start(f"{name}: worker", "bot.handlers.worker", self._ours, self._environment)
                Queues(self._sandbox.aws, _functions(worker=stack.enter_context(worker))).poll("jobs")

    @contextlib.contextmanager
    def _usual_app(self, name: str) -> Iterator[People]:
        """Likewise of the usual app, whose lazy listeners are invocations of the same function, warm by then."""
        with self._start(name, "usual_app.slack", self._usual, self._usual_environment) as emulator:
            yield self._people(emulator)
            for event in self._lazy.take():
                emulator.invoke(event)

    @contextlib.contextmanager
    def _start(
        self, name: str, handler: str, unpacked: Path, environment: Mapping[str, str]
    ) -> Iterator[LambdaEmulator]:
        began = time.perf_counter()
        with LambdaEmulator.start(handler, unpacked, environment, self._folder) as emulator:
            yield emulator
            sample = self.samples[name]
            sample.seconds.append(time.perf_counter() - began)
            sample.memory.append(most_memory(handler))

    def _has_jobs(self) -> bool:
        url = self._sandbox.aws.queue_urls["jobs"]
        found = self._sandbox.aws.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessages"]) > 0

    def _people(self, emulator: LambdaEmulator) -> People:
        endpoint = BotEndpoint(_functions(slack=emulator), SIGNING_SECRET, self._sandbox.clock)
        return People(self._sandbox.slack, endpoint)

    def _new_card(self) -> Message:
        group = self._open_ssh()
        self._sandbox.drain()
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


def unpack_ours(folder: Path) -> tuple[Path, float]:
    """Build the artifact and unpack it; give the folder and the megabytes of the zip."""
    artifact = build_artifact(folder / "panopticon.zip")
    unpacked = folder / "ours"
    with zipfile.ZipFile(artifact) as archive:
        archive.extractall(unpacked)
    return unpacked, artifact.stat().st_size / _MEGABYTE


def unpack_usual(folder: Path) -> Path:
    """Put the usual app beside links to what it imports of what is installed here."""
    unpacked = folder / "usual"
    unpacked.mkdir()
    for name in ("usual_app.py", "floor_app.py"):
        (unpacked / name).write_text((HERE / name).read_text())
    for package in _USUAL_PACKAGES:
        distribution = metadata.distribution(package)
        for top in {file.parts[0] for file in distribution.files or ()} - {"__pycache__", ".."}:
            (unpacked / top).symlink_to(Path(str(distribution.locate_file(top))))
    return unpacked


def measure(starts: int) -> tuple[dict[str, Sample], float]:
    """Start everything cold so many times, after one time that does not count; also give the zip's megabytes."""
    with tempfile.TemporaryDirectory(prefix="panopticon-cold-") as name:
        folder = Path(name)
        ours, megabytes = unpack_ours(folder)
        usual = unpack_usual(folder)
        for unpacked in (ours, usual):
            compileall.compile_dir(unpacked, quiet=2, workers=0)
        with Sandbox.start(history=True) as sandbox, LazyInvocations().answering() as lazy:
            cold = Cold(sandbox, ours, usual, folder, lazy)
            cold.go_round()  # the disk's pages come into memory
            cold.samples.clear()
            for _ in range(starts):
                cold.go_round()
        return dict(cold.samples), megabytes


def main() -> int:
    """Measure, print a table, and tell whether each target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--starts", type=int, default=7)
    samples, megabytes = measure(parser.parse_args().starts)
    print(f"{'median of cold starts':40} {'ms':>7} {'MB':>7}")
    for name, sample in samples.items():
        print(
            f"{name:40} {statistics.median(sample.seconds) * 1000:7.0f} {statistics.median(sample.memory) / 1000:7.0f}"
        )
    print(f"\n{'':46} {'ratio':>7} {'target':>7}")
    is_met = megabytes <= _MOST_MEGABYTES
    for target in TARGETS:
        ours, baseline = (
            statistics.median(getattr(samples[of], target.what)) for of in (target.of, target.baseline)
        )
        ratio = ours / baseline
        is_met &= ratio <= target.most
        print(f"{target.name:46} {ratio:7.2f} {target.most:7.2f}{'' if ratio <= target.most else '  missed'}")
    print(f"{'zip, MB':46} {megabytes:7.1f} {_MOST_MEGABYTES:7.1f}")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
