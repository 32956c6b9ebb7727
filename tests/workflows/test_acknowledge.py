"""A click counts once, and makes the card that was clicked on the only one."""

import pytest

from bot.core.alerts import Alert, MessageRef, TransitionRefused
from bot.core.errors import SlackOutcomeUnknown
from bot.slack.cards import draw_card
from bot.workflows.draw import Drawn
from tests.makers import JO, SAM, a_change, an_alert
from tests.workflows.conftest import Stage


@pytest.fixture
def alert(stage: Stage) -> Alert:
    """An alert of whose card two copies stand in the channel, as Slack was slow and may not be searched."""
    change = a_change()
    alert = an_alert(change)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    stage.channel.can_search = False
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    stage.channel.accepts_failing = True
    stage.drawing.draw(alert.alert_id)
    return alert


def copies(stage: Stage) -> list[MessageRef]:
    return [MessageRef("C1", ts) for ts in stage.channel.messages]


def post_again(stage: Stage, alert: Alert) -> None:
    stage.pass_time(25)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert len(stage.shown(alert)) == 2


def test_a_click_on_the_copy_that_nobody_knew_makes_it_the_card_and_removes_the_other(
    stage: Stage, alert: Alert
) -> None:
    post_again(stage, alert)
    clicked = copies(stage)[0]
    stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=clicked)
    after = stage.store.alert(alert.alert_id)
    assert copies(stage) == [clicked]
    assert stage.shown(alert) == [draw_card(after)]
    assert after.message == clicked


def test_a_click_on_a_card_that_nobody_knew_to_be_there_ends_the_doubt(stage: Stage, alert: Alert) -> None:
    (clicked,) = copies(stage)
    outcome = stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=clicked)
    assert outcome.drawn is Drawn.SHOWN
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    stage.pass_time(3600)
    assert stage.sweeping.sweep() == 0
    assert len(stage.shown(alert)) == 1


def test_a_late_click_on_a_copy_learns_who_was_first_and_removes_it(stage: Stage, alert: Alert) -> None:
    post_again(stage, alert)
    first, second = copies(stage)
    known = stage.store.alert(alert.alert_id).message
    other = first if known == second else second
    stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None)
    with pytest.raises(TransitionRefused) as refused:
        stage.acknowledging.acknowledge(alert.alert_id, SAM, seen_version=1, clicked=other)
    assert refused.value.alert.acknowledgement is not None
    assert refused.value.alert.acknowledgement.user == JO
    assert copies(stage) == [known]


def test_who_opens_it_again_on_a_copy_has_that_for_the_card(stage: Stage, alert: Alert) -> None:
    stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None)
    post_again(stage, alert)
    clicked = copies(stage)[0]
    stage.acknowledging.unacknowledge(alert.alert_id, seen_version=2, clicked=clicked)
    after = stage.store.alert(alert.alert_id)
    assert (after.message, copies(stage)) == (clicked, [clicked])
    assert stage.shown(alert) == [draw_card(after)]


def test_who_is_late_to_open_it_again_removes_the_copy(stage: Stage, alert: Alert) -> None:
    post_again(stage, alert)
    other = copies(stage)[0]
    known = stage.store.alert(alert.alert_id).message
    with pytest.raises(TransitionRefused):
        stage.acknowledging.unacknowledge(alert.alert_id, seen_version=2, clicked=other)
    assert copies(stage) == [known]


def test_a_copy_that_cannot_be_removed_costs_no_click(stage: Stage, alert: Alert) -> None:
    post_again(stage, alert)
    clicked = copies(stage)[0]
    known = stage.store.alert(alert.alert_id).message
    assert known is not None
    stage.store.adopt(alert.alert_id, MessageRef("C1", "1.0"), instead_of=known)
    outcome = stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=clicked)
    assert outcome.drawn is Drawn.SHOWN
