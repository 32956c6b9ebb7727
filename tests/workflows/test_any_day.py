"""Whatever happens in whatever order: in the end every change is stored once, and told once, as it is."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from random import randrange
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from bot.core.alerts import AlertNotFound, AlertStatus, MessageRef, TransitionRefused
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import (
    AppShutOut,
    PanopticonError,
    ReadThrottled,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackUnreachable,
)
from bot.core.found import WAIT
from bot.core.jobs import ShowRulesJob
from bot.slack.cards import read_button_value
from tests.makers import JO, a_rule
from tests.own_dynamodb import OwnDynamoDB
from tests.records import event
from tests.workflows.conftest import Died, JobList, Stage, World, make_stage
from tests.workflows.interleaving import Interleaving
from tests.workflows.settling import check, settle

GROUPS = ("sg-0a", "sg-0b")
HISTORY_LAG_SECONDS = 5
CROWD = 22
AWAY_SECONDS = 40 * 60

_numbers = itertools.count()

changes = st.tuples(
    st.sampled_from(["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "DeleteSecurityGroup"]),
    st.sampled_from(GROUPS),
    st.sampled_from([22, 443, 9999]),
    st.sampled_from(["0.0.0.0/0", "10.0.0.0/8"]),
    st.integers(0, 3000),
)
choices = st.lists(st.integers(0, 5), min_size=8, max_size=8)
troubles = st.sampled_from(
    [
        SlackUnreachable("gaierror"),
        SlackOutcomeUnknown("TimeoutError"),
        SlackRateLimited(7),
        AppShutOut("not_in_channel"),
    ]
)


class AnyDay(RuleBasedStateMachine):
    """Events, clicks, jobs and the schedule, with faults among them, one after another or at once."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.stage: Stage = make_stage(OwnDynamoDB(), "any-day", self.world)
        self.stage.jobs = JobList(world=self.world)
        self.stage.channel.history_lag_seconds = HISTORY_LAG_SECONDS
        self.events: dict[str, dict[str, Any]] = {}
        self.undelivered: set[str] = set()
        self.taken: dict[str, int | None] = {}  # alert id -> the version it was taken in, None for not known
        self.had_crowd = False

    # What happens

    @rule(change=changes)
    def an_event_comes(self, change: tuple[str, str, int, str, int]) -> None:
        self._do(self._delivery(self._new_event(*change)))

    @precondition(lambda self: self.events)
    @rule(number=st.integers(0, 99))
    def an_event_comes_again(self, number: int) -> None:
        self._do(self._delivery(list(self.events)[number % len(self.events)]))

    @rule(number=st.integers(0, 99), is_taking=st.booleans())
    def a_person_clicks(self, number: int, is_taking: bool) -> None:
        self._do(self._click(number, is_taking=is_taking))

    @rule()
    def the_worker_works(self) -> None:
        for work in self._job_works():
            self._do(work)

    @rule(group_id=st.sampled_from(GROUPS), ports=st.sets(st.sampled_from([22, 443, 9999])))
    def a_group_is_read(self, group_id: str, ports: set[int]) -> None:
        """Read a group, which may hold what no event told, or not hold what one did."""
        key = GroupKey("111122223333", "eu-west-1", group_id)
        rules = tuple(a_rule(port=port, rule_id=f"sgr-{group_id[3:]}-{port}") for port in sorted(ports))
        self.stage.ec2.groups[key] = Observation(GroupDetails(key, None, None), self.world.now, rules)

        def read() -> None:
            with suppress(PanopticonError):
                self.stage.observing.complete_alert(key, None)

        self._do(read)

    @rule()
    def every_event_has_its_time(self) -> None:
        self.stage.pass_time(int(WAIT.total_seconds()))

    @rule()
    def the_schedule_comes_by(self) -> None:
        self._do(self._sweep)

    @rule(seconds=st.sampled_from([1, 5, 21, 90]))
    def time_passes(self, seconds: int) -> None:
        self.stage.pass_time(seconds)

    @precondition(lambda self: not self.had_crowd)
    @rule(comes_back=st.booleans())
    def slack_is_away_for_long_while_a_crowd_comes(self, comes_back: bool) -> None:
        self.had_crowd = True
        channel = self.stage.channel
        channel.failures = [SlackUnreachable("gaierror") for _ in range(1000)]
        channel.accepts_failing = False
        for number in range(CROWD):
            name = self._new_event(
                "AuthorizeSecurityGroupIngress", f"sg-{number:02}", 443, "10.0.0.0/8", number
            )
            self._do(self._delivery(name))
        self.stage.pass_time(AWAY_SECONDS)
        channel.failures = [] if comes_back else [SlackUnreachable("gaierror")] * 3
        self._do(self._sweep)

    @rule(change=changes, number=st.integers(0, 99), picks=choices, takes=st.booleans(), sweeps=st.booleans())
    def much_happens_at_once(
        self, change: tuple[str, str, int, str, int], number: int, picks: list[int], takes: bool, sweeps: bool
    ) -> None:
        works = [self._delivery(self._new_event(*change)), self._click(number, is_taking=takes)]
        works += [self._sweep] if sweeps else self._job_works()[:2]
        if len(self.events) > 1:
            works.append(self._delivery(list(self.events)[number % len(self.events)]))
        pick = itertools.cycle(picks)
        together = Interleaving(lambda count: next(pick) % count)
        self.world.pause = together.pause
        try:
            together.run(*works)
        finally:
            self._recover()

    # What goes wrong

    @rule(trouble=troubles, times=st.integers(1, 3), accepts=st.booleans())
    def slack_has_trouble(self, trouble: Exception, times: int, accepts: bool) -> None:
        self.stage.channel.failures = [trouble] * times
        self.stage.channel.accepts_failing = accepts and isinstance(trouble, SlackOutcomeUnknown)

    @rule(calls=st.integers(1, 12), after=st.booleans())
    def the_function_is_to_die(self, calls: int, after: bool) -> None:
        setattr(self.world, "dies_after" if after else "dies_before", self.world.calls + calls)

    @rule(calls=st.integers(1, 12), is_done=st.booleans())
    def a_call_is_to_fail(self, calls: int, is_done: bool) -> None:
        setattr(self.world, "unanswered_at" if is_done else "fails_at", self.world.calls + calls)

    @rule(is_throttled=st.booleans())
    def ec2_asks_to_slow_down(self, is_throttled: bool) -> None:
        self.stage.ec2.failure = ReadThrottled("RequestLimitExceeded") if is_throttled else None

    # What must hold

    def teardown(self) -> None:
        """Let it become quiet, and look."""
        self.world.pause = lambda: None
        self.world.dies_before = self.world.dies_after = None
        self.world.fails_at = self.world.unanswered_at = None
        self.stage.ec2.failure = None
        self.stage.channel.failures = []
        self.stage.pass_time(int(WAIT.total_seconds()))
        for name in sorted(self.undelivered):
            self.stage.report(self.events[name])
        settle(self.stage, rounds=9)
        for alert in check(self.stage, self.events):
            version = self.taken.get(alert.alert_id)
            if version is not None and alert.acknowledgement is None:
                assert alert.status is not AlertStatus.ACKNOWLEDGED
                assert alert.content_version > version  # more became known than was taken
            self.stage.telling.settle_burst(alert.alert_id)
            assert self.stage.store.alert(alert.alert_id).status is alert.status, (
                "somebody should have looked"
            )

    # How

    def _do(self, work: Callable[[], object]) -> None:
        with suppress(Died):
            work()
        self._recover()

    def _recover(self) -> None:
        self.world.pause = lambda: None
        if self.world.dies_before and self.world.calls >= self.world.dies_before:
            self.world.dies_before = None
        if self.world.dies_after and self.world.calls >= self.world.dies_after:
            self.world.dies_after = None

    def _new_event(self, name: str, group_id: str, port: int, source: str, seconds: int) -> str:
        event_id = f"event-{next(_numbers)}"
        permission = {
            "ipProtocol": "tcp",
            "fromPort": port,
            "toPort": port,
            "ipRanges": {"items": [{"cidrIp": source}]},
        }
        asked = {"groupId": group_id, "ipPermissions": {"items": [permission]}}
        self.events[event_id] = event(
            eventID=event_id,
            eventName=name,
            eventTime=f"2026-03-02T20:{seconds // 60:02}:{seconds % 60:02}Z",
            requestParameters={"groupId": group_id} if name == "DeleteSecurityGroup" else asked,
            responseElements={"_return": True},
        )
        return event_id

    def _delivery(self, name: str) -> Callable[[], None]:
        def deliver() -> None:
            self.undelivered.add(name)  # until it is confirmed
            with suppress(PanopticonError):
                self.stage.report(self.events[name])
                self.undelivered.discard(name)

        return deliver

    def _click(self, number: int, *, is_taking: bool) -> Callable[[], None]:
        """Click on a button of a card as it is in the channel."""

        def click() -> None:
            cards = [entry for entry in self.stage.channel.messages.items() if "attachments" in entry[1]]
            buttons = [
                (element["value"], MessageRef("C1", ts))
                for ts, card in cards
                for block in (card["attachments"][0]["blocks"] if card["attachments"] else [])
                for element in block.get("elements", [])
                if element.get("action_id") == ("acknowledge" if is_taking else "unacknowledge")
            ]
            if not buttons:
                return
            value, clicked = buttons[number % len(buttons)]
            target = read_button_value(value)
            assert target is not None
            alert_id, seen = target
            before = self.taken.get(alert_id)
            self.taken[alert_id] = None
            move = self.stage.acknowledging
            try:
                if is_taking:
                    move.acknowledge(alert_id, JO, seen_version=seen, clicked=clicked)
                    self.taken[alert_id] = seen
                else:
                    move.unacknowledge(alert_id, seen_version=seen, clicked=clicked)
            except TransitionRefused:
                self.taken[alert_id] = before
            except (PanopticonError, AlertNotFound):
                pass

        return click

    def _job_works(self) -> list[Callable[[], None]]:
        waiting = [sent for sent in self.stage.jobs.sent if not isinstance(sent[0], ShowRulesJob)]
        return [self._job_work(sent) for sent in waiting[:3]]

    def _job_work(self, sent: Any) -> Callable[[], None]:
        def do() -> None:
            with suppress(PanopticonError):
                self.stage.do(sent[0])
                with suppress(ValueError):  # another has done it at the same time
                    self.stage.jobs.sent.remove(sent)

        return do

    def _sweep(self) -> None:
        with suppress(PanopticonError):
            self.stage.sweeping.sweep()


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> int:
    """Give the number that the days follow from: that of --hypothesis-seed, else any. pytest shows what a failed test has printed."""
    given = request.config.getoption("--hypothesis-seed")
    number = randrange(2**32) if given in (None, "random") else int(given)
    print(f"The same days again: --hypothesis-seed={number}")  # noqa: T201
    return number


def play(dice: int, *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        seed(dice)(AnyDay),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[
                Phase.generate
            ],  # to make a day of hundreds of calls shorter takes longer than to read it
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_day_ends_well(dice: int) -> None:
    play(dice, examples=5, steps=25)


@pytest.mark.slow
def test_many_days_end_well(dice: int) -> None:
    play(dice, examples=20, steps=40)
