"""Nobody knows whether Slack took a card: it is looked for until its place is known, and of two one goes."""

from datetime import timedelta

import pytest

from bot.core.alerts import Acknowledgement, Alert, MessageRef
from bot.core.errors import (
    AppShutOut,
    MessageGone,
    MessageRejected,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackUnreachable,
)
from bot.slack.cards import draw_card
from bot.workflows.draw import Drawn, Turn
from tests.makers import JO
from tests.workflows.conftest import Stage
from tests.workflows.interleaving import Interleaving

TOO_LONG = timedelta(seconds=21)
"""Longer than a lease."""


def post_unanswered(stage: Stage, alert: Alert) -> None:
    """Have the card posted, of which Slack says nothing, and wait until its lease has run out."""
    stage.channel.failures, stage.channel.accepts_failing = [SlackOutcomeUnknown("TimeoutError")], True
    assert stage.drawing.draw(alert.alert_id, retry=False).drawn is Drawn.PUT_OFF
    stage.channel.accepts_failing = False
    assert len(stage.shown(alert)) == 1
    stage.pass_time(25)


def is_told_once(stage: Stage, alert: Alert) -> bool:
    """Say whether one message tells *alert*, as it is, and the store knows where that is."""
    current = stage.store.alert(alert.alert_id)
    known = current.message and stage.channel.messages.get(current.message.ts)
    return stage.shown(alert) == [known] == [draw_card(current)] and not current.is_behind


@pytest.mark.parametrize("is_late", [False, True], ids=["found", "not found yet"])
@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param([SlackOutcomeUnknown("TimeoutError")], id="unknown again"),
        pytest.param([SlackUnreachable("gaierror")], id="unreachable"),
        pytest.param([SlackRateLimited(7)], id="rate limited"),
        pytest.param([AppShutOut("not_in_channel")], id="shut out"),
        pytest.param([MessageRejected("invalid_blocks")] * 2, id="rejected"),
    ],
)
def test_a_trouble_on_the_way_ends_no_doubt(
    stage: Stage, alert: Alert, troubles: list[SlackError], is_late: bool
) -> None:
    """Where the card was found, and where the history did not show it yet: who comes next looks for it too."""
    stage.channel.history_lag_seconds = 30 if is_late else 0
    post_unanswered(stage, alert)
    stage.channel.failures = list(troubles)
    assert stage.drawing.draw(alert.alert_id).drawn is not Drawn.SHOWN
    assert stage.channel.failures == []
    stage.pass_minutes(8)
    assert is_told_once(stage, alert)


def test_a_card_that_waits_for_its_turn_after_a_doubt_is_still_looked_for(stage: Stage, alert: Alert) -> None:
    post_unanswered(stage, alert)
    stage.channel.failures = [SlackRateLimited(7)]
    stage.drawing.draw(alert.alert_id)
    stage.work()
    assert is_told_once(stage, alert)
    assert stage.channel.searches == 2


def test_two_who_may_both_have_posted_leave_one_card(stage: Stage, alert: Alert) -> None:
    """Slack takes longer than the lease; meanwhile another finds nothing in the channel, and posts."""

    def meanwhile() -> None:
        stage.pass_time(21)
        assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN

    stage.channel.before_next = meanwhile
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.OVERTAKEN
    assert stage.channel.posts == 2
    assert is_told_once(stage, alert)


def test_of_two_who_post_at_once_the_first_to_know_its_place_has_the_card(stage: Stage, alert: Alert) -> None:
    """The one who was overtaken is the first to hear from Slack; the other, still posting, gives way."""

    def overtake() -> None:
        stage.world.now += TOO_LONG
        stage.drawing.draw(alert.alert_id)

    # Both are about to post when the first goes on to its end; then the other does.
    order = iter([0, 0, 0, 1, 1, 1, 1, 0, 0, 0, *[0] * 9])
    together = Interleaving(lambda _: next(order))
    stage.world.pause = together.pause
    together.run(lambda: stage.drawing.draw(alert.alert_id), overtake)
    stage.world.pause = lambda: None
    assert [outcome.drawn for outcome in stage.told] == [Drawn.OVERTAKEN, Drawn.OVERTAKEN]
    assert stage.channel.posts == 2
    stage.pass_minutes(2)
    assert is_told_once(stage, alert)


def test_who_is_overtaken_by_one_that_found_its_card_leaves_it_there(stage: Stage, alert: Alert) -> None:
    """Slack has taken the card, and the function stands still before it stores where."""
    calls = iter(range(4))

    def pause() -> None:
        if next(calls) == 3:
            stage.world.pause = lambda: None
            stage.pass_time(21)
            assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN

    stage.world.pause = pause
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.OVERTAKEN
    assert stage.channel.posts == 1
    assert is_told_once(stage, alert)


def test_two_who_post_anew_a_card_that_was_deleted_leave_one(stage: Stage, alert: Alert) -> None:
    stage.drawing.draw(alert.alert_id)
    stage.channel.messages.clear()
    stage.pass_time(5)
    taken = Acknowledgement(JO, stage.world.now, 1)
    stage.store.acknowledge(alert.alert_id, taken, now=stage.world.now)

    def meanwhile() -> None:
        stage.pass_time(21)
        stage.drawing.draw(alert.alert_id, turn=Turn.IGNORED)

    def after_the_update() -> None:
        stage.channel.before_next = meanwhile

    stage.channel.before_next = after_the_update
    assert stage.drawing.draw(alert.alert_id, turn=Turn.IGNORED).drawn is Drawn.OVERTAKEN
    assert stage.channel.posts == 3
    assert is_told_once(stage, alert)


def test_a_click_on_a_copy_while_another_is_posted_leaves_the_one_that_was_clicked(
    stage: Stage, alert: Alert
) -> None:
    stage.channel.history_lag_seconds = 60
    post_unanswered(stage, alert)
    (ts,) = stage.channel.messages
    clicked = MessageRef("C1", ts)

    def click() -> None:
        stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=clicked)

    stage.channel.before_next = click
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.OVERTAKEN
    assert stage.channel.posts == 2
    assert is_told_once(stage, alert)
    assert stage.store.alert(alert.alert_id).message == clicked


def test_a_copy_that_cannot_be_removed_is_one_too_many_and_no_more(stage: Stage, alert: Alert) -> None:
    def meanwhile() -> None:
        stage.pass_time(21)
        stage.drawing.draw(alert.alert_id)
        stage.channel.remove_failure = SlackUnreachable("gaierror")

    stage.channel.before_next = meanwhile
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.OVERTAKEN
    assert len(stage.shown(alert)) == 2
    assert not stage.store.alert(alert.alert_id).is_behind


def test_a_card_that_is_gone_where_it_was_found_is_posted(stage: Stage, alert: Alert) -> None:
    post_unanswered(stage, alert)
    stage.channel.failures = [MessageGone("message_not_found")]
    stage.channel.before_next = stage.channel.messages.clear
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert is_told_once(stage, alert)
