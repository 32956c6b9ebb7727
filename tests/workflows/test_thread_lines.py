"""Where a drawn card changes and somebody must know, its thread says so: once, if no function dies, and never not at all."""

import pytest

from bot.core.alerts import Alert, Closing
from bot.core.assessment import Severity
from bot.core.errors import MessageGone, SlackOutcomeUnknown, SlackRateLimited, SlackRefused
from bot.workflows.draw import Drawn
from tests.makers import JO
from tests.workflows.conftest import Died, Stage
from tests.workflows.test_pace import grow, is_shown, keep


@pytest.fixture
def alert(stage: Stage) -> Alert:
    """An alert of low severity whose card is shown."""
    alert = keep(stage, is_harmless=True)
    stage.drawing.draw(alert.alert_id)
    return alert


def said(stage: Stage) -> list[tuple[str, bool]]:
    """List what was said in threads, and whether to all."""
    return [(line["text"], line["reply_broadcast"]) for _, line in stage.channel.replies]


def acknowledge(stage: Stage, alert: Alert) -> None:
    seen = stage.store.alert(alert.alert_id).version
    stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=seen, clicked=None)


def test_what_becomes_critical_in_its_place_is_said_to_all_and_at_once(stage: Stage, alert: Alert) -> None:
    grow(stage, alert)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    ((words, is_for_all),) = said(stage)
    assert words.startswith("🔴 Critical: ")
    assert words.endswith(". It was told as 🔵 Low.")
    assert is_for_all
    assert stage.channel.replies[0][0] == stage.store.alert(alert.alert_id).message.ts  # type: ignore[union-attr]


def test_what_grows_without_becoming_worse_is_not_said(stage: Stage, alert: Alert) -> None:
    grow(stage, alert, Severity.MEDIUM)
    stage.drawing.draw(alert.alert_id)
    stage.work()
    assert is_shown(stage, alert)
    assert said(stage) == []


def test_a_line_is_said_once(stage: Stage, alert: Alert) -> None:
    for _ in range(3):
        grow(stage, alert)
        stage.drawing.draw(alert.alert_id)
        stage.work()
    assert is_shown(stage, alert)
    assert len(said(stage)) == 1


def test_what_is_open_again_as_more_is_known_is_said(stage: Stage, alert: Alert) -> None:
    acknowledge(stage, alert)
    grow(stage, alert, Severity.MEDIUM)
    stage.drawing.draw(alert.alert_id)
    ((words, is_for_all),) = said(stage)
    assert words.startswith("Open again, as more is known than was acknowledged. 🟡 Medium: ")
    assert not is_for_all


def test_what_a_person_opens_again_is_not_said(stage: Stage, alert: Alert) -> None:
    acknowledge(stage, alert)
    seen = stage.store.alert(alert.alert_id).version
    stage.acknowledging.unacknowledge(alert.alert_id, seen_version=seen, clicked=None)
    assert is_shown(stage, alert)
    assert said(stage) == []


def close(stage: Stage, alert: Alert) -> None:
    opened = alert.digest.change.time
    closing = Closing(stage.world.now, "alice", "event-2", opened)
    assert stage.store.settle(stage.store.alert(alert.alert_id), (), closing, now=stage.world.now)
    stage.drawing.draw(alert.alert_id)


def test_that_what_somebody_acknowledged_is_closed_is_said(stage: Stage, alert: Alert) -> None:
    acknowledge(stage, alert)
    stage.pass_time(47 * 60)
    close(stage, alert)
    ((words, is_for_all),) = said(stage)
    assert words.startswith("Closed <!date^")
    assert words.endswith(" by alice, open 47 min.")
    assert not is_for_all


def test_that_what_nobody_acknowledged_is_closed_is_not_said(stage: Stage, alert: Alert) -> None:
    stage.pass_time(60)
    close(stage, alert)
    assert is_shown(stage, alert)
    assert said(stage) == []


def test_a_card_that_is_posted_anew_says_it_all(stage: Stage, alert: Alert) -> None:
    stage.channel.messages.clear()
    grow(stage, alert)
    stage.drawing.draw(alert.alert_id)
    assert is_shown(stage, alert)
    assert said(stage) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 7))  # lease, two turns, card, line, drawn
def test_a_line_is_said_at_most_twice_and_not_lost_wherever_the_function_dies(
    stage: Stage, alert: Alert, at: int, after: bool
) -> None:
    grow(stage, alert)
    setattr(stage.world, "dies_after" if after else "dies_before", stage.world.calls + at)
    with pytest.raises(Died):
        stage.drawing.draw(alert.alert_id)
    stage.world.dies_before = stage.world.dies_after = None
    stage.pass_minutes(2)
    assert is_shown(stage, alert)
    assert 1 <= len(said(stage)) <= 2


@pytest.mark.parametrize("accepts", [False, True], ids=["not taken", "taken"])
def test_a_line_of_unknown_outcome_is_said_once_more_and_no_more(
    stage: Stage, alert: Alert, accepts: bool
) -> None:
    grow(stage, alert)
    stage.channel.reply_failures = [SlackOutcomeUnknown("TimeoutError")] * 9
    stage.channel.accepts_failing = accepts
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    stage.pass_minutes(3)
    assert is_shown(stage, alert)
    assert len(said(stage)) == (2 if accepts else 0)
    assert len(stage.channel.reply_failures) == 7


def test_a_line_that_has_to_wait_is_said_later(stage: Stage, alert: Alert) -> None:
    grow(stage, alert)
    stage.channel.reply_failures = [SlackRateLimited(9)]
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    stage.pass_minutes(1)
    assert is_shown(stage, alert)
    assert len(said(stage)) == 1


@pytest.mark.parametrize("code", ["restricted_action_thread_locked", "thread_not_found"])
def test_a_line_that_slack_refuses_keeps_no_card_from_being_drawn(
    stage: Stage, alert: Alert, code: str
) -> None:
    grow(stage, alert)
    refusal = MessageGone(code) if code == "thread_not_found" else SlackRefused(code)
    stage.channel.reply_failures = [refusal]
    outcome = stage.drawing.draw(alert.alert_id)
    assert outcome.drawn is Drawn.SHOWN
    assert outcome.done.overcome == [refusal]
