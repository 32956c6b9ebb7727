"""The real store on the sandbox's DynamoDB, and doubles for Slack and the queue that can fail and die at any call."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from bot.aws.store import Store
from bot.aws.table import Table
from bot.core.alerts import Alert, MessageRef
from bot.core.behind import NotRead
from bot.core.changes import GroupKey, Observation
from bot.core.errors import (
    GroupNotFound,
    JobError,
    MessageGone,
    ReadThrottled,
    SlackOutcomeUnknown,
    SlackUnreachable,
)
from bot.core.interfaces import NetworkInterface
from bot.core.jobs import BehindJob, DrawJob, FinishJob, Job, ObserveJob, TellAgainJob, TellFoundJob
from bot.core.quieting import POST_ALL, QuietPolicy
from bot.core.who import NOTHING_KNOWN, Known
from bot.slack.cards import draw_card, draw_plain_card
from bot.slack.catch_up_card import draw_catch_up, draw_plain_catch_up
from bot.slack.thread_lines import draw_line
from bot.workflows.acknowledge import Acknowledging
from bot.workflows.behind import LookingBehind
from bot.workflows.catch_up import CatchingUp
from bot.workflows.draw import Drawing, Outcome, Turn
from bot.workflows.keep_reading import KeepingReadings
from bot.workflows.ledgers import Ledgers
from bot.workflows.lookup import Lookup
from bot.workflows.observe import Observing
from bot.workflows.quieting import Quieting
from bot.workflows.report import Reporting
from bot.workflows.showing import Showing
from bot.workflows.sweep import Sweeping
from bot.workflows.tell_again import TellingAgain
from bot.workflows.tell_found import TellingFound
from sandbox.aws import table_definition
from tests.makers import NOW, a_change, an_alert
from tests.own_dynamodb import OwnDynamoDB

_SOON_SECONDS = 10
_TICK_SECONDS = 5
TABLE = "panopticon-test"


# How a call that is not to DynamoDB fails; Slack and EC2, whose calls have no name here, fail in their own ways beside these.
FAILURES: dict[str, Exception] = {
    "": SlackUnreachable("gaierror"),
    "views_update": SlackUnreachable("gaierror"),
    "observe": ReadThrottled("RequestLimitExceeded"),
    "interfaces": ReadThrottled("RequestLimitExceeded"),
    "send_message": JobError("not queued"),
}
# How one fails that was carried out, and whose answer got lost.
LOST_ANSWERS = {
    **FAILURES,
    "": SlackOutcomeUnknown("TimeoutError"),
    "views_update": SlackOutcomeUnknown("TimeoutError"),
}


class Died(BaseException):
    """The function stops here: a crash, or Lambda's time-out."""


@dataclass
class World:
    """
    What happens, in order; each call to the outside counts, and the function can die before or after any.

    A call can also fail: without effect (*fails_at*), or carried out, and the answer lost (*unanswered_at*).
    """

    now: datetime = NOW
    calls: int = 0
    dies_before: int | None = None
    dies_after: int | None = None
    fails_at: int | None = None
    unanswered_at: int | None = None
    called: list[str] = field(default_factory=list)
    pause: Callable[[], None] = lambda: None

    def clock(self) -> datetime:
        return self.now

    def call(self, work: Callable[[], Any], name: str = "") -> Any:
        self.pause()
        self.calls += 1
        self.called.append(name)
        if self.calls == self.dies_before:
            raise Died
        if self.calls == self.fails_at:
            raise FAILURES.get(name, ConnectionClosedError(endpoint_url="dynamodb"))
        number = self.calls
        try:
            answer = work()
        finally:
            if number == self.dies_after:
                raise Died
        if number == self.unanswered_at:
            raise LOST_ANSWERS.get(name, ConnectionClosedError(endpoint_url="dynamodb"))
        return answer


class MortalClient:
    """A DynamoDB client at each call of which the function may die."""

    def __init__(self, client: Any, world: World) -> None:
        self._client = client
        self._world = world

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        return lambda **arguments: self._world.call(lambda: operation(**arguments), name)


@dataclass
class SlackChannel:
    """
    The alert channel. *failures* are raised by the next calls, one each; *accepts_failing* says that Slack does what was
    asked all the same. *before_next* is called once, right before the next message is taken.
    """

    world: World
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    reply_failures: list[Exception] = field(default_factory=list)
    accepts_failing: bool = False
    can_search: bool = True
    remove_failure: Exception | None = None
    before_next: Callable[[], object] | None = None
    history_lag_seconds: int = 0
    posts: int = 0
    taken: int = 0
    updates: int = 0
    searches: int = 0

    def post(self, card: dict[str, Any]) -> MessageRef:
        self.posts += 1

        def take() -> MessageRef:
            self.taken += 1  # no two messages of a channel have one timestamp, whatever was removed meanwhile
            ts = f"{self.world.now.timestamp():.6f}{self.taken}"
            self.messages[ts] = card
            return MessageRef("C1", ts)

        return self._answer(take)  # type: ignore[no-any-return]

    def update(self, message: MessageRef, card: dict[str, Any]) -> None:
        self.updates += 1

        def take() -> None:
            if message.ts not in self.messages:
                raise MessageGone("message_not_found")
            self.messages[message.ts] = card

        self._answer(take)

    def reply(self, message: MessageRef, line: dict[str, Any]) -> None:
        def take() -> None:
            self.replies.append((message.ts, line))

        if not self.reply_failures:
            self._answer(take)
            return
        if self.accepts_failing:
            take()
        raise self.reply_failures.pop(0)

    def remove(self, message: MessageRef) -> None:
        def take() -> None:
            if self.remove_failure:
                raise self.remove_failure
            if self.messages.pop(message.ts, None) is None:
                raise MessageGone("message_not_found")

        self.world.call(take)

    def find(self, alert_id: str, *, after: datetime, before: datetime) -> MessageRef | None:
        self.searches += 1

        def look() -> MessageRef | None:
            for ts, card in self.messages.items():
                posted = float(ts[:17])
                found = card["metadata"]["event_payload"]["alert_id"] == alert_id
                is_there = posted + self.history_lag_seconds <= self.world.now.timestamp()
                if (
                    self.can_search
                    and is_there
                    and found
                    and after.timestamp() <= posted <= before.timestamp()
                ):
                    return MessageRef("C1", ts)
            return None

        return self.world.call(look)  # type: ignore[no-any-return]

    def _answer(self, take: Callable[[], Any]) -> Any:
        if self.before_next:
            meanwhile, self.before_next = self.before_next, None
            meanwhile()
        if self.failures:
            failure = self.failures.pop(0)
            if self.accepts_failing:
                take()
            raise failure
        return self.world.call(take)


@dataclass
class JobList:
    """The queue of jobs; *failure* is raised instead of taking one. With a *world*, sending is a call at which one may die."""

    sent: list[tuple[Job, int]] = field(default_factory=list)
    failure: Exception | None = None
    world: World | None = None

    def send(self, job: Job, *, delay_seconds: int = 0) -> None:
        def take() -> None:
            if self.failure:
                raise self.failure
            self.sent.append((job, delay_seconds))

        self.world.call(take, "send_message") if self.world else take()


@dataclass
class Ec2:
    """EC2: what it says of each group, which is not there else; *failure* is raised instead."""

    world: World
    groups: dict[GroupKey, Observation] = field(default_factory=dict)
    failure: Exception | None = None

    def observe(self, key: GroupKey, *, clock: Callable[[], datetime]) -> Observation:
        def read() -> Observation:
            if self.failure:
                raise self.failure
            if key not in self.groups:
                raise GroupNotFound("InvalidGroup.NotFound")
            return replace(self.groups[key], at=clock())

        return self.world.call(read, "observe")  # type: ignore[no-any-return]


@dataclass
class Interfaces:
    """
    EC2's network interfaces, by the group or the resource that they are of; *are_more* says that there are more of each.

    *failure* is raised instead.
    """

    world: World
    of: defaultdict[str, list[NetworkInterface]] = field(default_factory=lambda: defaultdict(list))
    are_more: bool = False
    failure: Exception | None = None
    read: list[str] = field(default_factory=list)

    def of_group(self, key: GroupKey) -> tuple[list[NetworkInterface], bool]:
        return self._read(key.group_id)

    def of_resource(self, key: GroupKey, resource_id: str) -> tuple[list[NetworkInterface], bool]:
        return self._read(resource_id)

    def _read(self, of: str) -> tuple[list[NetworkInterface], bool]:
        def read() -> tuple[list[NetworkInterface], bool]:
            self.read.append(of)
            if self.failure:
                raise self.failure
            return self.of[of], self.are_more

        return self.world.call(read, "interfaces")  # type: ignore[no-any-return]


@dataclass
class ModalList:
    """The modals as they were filled, in order; with a *world*, filling one is a call at which one may die."""

    filled: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failure: Exception | None = None
    world: World | None = None

    def update_view(self, view_id: str, view: dict[str, Any], *, view_hash: str | None = None) -> None:
        def take() -> None:
            if self.failure:
                raise self.failure
            self.filled.append((view_id, view))

        self.world.call(take, "views_update") if self.world else take()


class NotLooking(LookingBehind):
    """Looks behind no group, so that a test of something else sees that alone."""

    def tell(self, alert_id: str, *, has_waited: bool = False) -> bool:
        """Tell nothing."""
        del alert_id, has_waited
        return False


@dataclass
class Stage:
    """
    The workflows on their doubles; *policy* keeps nothing from the channel, unless a test wants it to.

    Without *looks_behind* nobody looks what sits behind groups.
    """

    world: World
    store: Store
    channel: SlackChannel
    jobs: JobList
    ec2: Ec2
    interfaces: Interfaces
    modals: ModalList = field(default_factory=ModalList)
    told: list[Outcome] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    holders: int = 0
    policy: QuietPolicy = POST_ALL
    paused: list[int] = field(default_factory=list)
    refused: list[tuple[GroupKey, NotRead]] = field(default_factory=list)
    looks_behind: bool = True
    known: Known = NOTHING_KNOWN

    def pause(self, attempt: int) -> None:
        self.paused.append(attempt)

    def new_id(self) -> str:
        self.holders += 1
        return f"holder-{self.holders}"

    @property
    def drawing(self) -> Drawing:
        return Drawing(
            store=self.store,
            pace=self.store,
            showing=Showing(self.channel, draw_card, draw_plain_card, draw_line, self.world.clock),
            jobs=self.jobs,
            clock=self.world.clock,
            new_id=self.new_id,
            told=lambda _, outcome: self.told.append(outcome),
        )

    @property
    def reporting(self) -> Reporting:
        return Reporting(
            self.store,
            self.ledgers,
            self.quieting,
            self.drawing,
            self.jobs,
            self.world.clock,
            self.new_id,
            self.pause,
            self.known,
        )

    @property
    def quieting(self) -> Quieting:
        """What has just started: it remembers no mutes."""
        return Quieting(self.policy, self.store)

    @property
    def ledgers(self) -> Ledgers:
        return Ledgers(self.store)

    @property
    def keeping(self) -> KeepingReadings:
        return KeepingReadings(self.store, self.ledgers, self.jobs, self.world.clock)

    @property
    def telling(self) -> TellingAgain:
        return TellingAgain(
            self.store,
            self.store,
            self.ledgers,
            self.quieting,
            self.drawing,
            self.world.clock,
            self.known,
        )

    @property
    def telling_found(self) -> TellingFound:
        return TellingFound(
            self.store,
            self.ledgers,
            self.quieting,
            self.telling,
            self.drawing,
            self.jobs,
            self.world.clock,
            self.new_id,
            self.pause,
        )

    def report(self, *events: dict[str, Any]) -> None:
        """Take events in as the function does: all are kept before any is told."""
        reports = [self.reporting.record(event) for event in events]
        self.reporting.tell(reports, lambda: True)

    @property
    def observing(self) -> Observing:
        return Observing(
            self.ec2,
            self.keeping,
            self.telling,
            self.store,
            self.quieting,
            self.drawing,
            self.jobs,
            self.world.clock,
            self.looking,
        )

    @property
    def looking(self) -> LookingBehind:
        kind = LookingBehind if self.looks_behind else NotLooking
        return kind(
            self.interfaces,
            self.store,
            self.drawing,
            self.jobs,
            self.world.clock,
            lambda key, refusal: self.refused.append((key, refusal)),
        )

    @property
    def lookup(self) -> Lookup:
        return Lookup(self.store, self.world.clock)

    def work(self) -> None:
        """Do the jobs that wait, as the worker does; of those that wait for longer, only cards whose turn comes soon."""
        while due := [sent for sent in self.jobs.sent if not sent[1]] or self._soon():
            job, delay_seconds = due[0]
            self.pass_time(delay_seconds)
            self.do(job)
            self.jobs.sent.remove(due[0])

    def do(self, job: Job) -> None:
        """Do one job, as the worker does; what is about prefix lists is left out."""
        match job:
            case ObserveJob(group, alert_id):
                self.observing.complete_alert(group, alert_id)
            case BehindJob(alert_id, has_waited):
                self.looking.look(alert_id, has_waited=has_waited)
            case DrawJob(alert_id, has_turn):
                self.drawing.draw(alert_id, retry=False, turn=Turn.TAKEN if has_turn else Turn.NEEDED)
            case FinishJob(alert_id, content_version):
                self.store.finish(alert_id, content_version=content_version)
                self.telling.settle_burst(alert_id)
                self.drawing.draw(alert_id, retry=False)
            case TellAgainJob(group, since):
                self.telling.tell_again(group, since)
            case TellFoundJob(group, at):
                self.telling_found.tell(group, at)

    def _soon(self) -> list[tuple[Job, int]]:
        has_turn = (sent for sent in self.jobs.sent if isinstance(sent[0], DrawJob) and sent[0].has_turn)
        return [sent for sent in has_turn if sent[1] <= _SOON_SECONDS][:1]

    @property
    def acknowledging(self) -> Acknowledging:
        return Acknowledging(self.store, self.channel, self.drawing, self.world.clock)

    @property
    def sweeping(self) -> Sweeping:
        return self.sweeping_with(self.drawing)

    def sweeping_with(self, drawing: Drawing) -> Sweeping:
        """Sweep with a drawing of one's own."""
        catching_up = CatchingUp(
            self.store,
            self.store,
            self.channel,
            draw_catch_up,
            draw_plain_catch_up,
            self.world.clock,
            self.new_id,
            lambda _, outcome: self.told.append(outcome),
        )
        return Sweeping(self.store, drawing, catching_up, self.world.clock, self.pending.append)

    def pass_time(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    def pass_minutes(self, minutes: int) -> None:
        """Let the schedule come by each minute, and do each job when it is due, as the worker does."""
        due: list[tuple[int, DrawJob]] = []
        for second in range(0, minutes * 60, _TICK_SECONDS):
            self.pass_time(_TICK_SECONDS)
            due += [(second + delay, job) for job, delay in self.jobs.sent if isinstance(job, DrawJob)]
            self.jobs.sent.clear()
            for entry in [entry for entry in due if entry[0] <= second]:
                due.remove(entry)
                turn = Turn.TAKEN if entry[1].has_turn else Turn.NEEDED
                self.drawing.draw(entry[1].alert_id, retry=False, turn=turn)
            if second % 60 == 0:
                self.sweeping.sweep()

    def shown(self, alert: Alert) -> list[dict[str, Any]]:
        """List the messages in the channel that show *alert*."""
        cards = self.channel.messages.values()
        return [card for card in cards if card["metadata"]["event_payload"]["alert_id"] == alert.alert_id]


@pytest.fixture
def dynamodb() -> OwnDynamoDB:
    return OwnDynamoDB()


@pytest.fixture
def stage(dynamodb: OwnDynamoDB) -> Stage:
    return make_stage(dynamodb)


@pytest.fixture
def alert(stage: Stage) -> Alert:
    """An alert that is stored, and that nobody draws yet."""
    change = a_change()
    alert = an_alert(change)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    return alert


def make_stage(client: Any, table: str = TABLE, world: World | None = None) -> Stage:
    """Make a stage with a table of its own."""
    client.create_table(**{**table_definition(), "TableName": table})
    world = world or World()
    store = Store(Table(table, lambda: MortalClient(client, world)), timedelta(days=400))
    return Stage(world, store, SlackChannel(world), JobList(), Ec2(world), Interfaces(world))
