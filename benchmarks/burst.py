"""
What a burst costs: 1,000 events of one session in a minute, through the real workflows, beside one post for each event.

Half of the calls create a group, half add a rule to one, as a run of Terraform does, ten groups at a time. The events come in
batches of ten, as SQS brings them, and not quite in order. The store is the real one on the sandbox's DynamoDB, which the
contract of the store holds to DynamoDB Local and which has no time of its own; Slack is a double, and time is a number, so
nothing sleeps. Exits with 1 if Slack is called more than 30 times for a burst without break-outs, or if what is shown in the
end is not right.

With --threads, also has so many threads record 200 events of one session at once on DynamoDB Local (Java and `make test`, which
brings it, are needed), and counts what has to come again.

    python -m benchmarks.burst --events 1000 --seed 1 --threads 8
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from random import Random
from typing import Any

from benchmarks.clockwork import Clockwork, PlayedEc2, WatchedChannel, one_post_each, watch
from benchmarks.contention import contend
from benchmarks.figures import Figure
from bot.core.alerts import Alert, raise_alert
from bot.core.assessment import Severity, assess
from bot.core.bursts import MOST_OWN
from bot.core.cloudtrail import parse_change
from bot.core.history import Listing
from bot.core.interfaces import NetworkInterface
from bot.core.rules import Direction, Rule, make_rule
from bot.slack.cards import draw_card
from tests.dynamodb_local import DynamoDBLocal, light_dynamodb
from tests.makers import NOW
from tests.own_dynamodb import OwnDynamoDB
from tests.simulation.calls import Authorize, Call, Create
from tests.simulation.ec2 import Ec2
from tests.simulation.records import event_id_of, event_of
from tests.simulation.shapes import Shape
from tests.workflows.conftest import Stage, make_stage

TARGET_CALLS = 30
BREAK_OUTS = 7

_BATCH = 10
_AT_ONCE = 10  # groups that Terraform works on at a time
_OUT_OF_ORDER = 20  # events among which any may come first
_LASTS = timedelta(minutes=1)
_ARRIVES_AFTER = timedelta(seconds=8)
_POST_GAP = timedelta(seconds=1)  # what Slack allows in one channel


@dataclass(frozen=True, slots=True)
class Burst:
    """
    What one session does in a minute, and its *events* in the order in which they come.

    *ec2* is what came of it, *names* those of the groups, by id. *critical* are the names of the groups that are opened to the internet.
    """

    ec2: Ec2
    names: dict[str, str]
    events: tuple[dict[str, Any], ...]
    critical: tuple[str, ...]

    @property
    def groups(self) -> int:
        """How many groups it creates, each of which gets one rule."""
        return len(self.names)

    @property
    def last(self) -> datetime:
        """When the last of its events comes."""
        return NOW + _LASTS + _ARRIVES_AFTER


@dataclass(frozen=True, slots=True)
class Run:
    """How Slack was called in a run, how long it took to be quiet, and what was not right in words."""

    name: str
    posts: int
    edits: int
    seconds_to_quiet: float
    broken: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """All calls to Slack."""
        return self.posts + self.edits


def make_burst(events: int, seed: int, critical: int = 0) -> Burst:
    """Make a burst of *events*, an even number, in which so many groups are opened to the internet."""
    groups = events // 2
    opened = {groups * (2 * number + 1) // (2 * critical) for number in range(critical)}
    ec2, told, names = Ec2(), list[dict[str, Any]](), dict[str, str]()

    def call(what: Call) -> str:
        done = ec2.do(what, NOW + len(told) * _LASTS / events)
        told.append(event_of(done, Shape(), event_id_of(len(told), seed)))
        return done.group_id or ""

    for first in range(0, groups, _AT_ONCE):
        wave = [(number, f"app-{number:03}") for number in range(first, min(first + _AT_ONCE, groups))]
        created = [(number, call(Create(name)), name) for number, name in wave]
        for number, group_id, name in created:
            rule = _rule(22, "0.0.0.0/0") if number in opened else _rule(5432, "10.20.0.0/16")
            call(Authorize(group_id, Direction.INGRESS, (rule,)))
            names[group_id] = name
    random = Random(seed)
    for start in range(0, len(told), _OUT_OF_ORDER):
        some = told[start : start + _OUT_OF_ORDER]
        random.shuffle(some)
        told[start : start + _OUT_OF_ORDER] = some
    return Burst(ec2, names, tuple(told), tuple(f"app-{number:03}" for number in sorted(opened)))


def _rule(port: int, source: str) -> Rule:
    return make_rule(
        direction=Direction.INGRESS, protocol="tcp", from_port=port, to_port=port, source=ip_network(source)
    )


def play(name: str, stage: Stage, burst: Burst) -> Run:
    """Have the workflows take *burst* in, and judge what is shown once all is quiet."""
    channel, clockwork = watch(stage), Clockwork(stage)
    stage.ec2 = PlayedEc2(stage.world, played=burst.ec2, names=burst.names)
    # Something runs behind each group, as behind an empty one nothing is critical.
    stage.interfaces.of = defaultdict(lambda: [NetworkInterface("eni-1", instance_id="i-1")])
    for place in range(0, len(burst.events), _BATCH):
        batch = burst.events[place : place + _BATCH]
        clockwork.pass_until(NOW + _ARRIVES_AFTER + (place + len(batch)) * _LASTS / len(burst.events))
        clockwork.take(batch)
    clockwork.settle()
    return _ran(name, channel, burst, tuple(judge_burst(stage, burst)))


def play_baseline(burst: Burst) -> Run:
    """Post a card for each event of *burst*."""
    cards = []
    for place, event in enumerate(burst.events, start=1):
        change = parse_change(event)
        at = NOW + _ARRIVES_AFTER + place * _LASTS / len(burst.events)
        cards.append((at, draw_card(raise_alert(change, assess(change), details=None, now=at))))
    return _ran("one post for each event", one_post_each(cards, _POST_GAP), burst)


def _ran(name: str, channel: WatchedChannel, burst: Burst, broken: tuple[str, ...] = ()) -> Run:
    quiet = (channel.called_at[-1] - burst.last).total_seconds()
    assert channel.posts + channel.updates + len(channel.replies) == len(channel.called_at)
    return Run(name, channel.posts, len(channel.called_at) - channel.posts, max(quiet, 0), broken)


def judge_burst(stage: Stage, burst: Burst) -> list[str]:
    """Say what is not right of what is stored and shown in the end."""
    broken = []
    kept = stage.store.changes(Listing(), limit=len(burst.events) + _BATCH, now=stage.world.now)
    stored = Counter(entry.digest.change.event_id for entry in kept)
    if stored != Counter(event["detail"]["eventID"] for event in burst.events):
        broken.append("not every change is stored once")
    told = stage.store.alerts_telling({entry.position: entry.told for entry in kept if entry.told})
    alerts = list({alert.alert_id: alert for alert in told.values()}.values())
    shown = [card for alert in alerts for card in stage.shown(alert)]
    if shown != [draw_card(alert) for alert in alerts] or len(shown) != len(stage.channel.messages):
        broken.append("the cards are not those of the alerts, each once")
    if any(alert.is_behind or not alert.is_over for alert in alerts if alert.is_gathered):
        broken.append("a card does not say that the burst is over")
    if stage.store.alerts_behind(limit=1):
        broken.append("a card is behind")
    return [*broken, *_judge_gathered(alerts, burst), *_judge_critical(stage, alerts, burst)]


def _judge_gathered(alerts: Sequence[Alert], burst: Burst) -> list[str]:
    gathered = [alert for alert in alerts if alert.is_gathered and alert.severity < Severity.HIGH]
    if len(gathered) != 1 or gathered[0].gathering is None:
        return [f"{len(gathered)} cards gather what is not critical"]
    comes_to = gathered[0].gathering
    rules = burst.groups - len(burst.critical)
    wanted = (len(burst.events) - len(burst.critical), burst.groups, rules, burst.groups)
    found = (gathered[0].changes, comes_to.groups, comes_to.added, comes_to.created)
    told = "the gathered card tells {} changes, {} groups, {} rules, {} groups created"
    return [] if found == wanted else [f"{told.format(*found)}; there are {wanted}"]


def _judge_critical(stage: Stage, alerts: Sequence[Alert], burst: Burst) -> list[str]:
    critical = [alert for alert in alerts if alert.severity is Severity.CRITICAL]
    own = sum(not alert.is_gathered for alert in critical)
    few = min(len(burst.critical), MOST_OWN)
    rest = len(burst.critical) - few
    broken = []
    if (own, len(critical) - own) != (few + (rest == 1), int(rest > 1)):
        broken.append(f"{own} critical cards of one change, {len(critical) - own} of several")
    said = [json.dumps(card) for alert in critical for card in stage.shown(alert)]
    hidden = [name for name in burst.critical if not any(name in card for card in said)]
    return broken + [f"what is critical on {name} is on no critical card" for name in hidden]


def figures(events: int = 1000, seed: int = 1) -> list[Figure]:
    """Play one burst without break-outs, and say how often Slack was called and when it was quiet."""
    burst = make_burst(events, seed)
    ours, baseline = play("Panopticon", make_stage(OwnDynamoDB()), burst), play_baseline(burst)
    name, against = f"a burst of {events:,} events", "a post for each"
    return [
        Figure(f"{name}, calls to Slack", "", ours.calls, against, baseline.calls, TARGET_CALLS / events),
        Figure(f"{name}, until quiet", "s", ours.seconds_to_quiet, against, baseline.seconds_to_quiet),
        Figure(f"{name}, wrong in the end", "", len(ours.broken), target=0),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the bursts, print how often Slack was called, and say by the exit status whether the target was met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.burst", description=(__doc__ or "").split("\n")[1]
    )
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    harmless, bad = make_burst(asked.events, asked.seed), make_burst(asked.events, asked.seed, BREAK_OUTS)
    runs = [
        play_baseline(harmless),
        play("Panopticon", make_stage(OwnDynamoDB()), harmless),
        play(f"Panopticon, {BREAK_OUTS} critical among them", make_stage(OwnDynamoDB()), bad),
    ]
    print(
        f"{asked.events:,} events of one session in a minute, {harmless.groups:,} groups; seed {asked.seed}\n"
    )
    print(f"{'':40} {'calls':>6} {'posts':>6} {'edits':>6} {'seconds to quiet':>17}")
    for run in runs:
        print(f"{run.name:40} {run.calls:6,} {run.posts:6,} {run.edits:6,} {run.seconds_to_quiet:17,.0f}")
    broken = [f"{run.name}: {words}" for run in runs for words in run.broken]
    if runs[1].calls > TARGET_CALLS:
        broken.append(f"Slack was called {runs[1].calls} times for one burst, the target is {TARGET_CALLS}")
    if asked.threads:
        with DynamoDBLocal.start() as endpoint:
            events = make_burst(200, asked.seed).events
            contention = contend(light_dynamodb(endpoint), asked.threads, events)
        print(f"\n{contention.words}")
        broken += contention.broken
    for line in broken:
        print(f"NOT MET: {line}")
    print(
        f"\n{'Target met' if not broken else 'Target missed'}: {TARGET_CALLS} calls. {time.perf_counter() - started:.0f} s."
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
