"""The card follows the store: one holder, one message, whatever Slack does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import LEASE, Acknowledgement, Alert
from bot.core.errors import (
    JobError,
    MessageGone,
    MessageRejected,
    SecretsMissing,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.core.jobs import DrawJob
from bot.slack.cards import draw_card
from bot.workflows.draw import Drawn, Turn
from tests.makers import JO, a_change, an_alert
from tests.workflows.conftest import Died, Stage


def acknowledge(stage: Stage, alert: Alert) -> None:
    stage.store.acknowledge(alert.alert_id, Acknowledgement(JO, stage.world.now, 1), now=stage.world.now)


def test_a_card_is_posted_once_and_shows_the_alert(stage: Stage, alert: Alert) -> None:
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.NOTHING_TO_DO
    assert stage.shown(alert) == [draw_card(alert)]
    assert (stage.channel.posts, stage.channel.updates, stage.channel.searches) == (1, 0, 0)


def test_a_later_version_is_drawn_over_the_same_message(stage: Stage, alert: Alert) -> None:
    stage.drawing.draw(alert.alert_id)
    acknowledge(stage, alert)
    stage.drawing.draw(alert.alert_id, turn=Turn.IGNORED)
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    assert (stage.channel.posts, stage.channel.updates) == (1, 1)


def test_who_finds_the_lease_taken_leaves_the_card_to_its_holder(stage: Stage, alert: Alert) -> None:
    """Someone acknowledges while the first version is on its way to Slack: the holder draws both."""

    def meanwhile() -> None:
        acknowledge(stage, alert)
        assert stage.drawing.draw(alert.alert_id).drawn is Drawn.NOTHING_TO_DO

    stage.channel.before_next = meanwhile
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    assert (stage.channel.posts, stage.channel.updates) == (1, 1)


@pytest.mark.parametrize(
    ("failure", "drawn", "delay_seconds"),
    [
        pytest.param(SlackRateLimited(17), Drawn.PUT_OFF, 17, id="rate limited"),
        pytest.param(SlackUnreachable("gaierror"), Drawn.PUT_OFF, 30, id="unreachable"),
        pytest.param(SecretsMissing(("bot-token",), "not set"), Drawn.PUT_OFF, None, id="not connected yet"),
        pytest.param(SlackRefused("not_in_channel"), Drawn.REFUSED, None, id="refused"),
    ],
)
def test_what_slack_did_not_take_is_drawn_later_without_a_search(
    stage: Stage, alert: Alert, failure: SlackError, drawn: Drawn, delay_seconds: int | None
) -> None:
    stage.channel.failures = [failure]
    outcome = stage.drawing.draw(alert.alert_id)
    assert (outcome.drawn, outcome.trouble) == (drawn, failure)
    job = DrawJob(alert.alert_id, has_turn=isinstance(failure, SlackRateLimited))
    assert stage.jobs.sent == ([(job, delay_seconds)] if delay_seconds else [])
    stage.pass_time(delay_seconds or 1)

    turn = Turn.TAKEN if job.has_turn else Turn.NEEDED
    assert stage.drawing.draw(alert.alert_id, turn=turn).drawn is Drawn.SHOWN
    assert len(stage.shown(alert)) == 1
    assert stage.channel.searches == 0


def test_a_post_of_unknown_outcome_is_found_again_and_not_repeated(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    stage.channel.accepts_failing = True
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    ((job, delay_seconds),) = stage.jobs.sent
    assert job == DrawJob(alert.alert_id)
    assert delay_seconds > LEASE.total_seconds()

    assert (
        stage.drawing.draw(alert.alert_id).drawn is Drawn.NOTHING_TO_DO
    )  # too early: the lease still stands
    acknowledge(stage, alert)
    stage.pass_time(delay_seconds)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    assert (stage.channel.posts, stage.channel.updates) == (1, 1)


def test_a_post_of_unknown_outcome_that_is_not_there_is_repeated(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    stage.drawing.draw(alert.alert_id)
    stage.pass_time(25)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert len(stage.shown(alert)) == 1


def test_without_the_scope_to_search_twice_is_preferred_to_never(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    stage.channel.accepts_failing = True
    stage.channel.can_search = False
    stage.drawing.draw(alert.alert_id)
    stage.pass_time(25)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert len(stage.shown(alert)) == 2


def test_a_search_that_fails_keeps_the_doubt_and_its_beginning(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    stage.channel.accepts_failing = True
    stage.drawing.draw(alert.alert_id)
    for _ in range(20):  # ten minutes in which Slack cannot be reached
        stage.pass_time(30)
        stage.world.dies_before = stage.world.calls + 2  # the lease is taken, the search does not come back
        with pytest.raises(Died):
            stage.drawing.draw(alert.alert_id)
    stage.world.dies_before = None
    stage.pass_time(30)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert len(stage.shown(alert)) == 1


def test_an_update_of_unknown_outcome_is_simply_repeated(stage: Stage, alert: Alert) -> None:
    stage.drawing.draw(alert.alert_id)
    acknowledge(stage, alert)
    stage.pass_time(5)
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")]
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    assert stage.channel.searches == 0


def test_a_card_that_slack_finds_too_large_becomes_text(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [MessageRejected("msg_blocks_too_long")]
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    (card,) = stage.shown(alert)
    assert card["attachments"] == []
    for words in ("Critical: SSH", "alice", "0.0.0.0/0", "Not acknowledged", alert.reference):
        assert words in card["text"]


def test_a_card_that_somebody_deleted_is_posted_again(stage: Stage, alert: Alert) -> None:
    stage.drawing.draw(alert.alert_id)
    stage.channel.messages.clear()
    acknowledge(stage, alert)
    stage.pass_time(5)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]


def test_when_not_even_a_job_can_be_queued_the_sweep_draws_it(stage: Stage, alert: Alert) -> None:
    stage.jobs.failure = JobError("not queued")
    stage.channel.failures = [SlackUnreachable("gaierror")]
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    stage.pass_time(1)
    assert stage.sweeping.sweep() == 1
    assert len(stage.shown(alert)) == 1


def test_the_sweep_stops_at_the_first_card_that_slack_does_not_take(stage: Stage) -> None:
    for number in range(3):
        change = a_change(f"event-{number}")
        stage.store.record_change(change, {}, alert=an_alert(change), learn=None, now=stage.world.now)
    stage.channel.failures = [SlackRefused("is_archived")] * 3
    assert stage.sweeping.sweep() == 0
    assert stage.channel.posts == 1
    stage.channel.failures = []
    stage.pass_minutes(1)
    assert stage.sweeping.sweep() == 0
    assert len(stage.channel.messages) == 3


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(SecretsMissing(("bot-token",), "not set"), id="not connected yet"),
        pytest.param(SlackUnreachable("gaierror"), id="unreachable"),
        pytest.param(SlackRateLimited(5), id="rate limited"),
    ],
)
def test_tries_do_not_multiply_while_slack_is_away(stage: Stage, alert: Alert, failure: SlackError) -> None:
    stage.channel.failures = [failure] * 1000
    stage.drawing.draw(alert.alert_id)
    stage.pass_minutes(60)
    assert 55 <= stage.channel.posts <= 65
    stage.channel.failures = []
    stage.pass_minutes(1)
    assert len(stage.shown(alert)) == 1


def test_a_slow_slack_that_may_not_be_searched_leaves_few_copies(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [SlackOutcomeUnknown("TimeoutError")] * 1000
    stage.channel.accepts_failing = True
    stage.channel.can_search = False
    stage.drawing.draw(alert.alert_id)
    stage.pass_minutes(60)
    assert len(stage.shown(alert)) <= 9  # each wait is twice the one before
    stage.channel.failures = []
    stage.pass_minutes(70)
    assert not stage.store.alert(alert.alert_id).is_behind


def test_a_card_posted_in_place_of_a_deleted_one_is_searched_too_when_in_doubt(
    stage: Stage, alert: Alert
) -> None:
    stage.drawing.draw(alert.alert_id)
    stage.channel.messages.clear()
    stage.pass_time(5)
    acknowledge(stage, alert)
    stage.channel.failures = [MessageGone("message_not_found"), SlackOutcomeUnknown("TimeoutError")]
    stage.channel.accepts_failing = True
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    assert len(stage.shown(alert)) == 1
    stage.pass_minutes(2)
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    assert stage.channel.searches == 1


def test_one_cards_own_trouble_holds_up_no_other(stage: Stage, alert: Alert) -> None:
    stage.drawing.draw(alert.alert_id)
    acknowledge(stage, alert)
    for number in range(3):
        change = a_change(f"another-{number}")
        later = an_alert(change, now=stage.world.now + timedelta(minutes=1))
        stage.store.record_change(change, {}, alert=later, learn=None, now=stage.world.now)
    stage.channel.failures = [SlackRefused("cant_update_message_here")]
    stage.pass_time(5)
    stage.pass_minutes(1)
    assert len(stage.channel.messages) == 4
    assert stage.store.alert(alert.alert_id).is_behind


def test_a_card_that_cannot_be_drawn_at_all_holds_up_no_other(stage: Stage, alert: Alert) -> None:
    def broken(drawn: Alert) -> dict[str, Any]:
        if drawn.alert_id == alert.alert_id:
            raise ZeroDivisionError
        return draw_card(drawn)

    change = a_change("another")
    later = an_alert(change, now=stage.world.now + timedelta(minutes=1))
    stage.store.record_change(change, {}, alert=later, learn=None, now=stage.world.now)
    drawing = replace(stage.drawing, showing=replace(stage.drawing.showing, card=broken))
    sweeping = stage.sweeping_with(drawing)
    stage.pass_time(1)
    assert sweeping.sweep() == 0
    stage.work()
    assert len(stage.shown(later)) == 1
    assert [outcome.drawn for outcome in stage.told] == [Drawn.FAILED, Drawn.PUT_OFF, Drawn.SHOWN]


def test_a_store_that_fails_after_the_click_was_stored_takes_nothing_back(stage: Stage, alert: Alert) -> None:
    stage.drawing.draw(alert.alert_id)
    stage.world.fails_at = stage.world.calls + 2  # the lease
    outcome = stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None)
    assert outcome.drawn is Drawn.PUT_OFF
    assert stage.told[-1] == outcome
    stage.pass_minutes(2)
    assert stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]
    assert stage.store.alert(alert.alert_id).acknowledgement is not None


def test_who_takes_longer_than_the_lease_is_overtaken(stage: Stage, alert: Alert) -> None:
    def meanwhile() -> None:
        stage.pass_time(int(LEASE.total_seconds()) + 1)
        assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN

    stage.channel.before_next = meanwhile
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.OVERTAKEN
    assert not stage.store.alert(alert.alert_id).is_behind


def test_a_lease_that_is_nearly_over_is_taken_anew_before_slack_is_called(stage: Stage) -> None:
    change = a_change()
    alert = an_alert(change, leased_by="me")
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    stage.pass_time(15)
    assert stage.drawing.draw_leased(alert).drawn is Drawn.SHOWN
    assert (len(stage.shown(alert)), stage.channel.searches) == (1, 0)


def test_every_outcome_is_told(stage: Stage, alert: Alert) -> None:
    stage.channel.failures = [SlackRateLimited(1)]
    stage.drawing.draw(alert.alert_id)
    stage.work()
    assert [outcome.drawn for outcome in stage.told] == [Drawn.PUT_OFF, Drawn.SHOWN]
