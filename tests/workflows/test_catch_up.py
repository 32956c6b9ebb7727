"""Slack was away for long: what waited is told, once, and floods nobody."""

from dataclasses import replace

import pytest

from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.errors import MessageRejected, SlackOutcomeUnknown, SlackUnreachable
from bot.core.quiet import QuietReason
from bot.slack.cards import draw_card
from tests.makers import JO
from tests.workflows.conftest import Died, Stage
from tests.workflows.test_pace import grow, is_shown, keep

MANY = 25
MOST_CALLS = 150


def wait_for_slack(stage: Stage, *, many: int = MANY, minutes: int = 40) -> list[Alert]:
    """Let alerts come while Slack is away; what is kept waits."""
    waiting = [keep(stage, f"event-{number}", is_harmless=True) for number in range(many)]
    stage.pass_time(minutes * 60)
    return waiting


def quiet(stage: Stage) -> list[Alert]:
    """List the alerts that wait and have no card of their own."""
    alerts, _ = stage.store.open_alerts_page(limit=100)
    return [alert for alert in alerts if alert.quiet]


def times_told(stage: Stage, alert: Alert) -> int:
    """Count the messages that tell an alert: its own, and those that tell it together with others."""
    current = stage.store.alert(alert.alert_id)
    by = current.quiet.by if current.quiet else None
    ids = [card["metadata"]["event_payload"]["alert_id"] for card in stage.channel.messages.values()]
    return ids.count(alert.alert_id) + ids.count(by)


def mend(stage: Stage) -> None:
    """Let the schedule come by each minute; jobs are not needed."""
    for _ in range(3):
        stage.pass_time(60)
        stage.sweeping.sweep()


def test_many_that_waited_are_told_together_and_can_still_be_acknowledged(stage: Stage) -> None:
    waiting = wait_for_slack(stage)
    stage.sweeping.sweep()
    (card,) = stage.channel.messages.values()
    assert card["text"].startswith("While Slack did not answer, <!date^")
    assert ": 25 alerts about changes by 1 principal. Worst: 🔵 Low: " in card["text"]
    assert stage.store.alerts_behind(limit=9) == []
    assert {alert.alert_id for alert in quiet(stage)} == {alert.alert_id for alert in waiting}
    stage.acknowledging.acknowledge(waiting[0].alert_id, JO, seen_version=1, clicked=None)
    stage.pass_minutes(3)
    assert len(stage.channel.messages) == 1
    assert len(quiet(stage)) == MANY - 1
    assert stage.store.catch_up() is None


def test_few_that_waited_get_a_card_each(stage: Stage) -> None:
    waiting = wait_for_slack(stage, many=20)
    stage.pass_minutes(2)
    assert all(is_shown(stage, alert) for alert in waiting)


def test_what_has_not_waited_for_long_gets_a_card_each(stage: Stage) -> None:
    waiting = wait_for_slack(stage, minutes=20)
    stage.pass_minutes(2)
    assert all(is_shown(stage, alert) for alert in waiting)


def test_each_critical_one_gets_its_own_card_the_oldest_first_and_before_the_rest(stage: Stage) -> None:
    critical = []
    for number in range(3):
        critical.append(keep(stage, f"critical-{number}"))
        stage.pass_time(60)
    wait_for_slack(stage)
    stage.pass_minutes(1)
    assert all(is_shown(stage, alert) for alert in critical)
    assert len(stage.channel.messages) == 4
    first = next(iter(stage.channel.messages.values()))
    assert first == draw_card(stage.store.alert(critical[0].alert_id))


def test_while_slack_stays_away_nothing_is_told_and_one_card_tells_all_in_the_end(stage: Stage) -> None:
    stage.channel.failures = [SlackUnreachable("gaierror")] * 1000
    wait_for_slack(stage)
    stage.sweeping.sweep()
    later = [keep(stage, f"later-{number}", is_harmless=True) for number in range(MANY)]
    stage.pass_time(35 * 60)
    stage.sweeping.sweep()
    stage.channel.failures = []
    mend(stage)
    assert len(stage.channel.messages) == 1
    assert ": 50 alerts" in next(iter(stage.channel.messages.values()))["text"]
    assert all(times_told(stage, alert) == 1 for alert in later)


def test_what_grows_worse_later_gets_a_card_of_its_own(stage: Stage) -> None:
    first, *_ = wait_for_slack(stage)
    stage.sweeping.sweep()
    grow(stage, first, Severity.HIGH)
    stage.drawing.draw(first.alert_id)
    stage.work()
    assert is_shown(stage, first)
    assert stage.store.alert(first.alert_id).quiet is None
    assert len(stage.channel.messages) == 2


def test_one_whose_card_may_stand_in_the_channel_stays_out_and_is_looked_for(stage: Stage) -> None:
    doubtful = keep(stage, "doubtful", is_harmless=True)
    stage.store.lease(doubtful.alert_id, "died", now=stage.world.now)
    stage.channel.post(draw_card(doubtful))  # and the timestamp was not stored
    wait_for_slack(stage)
    stage.pass_minutes(2)
    assert times_told(stage, doubtful) == 1
    assert len(stage.channel.messages) == 2


def test_a_card_that_slack_finds_too_large_is_told_as_text(stage: Stage) -> None:
    waiting = wait_for_slack(stage)
    stage.channel.failures = [MessageRejected("msg_blocks_too_long")]
    stage.sweeping.sweep()
    (card,) = stage.channel.messages.values()
    assert "blocks" not in card
    assert "… and 10 more." in card["text"]
    assert all(times_told(stage, alert) == 1 for alert in waiting)


@pytest.mark.parametrize("accepts", [False, True], ids=["not taken", "taken"])
def test_a_post_of_unknown_outcome_is_looked_for(stage: Stage, accepts: bool) -> None:
    waiting = wait_for_slack(stage)
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    stage.channel.accepts_failing = accepts
    stage.pass_minutes(3)
    assert len(stage.channel.messages) == 1
    assert all(times_told(stage, alert) == 1 for alert in waiting)
    assert stage.channel.searches == 1


def test_two_sweeps_at_once_tell_each_once(stage: Stage) -> None:
    waiting = wait_for_slack(stage)
    stage.channel.before_next = stage.sweeping.sweep
    stage.sweeping.sweep()
    stage.pass_minutes(2)
    assert all(times_told(stage, alert) == 1 for alert in waiting)


def test_who_takes_longer_than_the_lease_to_take_all_of_them_leaves_the_card_to_another(stage: Stage) -> None:
    """DynamoDB is slow: the lease has run out before the card is posted, and the next sweep has posted it."""
    waiting = wait_for_slack(stage)
    calls_left = iter(range(MANY))

    def pause() -> None:
        if next(calls_left, None) is None:
            stage.world.pause = lambda: None
            stage.pass_time(21)
            stage.sweeping.sweep()

    stage.world.pause = pause
    stage.sweeping.sweep()
    stage.pass_minutes(2)
    assert [times_told(stage, alert) for alert in waiting] == [1] * MANY
    assert len(stage.channel.messages) == 1


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_none_is_lost_nor_told_twice_wherever_the_worker_dies(stage: Stage, after: bool) -> None:
    """Each round lets a new crowd wait; the function dies one call later than in the round before."""
    at, died, everybody = 0, True, []
    while died:
        at += 9 if 10 < at < 28 else 1  # one of those that take an alert each is like the others
        crowd = [keep(stage, f"round-{at}-{number}", is_harmless=True) for number in range(21)]
        everybody += crowd
        stage.pass_time(31 * 60)
        setattr(stage.world, "dies_after" if after else "dies_before", stage.world.calls + at)
        try:
            stage.sweeping.sweep()
            died = False
        except Died:
            died = True
        stage.world.dies_before = stage.world.dies_after = None
        mend(stage)
        assert [times_told(stage, alert) for alert in crowd] == [1] * len(crowd), at
        assert stage.store.alerts_behind(limit=9) == []
        assert stage.store.catch_up() is None
        assert at < MOST_CALLS
    assert at > 30
    reasons = {alert.quiet.reason for alert in quiet(stage) if alert.quiet}
    assert reasons == {QuietReason.CAUGHT_UP}


def test_a_fault_in_drawing_it_loses_nothing(stage: Stage) -> None:
    waiting = wait_for_slack(stage)

    def broken(_: object) -> dict[str, object]:
        raise ZeroDivisionError

    sweeping = stage.sweeping
    broken_one = replace(sweeping, catching_up=replace(sweeping.catching_up, card=broken))
    with pytest.raises(ZeroDivisionError):
        broken_one.sweep()
    stage.pass_minutes(2)
    assert all(times_told(stage, alert) == 1 for alert in waiting)
