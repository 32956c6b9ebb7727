"""What a burst opened is closed again: its card says so once that is so of all its groups, and not before."""

from typing import Any

import pytest

from bot.core.alerts import Alert, AlertStatus
from bot.core.meaning import MAX_SHOWN, what_it_opened
from tests.makers import JO
from tests.records import ALICE
from tests.workflows.conftest import Stage
from tests.workflows.test_bursts import authorize, create, draw, finish, group_id, headlines, terraform

DATABASE = (5432, "10.20.0.0/16")
BOB = {
    **ALICE,
    "userName": "bob",
    "arn": "arn:aws:iam::111122223333:user/bob",
    "accessKeyId": "AKIAEXAMPLEBOB00",
}


def revoke(stage: Stage, number: int, *rules: tuple[int, str], by: dict[str, Any] = BOB) -> None:
    """Let somebody close *rules* on the group of this number, and the worker do what follows."""
    stage.pass_time(1)
    told = authorize(stage, number, *rules, eventName="RevokeSecurityGroupIngress", userIdentity=by)
    stage.report(told)
    stage.work()


def the_burst(stage: Stage) -> Alert:
    """The alert that tells what alice did."""
    alerts = stage.store.latest_alerts(limit=50, now=stage.world.now)
    return min(alerts, key=lambda alert: alert.created_at)


@pytest.fixture
def burst(stage: Stage) -> Alert:
    """alice creates three groups, each of which admits the network to the database; it is over."""
    terraform(stage, 3)
    draw(stage)
    finish(stage)
    return the_burst(stage)


def test_it_is_closed_with_the_last_of_what_it_opened(stage: Stage, burst: Alert) -> None:
    for number in (2, 0):
        revoke(stage, number, DATABASE)
        assert the_burst(stage).status is AlertStatus.OPEN
    stage.pass_time(60)
    revoke(stage, 1, DATABASE)
    closed = the_burst(stage)
    assert closed.status is AlertStatus.CLOSED
    assert closed.closing
    assert (closed.closing.name, closed.closing.at) == ("bob", stage.world.now)
    assert closed.closing.since == burst.digest.change.time
    assert "🟢 Closed, was low: 3 groups changed by alice, account 111122223333" in headlines(stage)[0]


def test_what_somebody_took_is_closed_as_well_and_its_thread_hears_of_it(stage: Stage, burst: Alert) -> None:
    stage.acknowledging.acknowledge(burst.alert_id, JO, seen_version=burst.version, clicked=None)
    for number in range(3):
        revoke(stage, number, DATABASE)
    closed = the_burst(stage)
    assert closed.status is AlertStatus.CLOSED
    assert closed.acknowledgement
    assert any(ts == closed.message.ts for ts, _ in stage.channel.replies if closed.message)


def test_deleted_groups_close_it(stage: Stage, burst: Alert) -> None:
    for number in range(3):
        parameters = {"groupId": group_id(number)}
        told = authorize(stage, number, eventName="DeleteSecurityGroup", requestParameters=parameters)
        stage.report(told)
        stage.work()
    assert stage.store.alert(burst.alert_id).status is AlertStatus.CLOSED


def test_what_closes_before_the_burst_is_over_is_told_when_it_is(stage: Stage) -> None:
    terraform(stage, 2)
    draw(stage)
    for number in range(2):
        revoke(stage, number, DATABASE)
    assert the_burst(stage).status is AlertStatus.OPEN, "more may join it"
    for sent in [*stage.jobs.sent]:
        stage.pass_time(sent[1])
        stage.do(sent[0])
    assert the_burst(stage).status is AlertStatus.CLOSED


def test_what_the_session_undid_itself_is_closed(stage: Stage) -> None:
    stage.report(create(stage, 0))
    stage.report(authorize(stage, 0))
    stage.pass_time(1)
    stage.report(authorize(stage, 0, eventName="RevokeSecurityGroupIngress"))
    draw(stage)
    stage.work()
    for sent in [*stage.jobs.sent]:
        stage.pass_time(sent[1])
        stage.do(sent[0])
    closed = the_burst(stage)
    assert closed.status is AlertStatus.CLOSED
    assert closed.closing
    assert closed.closing.name == "alice"


def test_what_nobody_knows_to_be_closed_is_left_to_a_person(stage: Stage) -> None:
    terraform(stage, 2)
    cut = authorize(stage, 1, requestParameters=None)
    stage.report(cut)
    finish(stage)
    for number in range(2):
        revoke(stage, number, DATABASE)
    assert the_burst(stage).status is AlertStatus.OPEN


def test_the_rest_that_moved_on_is_closed_by_itself(stage: Stage) -> None:
    terraform(stage, 1)
    draw(stage)
    seen = the_burst(stage)
    stage.report(create(stage, 1))
    stage.report(authorize(stage, 1))
    stage.report(authorize(stage, 1, (8443, "10.0.0.0/8")))
    stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
    draw(stage)
    finish(stage)
    revoke(stage, 1, DATABASE, (8443, "10.0.0.0/8"))
    taken = stage.store.alert(seen.alert_id)
    assert taken.status is AlertStatus.ACKNOWLEDGED, "what it tells is open still"
    assert taken.share
    assert stage.store.alert(taken.share.next_alert_id or "").status is AlertStatus.CLOSED


@pytest.mark.parametrize("source", ["10.0.0.0/8", "0.0.0.0/0"])
def test_a_change_of_more_than_an_alert_keeps_is_closed_with_all_of_it(stage: Stage, source: str) -> None:
    opened = [(9000 + 2 * number, source) for number in range(MAX_SHOWN + 5)]
    stage.report(create(stage, 0))
    finish(stage)
    stage.pass_time(700)
    stage.report(authorize(stage, 0, *opened))
    alert, _ = stage.store.latest_alerts(limit=9, now=stage.world.now)
    kept = [rule.ports.first for rule in what_it_opened(alert.meaning) if rule.ports]
    shown = [rule for rule in opened if rule[0] in kept]
    assert len(shown) == MAX_SHOWN
    revoke(stage, 0, *shown)
    assert stage.store.alert(alert.alert_id).status is AlertStatus.OPEN
    revoke(stage, 0, *(rule for rule in opened if rule not in shown))
    assert stage.store.alert(alert.alert_id).status is AlertStatus.CLOSED
