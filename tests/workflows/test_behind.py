"""What sits behind the group of an alert is read once a minute, put on its card in place, and never keeps a card waiting."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.behind import Behind, Surroundings
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import (
    JobError,
    ReadDenied,
    ReadRoleMissing,
    ReadThrottled,
    SecurityGroupError,
    StoreError,
)
from bot.core.interfaces import NetworkInterface
from bot.core.jobs import BehindJob
from bot.core.quieting import POST_ALL
from bot.core.rules import ReferencedGroup
from bot.slack.cards import draw_card
from tests.makers import JO, a_rule
from tests.records import NOW as SHORTLY_AFTER
from tests.records import event
from tests.workflows.conftest import Stage

GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
DETAILS = GroupDetails(GROUP, "web-prod", "vpc-0c4d")
WEB = NetworkInterface(
    "eni-1",
    instance_id="i-0a",
    name="web-1",
    addresses=("198.51.100.20",),
    vpc_id="vpc-0c4d",
    group_name="web-prod",
)
SAYS = "Behind it: 1 instance with a public address (web-1, 198.51.100.20)"
NOTHING = "Behind it: nothing is attached, so this is high, not critical"


@pytest.fixture(autouse=True)
def a_group_that_is_known(stage: Stage) -> None:
    stage.world.now = SHORTLY_AFTER - timedelta(days=1)
    stage.keeping.keep(Observation(DETAILS, stage.world.now, ()))
    stage.world.now = SHORTLY_AFTER


def request(source: str = "0.0.0.0/0", *, port: int = 22, group_id: str = GROUP.group_id) -> dict[str, Any]:
    """Ask for one rule of a tcp port."""
    ranges = {"items": [{"cidrIp": source}]}
    permission = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": ranges}
    return {"groupId": group_id, "ipPermissions": {"items": [permission]}}


def report(stage: Stage, told: dict[str, Any] | None = None) -> Alert:
    """Take an event in, and give its alert as it is once its card is drawn."""
    recorded = stage.reporting.record(told or event())
    stage.reporting.tell([recorded], lambda: True)
    assert recorded.alert_id is not None
    return stage.store.alert(recorded.alert_id)


def look(stage: Stage, alert: Alert, *, has_waited: bool = False) -> Alert:
    """Do the job of looking behind an alert's group, after which its card is drawn without waiting; give the alert."""
    stage.pass_time(6)
    stage.looking.look(alert.alert_id, has_waited=has_waited)
    return stage.store.alert(alert.alert_id)


def lines(stage: Stage, alert: Alert) -> str:
    """Give what the one card of an alert says."""
    (card,) = stage.shown(alert)
    assert card == draw_card(stage.store.alert(alert.alert_id))
    return str(card)


class TestTheCard:
    def test_it_is_posted_at_once_and_gets_the_line_in_its_place(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        before = report(stage)
        assert "Behind it" not in lines(stage, before)

        stage.pass_time(6)
        stage.work()

        after = stage.store.alert(before.alert_id)
        assert SAYS in lines(stage, after)
        assert (stage.channel.posts, after.message) == (1, before.message)
        assert (after.severity, after.content_version) == (Severity.CRITICAL, before.content_version)

    def test_where_the_group_is_read_too_it_is_edited_once_for_both(self, stage: Stage) -> None:
        other = GroupKey(GROUP.account_id, GROUP.region, "sg-0fffffffffffffff1")
        stage.interfaces.of[other.group_id] = [WEB]
        stage.ec2.groups[other] = Observation(
            replace(DETAILS, key=other), stage.world.now, (a_rule(rule_id="sgr-1"),)
        )
        alert = report(stage, event(requestParameters=request("0.0.0.0/0", group_id=other.group_id)))
        assert not [job for job, _ in stage.jobs.sent if isinstance(job, BehindJob)]
        stage.pass_time(6)

        stage.work()

        told = stage.store.alert(alert.alert_id)
        assert told.group_name == "web-prod"
        assert SAYS in lines(stage, told)
        assert (stage.channel.posts, stage.channel.updates) == (1, 1)

    def test_what_adds_nothing_to_be_seen_leaves_an_acknowledgement(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        alert = report(stage)
        stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=alert.message)

        told = look(stage, alert)

        assert told.status is AlertStatus.ACKNOWLEDGED
        assert SAYS in lines(stage, told)
        assert stage.store.open_alerts_page(limit=9)[0] == []

    def test_a_click_in_between_costs_neither_the_click_nor_the_line(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        alert = report(stage)
        once = [True]

        def click() -> None:
            if stage.interfaces.read and once:
                once.clear()
                stage.acknowledging.acknowledge(alert.alert_id, JO, seen_version=1, clicked=alert.message)

        stage.world.pause = click
        told = look(stage, alert)
        stage.work()  # its turn has come

        assert told.status is AlertStatus.ACKNOWLEDGED
        assert SAYS in lines(stage, told)

    def test_it_is_told_once_and_does_not_change_with_what_comes_later(self, stage: Stage) -> None:
        alert = report(stage)
        told = look(stage, alert)
        stage.interfaces.of[GROUP.group_id] = [WEB]
        stage.pass_time(120)

        assert look(stage, alert) == told

    def test_what_is_quiet_is_not_looked_into(self, stage: Stage) -> None:
        stage.policy = replace(POST_ALL, least=Severity.HIGH)
        alert = report(stage, event(requestParameters=request("10.0.0.0/8")))
        assert alert.quiet is not None

        stage.work()
        stage.looking.look(alert.alert_id)

        assert stage.interfaces.read == []
        assert stage.store.alert(alert.alert_id) == alert

    def test_an_alert_that_is_gone_is_left_alone(self, stage: Stage) -> None:
        stage.looking.look("nothing")
        assert stage.interfaces.read == []

    def test_a_job_that_cannot_be_queued_costs_the_line_alone(self, stage: Stage) -> None:
        stage.jobs.failure = JobError("not queued")
        alert = report(stage)
        assert "Critical" in lines(stage, alert)


class TestNothingIsAttached:
    def test_it_lowers_the_severity_and_the_card_says_why(self, stage: Stage) -> None:
        alert = report(stage)
        assert "🔴 Critical" in lines(stage, alert)

        told = look(stage, alert)

        assert (told.severity, told.judged_severity) == (Severity.HIGH, Severity.CRITICAL)
        assert "🟠 High" in lines(stage, told)
        assert NOTHING in lines(stage, told)
        assert (told.status, told.message, stage.channel.replies) == (AlertStatus.OPEN, alert.message, [])

    def test_it_moves_among_the_open_ones_to_where_it_belongs(self, stage: Stage) -> None:
        first = report(stage)
        look(stage, first)
        other = report(
            stage,
            event(
                eventID="other",
                userIdentity={
                    "type": "Root",
                    "accountId": GROUP.account_id,
                    "arn": "arn:aws:iam::111122223333:root",
                },
                requestParameters=request("0.0.0.0/0", group_id="sg-0fffffffffffffff1"),
            ),
        )
        page, _ = stage.store.open_alerts_page(limit=9)
        assert [alert.alert_id for alert in page] == [other.alert_id, first.alert_id]
        assert [alert.severity for alert in page] == [Severity.CRITICAL, Severity.HIGH]

    def test_what_is_told_again_afterwards_stays_lower_and_keeps_its_place(self, stage: Stage) -> None:
        alert = look(stage, report(stage))
        stage.telling.tell_again(GROUP, alert.digest.change.time)
        told = stage.store.alert(alert.alert_id)
        assert told.severity is Severity.HIGH
        assert NOTHING in lines(stage, told)


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("failure", "says"),
        [
            (
                ReadDenied("UnauthorizedOperation"),
                "AWS does not let Panopticon read network interfaces in account 111122223333 (UnauthorizedOperation).",
            ),
            (
                ReadRoleMissing("AccessDenied", "panopticon-read"),
                "role panopticon-read is missing in account 111122223333, or does not let Panopticon in.",
            ),
            (ReadThrottled("RequestLimitExceeded"), "AWS asks to slow down (RequestLimitExceeded)."),
            (SecurityGroupError("EndpointConnectionError"), "AWS did not answer (EndpointConnectionError)."),
        ],
    )
    def test_it_costs_a_line_and_lowers_nothing(self, stage: Stage, failure: Exception, says: str) -> None:
        stage.interfaces.failure = failure
        alert = look(stage, report(stage))

        assert f"What sits behind could not be read: {says}" in lines(stage, alert)
        assert alert.severity is Severity.CRITICAL

    def test_what_may_not_be_read_is_counted_and_kept_for_the_doctor_until_it_may(self, stage: Stage) -> None:
        stage.interfaces.failure = ReadRoleMissing("AccessDenied", "panopticon-read")
        alert = look(stage, report(stage))
        (refused,) = stage.refused
        assert refused[0] == GROUP
        assert [place.refusal for place in stage.store.places()] == [refused[1]]

        stage.interfaces.failure = ReadThrottled("RequestLimitExceeded")
        stage.pass_time(60)
        alert = look(stage, alert)
        assert [place.refusal for place in stage.store.places()] == [
            refused[1]
        ]  # which tells nothing of that

        stage.interfaces.failure = None
        stage.pass_time(60)
        look(stage, alert)
        assert [place.refusal for place in stage.store.places()] == [None]
        assert len(stage.refused) == 1

    def test_a_refusal_is_shared_for_a_minute_and_replaced_by_a_later_look(self, stage: Stage) -> None:
        stage.interfaces.failure = ReadThrottled("RequestLimitExceeded")
        alert = look(stage, report(stage))
        stage.interfaces.failure = None
        stage.interfaces.of[GROUP.group_id] = [WEB]

        assert "slow down" in lines(stage, look(stage, alert))
        stage.pass_time(60)
        assert SAYS in lines(stage, look(stage, alert))
        assert stage.interfaces.read == [GROUP.group_id] * 2

    def test_a_role_that_is_missing_is_said_once(self, stage: Stage) -> None:
        other = "sg-0fffffffffffffff1"
        missing = ReadRoleMissing("AccessDenied", "panopticon-read")
        stage.ec2.failure = stage.interfaces.failure = missing
        alert = report(stage, event(requestParameters=request("0.0.0.0/0", group_id=other)))
        stage.pass_time(6)
        with pytest.raises(ReadRoleMissing):
            stage.work()

        assert lines(stage, alert).count("panopticon-read") == 1

    def test_of_more_than_a_thousand_the_first_thousand_are_counted(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [
            replace(WEB, interface_id=f"eni-{number}", instance_id=f"i-{number}", addresses=())
            for number in range(1000)
        ]
        stage.interfaces.are_more = True
        alert = look(stage, report(stage))

        assert "Behind it: more than 1,000 interfaces; of the first 1,000: 1,000 instances" in lines(
            stage, alert
        )

    def test_a_table_that_does_not_answer_brings_the_job_again(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        alert = report(stage)
        stage.world.fails_at = stage.world.calls + 5
        with pytest.raises(StoreError):
            stage.looking.look(alert.alert_id)
        stage.world.fails_at = None
        stage.pass_time(60)
        assert SAYS in lines(stage, look(stage, alert))


class TestOnceAMinute:
    def later(self, stage: Stage, number: int) -> Alert:
        """Another session opens the same group."""
        arn = f"arn:aws:iam::111122223333:user/u{number}"
        identity = {"type": "IAMUser", "accountId": GROUP.account_id, "arn": arn, "userName": f"u{number}"}
        parameters = request("0.0.0.0/0", port=3389 + number)
        return report(
            stage, event(eventID=f"later-{number}", userIdentity=identity, requestParameters=parameters)
        )

    def test_alerts_of_one_group_share_a_reading(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        alerts = [report(stage), self.later(stage, 0), self.later(stage, 1)]
        for alert in alerts:
            assert SAYS in lines(stage, look(stage, alert))
        assert stage.interfaces.read == [GROUP.group_id]

        stage.pass_time(60)
        look(stage, self.later(stage, 2))
        assert stage.interfaces.read == [GROUP.group_id] * 2

    def test_that_nothing_is_attached_is_not_taken_from_before_the_change(self, stage: Stage) -> None:
        look(stage, report(stage))
        stage.interfaces.of[GROUP.group_id] = [WEB]
        stage.jobs.sent.clear()
        later = event(
            eventID="later", eventTime=f"{stage.world.now + timedelta(seconds=5):%Y-%m-%dT%H:%M:%SZ}"
        )
        later["detail"]["requestParameters"] = request("0.0.0.0/0", port=3389)
        alert = report(stage, later)
        stage.jobs.sent.clear()

        assert look(stage, alert).surroundings is None
        (put_off,) = stage.jobs.sent
        assert put_off[0] == BehindJob(alert.alert_id, has_waited=True)
        assert 0 < put_off[1] <= 60

        stage.pass_time(put_off[1])
        assert SAYS in lines(stage, look(stage, alert, has_waited=True))

    def test_who_finds_it_being_read_comes_again_once_the_minute_is_over(self, stage: Stage) -> None:
        alert = report(stage)
        stage.store.take_turn_behind(GROUP, stage.world.now)  # and its holder dies
        stage.jobs.sent.clear()

        assert look(stage, alert).surroundings is None
        assert stage.jobs.sent == [(BehindJob(alert.alert_id, has_waited=True), 54)]
        assert (
            look(stage, alert, has_waited=True).severity is Severity.HIGH
        )  # who has waited does not wait again


class TestAGroupThatIsAdmitted:
    def opening(self, stage: Stage) -> Alert:
        parameters = request("10.0.0.0/8", port=8080)
        (permission,) = parameters["ipPermissions"]["items"]
        permission["ipRanges"] = {}
        permission["groups"] = {"items": [{"groupId": "sg-app", "userId": GROUP.account_id}]}
        return report(stage, event(requestParameters=parameters))

    def test_it_says_how_many_interfaces_are_in_it(self, stage: Stage) -> None:
        app = replace(WEB, vpc_id="vpc-0c4d", group_name="app-api")
        stage.interfaces.of[GROUP.group_id] = [WEB]
        stage.interfaces.of["sg-app"] = [
            replace(app, interface_id=f"eni-{number}", instance_id=f"i-{number}") for number in range(6)
        ]
        alert = look(stage, self.opening(stage))

        assert "Admits the 6 interfaces in app-api, same VPC." in lines(stage, alert)

    def test_nobody_is_said_to_be_in_it_only_where_it_is_known_to_be_of_the_account(
        self, stage: Stage
    ) -> None:
        """EC2 shows no interface of a peered account's group either, and not each record says whose a group is."""
        stage.interfaces.of[GROUP.group_id] = [WEB]
        foreign = look(stage, self.opening(stage))
        assert "Whose group sg-app is, and so who is in it, is not known." in lines(stage, foreign)

        own = GroupDetails(replace(GROUP, group_id="sg-app"), "app-api", "vpc-0c4d")
        stage.keeping.keep(Observation(own, stage.world.now, ()))
        stage.pass_time(120)
        stage.store.tell_surroundings(foreign, Surroundings())  # as if nobody had looked

        shown = lines(stage, look(stage, foreign))
        assert "No interface is in app-api, so that admits nobody yet." in shown
        assert "+ ingress tcp 8080 from app-api (sg-app)" in shown

    def test_what_was_so_before_names_the_groups_that_are_known(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        app = GroupDetails(replace(GROUP, group_id="sg-app"), "app, the old one", "vpc-0c4d")
        held = replace(a_rule(rule_id="sgr-1"), source=ReferencedGroup("sg-app"))
        for reading in (
            Observation(app, stage.world.now, ()),
            Observation(DETAILS, stage.world.now, (held,)),
        ):
            stage.pass_time(90)
            stage.keeping.keep(replace(reading, at=stage.world.now))
        opened = event(eventTime=f"{stage.world.now + timedelta(seconds=90):%Y-%m-%dT%H:%M:%SZ}")
        stage.pass_time(120)
        alert = report(stage, opened)
        assert "Before: only members of sg-app." in lines(stage, alert)
        looked = look(stage, alert)
        assert "Before: only members of “app, the old one” (sg-app)." in lines(stage, looked)

    def test_one_that_is_deleted_is_not_known_to_be_of_the_account(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        stage.keeping.keep_gone(replace(GROUP, group_id="sg-app"))

        assert "Whose group sg-app is" in lines(stage, look(stage, self.opening(stage)))

    def test_one_that_could_not_be_read_stays_an_id(self, stage: Stage) -> None:
        stage.interfaces.of[GROUP.group_id] = [WEB]
        alert = self.opening(stage)
        once = list[str]()

        def fail_the_second() -> None:
            once.extend(stage.interfaces.read[:1])
            if once:
                stage.interfaces.failure = ReadThrottled("Throttling")

        stage.world.pause = fail_the_second
        alert = look(stage, alert)

        assert alert.surroundings is not None
        assert isinstance(alert.surroundings.behind, Behind)
        assert alert.surroundings.referenced == ()
        assert SAYS in lines(stage, alert)
