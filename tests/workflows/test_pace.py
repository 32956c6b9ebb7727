"""Cards take turns in Slack: none is drawn too often, a person waits for nobody, and "later" is heard once."""

from dataclasses import replace
from datetime import timedelta

from bot.core.alerts import Acknowledgement, Alert
from bot.core.assessment import Assessment, Severity
from bot.core.completion import Completion
from bot.core.errors import SlackRateLimited, StoreError
from bot.core.jobs import DrawJob
from bot.core.pace import CARD_GAP, Lane
from bot.slack.cards import draw_card
from bot.workflows.draw import Drawn, Turn
from tests.makers import JO, a_change, a_rule, an_alert
from tests.workflows.conftest import Stage

INTERNAL = (a_rule("10.0.0.0/8"),)


def keep(stage: Stage, name: str = "event-1", *, is_harmless: bool = False) -> Alert:
    """Keep an alert that nobody draws yet."""
    change = a_change(name, added=INTERNAL) if is_harmless else a_change(name)
    alert = an_alert(change, now=stage.world.now)
    stage.store.record_change(change, {}, alert=alert, learn=None, now=stage.world.now)
    return alert


def grow(stage: Stage, alert: Alert, severity: Severity = Severity.CRITICAL) -> None:
    """Let more be told by an alert, as of severity *severity*."""
    current = stage.store.alert(alert.alert_id)
    completion = Completion(
        group_name=f"web-{current.version}",
        vpc_id=None,
        digest=current.digest,
        assessment=Assessment(severity, current.assessment.findings),
        reading=None,
        is_more=True,
    )
    assert stage.store.complete(current, completion)


def is_shown(stage: Stage, alert: Alert) -> bool:
    """Tell whether exactly one message shows the alert as it is."""
    return stage.shown(alert) == [draw_card(stage.store.alert(alert.alert_id))]


def test_cards_that_come_at_once_are_posted_one_a_second(stage: Stage) -> None:
    alerts = [keep(stage, f"event-{number}", is_harmless=True) for number in range(4)]
    outcomes = [stage.drawing.draw(alert.alert_id) for alert in alerts]
    assert [outcome.drawn for outcome in outcomes] == [Drawn.SHOWN, *[Drawn.PUT_OFF] * 3]
    assert not any(outcome.is_general for outcome in outcomes)
    assert stage.jobs.sent == [(DrawJob(alerts[n].alert_id, has_turn=True), n) for n in (1, 2, 3)]
    stage.work()
    assert len(stage.channel.messages) == 4
    assert stage.channel.searches == 0


def test_what_is_critical_does_not_wait_behind_the_rest(stage: Stage) -> None:
    for number in range(9):
        stage.drawing.draw(keep(stage, f"event-{number}", is_harmless=True).alert_id)
    critical = keep(stage, "critical")
    assert stage.drawing.draw(critical.alert_id).drawn is Drawn.SHOWN


def test_a_card_is_not_drawn_again_within_seconds_however_often_it_grows(stage: Stage) -> None:
    alert = keep(stage)
    stage.drawing.draw(alert.alert_id)
    for _ in range(4):
        grow(stage, alert)
        stage.drawing.draw(alert.alert_id)
        stage.pass_time(1)
    assert stage.channel.updates == 0
    assert stage.jobs.sent == [(DrawJob(alert.alert_id, has_turn=True), CARD_GAP.total_seconds())]
    stage.work()
    assert stage.channel.updates == 1
    assert is_shown(stage, alert)


def test_what_joins_a_card_while_it_is_drawn_is_drawn_later(stage: Stage) -> None:
    alert = keep(stage)
    stage.channel.before_next = lambda: grow(stage, alert)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    assert (stage.channel.posts, stage.channel.updates) == (1, 0)
    stage.work()
    assert (stage.channel.posts, stage.channel.updates) == (1, 1)
    assert is_shown(stage, alert)


def test_what_a_person_does_while_a_card_is_drawn_is_drawn_at_once(stage: Stage) -> None:
    alert = keep(stage)

    def meanwhile() -> None:
        taken = Acknowledgement(JO, stage.world.now, 1)
        stage.store.acknowledge(alert.alert_id, taken, now=stage.world.now)

    stage.channel.before_next = meanwhile
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.SHOWN
    assert is_shown(stage, alert)
    assert stage.jobs.sent == []


def test_a_click_waits_for_no_turn_but_takes_one(stage: Stage) -> None:
    alert = keep(stage)
    stage.drawing.draw(alert.alert_id)
    grow(stage, alert)
    stage.drawing.draw(alert.alert_id)  # waits for its turn
    seen = stage.store.alert(alert.alert_id).version
    for _ in range(7):
        stage.store.turn(Lane.EDITS, stage.world.now)
    before = stage.store.turn(Lane.EDITS, stage.world.now)
    outcome = stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=seen, clicked=None)
    assert outcome.drawn is Drawn.SHOWN
    assert is_shown(stage, alert)
    after = stage.store.turn(Lane.EDITS, stage.world.now)
    assert before is not None
    assert after is not None
    assert after - before == timedelta(seconds=3)  # two turns, one of which the click took
    updates = stage.channel.updates
    stage.work()  # the job for which there is nothing left to do
    assert stage.channel.updates == updates


def test_the_sweep_takes_up_a_card_whose_turn_nobody_came_for(stage: Stage) -> None:
    first, second = keep(stage, "event-1"), keep(stage, "event-2")
    stage.drawing.draw(first.alert_id)
    stage.drawing.draw(second.alert_id)
    stage.jobs.sent.clear()  # lost
    assert stage.sweeping.sweep() == 0  # it is not its turn yet
    stage.pass_time(60)
    assert stage.sweeping.sweep() == 1
    assert len(stage.channel.messages) == 2


def test_hundreds_at_once_are_told_in_minutes_the_worst_first(stage: Stage) -> None:
    for number in range(130):
        stage.drawing.draw(keep(stage, f"event-{number}", is_harmless=True).alert_id)
    urgent = keep(stage, "critical")
    stage.pass_minutes(4)
    assert len(stage.channel.messages) == 131
    assert stage.store.alerts_behind(limit=9) == []
    assert is_shown(stage, urgent)


def test_later_of_slack_is_heard_once_by_all_that_post_and_holds_up_no_edit(stage: Stage) -> None:
    shown = keep(stage, "shown")
    stage.drawing.draw(shown.alert_id)
    stage.pass_time(10)
    grow(stage, shown)
    alerts = [keep(stage, f"event-{number}") for number in range(3)]
    stage.channel.failures = [SlackRateLimited(20)]
    outcomes = [stage.drawing.draw(alert.alert_id) for alert in alerts]
    assert [outcome.drawn for outcome in outcomes] == [Drawn.PUT_OFF] * 3
    assert stage.channel.posts == 2  # the first card, and the one that Slack answered
    assert [delay for _, delay in stage.jobs.sent] == [20, 21, 22]
    assert stage.drawing.draw(shown.alert_id).drawn is Drawn.SHOWN
    stage.pass_minutes(1)
    assert len(stage.channel.messages) == 4


def test_a_sweep_that_slack_answers_with_later_still_edits(stage: Stage) -> None:
    shown = keep(stage, "shown", is_harmless=True)
    stage.drawing.draw(shown.alert_id)
    stage.pass_time(10)
    grow(stage, shown, Severity.LOW)
    keep(stage, "critical-1")
    keep(stage, "critical-2")
    stage.channel.failures = [SlackRateLimited(20)]
    assert stage.sweeping.sweep() == 1
    assert (stage.channel.posts, stage.channel.updates) == (2, 1)
    assert is_shown(stage, shown)


def test_a_card_in_doubt_that_has_to_wait_stays_in_doubt(stage: Stage) -> None:
    alert = keep(stage)
    stage.store.lease(alert.alert_id, "died", now=stage.world.now)
    stage.channel.post(draw_card(alert))  # and the timestamp was not stored
    stage.pass_time(25)
    stage.store.hold(Lane.URGENT_POSTS, stage.world.now + timedelta(seconds=5), stage.world.now)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    stage.work()
    assert stage.channel.searches == 1
    assert len(stage.shown(alert)) == 1


def test_a_pace_that_cannot_be_asked_holds_up_no_card(stage: Stage) -> None:
    class Broken:
        def turn(self, lane: object, now: object) -> None:
            raise StoreError("update_item", "ThrottlingException")

        def hold(self, lane: object, until: object, now: object) -> None:
            raise StoreError("update_item", "ThrottlingException")

    alert = keep(stage)
    drawing = replace(stage.drawing, pace=Broken())
    stage.channel.failures = [SlackRateLimited(1)]
    assert drawing.draw(alert.alert_id).drawn is Drawn.PUT_OFF
    assert drawing.draw(alert.alert_id, turn=Turn.TAKEN).drawn is Drawn.SHOWN


def test_a_card_with_a_trouble_of_its_own_is_left_alone_for_minutes(stage: Stage) -> None:
    alert = keep(stage)

    def broken(_: Alert) -> dict[str, object]:
        raise ZeroDivisionError

    drawing = replace(stage.drawing, showing=replace(stage.drawing.showing, card=broken))
    assert drawing.draw(alert.alert_id).drawn is Drawn.FAILED
    stage.pass_time(60)
    assert stage.drawing.draw(alert.alert_id).drawn is Drawn.NOTHING_TO_DO
    stage.pass_time(300)
    assert stage.sweeping.sweep() == 1
