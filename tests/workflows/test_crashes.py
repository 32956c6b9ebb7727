"""A function may die before and after each call to the outside; the next delivery and the sweep mend it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from bot.core.alerts import LEASE, Acknowledgement, Alert, AlertStatus, TransitionRefused
from bot.core.assessment import Severity
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.cloudtrail import parse_change
from bot.core.errors import ReadDenied, ReadRoleMissing
from bot.core.history import Listing
from bot.core.jobs import ObserveJob
from bot.slack.cards import draw_card
from tests.makers import JO, NOW, a_change, a_rule, an_alert
from tests.records import event, load_event
from tests.workflows.conftest import Died, Stage

EVENT = "authorize_ingress_ssh_from_world"
GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
CUT = event(requestParameters={"groupId": GROUP.group_id, "ipPermissions": {"omitted": True}})
MOST_CALLS = 26


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


def the_alert(stage: Stage, told: dict[str, Any]) -> Alert:
    """Give the alert of the one change that is kept of the event's group."""
    group = parse_change(told).group
    assert group is not None
    (entry,) = stage.store.changes(Listing(group=group), limit=9, now=stage.world.now)
    assert entry.told is not None
    return stage.store.alert(entry.told.alert_id)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_an_event_is_kept_once_and_told_once_wherever_the_function_dies(
    stage: Stage, at: int, after: bool
) -> None:
    opening = load_event(EVENT)
    died = let_it_die(stage, lambda: stage.report(opening), at=at, after=after)
    stage.report(opening)  # SQS delivers again what was not confirmed
    mend(stage)

    alert = the_alert(stage, opening)
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


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_a_card_is_completed_by_a_reading_wherever_the_worker_dies(
    stage: Stage, at: int, after: bool
) -> None:
    stage.report(CUT)
    stage.ec2.groups[GROUP] = Observation(GroupDetails(GROUP, "web-prod", None), NOW, (a_rule(),))
    let_it_die(stage, stage.work, at=at, after=after)
    stage.pass_time(60)
    stage.work()  # SQS delivers the job again where it was not done
    mend(stage)

    alert = the_alert(stage, CUT)
    assert stage.shown(alert) == [draw_card(alert)]
    assert (alert.group_name, alert.assessment.severity) == ("web-prod", Severity.CRITICAL)
    assert alert.reading is not None
    assert alert.reading.rules == (a_rule(),)
    assert alert.lease is None
    assert [waiting.alert_id for waiting in stage.store.open_alerts_page(limit=9)[0]] == [alert.alert_id]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_a_card_says_why_nothing_was_read_wherever_the_worker_dies(
    stage: Stage, at: int, after: bool
) -> None:
    stage.report(CUT)
    stage.ec2.failure = ReadRoleMissing("AccessDenied", "panopticon-read")

    def work() -> None:
        with suppress(ReadDenied):  # which the worker logs
            stage.work()

    let_it_die(stage, work, at=at, after=after)
    stage.pass_time(60)
    work()  # SQS delivers the job again where it was not done
    mend(stage)

    alert = the_alert(stage, CUT)
    assert stage.shown(alert) == [draw_card(alert)]
    assert alert.unread is not None
    assert alert.surroundings is not None  # which was read all the same
    assert (alert.version, alert.content_version, alert.lease) == (3, 1, None)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_a_note_is_kept_with_its_click_wherever_the_function_dies(stage: Stage, at: int, after: bool) -> None:
    change = a_change()
    alert = an_alert(change)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    stage.drawing.draw(alert.alert_id)

    def click() -> None:
        stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None, note="vendor")

    let_it_die(stage, click, at=at, after=after)
    with suppress(TransitionRefused):  # the person sees no change and clicks again
        click()
    mend(stage)

    alert = stage.store.alert(alert.alert_id)
    assert alert.acknowledgement == Acknowledgement(JO, NOW, 1, "vendor")
    assert alert.version == 2
    assert stage.shown(alert) == [draw_card(alert)]
    assert stage.store.open_alerts_page(limit=9)[0] == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_a_reading_is_asked_for_wherever_the_function_dies(stage: Stage, at: int, after: bool) -> None:
    let_it_die(stage, lambda: stage.report(CUT), at=at, after=after)
    stage.report(CUT)  # SQS delivers again what was not confirmed
    assert ObserveJob(GROUP, the_alert(stage, CUT).alert_id) in [job for job, _ in stage.jobs.sent]


def test_dying_at_every_call_of_a_reading_and_of_a_click_was_tried(stage: Stage) -> None:
    stage.report(CUT)
    stage.ec2.groups[GROUP] = Observation(GroupDetails(GROUP, "web-prod", None), NOW, (a_rule(),))
    start = stage.world.calls
    stage.work()
    assert stage.channel.updates == 1
    assert 6 < stage.world.calls - start < MOST_CALLS
    start = stage.world.calls
    alert = the_alert(stage, CUT)
    stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=9, clicked=None, note="vendor")
    assert stage.channel.updates == 2
    assert 3 < stage.world.calls - start < MOST_CALLS


def test_dying_at_every_call_of_a_report_was_tried(stage: Stage) -> None:
    start = stage.world.calls
    stage.report(load_event(EVENT))
    assert stage.world.calls - start < MOST_CALLS


def test_an_acknowledgement_survives_a_crash_while_the_card_is_first_posted(stage: Stage) -> None:
    change = a_change()
    alert = an_alert(change)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    # The card is in the channel, but the function dies before it can store the timestamp.
    let_it_die(stage, lambda: stage.drawing.draw(alert.alert_id), at=3, after=True)
    assert len(stage.channel.messages) == 1
    stage.store.acknowledge(alert.alert_id, Acknowledgement(JO, stage.world.now, 1), now=stage.world.now)
    mend(stage)
    alert = stage.store.alert(alert.alert_id)
    assert stage.shown(alert) == [draw_card(alert)]
    assert alert.status is AlertStatus.ACKNOWLEDGED
