"""
How much of a month of changes anybody is notified of, beside one post for each event.

The month (benchmarks/month.py says what it is like and what that rests on) goes through the real workflows, with the policy as it
is shipped, and with one [[expected]] more, written as a user writes it: the role of CI, or that and the role of the controller that
makes load balancers, which change groups as a matter of course. Counted are messages that
Slack notifies of: cards and digests that are posted, and lines of threads that go to the channel; edits notify of nothing. The store is
the real one on the sandbox's DynamoDB, which the contract of the store holds to DynamoDB Local. Exits with 1 if with the two
expected roles, of whom nothing is posted that is less than high, fewer than 95 of a hundred messages go away, or if one thing that is critical or high
has no card of its own that names it.

    python -m benchmarks.noise --events 3500 --seed 1
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.clockwork import Clockwork, PlayedEc2, WatchedChannel, watch
from benchmarks.figures import Figure
from benchmarks.month import (
    CI_NETWORK,
    CI_ROLE,
    CONTROLLER_ADDRESS,
    CONTROLLER_ROLE,
    DAYS,
    START,
    Happened,
    Month,
    Who,
    make_month,
)
from bot.core.alerts import Alert, AlertStatus
from bot.core.changes import GroupKey
from bot.core.places import ANYWHERE
from bot.policy import POLICY_FILE, Policy, load_policy
from bot.slack.quiet_answer import digest_card
from bot.workflows.digest import Digesting
from tests.own_dynamodb import OwnDynamoDB
from tests.simulation.ec2 import ACCOUNT_ID, REGION
from tests.workflows.conftest import Stage, World, make_stage

TARGET_SHARE = 0.95

EXPECTED = f"""
[[expected]]
name = "ci-terraform"
accounts = ["{ACCOUNT_ID}"]
role = "{CI_ROLE}"
networks = ["{CI_NETWORK}"]
"""
SILENT = EXPECTED + 'when = "silent"\n'

PROGRAMS = f"""
[[expected]]
name = "programs"
accounts = ["{ACCOUNT_ID}"]
roles = ["{CI_ROLE}", "{CONTROLLER_ROLE}"]
networks = ["{CI_NETWORK}", "{CONTROLLER_ADDRESS}/32"]
when = "silent"
"""

SHIPPED, ACKNOWLEDGED, UNPOSTED = "as shipped", "CI expected, acknowledged", "CI expected, silent"
BOTH = "and the controller, silent"
POLICIES = {SHIPPED: "", ACKNOWLEDGED: EXPECTED, UNPOSTED: SILENT, BOTH: PROGRAMS}
"""What is added to the file that is shipped. The target is for the last: who has much of both writes one entry of two roles."""

_BATCH = 10
_TOGETHER = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Result:
    """
    What came of the month under a policy: the messages that notify by kind, the *cards* by whose changes they tell, what became
    of the changes, by whose they are and why, and what was not right in words.
    """

    messages: dict[str, int]
    cards: dict[Who, int]
    fates: dict[tuple[Who, str], int]
    broken: tuple[str, ...]

    @property
    def notifying(self) -> int:
        """How many messages notified somebody."""
        return sum(self.messages.values())


def policy_of(more: str) -> Policy:
    """Read the policy that is shipped, with *more* written below it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policy.toml"
        file.write_text(POLICY_FILE.read_text(encoding="utf-8") + more, encoding="utf-8")
        return load_policy(file)


def play(stage: Stage, month: Month, policy: Policy) -> Result:
    """Have the workflows take the month in, and judge what became of it."""
    stage.looks_behind = False  # what sits behind is told in place, and notifies nobody
    stage.policy = policy.quieting
    stage.world.now = START
    stage.ec2 = PlayedEc2(stage.world, played=month.ec2, names=month.names)
    channel, clockwork, digests = watch(stage), Clockwork(stage), WatchedChannel(stage.world)
    digesting = Digesting(
        stage.store, digests, partial(digest_card, places=ANYWHERE), policy.digest_at, stage.world.clock
    )
    for group_id in month.old:  # they were read when Panopticon was installed
        key = GroupKey(ACCOUNT_ID, REGION, group_id)
        stage.keeping.keep(stage.ec2.observe(key, clock=stage.world.clock))
    mornings = [_morning(policy, day) for day in range(1, DAYS + 1)] if policy.digest_at else []
    for batch in _batches(month.happened):
        while mornings and mornings[0] < batch[-1].comes_at:
            clockwork.pass_until(mornings.pop(0))
            digesting.tell_of_yesterday()
        clockwork.pass_until(batch[-1].comes_at)
        clockwork.take(one.event for one in batch)
    clockwork.settle()
    for morning in mornings:
        clockwork.pass_until(morning)
        digesting.tell_of_yesterday()
    messages = {"cards": channel.posts, "lines in threads": channel.said, "digests": digests.posts}
    alerts = stage.store.alerts_of_events(_event_id(one) for one in month.happened)
    fates = Counter((one.who, _fate(alerts.get(_event_id(one)))) for one in month.happened)
    told = {(one.who, alert.alert_id) for one in month.happened if (alert := _carded(alerts, one))}
    return Result(
        messages, dict(Counter(who for who, _ in told)), dict(fates), tuple(judge_month(stage, month, alerts))
    )


def _morning(policy: Policy, day: int) -> datetime:
    assert policy.digest_at is not None
    return datetime.combine(START.date() + timedelta(days=day), policy.digest_at, START.tzinfo) + _MINUTE


def _batches(happened: Iterable[Happened]) -> Iterable[list[Happened]]:
    """Bring what comes at about the same time together, as SQS does."""
    batch: list[Happened] = []
    for one in happened:
        if batch and (len(batch) == _BATCH or one.comes_at - batch[0].comes_at > _TOGETHER):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _event_id(one: Happened) -> str:
    return str(one.event["detail"]["eventID"])


def _carded(alerts: dict[str, Alert], one: Happened) -> Alert | None:
    alert = alerts.get(_event_id(one))
    return alert if alert and not alert.quiet else None


def _fate(alert: Alert | None) -> str:
    """Say what became of a change: told by a card, or why by none."""
    if alert is None:
        return "history only"
    if alert.quiet:
        return f"quiet: {alert.quiet.reason.value}"
    return "on a card with others" if alert.is_gathered else "on a card of its own"


def judge_month(stage: Stage, month: Month, alerts: dict[str, Alert]) -> list[str]:
    """Say which of what is critical or high is hidden, and what else is not right."""
    broken = [] if not stage.store.alerts_behind(limit=1) else ["a card is behind"]
    if stage.channel.posts < len(stage.channel.messages):
        broken.append(
            f"{len(stage.channel.messages)} cards are there, and {stage.channel.posts} were counted"
        )
    for one in month.happened:
        if one.bad is None:
            continue
        alert = alerts.get(_event_id(one))
        texts = [card["text"] for card in stage.shown(alert)] if alert else []
        is_told = (
            len(texts) == 1 and one.bad.lower() in texts[0].lower() and one.group in texts[0]
        )  # also where it is closed
        if not is_told or alert is None or alert.is_gathered or alert.status is AlertStatus.ACKNOWLEDGED:
            broken.append(f"what is {one.bad.lower()} on {one.group} ({one.who}) is hidden: {texts}")
    return broken


def run(events: int, seed: int, more: str) -> Result:
    """Play the month on a table of its own."""
    stage = make_stage(OwnDynamoDB(), world=World(START))
    return play(stage, make_month(events, seed), policy_of(more))


def figures(events: int = 3500, seed: int = 1) -> list[Figure]:
    """Play the month with both programs expected, as the target has it, and say how many messages notify."""
    result = run(events, seed, POLICIES[BOTH])
    name = f"a month of {events:,} events"
    return [
        Figure(
            f"{name}, messages that notify", "", result.notifying, "a post for each", events, 1 - TARGET_SHARE
        ),
        Figure(f"{name}, hidden or wrong", "", len(result.broken), target=0),
    ]


def report(month: Month, results: dict[str, Result]) -> list[str]:
    """Print what happened and what anybody was notified of; gives what missed the target, in words."""
    events = len(month.happened)
    by_kind = Counter(one.who for one in month.happened)
    bad = Counter(one.bad for one in month.happened if one.bad)
    print(
        f"{events:,} events in {DAYS} days: {', '.join(f'{count:,} by {who}' for who, count in by_kind.items())};"
    )
    print(f"among them {', '.join(f'{count} {word.lower()}' for word, count in bad.items())}\n")
    print(f"{'messages that notify':28} {'all':>6} {'cards':>6} {'lines':>6} {'digests':>8} {'fewer':>7}")
    print(f"{'one post for each event':28} {events:6,} {events:6,} {0:6} {0:8} {0:7.1%}")
    for name, result in results.items():
        cards, lines, digests = result.messages.values()
        fewer = 1 - result.notifying / events
        print(f"{name:28} {result.notifying:6,} {cards:6,} {lines:6,} {digests:8,} {fewer:7.1%}")
    broken = [f"{name}: {words}" for name, result in results.items() for words in result.broken]
    for name, result in results.items():
        cards_by = ", ".join(f"{count:,} of {who}" for who, count in sorted(result.cards.items()))
        print(f"\nWhat became of the events, {name}; the cards: {cards_by}")
        for (who, fate), count in sorted(result.fates.items()):
            print(f"  {who:10} {fate:28} {count:6,}")
    if BOTH in results and 1 - results[BOTH].notifying / events < TARGET_SHARE:
        broken.append(f"{BOTH}: {results[BOTH].notifying:,} messages, {events:,} events")
    return broken


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the month under each policy, and say by the exit status whether the target was met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.noise", description=(__doc__ or "").split("\n")[1]
    )
    parser.add_argument("--events", type=int, default=3500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        runs = {name: pool.submit(run, asked.events, asked.seed, more) for name, more in POLICIES.items()}
        results = {name: running.result() for name, running in runs.items()}
    broken = report(make_month(asked.events, asked.seed), results)
    print()
    for line in broken:
        print(f"NOT MET: {line}")
    print(
        f"{'Target met' if not broken else 'Target missed'}. Seed {asked.seed}, {time.perf_counter() - started:.0f} s."
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
