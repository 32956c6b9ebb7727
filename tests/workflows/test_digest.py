"""Once a day one message tells what was kept from the channel."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.errors import SlackOutcomeUnknown, SlackRefused, SlackUnreachable
from bot.core.places import ANYWHERE
from bot.core.quiet import Quiet, QuietReason
from bot.core.quiet_day import QuietDay, count_day
from bot.core.quieting import Treatment, treated
from bot.slack.quiet_answer import digest_card
from bot.workflows.digest import Digesting
from tests.makers import GROUP, a_change, a_rule, an_alert
from tests.workflows.conftest import Died, Stage

YESTERDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
BELOW = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "low"))
SILENT = Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci")
MUTED = Treatment(Quiet(QuietReason.MUTED, "0123456789ab"))
CAUGHT_UP = Treatment(Quiet(QuietReason.CAUGHT_UP, "another"))


def keep(stage: Stage, treatment: Treatment, event_id: str, at: datetime, **more: Any) -> Alert:
    change = a_change(event_id, **more)
    alert = treated(an_alert(change, now=at), treatment)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=at)
    return alert


@pytest.fixture
def told(stage: Stage) -> list[QuietDay]:
    """What the message was made of, each time."""
    return []


@pytest.fixture
def digesting(stage: Stage, told: list[QuietDay]) -> Digesting:
    """What tells at nine; it is a minute later."""
    stage.world.now = NINE + timedelta(minutes=1)

    def draw(day: QuietDay) -> dict[str, Any]:
        told.append(day)
        return digest_card(day, ANYWHERE)

    return Digesting(stage.store, stage.channel, draw, time(9), stage.world.clock)


def noon(number: int) -> datetime:
    return datetime(2026, 11, 23, 12, number, tzinfo=UTC)


class TestCounting:
    def alerts(self, treatment: Treatment, count: int, **more: Any) -> list[Alert]:
        return [treated(an_alert(a_change(f"event-{n}", **more)), treatment) for n in range(count)]

    def test_what_was_quiet_is_counted_by_why(self) -> None:
        alerts = [
            *self.alerts(BELOW, 2, added=(), removed=(a_rule(),)),
            *self.alerts(BELOW, 1, added=(a_rule(port=8443),)),
            *self.alerts(SILENT, 4),
            *self.alerts(MUTED, 3),
            *self.alerts(CAUGHT_UP, 5),
            *self.alerts(Treatment(), 6),
        ]
        day = count_day(YESTERDAY, alerts)
        assert day.below == ((Severity.HIGH, 1), (Severity.INFORMATIONAL, 2))
        assert (day.expected, day.muted, day.count) == ((("ci", 4),), 3, 10)
        assert day.groups == ((GROUP, None, 10),)

    def test_the_groups_of_which_there_is_most_are_named(self) -> None:
        alerts = []
        for number, count in enumerate((1, 5, 3, 4)):
            group_id = f"sg-{number}"
            alerts += [
                replace(alert, group_name=f"app-{number}")
                for alert in self.alerts(BELOW, count, group_id=group_id)
            ]
        day = count_day(YESTERDAY, alerts)
        assert [(key.group_id, name, count) for key, name, count in day.groups] == [
            ("sg-1", "app-1", 5),
            ("sg-3", "app-3", 4),
            ("sg-2", "app-2", 3),
        ]
        assert day.other_groups == 1


def test_yesterday_is_told_once_and_no_other_day(
    stage: Stage, digesting: Digesting, told: list[QuietDay]
) -> None:
    keep(stage, BELOW, "before", datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC))
    keep(stage, BELOW, "first", datetime(2026, 11, 23, tzinfo=UTC))
    keep(stage, MUTED, "last", datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC))
    keep(stage, BELOW, "after", datetime(2026, 11, 24, tzinfo=UTC))
    for _ in range(3):
        digesting.tell_of_yesterday()
        stage.pass_time(60)
    (day,) = told
    assert (day.day, day.count, day.muted) == (YESTERDAY, 2, 1)
    (message,) = stage.channel.messages.values()
    assert message["text"] == "Yesterday, quietly: 1 critical, 1 muted"
    stage.pass_time(24 * 3600)
    digesting.tell_of_yesterday()
    assert told[-1].day == date(2026, 11, 24)


def test_it_is_not_told_before_its_time_nor_where_that_is_off(
    stage: Stage, digesting: Digesting, told: list[QuietDay]
) -> None:
    keep(stage, BELOW, "one", noon(0))
    stage.world.now = NINE - timedelta(seconds=1)
    digesting.tell_of_yesterday()
    stage.world.now = NINE
    replace(digesting, due=None).tell_of_yesterday()
    assert (told, stage.channel.posts) == ([], 0)
    assert digesting.tell_of_yesterday() == told[0]


def test_a_day_without_anything_quiet_is_not_told(stage: Stage, digesting: Digesting) -> None:
    keep(stage, Treatment(), "one", noon(0))
    assert digesting.tell_of_yesterday() is None
    assert stage.channel.posts == 0
    called = len(stage.world.called)
    digesting.tell_of_yesterday()
    assert len(stage.world.called) == called + 1  # what is told is not counted again


def test_a_slack_that_refuses_puts_it_off(stage: Stage, digesting: Digesting) -> None:
    keep(stage, BELOW, "one", noon(0))
    for failure in (SlackRefused("channel_not_found"), SlackUnreachable("down")):
        stage.channel.failures = [failure]
        with pytest.raises(type(failure)):
            digesting.tell_of_yesterday()
        stage.pass_time(60)
        assert digesting.tell_of_yesterday() is None  # somebody else may be at it
        stage.pass_time(300)
    assert digesting.tell_of_yesterday() is not None
    assert len(stage.channel.messages) == 1


def test_where_nobody_knows_whether_slack_has_it_it_is_not_told_twice(
    stage: Stage, digesting: Digesting
) -> None:
    keep(stage, BELOW, "one", noon(0))
    stage.channel.failures, stage.channel.accepts_failing = [SlackOutcomeUnknown("timeout")], True
    with pytest.raises(SlackOutcomeUnknown):
        digesting.tell_of_yesterday()
    stage.pass_time(3600)
    assert digesting.tell_of_yesterday() is None
    assert len(stage.channel.messages) == 1


@pytest.mark.parametrize("at", range(1, 5))
def test_a_function_that_dies_before_it_posts_is_followed_by_another(
    stage: Stage, digesting: Digesting, at: int
) -> None:
    keep(stage, BELOW, "one", noon(0))
    stage.world.dies_before = stage.world.calls + at
    with pytest.raises(Died):
        digesting.tell_of_yesterday()
    stage.world.dies_before = None
    stage.pass_time(400)
    assert digesting.tell_of_yesterday() is not None
    assert len(stage.channel.messages) == 1
