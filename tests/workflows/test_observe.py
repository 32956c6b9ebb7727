"""What a reading of a group adds to its card, and what a person who asks for the rules gets to see."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert, AlertStatus, Unread
from bot.core.assessment import Severity
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import (
    AppShutOut,
    GroupNotFound,
    ReadDenied,
    ReadRoleMissing,
    ReadThrottled,
    SecurityGroupError,
    SlackRefused,
    StoreError,
)
from bot.core.jobs import BehindJob, ObserveJob
from bot.core.ledger import SURE_AFTER_SECONDS
from bot.core.rules import Direction, PortRange, ReferencedGroup
from bot.core.who import Known
from bot.slack.cards import draw_card
from bot.workflows.observe import ShowingRules
from tests.makers import JO, a_rule
from tests.records import NOW as SHORTLY_AFTER
from tests.records import event, load_event, request
from tests.workflows.conftest import Stage

GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
DETAILS = GroupDetails(GROUP, "web-prod", "vpc-0c4d", "web")
CUT = event(requestParameters={"groupId": GROUP.group_id, "ipPermissions": {"omitted": True}})
MODIFY = load_event("modify_rules")
MODIFIED = "sgr-0aaaabbbbccccdddd"


@pytest.fixture(autouse=True)
def shortly_after_the_events(stage: Stage) -> None:
    stage.world.now = SHORTLY_AFTER
    stage.looks_behind = False


def report(stage: Stage, told: dict[str, Any]) -> Alert:
    """Take an event in, and give its alert as it is once its card is drawn."""
    recorded = stage.reporting.record(told)
    stage.reporting.tell([recorded], lambda: True)
    assert recorded.alert_id is not None
    return stage.store.alert(recorded.alert_id)


def know(stage: Stage, *rules: Any) -> Observation:
    """Let the store have a reading of the group."""
    reading = Observation(DETAILS, stage.world.now, rules)
    stage.keeping.keep(reading)
    return reading


def only_card(stage: Stage) -> dict[str, Any]:
    (card,) = stage.channel.messages.values()
    return card


@pytest.fixture
def showing(stage: Stage) -> ShowingRules:
    def rules_view(observation: Observation, trouble: str | None = None) -> dict[str, Any]:
        kept = stage.store.observation(observation.group.key, observation.at)
        return {"shows": observation, "trouble": trouble, "was_kept": kept == observation}

    def notice_view(title: str, sentence: str) -> dict[str, Any]:
        return {"title": title, "says": sentence}

    return ShowingRules(
        stage.ec2,
        stage.store,
        stage.keeping,
        stage.jobs,
        stage.modals,
        stage.world.clock,
        rules_view,
        notice_view,
        lambda account_id: f"prod ({account_id})",
    )


class TestNames:
    def test_a_name_is_put_on_the_card_in_its_place(self, stage: Stage) -> None:
        before = report(stage, event())
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        stage.work()
        after = stage.store.alert(before.alert_id)
        assert (after.group_name, after.vpc_id, after.version) == ("web-prod", "vpc-0c4d", 2)
        assert after.assessment == before.assessment
        assert (after.message, only_card(stage)) == (before.message, draw_card(after))

    def test_a_group_that_is_gone_by_now_keeps_its_id_on_the_card(self, stage: Stage) -> None:
        before = report(stage, event())
        stage.work()
        assert stage.store.alert(before.alert_id) == before
        assert stage.store.latest_observation(GROUP) is None
        assert stage.channel.updates == 0

    def test_a_group_that_was_deleted_unseen_holds_nothing_and_is_open_to_nobody(self, stage: Stage) -> None:
        stage.world.now -= timedelta(days=1)
        know(stage)
        stage.world.now += timedelta(days=1)
        alert = report(stage, event())
        assert len(stage.store.exposed_page(limit=9)[0]) == 1
        stage.observing.complete_alert(GROUP, alert.alert_id)
        assert (
            len(stage.store.exposed_page(limit=9)[0]) == 1
        )  # EC2 may be behind of what was done a moment ago
        stage.pass_time(300)
        stage.observing.complete_alert(GROUP, alert.alert_id)
        assert stage.store.exposed_page(limit=9)[0] == []
        closed = stage.store.alert(alert.alert_id)
        assert closed.status is AlertStatus.CLOSED
        assert closed.closing
        assert closed.closing.name is None
        assert only_card(stage) == draw_card(closed)

    def test_a_reading_that_adds_nothing_is_kept_and_draws_nothing(self, stage: Stage) -> None:
        stage.world.now -= timedelta(days=1)
        know(stage)
        stage.world.now += timedelta(days=1)
        before = report(stage, event())
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule(rule_id="sgr-1"),))
        stage.observing.complete_alert(GROUP, before.alert_id)
        assert stage.store.alert(before.alert_id) == before
        assert stage.store.latest_observation(GROUP) == stage.ec2.groups[GROUP]

    def test_a_change_without_an_alert_teaches_the_name_all_the_same(self, stage: Stage) -> None:
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        stage.observing.complete_alert(GROUP, None)
        assert stage.store.group(GROUP) == replace(DETAILS, tags=())

    def test_an_alert_that_is_gone_is_left_alone(self, stage: Stage) -> None:
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        stage.observing.complete_alert(GROUP, "nothing")
        assert stage.channel.messages == {}

    @pytest.mark.parametrize(
        "failure",
        [ReadThrottled("RequestLimitExceeded"), SecurityGroupError("x")],
        ids=["throttled", "other"],
    )
    def test_a_reading_that_fails_is_said_so_that_the_job_comes_again(
        self, stage: Stage, failure: SecurityGroupError
    ) -> None:
        before = report(stage, event())
        stage.ec2.failure = failure
        with pytest.raises(type(failure)):
            stage.work()
        assert stage.store.alert(before.alert_id) == before
        assert stage.store.latest_observation(GROUP) is None

    def test_an_acknowledgement_made_meanwhile_stays(self, stage: Stage) -> None:
        alert = report(stage, event())
        stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=None, note="vendor")
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        stage.work()
        after = stage.store.alert(alert.alert_id)
        assert after.acknowledgement is not None
        assert after.acknowledgement.note == "vendor"
        assert after.group_name == "web-prod"
        assert only_card(stage) == draw_card(after)
        assert stage.store.open_alerts_page(limit=9)[0] == []


class TestMayNotRead:
    """A card says why what it lacks could not be read, until a reading succeeds."""

    NO_ROLE = ReadRoleMissing("AccessDenied", "panopticon-read")

    def refuse(self, stage: Stage, failure: SecurityGroupError, alert_id: str | None) -> None:
        stage.pass_time(6)  # a card is drawn again after a while only
        stage.ec2.failure = failure
        with pytest.raises(ReadDenied):
            stage.observing.complete_alert(GROUP, alert_id)
        stage.ec2.failure = None

    def test_a_card_says_it_in_its_place_and_asks_for_no_acknowledgement_more(self, stage: Stage) -> None:
        before = report(stage, event())
        stage.acknowledging.acknowledge(before.alert_id, JO, seen_version=1, clicked=None)
        self.refuse(stage, self.NO_ROLE, before.alert_id)
        after = stage.store.alert(before.alert_id)
        assert after.unread == Unread(stage.world.now, "AccessDenied", "panopticon-read")
        assert (after.status, after.content_version) == (AlertStatus.ACKNOWLEDGED, 1)
        assert (after.message, only_card(stage)) == (before.message, draw_card(after))

    def test_a_job_that_comes_again_says_it_once(self, stage: Stage) -> None:
        alert_id = report(stage, event()).alert_id
        self.refuse(stage, self.NO_ROLE, alert_id)
        first = stage.store.alert(alert_id)
        stage.pass_time(60)
        self.refuse(stage, self.NO_ROLE, alert_id)
        assert stage.store.alert(alert_id) == first
        assert stage.channel.updates == 1

    def test_another_reason_takes_the_place_of_the_first(self, stage: Stage) -> None:
        alert_id = report(stage, event()).alert_id
        self.refuse(stage, self.NO_ROLE, alert_id)
        self.refuse(stage, ReadDenied("UnauthorizedOperation"), alert_id)
        assert stage.store.alert(alert_id).unread == Unread(stage.world.now, "UnauthorizedOperation", None)

    def test_a_reading_that_succeeds_takes_it_away(self, stage: Stage) -> None:
        alert_id = report(stage, event()).alert_id
        self.refuse(stage, self.NO_ROLE, alert_id)
        stage.pass_time(60)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        stage.observing.complete_alert(GROUP, alert_id)
        stage.pass_minutes(1)
        after = stage.store.alert(alert_id)
        assert after.unread is None
        assert only_card(stage) == draw_card(after)

    def test_so_does_a_reading_for_whoever_asks_for_the_rules(
        self, stage: Stage, showing: ShowingRules
    ) -> None:
        alert_id = report(stage, event()).alert_id
        self.refuse(stage, self.NO_ROLE, alert_id)
        stage.jobs.sent.clear()
        stage.pass_time(60)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        showing.show(GROUP, "V1")
        stage.work()
        assert stage.store.alert(alert_id).unread is None

    def test_what_was_refused_or_is_known_lacks_nothing(self, stage: Stage) -> None:
        denied = report(stage, load_event("authorize_ingress_denied"))
        self.refuse(stage, self.NO_ROLE, denied.alert_id)
        assert stage.store.alert(denied.alert_id) == denied
        know(stage)
        stage.pass_time(600)
        known = report(stage, event(eventID="later", eventTime="2026-11-24T20:16:30Z"))
        self.refuse(stage, self.NO_ROLE, known.alert_id)
        assert stage.store.alert(known.alert_id) == known

    def test_a_change_without_an_alert_and_an_alert_that_is_gone_are_left_alone(self, stage: Stage) -> None:
        self.refuse(stage, self.NO_ROLE, None)
        self.refuse(stage, self.NO_ROLE, "nothing")
        assert stage.channel.messages == {}

    def test_a_delete_of_a_group_that_was_never_read_says_why(self, stage: Stage) -> None:
        """There is nothing to read any more, but it is worth knowing why nothing was."""
        alert = report(stage, load_event("delete_by_user"))
        ((job, wait),) = stage.jobs.sent
        assert (job, wait) == (ObserveJob(alert.group, alert.alert_id), SURE_AFTER_SECONDS)  # type: ignore[arg-type]
        stage.pass_time(wait)
        stage.ec2.failure = self.NO_ROLE
        with pytest.raises(ReadDenied):
            stage.observing.complete_alert(job.group, job.alert_id)  # type: ignore[union-attr]
        assert "could not be read" in str(only_card(stage))
        assert "is not known" not in str(only_card(stage))


class TestDirections:
    """ModifySecurityGroupRules does not say which way a rule goes; its rule never changes that."""

    @pytest.mark.parametrize(
        ("way", "severity"),
        [(Direction.INGRESS, Severity.HIGH), (Direction.EGRESS, Severity.INFORMATIONAL)],
    )
    def test_the_latest_reading_tells_it_at_once(
        self, stage: Stage, way: Direction, severity: Severity
    ) -> None:
        know(stage, a_rule(port=1, direction=way, rule_id=MODIFIED))
        alert = report(stage, MODIFY)
        assert [rule.direction for rule in alert.digest.change.modified] == [way]
        assert alert.assessment.severity is severity
        assert stage.jobs.sent in ([], [(BehindJob(alert.alert_id), 0)])  # nothing is to be read of its rules

    @pytest.mark.parametrize("is_known", [False, True], ids=["no reading", "a reading without the rule"])
    def test_else_the_group_is_read_and_the_card_completed_in_its_place(
        self, stage: Stage, is_known: bool
    ) -> None:
        if is_known:
            know(stage, a_rule(rule_id="sgr-another"))
        before = report(stage, MODIFY)
        assert before.assessment.severity is Severity.HIGH  # as if it let in, until somebody knows
        assert stage.jobs.sent[0] == (ObserveJob(GROUP, before.alert_id), 0)

        rule = a_rule(port=8443, direction=Direction.EGRESS, rule_id=MODIFIED)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (rule,))
        stage.pass_time(60)
        stage.work()

        after = stage.store.alert(before.alert_id)
        assert [rule.direction for rule in after.digest.change.modified] == [Direction.EGRESS]
        assert after.assessment.severity is Severity.INFORMATIONAL
        assert after.reading is None
        assert (after.message, only_card(stage)) == (before.message, draw_card(after))

    def test_a_reading_tells_whose_group_it_is_that_the_call_names_by_its_id_alone(
        self, stage: Stage
    ) -> None:
        stage.known = Known(accounts={GROUP.account_id: "payments-prod"})
        held = a_rule("10.0.0.0/8", 443, rule_id=MODIFIED)
        stage.world.now -= timedelta(hours=1)
        know(stage, held)
        stage.pass_time(3600)
        told = copy.deepcopy(MODIFY)
        asked = told["detail"]["requestParameters"]["ModifySecurityGroupRulesRequest"]["SecurityGroupRule"]
        del asked["SecurityGroupRule"]["CidrIpv4"]
        asked["SecurityGroupRule"]["ReferencedGroupId"] = "sg-0fedcba9876543210"
        before = report(stage, told)
        assert before.assessment.severity is Severity.LOW

        now = replace(
            held, ports=PortRange(8443, 8443), source=ReferencedGroup("sg-0fedcba9876543210", "999988887777")
        )
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (now,))
        stage.pass_time(60)
        stage.work()
        after = stage.store.alert(before.alert_id)
        assert after.assessment.severity is Severity.HIGH
        assert after.assessment.findings[0].audience == "a group of unknown account 999988887777"
        assert [alert.alert_id for alert in stage.store.latest_alerts(limit=9, now=stage.world.now)] == [
            before.alert_id
        ]

    def test_the_later_of_two_readings_counts(self, stage: Stage) -> None:
        know(stage, a_rule(direction=Direction.INGRESS, rule_id="sgr-another"))
        stage.pass_time(60)
        know(stage, a_rule(direction=Direction.EGRESS, rule_id=MODIFIED))
        alert = report(stage, MODIFY)
        assert [rule.direction for rule in alert.digest.change.modified] == [Direction.EGRESS]

    def test_a_rule_that_is_gone_by_now_keeps_the_question_open(self, stage: Stage) -> None:
        before = report(stage, MODIFY)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, ())
        stage.work()
        after = stage.store.alert(before.alert_id)
        assert [rule.direction for rule in after.digest.change.modified] == [None]
        assert after.assessment.severity is Severity.HIGH
        assert after.group_name == "web-prod"


class TestWhatAwsLeftOut:
    """A call too large for its record: what the group holds by now stands in for what was added."""

    def test_it_is_told_at_once_and_completed_with_a_reading_in_its_place(self, stage: Stage) -> None:
        before = report(stage, CUT)
        assert (before.digest.change.is_cut, before.assessment.severity) == (True, Severity.HIGH)
        assert stage.jobs.sent[0] == (ObserveJob(GROUP, before.alert_id), 0)

        way_out = a_rule(port=1, direction=Direction.EGRESS)
        rules = (*(a_rule(f"10.0.{n}.0/24", 443) for n in range(30)), a_rule(), way_out)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, rules)
        stage.pass_time(60)
        stage.work()

        after = stage.store.alert(before.alert_id)
        assert after.reading is not None
        assert (after.reading.at, after.reading.count) == (stage.world.now, 31)
        assert (after.reading.rules[0], len(after.reading.rules)) == (a_rule(), 20)
        assert after.assessment.severity is Severity.CRITICAL
        assert (after.message, only_card(stage)) == (before.message, draw_card(after))

    def test_it_moves_on_the_worklist_with_what_was_read(self, stage: Stage) -> None:
        cut = report(stage, CUT)
        wide = {
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "ipRanges": {"items": [{"cidrIp": "8.8.0.0/16"}]},
        }
        medium = report(stage, event(eventID="event-2", requestParameters=request(wide)))
        assert [alert.alert_id for alert in stage.store.open_alerts_page(limit=9)[0]] == [
            cut.alert_id,
            medium.alert_id,
        ]
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule("10.0.0.0/8", 443),))
        stage.work()
        assert [alert.alert_id for alert in stage.store.open_alerts_page(limit=9)[0]] == [
            medium.alert_id,
            cut.alert_id,
        ]

    def test_it_is_read_though_the_name_is_known(self, stage: Stage) -> None:
        stage.world.now -= timedelta(days=1)
        know(stage, a_rule())
        stage.world.now += timedelta(days=1)
        alert = report(stage, CUT)
        assert alert.group_name == "web-prod"
        assert [sent for sent in stage.jobs.sent if not sent[1]] == [(ObserveJob(GROUP, alert.alert_id), 0)]

    def test_a_refused_call_is_read_for_the_groups_name_alone(self, stage: Stage) -> None:
        refused = {**CUT, "detail": {**CUT["detail"], "errorCode": "Client.UnauthorizedOperation"}}
        alert = report(stage, refused)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule(),))
        stage.work()
        told = stage.store.alert(alert.alert_id)
        assert (told.group_name, told.reading) == (DETAILS.name, None)

    def test_a_job_that_came_too_soon_for_the_card_leaves_it_to_its_holder(self, stage: Stage) -> None:
        """The worker may read the group while the first version is on its way to Slack."""
        recorded = stage.reporting.record(CUT)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule(),))
        stage.channel.before_next = stage.work
        stage.reporting.tell([recorded], lambda: True)
        assert recorded.alert_id is not None
        after = stage.store.alert(recorded.alert_id)
        assert after.reading is not None
        assert only_card(stage) == draw_card(after)
        assert stage.channel.posts == 1

    def test_a_card_that_slack_does_not_take_now_becomes_a_job(self, stage: Stage) -> None:
        alert = report(stage, CUT)
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule(),))
        stage.channel.failures = [AppShutOut("channel_not_found")]
        stage.pass_time(5)
        stage.observing.complete_alert(GROUP, alert.alert_id)
        assert stage.store.alert(alert.alert_id).is_behind
        stage.pass_time(60)
        assert stage.sweeping.sweep() == 1
        assert only_card(stage) == draw_card(stage.store.alert(alert.alert_id))


class TestShowingRules:
    def test_a_reading_is_kept_before_it_is_shown(self, stage: Stage, showing: ShowingRules) -> None:
        """A person may turn to its next page as soon as they see the first."""
        reading = Observation(DETAILS, stage.world.now, (a_rule(),), (("managed-by", "terraform"),))
        stage.ec2.groups[GROUP] = reading
        showing.show(GROUP, "V1")
        assert stage.modals.filled == [("V1", {"shows": reading, "trouble": None, "was_kept": True})]

    def test_a_reading_that_cannot_be_kept_is_shown_all_the_same(
        self, stage: Stage, showing: ShowingRules
    ) -> None:
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule(),))
        stage.world.fails_at = stage.world.calls + 2
        with pytest.raises(StoreError):
            showing.show(GROUP, "V1")
        ((_, view),) = stage.modals.filled
        assert view["was_kept"] is False
        assert view["shows"] == stage.ec2.groups[GROUP]

    @pytest.mark.parametrize(
        ("failure", "sentence"),
        [
            pytest.param(
                GroupNotFound("InvalidGroup.NotFound"),
                "sg-0a1b2c3d4e5f60718 does not exist in prod (111122223333), eu-west-1 (any more).",
                id="gone",
            ),
            pytest.param(
                ReadDenied("UnauthorizedOperation"),
                "Panopticon may not read sg-0a1b2c3d4e5f60718 in prod (111122223333) (UnauthorizedOperation).",
                id="denied",
            ),
            pytest.param(
                ReadRoleMissing("AccessDenied", "panopticon-read"),
                "Panopticon may not read prod (111122223333): role panopticon-read is missing there, or does not let it in.",
                id="no role",
            ),
            pytest.param(
                ReadThrottled("RequestLimitExceeded"),
                "AWS asks to slow down (RequestLimitExceeded). Try again in a minute.",
                id="throttled",
            ),
            pytest.param(
                SecurityGroupError("InternalError"),
                "AWS did not answer in eu-west-1 (InternalError). Try again in a minute.",
                id="other",
            ),
        ],
    )
    def test_what_ec2_does_not_tell_is_said_above_what_was_recorded(
        self, stage: Stage, showing: ShowingRules, failure: SecurityGroupError, sentence: str
    ) -> None:
        stage.ec2.failure = failure
        showing.show(GROUP, "V1")
        nothing = {"title": "Rules", "says": f"{sentence} Nothing was recorded earlier."}
        assert stage.modals.filled == [("V1", nothing)]
        recorded = know(stage, a_rule())
        showing.show(GROUP, "V2")
        shown = {"shows": recorded, "trouble": sentence, "was_kept": True}
        assert stage.modals.filled[1:] == [("V2", shown)]

    def test_a_modal_that_was_closed_costs_no_reading(self, stage: Stage, showing: ShowingRules) -> None:
        stage.ec2.groups[GROUP] = Observation(DETAILS, stage.world.now, (a_rule(),))
        stage.modals.failure = SlackRefused("not_found")
        with pytest.raises(SlackRefused):
            showing.show(GROUP, "V1")
        assert stage.store.latest_observation(GROUP) == replace(stage.ec2.groups[GROUP], at=stage.world.now)
