"""Many changes of one session are one card: gathered, drawn anew, taken as far as they were seen."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from bot.core.alerts import LEASE, Alert, AlertStatus, TransitionRefused
from bot.core.assessment import Severity
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.gathering import gather
from bot.core.history import Listing
from bot.core.jobs import DrawJob, FinishJob, ObserveJob
from bot.core.mutes import Mute, MuteSubject
from bot.core.rules import PortRange
from bot.core.severity import SensitivePorts, SeverityPolicy
from bot.slack.gathered import gathered_sentences
from bot.slack.sentences import sentences_of
from bot.workflows.report import Reported
from tests.makers import JO, SAM, a_rule
from tests.records import ALICE as IAM_ALICE
from tests.records import event
from tests.workflows.conftest import Stage
from tests.workflows.test_crashes import let_it_die

DATABASE, SSH = (5432, "10.20.0.0/16"), (22, "0.0.0.0/0")


def authorize(stage: Stage, number: int, *rules: tuple[int, str], **fields: Any) -> dict[str, Any]:
    """The event by which alice opens *rules*, now, on the group of this number."""
    permissions = [
        {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": {"items": [{"cidrIp": source}]}}
        for port, source in rules or [DATABASE]
    ]
    parameters = {"groupId": group_id(number), "ipPermissions": {"items": permissions}}
    return event(**{"requestParameters": parameters, **_stamp(stage), **fields})


def create(stage: Stage, number: int) -> dict[str, Any]:
    return event(
        eventName="CreateSecurityGroup",
        requestParameters={"groupName": f"app-{number:02d}", "groupDescription": "-", "vpcId": "vpc-0c4d"},
        responseElements={"_return": True, "groupId": group_id(number)},
        **_stamp(stage),
    )


def _stamp(stage: Stage) -> dict[str, Any]:
    stage.holders += 1
    return {
        "eventTime": f"{stage.world.now:%Y-%m-%dT%H:%M:%SZ}",
        "eventID": f"7c2f9b1e-0000-4000-8000-{stage.holders:012d}",
    }


def group_id(number: int) -> str:
    return f"sg-0a1b2c3d4e5f6{number:04d}"


def group(number: int) -> GroupKey:
    return GroupKey("111122223333", "eu-west-1", group_id(number))


def draw(stage: Stage) -> None:
    """Do the jobs that draw cards, whatever their delay, and let that time pass."""
    stage.pass_time(5)
    for sent in [sent for sent in stage.jobs.sent if isinstance(sent[0], DrawJob)]:
        stage.jobs.sent.remove(sent)
        assert isinstance(sent[0], DrawJob)
        stage.drawing.draw(sent[0].alert_id, retry=False)


def finish(stage: Stage) -> None:
    stage.pass_time(65)
    for sent in [sent for sent in stage.jobs.sent if isinstance(sent[0], FinishJob)]:
        stage.jobs.sent.remove(sent)
        assert isinstance(sent[0], FinishJob)
        stage.pass_time(sent[1])
        if stage.store.finish(sent[0].alert_id, content_version=sent[0].content_version):
            stage.drawing.draw(sent[0].alert_id)


def headlines(stage: Stage) -> list[str]:
    return [card["text"] for card in stage.channel.messages.values()]


def the_gathered(stage: Stage) -> Alert:
    (alert,) = [alert for alert in stage.store.open_alerts_page(limit=50)[0] if alert.is_gathered]
    return alert


def terraform(stage: Stage, groups: int = 6) -> None:
    for number in range(groups):
        stage.report(create(stage, number))
        stage.report(authorize(stage, number))
        stage.pass_time(1)


def test_a_session_that_changes_many_groups_is_one_card(stage: Stage) -> None:
    terraform(stage)
    draw(stage)
    assert headlines(stage) == [
        "🔵 Low: 6 groups changed so far by alice, account 111122223333. Nothing newly open to the internet"
    ]
    assert stage.channel.posts == 1
    assert len(stage.store.changes(Listing(), limit=99, now=stage.world.now)) == 12


def test_when_nothing_joins_any_more_the_card_says_so(stage: Stage) -> None:
    terraform(stage)
    draw(stage)
    finish(stage)
    assert headlines(stage) == [
        "🔵 Low: 6 groups changed by alice, account 111122223333. Nothing newly open to the internet"
    ]
    body = str(stage.channel.messages)
    assert "finished" in body
    assert "Net: +6 rules, 6 groups created" in body
    assert "tcp 5432 from 10.20.0.0/16 on 6 groups" in body


def test_a_burst_that_goes_on_is_not_said_to_be_over(stage: Stage) -> None:
    terraform(stage, 3)
    draw(stage)
    stage.report(authorize(stage, 0, (8443, "10.0.0.0/8")))
    finish(stage)
    assert not the_gathered(stage).is_over


def test_joins_ask_for_one_drawing_in_five_seconds(stage: Stage) -> None:
    for number in range(20):
        stage.report(authorize(stage, number))
    assert sum(isinstance(job, DrawJob) for job, _ in stage.jobs.sent) == 1
    assert [delay for job, delay in stage.jobs.sent if isinstance(job, DrawJob)] == [5]
    assert (stage.channel.posts, stage.channel.updates) == (1, 0)


def test_what_is_critical_gets_a_card_of_its_own_within_a_burst(stage: Stage) -> None:
    terraform(stage, 3)
    stage.report(authorize(stage, 1, SSH))
    draw(stage)
    gathered, own = headlines(stage)
    assert gathered.startswith("🔵 Low: 3 groups changed so far")
    assert own == "🔴 Critical: SSH (tcp 22) open to the internet on app-01, account 111122223333"


def test_many_criticals_are_five_cards_and_one_that_gathers_the_rest(stage: Stage) -> None:
    for number in range(12):
        stage.report(authorize(stage, number, SSH))
        stage.pass_time(1)
    draw(stage)
    assert len(headlines(stage)) == 6
    assert headlines(stage)[-1] == (
        f"🔴 Critical: SSH (tcp 22) open to the internet on {group_id(5)} and 6 more groups, "
        "account 111122223333, by alice"
    )
    assert the_gathered(stage).severity is Severity.CRITICAL


def test_churn_that_nets_to_nothing_says_so(stage: Stage) -> None:
    for name in ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress") * 2:
        stage.report(authorize(stage, 1, eventName=name))
        stage.pass_time(2)
    draw(stage)
    (card,) = headlines(stage)
    assert card.endswith(f"{group_id(1)} changed by alice, account 111122223333. All of it was undone")


def test_another_session_has_a_card_of_its_own(stage: Stage) -> None:
    stage.report(authorize(stage, 1))
    other = {
        "type": "IAMUser",
        "userName": "bob",
        "accountId": "111122223333",
        "accessKeyId": "AKIAEXAMPLEBOB",
    }
    stage.pass_time(1)  # of two within a second, the later waits for its turn
    stage.report(authorize(stage, 2, userIdentity=other))
    draw(stage)
    assert stage.channel.posts == 2


def test_a_repeat_joins_nothing(stage: Stage) -> None:
    first, second = authorize(stage, 1), authorize(stage, 2)
    stage.report(first, second)
    assert stage.reporting.record(second).outcome is Reported.DUPLICATE
    assert the_gathered(stage).changes == 2


class TestTaking:
    """Acknowledging covers what was drawn; what joined since is told by a new alert."""

    def test_what_was_seen_is_taken_and_the_rest_moves_on(self, stage: Stage) -> None:
        terraform(stage, 3)
        draw(stage)
        seen = the_gathered(stage)
        stage.report(authorize(stage, 7), authorize(stage, 8))
        stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
        draw(stage)
        taken = stage.store.alert(seen.alert_id)
        assert (taken.status, taken.changes, taken.is_over) == (AlertStatus.ACKNOWLEDGED, 6, True)
        rest = the_gathered(stage)
        assert (rest.changes, rest.share and rest.share.burst_id) == (2, seen.alert_id)
        first, second = stage.channel.messages.values()
        assert "3 groups changed by alice" in first["text"]
        assert "Acknowledged by " in str(first)
        assert "2 groups changed so far by alice" in second["text"]

    def test_what_comes_after_that_joins_the_new_one(self, stage: Stage) -> None:
        terraform(stage, 3)
        draw(stage)
        seen = the_gathered(stage)
        stage.report(authorize(stage, 7))
        stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
        stage.report(authorize(stage, 9))
        draw(stage)
        assert len(stage.channel.messages) == 2
        rest = the_gathered(stage)
        assert [part.group for part in stage.store.parts(rest)] == [group(7), group(9)]
        assert len(stage.store.parts(stage.store.alert(seen.alert_id))) == 6

    def test_what_was_seen_whole_is_taken_whole_and_the_next_change_is_told_anew(self, stage: Stage) -> None:
        terraform(stage, 2)
        draw(stage)
        seen = the_gathered(stage)
        stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
        assert stage.store.alert(seen.alert_id).share.next_alert_id is None  # type: ignore[union-attr]
        stage.report(authorize(stage, 9))
        assert stage.channel.posts == 2

    def test_the_second_to_click_learns_who_was_first(self, stage: Stage) -> None:
        terraform(stage, 2)
        draw(stage)
        seen = the_gathered(stage)
        stage.report(authorize(stage, 7))
        stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
        with pytest.raises(TransitionRefused) as refused:
            stage.acknowledging.acknowledge(seen.alert_id, SAM, seen_version=seen.version, clicked=None)
        assert refused.value.alert.acknowledgement is not None
        assert refused.value.alert.acknowledgement.user == JO

    def test_lists_say_of_each_change_whether_it_was_taken(self, stage: Stage) -> None:
        terraform(stage, 2)
        draw(stage)
        seen = the_gathered(stage)
        stage.report(authorize(stage, 7))
        stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
        page = stage.lookup.changes(Listing(), size=9)
        taken = {
            str(entry.digest.change.group_id): page.alerts[entry.position].acknowledgement is not None
            for entry in page.entries
        }
        assert taken == {group_id(0): True, group_id(1): True, group_id(7): False}


class TestCompleting:
    """A reading completes a change where it stands: in the alert, or among those that it gathers."""

    def test_the_name_of_a_group_that_joined_comes_onto_the_card(self, stage: Stage) -> None:
        stage.report(authorize(stage, 1), authorize(stage, 2))
        for number in (1, 2):
            details = GroupDetails(group(number), f"app-{number}", "vpc-0c4d")
            rules = (a_rule("10.20.0.0/16", 5432, rule_id=f"sgr-{number}"),)
            stage.ec2.groups[group(number)] = Observation(details, stage.world.now, rules)
        for job, _ in [sent for sent in stage.jobs.sent if isinstance(sent[0], ObserveJob)]:
            assert isinstance(job, ObserveJob)
            stage.observing.complete_alert(job.group, job.alert_id)
        draw(stage)
        assert all(f"on app-{number}" in str(stage.channel.messages) for number in (1, 2))
        assert [part.group_name for part in stage.store.parts(the_gathered(stage))] == ["app-1", "app-2"]

    def test_a_change_that_moved_on_is_completed_where_it_is_told_by_now(self, stage: Stage) -> None:
        stage.report(authorize(stage, 1), authorize(stage, 2))
        draw(stage)
        seen = the_gathered(stage)
        stage.report(authorize(stage, 3))
        stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
        details = GroupDetails(group(3), "app-3", "vpc-0c4d")
        stage.ec2.groups[group(3)] = Observation(details, stage.world.now, ())
        stage.observing.complete_alert(group(3), seen.alert_id)
        (moved_on,) = stage.store.open_alerts_page(limit=9)[0]
        assert moved_on.group_name == "app-3"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 8))
def test_wherever_the_function_dies_a_change_joins_once_and_is_drawn(
    stage: Stage, at: int, after: bool
) -> None:
    stage.report(authorize(stage, 1))
    second = authorize(stage, 2)
    died = let_it_die(stage, lambda: stage.report(second), at=at, after=after)
    stage.report(second)
    for _ in range(2):
        stage.pass_time(int(LEASE.total_seconds()) + 1)
        stage.sweeping.sweep()
    alert = the_gathered(stage)
    assert (alert.changes, alert.is_behind) == (2, False)
    assert len(stage.channel.messages) == 1
    assert (
        died or at > 5 or (at == 1 and after)
    )  # the principal is known already, which is an error of that call


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 10))
def test_wherever_the_function_dies_a_click_takes_what_was_seen_and_nothing_is_lost(
    stage: Stage, at: int, after: bool
) -> None:
    stage.report(authorize(stage, 1), authorize(stage, 2))
    draw(stage)
    seen = the_gathered(stage)
    stage.report(authorize(stage, 3))

    def click() -> object:
        return stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)

    let_it_die(stage, click, at=at, after=after)
    with suppress(TransitionRefused):
        click()
    for _ in range(2):
        stage.pass_time(int(LEASE.total_seconds()) + 1)
        stage.sweeping.sweep()
    taken = stage.store.alert(seen.alert_id)
    assert (taken.status, taken.changes) == (AlertStatus.ACKNOWLEDGED, 2)
    (rest,) = stage.store.open_alerts_page(limit=9)[0]
    assert [part.group for part in stage.store.parts(rest)] == [group(3)]
    assert len(stage.channel.messages) == 2


class TestDeniedAttempts:
    DENIED: ClassVar[dict[str, Any]] = {
        "errorCode": "Client.UnauthorizedOperation",
        "errorMessage": "You are not authorized to perform this operation.",
        "responseElements": None,
    }

    def attempt(self, stage: Stage, number: int, **fields: Any) -> Alert:
        report = stage.reporting.record(authorize(stage, number, SSH, **{**self.DENIED, **fields}))
        assert report.alert_id
        return stage.store.alert(report.alert_id)

    def test_those_within_ten_minutes_are_counted_over_groups_and_cards(self, stage: Stage) -> None:
        said = []
        for number in range(3):
            alert = self.attempt(stage, number)
            said.append(sentences_of(alert)[0])
            stage.pass_time(180)
        refused = "AWS refused: not authorised (Client.UnauthorizedOperation)."
        assert said == [
            refused,
            f"{refused} Second denied attempt in 10 min.",
            f"{refused} Third denied attempt in 10 min.",
        ]
        stage.pass_time(600)
        assert sentences_of(self.attempt(stage, 4))[0] == refused

    def test_those_that_gather_say_how_many_came_before_them(self, stage: Stage) -> None:
        self.attempt(stage, 1)
        stage.pass_time(120)
        first = self.attempt(stage, 2)
        assert self.attempt(stage, 3).alert_id == first.alert_id
        gathered = stage.store.alert(first.alert_id)
        assert (gathered.changes, gathered.attempts) == (2, 3)
        gathering = gather(stage.store.parts(gathered), is_over=False)
        assert "3 denied attempts in 10 min." in gathered_sentences(gathered, gathering)[0]
        alone = replace(gathered, attempts=2)
        assert "attempts" not in gathered_sentences(alone, gathering)[0]

    def test_those_of_other_sessions_accounts_and_regions_of_the_principal_count(self, stage: Stage) -> None:
        others: tuple[dict[str, Any], ...] = (
            {"userIdentity": {**IAM_ALICE, "accessKeyId": "AKIAEXAMPLEALICE2"}},
            {"awsRegion": "us-east-1"},
            {"recipientAccountId": "444455556666"},
        )
        said = []
        for number, told in enumerate(others, 1):
            said.append(self.attempt(stage, number, **told).attempts)
            stage.pass_time(60)
        assert said == [1, 2, 3]

    def test_what_is_muted_counts_as_well(self, stage: Stage) -> None:
        now = stage.world.now
        stage.store.add_mute(Mute("m1", MuteSubject(group(1)), "U1", "noise", now, now + timedelta(days=1)))
        assert self.attempt(stage, 1).quiet
        assert self.attempt(stage, 2).attempts == 2

    def test_another_principal_starts_anew(self, stage: Stage) -> None:
        self.attempt(stage, 1)
        other = {
            **IAM_ALICE,
            "userName": "bob",
            "accessKeyId": "AKIAEXAMPLEBOB",
            "arn": "arn:aws:iam::111122223333:user/bob",
        }
        assert self.attempt(stage, 1, userIdentity=other).attempts == 1

    def test_an_event_that_comes_again_is_no_further_attempt(self, stage: Stage) -> None:
        tried = authorize(stage, 1, SSH, **self.DENIED)
        for _ in range(2):
            report = stage.reporting.record(tried)
        assert report.alert_id
        assert stage.store.alert(report.alert_id).attempts == 1

    def test_many_are_counted_in_figures(self, stage: Stage) -> None:
        alert = replace(self.attempt(stage, 1), attempts=11)
        assert sentences_of(alert)[0].endswith(" 11 denied attempts in 10 min.")


class TestSeverityPolicy:
    POLICY = SeverityPolicy(
        sensitive=(SensitivePorts("billing API", PortRange(8444, 8444)),), wide_ipv4=20, many_rules=2
    )

    def record(self, stage: Stage, *rules: tuple[int, str]) -> Alert:
        report = replace(stage.reporting, severities=self.POLICY).record(authorize(stage, 1, *rules))
        assert report.alert_id
        return stage.store.alert(report.alert_id)

    def test_a_port_that_is_sensitive_here_is_critical(self, stage: Stage) -> None:
        alert = self.record(stage, (8444, "0.0.0.0/0"))
        assert alert.severity is Severity.CRITICAL
        assert alert.assessment.findings[0].effect == "billing API (tcp 8444) open to the internet"

    def test_a_range_is_wide_up_to_the_bound(self, stage: Stage) -> None:
        assert self.record(stage, (443, "8.8.8.0/24")).severity is Severity.LOW
        assert self.record(stage, (444, "8.8.16.0/20")).severity is Severity.MEDIUM

    def test_the_rule_that_makes_them_many_says_so(self, stage: Stage) -> None:
        reporting = replace(stage.reporting, severities=self.POLICY)
        reporting.record(create(stage, 1))
        said = []
        for port in (5432, 5433, 5434, 5435):
            report = reporting.record(authorize(stage, 1, (port, "10.0.0.0/8")))
            assert report.alert_id
            alert = stage.store.alert(report.alert_id)
            said.append([part.assessment.remarks for part in stage.store.parts(alert)][-1])
        assert [[remark.sentence for remark in remarks] for remarks in said] == [
            [],
            [],
            ["It now has 3 ingress rules: more than 2 are hard to oversee."],
            [],
        ]

    def test_a_card_that_gathers_says_it_with_the_group(self, stage: Stage) -> None:
        reporting = replace(stage.reporting, severities=self.POLICY)
        for number in (1, 2):
            reporting.record(create(stage, number))
        for port in (5432, 5433, 5434):
            report = reporting.record(authorize(stage, 1, (port, "10.0.0.0/8")))
        assert report.alert_id
        alert = stage.store.alert(report.alert_id)
        gathering = gather(stage.store.parts(alert), is_over=False)
        said = gathered_sentences(alert, gathering)
        assert "app-01: It now has 3 ingress rules: more than 2 are hard to oversee." in said
        one = gather([part for part in stage.store.parts(alert) if part.group == group(1)], is_over=False)
        assert "It now has 3 ingress rules: more than 2 are hard to oversee." in gathered_sentences(
            alert, one
        )
