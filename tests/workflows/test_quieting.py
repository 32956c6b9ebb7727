"""What is posted and what is only kept, from the event on; and that what turns out to be worse is posted after all."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Assessment, Severity, assess
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.completion import Completion
from bot.core.errors import StoreError
from bot.core.mutes import Mute, MuteSubject
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import Treatment, treated
from bot.workflows.quieting import Quieting
from bot.workflows.report import Report
from tests.makers import NOW, a_change, a_rule, an_alert
from tests.quieting import a_mute, a_policy, an_expected, by_ci
from tests.records import ALICE, event, request
from tests.records import NOW as SHORTLY_AFTER
from tests.workflows.conftest import Stage

HIGH = a_change(added=(a_rule(port=8443),))
MUTED = Treatment(Quiet(QuietReason.MUTED, a_mute().mute_id))
KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")


@dataclass
class Mutes:
    """The mutes in the table, with how often they were read; *failure* is raised instead."""

    there: list[Mute] = field(default_factory=list)
    reads: int = 0
    failure: Exception | None = None

    def mutes(self, now: datetime) -> list[Mute]:
        self.reads += 1
        if self.failure:
            raise self.failure
        return list(self.there)

    def add_mute(self, mute: Mute) -> None:
        self.there.append(mute)

    def hidden_by_mutes(self) -> Counter[str]:
        return Counter()

    def end_mute(self, mute_id: str, user_id: str, now: datetime) -> Mute | None:
        return None


def opening(
    source: str, *, port: int = 22, at: int = 31, number: int = 1, session: str | None = None, **more: Any
) -> dict[str, Any]:
    """The event that opens a port to *source*, at a second of 20:07; in a session of its own, so that none gather."""
    identity = {**ALICE, "accessKeyId": session or f"AKIAEXAMPLE{number}"}
    permission = {
        "ipProtocol": "tcp",
        "fromPort": port,
        "toPort": port,
        "ipRanges": {"items": [{"cidrIp": source}]},
    }
    time = f"2026-03-02T20:07:{at:02d}Z"
    told = {"userIdentity": identity, "requestParameters": request(permission), "eventTime": time, **more}
    return event(**told, eventID=f"event-{number}")


def report(stage: Stage, told: dict[str, Any]) -> tuple[Report, Alert]:
    """Take an event in, and give what became of it, and its alert as it is then."""
    recorded = stage.reporting.record(told)
    stage.reporting.tell([recorded], lambda: True)
    assert recorded.alert_id is not None
    return recorded, stage.store.alert(recorded.alert_id)


class TestWhenTheMutesAreRead:
    def test_they_are_read_at_most_twice_a_minute(self) -> None:
        mutes = Mutes([a_mute()])
        quieting = Quieting(a_policy(), mutes)
        for seconds in range(61):
            assert quieting.treat(HIGH, assess(HIGH), NOW + timedelta(seconds=seconds)) == MUTED
        assert mutes.reads == 3

    def test_a_new_one_works_within_half_a_minute(self) -> None:
        mutes = Mutes()
        quieting = Quieting(a_policy(), mutes)
        assert quieting.treat(HIGH, assess(HIGH), NOW) == Treatment()
        mutes.there.append(a_mute())
        assert quieting.treat(HIGH, assess(HIGH), NOW + timedelta(seconds=29)) == Treatment()
        assert quieting.treat(HIGH, assess(HIGH), NOW + timedelta(seconds=30)) == MUTED

    def test_they_are_not_read_for_what_is_quiet_without_them(self) -> None:
        mutes = Mutes([a_mute()])
        removed = a_change(added=(), removed=(a_rule(),))
        Quieting(a_policy(), mutes).treat(removed, assess(removed), NOW)
        Quieting(a_policy(an_expected(is_silent=True)), mutes).treat(by_ci(), assess(by_ci()), NOW)
        assert mutes.reads == 0

    def test_where_they_cannot_be_read_what_was_known_holds(self) -> None:
        mutes = Mutes([a_mute()])
        quieting = Quieting(a_policy(), mutes)
        mutes.failure = StoreError("query", "ThrottlingException")
        assert quieting.treat(HIGH, assess(HIGH), NOW) == Treatment()
        mutes.failure = None
        later = NOW + timedelta(minutes=1)
        assert quieting.treat(HIGH, assess(HIGH), later) == MUTED
        mutes.failure = StoreError("query", "ThrottlingException")
        assert quieting.treat(HIGH, assess(HIGH), later + timedelta(minutes=1)) == MUTED


class TestWhatComesToBeKnown:
    """A reading may show that a change is worse than it seemed; whether it is then posted is the policy's, once more."""

    def weigh(
        self, treatment: Treatment, severity: Severity, quieting: Quieting, *, is_more: bool = True
    ) -> Completion:
        alert = treated(an_alert(by_ci()), treatment)
        digest = replace(alert.digest, change=by_ci())
        completion = Completion(None, None, digest, Assessment(severity), None, is_more=is_more)
        return quieting.weigh(alert, completion, NOW)

    @pytest.mark.parametrize(
        ("severity", "is_lifted"),
        [
            (Severity.LOW, False),
            (Severity.MEDIUM, False),
            (Severity.HIGH, True),
            (Severity.CRITICAL, True),
        ],
    )
    @pytest.mark.parametrize(
        "treatment",
        [
            Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci"),
            Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "low")),
        ],
    )
    def test_what_is_silent_is_posted_once_it_is_high(
        self, treatment: Treatment, severity: Severity, is_lifted: bool
    ) -> None:
        quieting = Quieting(a_policy(an_expected(is_silent=True)), Mutes())
        assert self.weigh(treatment, severity, quieting).is_more is is_lifted

    def test_what_is_muted_stays_so_until_it_is_critical(self) -> None:
        quieting = Quieting(a_policy(), Mutes([a_mute()]))
        assert not self.weigh(MUTED, Severity.HIGH, quieting).is_more
        assert self.weigh(MUTED, Severity.CRITICAL, quieting).is_more

    def test_what_the_policy_acknowledged_stays_so_until_it_is_high(self) -> None:
        quieting = Quieting(a_policy(an_expected()), Mutes())
        assert not self.weigh(Treatment(expected="ci"), Severity.MEDIUM, quieting).is_more
        assert self.weigh(Treatment(expected="ci"), Severity.HIGH, quieting).is_more

    def test_a_mute_that_is_over_posts_nothing_that_is_no_worse(self) -> None:
        assert not self.weigh(MUTED, Severity.LOW, Quieting(a_policy(), Mutes()), is_more=False).is_more

    def test_what_is_posted_is_none_of_the_policys(self) -> None:
        mutes = Mutes([a_mute()])
        assert self.weigh(Treatment(), Severity.HIGH, Quieting(a_policy(), mutes)).is_more
        assert mutes.reads == 0


@pytest.fixture(autouse=True)
def shortly_after_the_events(stage: Stage) -> None:
    stage.world.now = SHORTLY_AFTER


class TestEvents:
    def test_what_is_below_the_threshold_is_kept_and_asks_slack_nothing(self, stage: Stage) -> None:
        stage.policy = a_policy(least=Severity.HIGH)
        recorded, alert = report(stage, opening("10.0.0.0/8"))
        assert recorded.quiet == alert.quiet == Quiet(QuietReason.BELOW_THRESHOLD, "high")
        assert (alert.status, alert.is_behind, alert.lease) == (AlertStatus.NOTED, False, None)
        assert stage.channel.posts == 0
        assert stage.told == []
        assert stage.sweeping.sweep() == 0

    def test_it_costs_two_calls_less_than_a_card(self, stage: Stage) -> None:
        report(stage, opening("10.0.0.0/8", number=1))
        stage.policy = a_policy(least=Severity.HIGH)
        reporting = stage.reporting
        reporting.record(opening("10.0.1.0/24", number=2))
        stage.world.called.clear()
        recorded = reporting.record(opening("10.0.2.0/24", number=3))
        reporting.tell([recorded], lambda: True)
        assert stage.world.called == ["batch_get_item", "query", "transact_write_items"]

    def test_one_that_comes_again_is_still_quiet_and_counts_once(self, stage: Stage) -> None:
        mute = a_mute(
            subject=MuteSubject(group=KEY), since=SHORTLY_AFTER, until=SHORTLY_AFTER + timedelta(days=1)
        )
        stage.store.add_mute(mute)
        for _ in range(3):
            report(stage, opening("10.0.0.0/8"))
        assert stage.channel.posts == 0
        assert stage.store.hidden_by_mutes() == {mute.mute_id: 1}

    def test_what_breaks_through_a_mute_is_not_counted(self, stage: Stage) -> None:
        mute = a_mute(
            subject=MuteSubject(group=KEY), since=SHORTLY_AFTER, until=SHORTLY_AFTER + timedelta(days=1)
        )
        stage.store.add_mute(mute)
        report(stage, opening("0.0.0.0/0"))
        assert stage.channel.posts == 1
        assert stage.store.hidden_by_mutes() == {}


class TestWhatTurnsOutToBeWorse:
    """The second half of the internet is opened; the event of the first comes late, and only then is it known what that made."""

    @pytest.fixture(autouse=True)
    def known_group(self, stage: Stage) -> None:
        """The group was read before, and held nothing."""
        details = GroupDetails(KEY, "web-prod", "vpc-0c4d")
        stage.keeping.keep(Observation(details, SHORTLY_AFTER - timedelta(hours=1), ()))

    def test_it_is_posted_then(self, stage: Stage) -> None:
        stage.policy = a_policy(least=Severity.CRITICAL)
        _, second = report(stage, opening("128.0.0.0/1", at=40, number=2))
        assert second.quiet is not None
        report(stage, opening("0.0.0.0/1", at=31, number=1))
        assert stage.channel.posts == 0
        stage.work()
        alert = stage.store.alert(second.alert_id)
        assert alert.assessment.severity is Severity.CRITICAL
        assert (alert.quiet, alert.status, alert.is_behind) == (None, AlertStatus.OPEN, False)
        (card,) = stage.shown(alert)
        assert "Critical" in card["text"]
        assert stage.store.open_alerts_page(limit=9)[0] == [alert]

    def test_it_is_posted_once_however_often_it_is_told(self, stage: Stage) -> None:
        stage.policy = a_policy(least=Severity.CRITICAL)
        report(stage, opening("128.0.0.0/1", at=40, number=2))
        for _ in range(2):
            report(stage, opening("0.0.0.0/1", at=31, number=1))
            stage.work()
        assert stage.channel.posts == 1

    def test_what_it_opened_is_followed_from_then_on(self, stage: Stage) -> None:
        stage.policy = a_policy(least=Severity.CRITICAL)
        _, second = report(stage, opening("128.0.0.0/1", at=40, number=2))
        report(stage, opening("0.0.0.0/1", at=31, number=1))
        stage.work()
        revoke = {**opening("128.0.0.0/1", at=50, number=3)}
        revoke["detail"]["eventName"] = "RevokeSecurityGroupIngress"
        report(stage, revoke)
        stage.work()
        assert stage.store.alert(second.alert_id).status is AlertStatus.CLOSED

    def test_what_is_read_of_a_quiet_one_asks_slack_nothing(self, stage: Stage) -> None:
        stage.policy = a_policy(least=Severity.CRITICAL)
        report(stage, opening("128.0.0.0/2", at=40, number=2))
        report(stage, opening("10.0.0.0/8", at=31, number=1))
        stage.work()
        assert stage.channel.posts == stage.channel.updates == 0
        assert stage.told == []


CI_ROLE = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::111122223333:assumed-role/ci-apply/gha-4711",
    "accountId": "111122223333",
    "accessKeyId": "ASIACI",
    "sessionContext": {"sessionIssuer": {"userName": "ci-apply"}},
}


def by_the_pipeline(
    port: int, *, source: str = "10.0.0.0/8", address: str = "198.51.100.20"
) -> dict[str, Any]:
    """The event of what the expected principal opens, all of it in one session."""
    return opening(
        source, port=port, number=port, at=port % 60, userIdentity=CI_ROLE, sourceIPAddress=address
    )


class TestBursts:
    """What is quiet or expected gathers as all does; what is neither ends that."""

    def told(self, stage: Stage, *events: dict[str, Any]) -> Alert:
        alerts = [report(stage, each)[1] for each in events]
        stage.work()
        assert len({alert.alert_id for alert in alerts}) == 1
        return stage.store.alert(alerts[0].alert_id)

    def test_what_is_expected_is_one_card_that_the_policy_acknowledged(self, stage: Stage) -> None:
        stage.policy = a_policy(an_expected())
        alert = self.told(stage, by_the_pipeline(8001), by_the_pipeline(8002), by_the_pipeline(8003))
        assert (alert.status, alert.expected, alert.changes) == (AlertStatus.ACKNOWLEDGED, "ci", 3)
        assert stage.channel.posts == 1
        assert stage.store.open_alerts_page(limit=9)[0] == []

    def test_or_nothing_at_all(self, stage: Stage) -> None:
        stage.policy = a_policy(an_expected(is_silent=True))
        alert = self.told(stage, by_the_pipeline(8001), by_the_pipeline(8002))
        assert (alert.status, alert.changes) == (AlertStatus.ACKNOWLEDGED, 2)
        assert alert.quiet == Quiet(QuietReason.EXPECTED, "ci")
        assert stage.channel.posts == 0
        assert stage.store.alerts_behind(limit=9) == []

    @pytest.mark.parametrize("is_silent", [True, False])
    def test_what_is_not_expected_in_the_same_session_waits_for_someone(
        self, stage: Stage, is_silent: bool
    ) -> None:
        stage.policy = a_policy(an_expected(is_silent=is_silent))
        elsewhere = by_the_pipeline(8002, address="203.0.113.9")
        alert = self.told(stage, by_the_pipeline(8001), elsewhere)
        stage.pass_time(60)
        stage.sweeping.sweep()
        alert = stage.store.alert(alert.alert_id)
        assert (alert.status, alert.expected, alert.quiet) == (AlertStatus.OPEN, None, None)
        assert stage.store.open_alerts_page(limit=9)[0] == [alert]
        assert len(stage.shown(alert)) == 1

    def test_what_is_high_is_told_by_itself(self, stage: Stage) -> None:
        stage.policy = a_policy(an_expected(is_silent=True))
        report(stage, by_the_pipeline(8001))
        _, high = report(stage, by_the_pipeline(8443, source="0.0.0.0/0"))
        assert (high.status, high.expected, high.quiet) == (AlertStatus.OPEN, None, None)
        assert stage.channel.posts == 1

    def test_each_change_that_a_mute_hides_counts(self, stage: Stage) -> None:
        until = SHORTLY_AFTER + timedelta(days=1)
        mute = a_mute(subject=MuteSubject(group=KEY), since=SHORTLY_AFTER, until=until)
        stage.store.add_mute(mute)
        for port in (8001, 8002, 8002):  # the last one is delivered twice
            report(stage, by_the_pipeline(port))
        assert stage.channel.posts == 0
        assert stage.store.hidden_by_mutes() == {mute.mute_id: 2}
