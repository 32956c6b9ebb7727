"""A stage that time passes on: jobs are done when they are due and the schedule comes by each minute, without any sleeping."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.core.alerts import MessageRef
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import GroupNotFound
from bot.core.jobs import Job
from bot.workflows.report import Reporting
from tests.simulation.ec2 import Ec2 as Played
from tests.workflows.conftest import Ec2, SlackChannel, Stage, World

MINUTE = timedelta(minutes=1)


@dataclass
class WatchedChannel(SlackChannel):
    """The alert channel, which keeps when Slack was called; *said* are the lines that the whole channel was notified of."""

    called_at: list[datetime] = field(default_factory=list)
    said: int = 0

    def post(self, card: dict[str, Any]) -> MessageRef:
        """Post, and keep when."""
        self.called_at.append(self.world.now)
        return super().post(card)

    def update(self, message: MessageRef, card: dict[str, Any]) -> None:
        """Draw over a message, and keep when."""
        self.called_at.append(self.world.now)
        super().update(message, card)

    def reply(self, message: MessageRef, line: dict[str, Any]) -> None:
        """Say a line in a thread, and keep when."""
        self.called_at.append(self.world.now)
        self.said += bool(line["reply_broadcast"])
        super().reply(message, line)


@dataclass
class PlayedEc2(Ec2):
    """EC2 as it was *played*: what a group held at the time of the reading; *names* are those of the groups, by id."""

    played: Played = field(default_factory=Played)
    names: dict[str, str] = field(default_factory=dict)

    def observe(self, key: GroupKey, *, clock: Callable[[], datetime]) -> Observation:
        """Read a group as it was played."""
        at = clock()
        rules = self.played.rules_at(key.group_id, at)
        if rules is None:
            raise GroupNotFound("InvalidGroup.NotFound")
        details = GroupDetails(key, self.names[key.group_id], "vpc-0123456789abcdef0")
        return Observation(details, at, tuple(rules.values()))


@dataclass
class Clockwork:
    """
    Lets time pass on a stage whose clock nobody else moves.

    The schedule comes by in each minute in which anything may wait: while a job does, or a card is behind.
    """

    stage: Stage
    reporting: Reporting = field(init=False)
    _due: list[tuple[datetime, int, Job]] = field(default_factory=list)
    _sent: int = 0
    _sweep_at: datetime | None = None

    def __post_init__(self) -> None:
        self.reporting = self.stage.reporting  # one life of the function: it remembers what that does

    def take(self, events: Iterable[dict[str, Any]]) -> None:
        """Take a batch in, as the function does: all of it is kept before any is told."""
        reports = [self.reporting.record(event) for event in events]
        self.reporting.tell(reports, lambda: True)
        self._collect()
        self._sweep_at = self._sweep_at or self.stage.world.now + MINUTE

    def pass_until(self, moment: datetime) -> None:
        """Let time pass until *moment*, and do what is due by then."""
        while (at := self._next()) is not None and at <= moment:
            self._do_next(at)
        self.stage.world.now = max(moment, self.stage.world.now)

    def settle(self) -> None:
        """Let time pass until nothing waits any more."""
        while (at := self._next()) is not None:
            self._do_next(at)

    def _next(self) -> datetime | None:
        moments = [self._due[0][0]] if self._due else []
        return min([*moments, *([self._sweep_at] if self._sweep_at else [])], default=None)

    def _do_next(self, at: datetime) -> None:
        self.stage.world.now = max(at, self.stage.world.now)
        if self._due and self._due[0][0] <= at:
            self.stage.do(heapq.heappop(self._due)[2])
        else:
            self.stage.sweeping.sweep()
            waits = self._due or self.stage.jobs.sent or self.stage.pending[-1]
            self._sweep_at = at + MINUTE if waits else None
        self._collect()

    def _collect(self) -> None:
        for job, delay_seconds in self.stage.jobs.sent:
            self._sent += 1
            due = self.stage.world.now + timedelta(seconds=delay_seconds)
            heapq.heappush(self._due, (due, self._sent, job))
        self.stage.jobs.sent.clear()


def watch(stage: Stage) -> WatchedChannel:
    """Put a channel on *stage* that keeps when Slack was called."""
    channel = WatchedChannel(stage.world)
    stage.channel = channel
    return channel


def one_post_each(cards: Iterable[tuple[datetime, dict[str, Any]]], gap: timedelta) -> WatchedChannel:
    """Post each card as soon as it is there, but no sooner than *gap* after the one before: the baseline."""
    channel = WatchedChannel(World())
    free_at: datetime | None = None
    for at, card in cards:
        channel.world.now = max(at, free_at or at)
        channel.post(card)
        free_at = channel.world.now + gap
    return channel
