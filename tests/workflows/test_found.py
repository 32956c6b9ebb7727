"""What a reading shows and no event tells of: told once, after every event has had its time, and explained if one comes late."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.found import WAIT
from bot.core.interfaces import NetworkInterface
from bot.core.jobs import LONGEST_DELAY_SECONDS, TellFoundJob
from bot.core.quiet import QuietReason
from bot.core.quieting import QuietPolicy
from bot.core.rules import Rule
from bot.slack.cards import draw_card
from tests.makers import JO, a_rule
from tests.records import event
from tests.workflows.conftest import Stage

GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
DETAILS = GroupDetails(GROUP, "web-prod", "vpc-1")
BEFORE = datetime(2026, 3, 2, 20, 2, tzinfo=UTC)
AT = datetime(2026, 3, 2, 20, 10, tzinfo=UTC)
SSH = a_rule(rule_id="sgr-1")
WEB = a_rule("10.0.0.0/8", 443, rule_id="sgr-2")
LATE = event(eventID="late", eventTime="2026-03-02T20:07:31Z")


def read(stage: Stage, at: datetime, *rules: Rule) -> None:
    stage.world.now = at
    stage.ec2.groups[GROUP] = Observation(DETAILS, at, rules)
    stage.keeping.keep(stage.ec2.groups[GROUP])


def find(stage: Stage, *rules: Rule, before: tuple[Rule, ...] = ()) -> None:
    """Read the group twice: before, and with what was done meanwhile."""
    read(stage, BEFORE, *before)
    read(stage, AT, *rules)


def wait(stage: Stage) -> None:
    """Let pass what every event has to come, and do the jobs that wait for that."""
    stage.world.now = AT + WAIT
    while waiting := [sent for sent in stage.jobs.sent if isinstance(sent[0], TellFoundJob)]:
        stage.jobs.sent.remove(waiting[0])
        stage.do(waiting[0][0])
    stage.work()


def alerts(stage: Stage) -> list[Alert]:
    return stage.store.latest_alerts(limit=9, now=stage.world.now)


def headlines(stage: Stage) -> list[str]:
    return [card["text"] for card in stage.channel.messages.values()]


def test_it_says_what_sits_behind_as_any_other_card_does(stage: Stage) -> None:
    stage.interfaces.of[GROUP.group_id] = [NetworkInterface("eni-1", instance_id="i-1", name="web-1")]
    find(stage, SSH)

    wait(stage)

    (card,) = stage.channel.messages.values()
    assert "Behind it: 1 instance (web-1)" in str(card)


def test_what_no_event_tells_of_is_told_once_every_event_has_had_its_time(stage: Stage) -> None:
    find(stage, SSH)
    assert stage.jobs.sent == [(TellFoundJob(GROUP, AT), LONGEST_DELAY_SECONDS)]
    assert headlines(stage) == []
    wait(stage)
    (alert,) = alerts(stage)
    assert (alert.judged_severity, alert.status) == (Severity.CRITICAL, AlertStatus.OPEN)
    assert alert.severity is Severity.HIGH  # as nothing is attached
    assert headlines(stage) == [
        "🟠 High: Found without an event: SSH (tcp 22) open to the internet on web-prod, account 111122223333"
    ]
    (card,) = stage.shown(alert)
    assert card == draw_card(alert)
    body = str(card)
    assert "nobody knows who" in body
    assert "some time between" in body
    assert "Before: nobody." in body
    assert "CloudTrail" not in body


def test_before_its_time_it_is_put_off(stage: Stage) -> None:
    find(stage, SSH)
    stage.jobs.sent.clear()
    stage.pass_time(LONGEST_DELAY_SECONDS)
    stage.do(TellFoundJob(GROUP, AT))
    left = int(WAIT.total_seconds()) - LONGEST_DELAY_SECONDS
    assert stage.jobs.sent == [(TellFoundJob(GROUP, AT), left)]
    assert alerts(stage) == []


def test_it_is_told_once_however_often_the_job_comes(stage: Stage) -> None:
    find(stage, SSH)
    for _ in range(3):
        stage.jobs.sent.append((TellFoundJob(GROUP, AT), 0))
    wait(stage)
    assert len(alerts(stage)) == len(headlines(stage)) == 1


def test_a_first_reading_finds_nothing(stage: Stage) -> None:
    read(stage, AT, SSH)
    assert stage.jobs.sent == []
    stage.jobs.sent.append((TellFoundJob(GROUP, AT), 0))
    wait(stage)
    assert alerts(stage) == []


def test_an_event_that_comes_in_time_is_told_as_any_other(stage: Stage) -> None:
    find(stage, SSH)
    stage.report(LATE)
    wait(stage)
    (alert,) = alerts(stage)
    assert alert.digest.change.event_id == "late"
    assert "Found" not in headlines(stage)[0]


def test_an_event_that_comes_later_explains_and_tells_nothing_twice(stage: Stage) -> None:
    find(stage, SSH)
    wait(stage)
    (found,) = alerts(stage)
    stage.acknowledging.acknowledge(found.alert_id, JO, seen_version=found.version, clicked=found.message)
    stage.report(LATE)
    stage.work()
    told = {alert.digest.change.event_id: alert for alert in alerts(stage)}
    quiet = told["late"].quiet
    assert quiet is not None
    assert (quiet.reason, quiet.by) == (QuietReason.EXPLAINS, found.alert_id)
    explained = stage.store.alert(found.alert_id)
    assert [(author.name, author.event_name) for author in explained.explained] == [
        ("alice", "AuthorizeSecurityGroupIngress")
    ]
    assert explained.status is AlertStatus.ACKNOWLEDGED  # it tells of nothing more than was seen
    (card,) = stage.channel.messages.values()
    assert card == draw_card(explained)
    assert "Now explained: AuthorizeSecurityGroupIngress by alice" in str(card)


def test_a_late_event_that_did_more_than_was_found_is_told_too(stage: Stage) -> None:
    more = {"ipProtocol": "tcp", "fromPort": 3389, "toPort": 3389, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}  # fmt: skip
    permissions = [*LATE["detail"]["requestParameters"]["ipPermissions"]["items"], more]
    asked = {"groupId": GROUP.group_id, "ipPermissions": {"items": permissions}}
    find(stage, SSH)
    wait(stage)
    stage.report(event(eventID="more", eventTime="2026-03-02T20:07:31Z", requestParameters=asked))
    stage.work()
    assert len(headlines(stage)) == 2


def test_what_is_closed_again_by_then_is_told_and_closed(stage: Stage) -> None:
    find(stage, SSH)
    stage.report(event(eventID="closing", eventName="RevokeSecurityGroupIngress", eventTime="2026-03-02T20:15:00Z"))  # fmt: skip
    stage.ec2.groups[GROUP] = Observation(DETAILS, AT, ())
    wait(stage)
    found = next(alert for alert in alerts(stage) if alert.digest.change.event_id != "closing")
    assert found.status is AlertStatus.CLOSED
    assert found.closing is not None
    assert found.closing.name == "alice"


def test_what_is_gone_is_kept_and_not_posted_as_shipped(stage: Stage) -> None:
    stage.policy = QuietPolicy()
    find(stage, before=(SSH, WEB))
    wait(stage)
    (alert,) = alerts(stage)
    assert alert.quiet is not None
    assert (alert.severity, alert.quiet.reason) == (Severity.INFORMATIONAL, QuietReason.BELOW_THRESHOLD)
    assert {rule.rule_id for rule in alert.digest.change.removed} == {"sgr-1", "sgr-2"}
    assert headlines(stage) == []


@pytest.mark.parametrize("seconds", [0, 30])
def test_what_a_reading_may_be_behind_of_is_no_finding(stage: Stage, seconds: int) -> None:
    """A rule was revoked right before the reading, which still has it; the next one has it no more."""
    read(stage, BEFORE, SSH)
    stage.report(event(eventID="closing", eventName="RevokeSecurityGroupIngress", eventTime="2026-03-02T20:10:00Z"))  # fmt: skip
    read(stage, AT + timedelta(seconds=seconds), SSH)
    read(stage, AT + timedelta(seconds=90))
    wait(stage)
    assert [alert.digest.change.event_id for alert in alerts(stage)] == ["closing"]


def test_where_the_ledger_is_not_certain_nothing_is_said(stage: Stage) -> None:
    """AWS left out what a call changed: that may explain whatever is found."""
    read(stage, BEFORE)
    for name in ("one", "other"):
        stage.report(
            event(
                eventID=name,
                eventTime="2026-03-02T20:05:00Z",
                requestParameters={"groupId": GROUP.group_id, "ipPermissions": {"omitted": True}},
            )
        )
    read(stage, AT, SSH)
    wait(stage)
    assert {alert.digest.change.event_id for alert in alerts(stage)} == {"one", "other"}
