"""A function may die before and after each call to the outside; the next delivery and the sweep mend it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from bot.core.alerts import LEASE, Acknowledgement, Alert, AlertStatus, TransitionRefused
from bot.core.cloudtrail import parse_change
from bot.core.history import Listing
from bot.slack.cards import draw_card
from tests.makers import JO, a_change, an_alert
from tests.records import load_event
from tests.workflows.conftest import Died, Stage

EVENT = "authorize_ingress_ssh_from_world"
MOST_CALLS = 12


def let_it_die(stage: Stage, work: Callable[[], Any], *, at: int, after: bool) -> bool:
    """Do *work* but die at its call number *at*; tell whether there was such a call."""
    start = stage.world.calls
    stage.world.dies_before = None if after else start + at
    stage.world.dies_after = start + at if after else None
    try:
        work()
    except Died:
        return True
    finally:
        stage.world.dies_before = stage.world.dies_after = None
    return False


def mend(stage: Stage) -> None:
    """Let the lease run out, then let the schedule come by twice."""
    for _ in range(2):
        stage.pass_time(int(LEASE.total_seconds()) + 1)
        stage.sweeping.sweep()


def the_alert(stage: Stage, event: dict[str, Any]) -> Alert:
    """Give the alert of the one change that is kept of the event's group."""
    group = parse_change(event).group
    assert group is not None
    (entry,) = stage.store.changes(Listing(group=group), limit=9, now=stage.world.now)
    assert entry.alert_id is not None
    return stage.store.alert(entry.alert_id)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_an_event_is_kept_once_and_told_once_wherever_the_function_dies(
    stage: Stage, at: int, after: bool
) -> None:
    event = load_event(EVENT)
    died = let_it_die(stage, lambda: stage.report(event), at=at, after=after)
    stage.report(event)  # SQS delivers again what was not confirmed
    mend(stage)

    alert = the_alert(stage, event)
    assert stage.shown(alert) == [draw_card(alert)]
    assert not alert.is_behind
    assert alert.lease is None
    assert died or at > 4


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_a_click_that_was_stored_is_shown_wherever_the_function_dies(
    stage: Stage, at: int, after: bool
) -> None:
    change = a_change()
    alert = an_alert(change)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    stage.drawing.draw(alert.alert_id)

    let_it_die(
        stage,
        lambda: stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None),
        at=at,
        after=after,
    )
    with suppress(TransitionRefused):  # the person sees no change and clicks again
        stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None)
    mend(stage)

    alert = stage.store.alert(alert.alert_id)
    assert alert.status is AlertStatus.ACKNOWLEDGED
    assert alert.acknowledgement is not None
    assert alert.acknowledgement.user == JO
    assert alert.version == 2
    assert stage.shown(alert) == [draw_card(alert)]


def test_dying_at_every_call_of_a_report_was_tried(stage: Stage) -> None:
    start = stage.world.calls
    stage.report(load_event(EVENT))
    assert stage.world.calls - start < MOST_CALLS


def test_an_acknowledgement_survives_a_crash_while_the_card_is_first_posted(stage: Stage) -> None:
    change = a_change()
    alert = an_alert(change)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    # The card is in the channel, but the function dies before it can store the timestamp.
    let_it_die(stage, lambda: stage.drawing.draw(alert.alert_id), at=2, after=True)
    assert len(stage.channel.messages) == 1
    stage.store.acknowledge(alert.alert_id, Acknowledgement(JO, stage.world.now, 1), now=stage.world.now)
    mend(stage)
    alert = stage.store.alert(alert.alert_id)
    assert stage.shown(alert) == [draw_card(alert)]
    assert alert.status is AlertStatus.ACKNOWLEDGED
