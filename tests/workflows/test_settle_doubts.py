"""Nothing is called closed that may be open, or that a person is to look at; and what is said of a closing follows from the facts."""

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import AlertStatus
from bot.core.changes import GroupDetails, Observation
from bot.core.jobs import FinishJob
from bot.core.meaning import MAX_SHOWN
from bot.core.prefix_lists import PrefixListKey, PrefixListVersion
from tests.records import load_event
from tests.workflows.conftest import Stage
from tests.workflows.test_bursts import authorize, create, draw, finish, group, group_id, terraform
from tests.workflows.test_settle import BOB, DATABASE, revoke, the_burst

CAROL = {
    **BOB,
    "userName": "carol",
    "arn": "arn:aws:iam::111122223333:user/carol",
    "accessKeyId": "AKIAEXAMPLECAROL",
}
LIST = "pl-0123456789abcdef0"


def close_all(stage: Stage, groups: int) -> AlertStatus:
    """Let the burst be over and somebody close what it opened on its groups; give where its alert stands then."""
    draw(stage)
    finish(stage)
    for number in range(groups):
        revoke(stage, number, DATABASE)
    return the_burst(stage).status


def by_name_alone(stage: Stage) -> dict[str, Any]:
    """alice opens the database on a group that her call names by a name which nobody knows."""
    told = authorize(stage, 9)
    parameters = told["detail"]["requestParameters"]
    del parameters["groupId"]
    parameters["groupName"] = "nobody-knows-me"
    return told


def put_under(stage: Stage) -> dict[str, Any]:
    """alice puts an interface under a group that nobody has read."""
    told = load_event("modify_interface_one_group")
    fields = ("eventTime", "eventID", "userIdentity", "awsRegion", "recipientAccountId")
    told["detail"] |= {name: authorize(stage, 9)["detail"][name] for name in fields}
    return told


def to_either_way(stage: Stage) -> dict[str, Any]:
    """alice lets a rule that nobody has met admit a network; her call does not say which way it goes."""
    values = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv4": "10.0.0.0/8"}
    rules = {"SecurityGroupRuleId": "sgr-0aaaabbbbccccdddd", "SecurityGroupRule": values}
    parameters = {"ModifySecurityGroupRulesRequest": {"GroupId": group_id(0), "SecurityGroupRule": rules}}
    told = authorize(stage, 0, eventName="ModifySecurityGroupRules", requestParameters=parameters)
    told["detail"]["responseElements"] = {"ModifySecurityGroupRulesResponse": {"return": True}}
    return told


@pytest.mark.parametrize("what", [by_name_alone, put_under, to_either_way])
def test_a_burst_of_which_not_all_is_followed_is_left_to_a_person(stage: Stage, what: Any) -> None:
    terraform(stage, 2)
    stage.report(what(stage))
    assert the_burst(stage).changes == 5
    assert close_all(stage, 2) is AlertStatus.OPEN


def test_so_is_one_that_matters_by_who_made_it(stage: Stage) -> None:
    root = {
        "type": "Root",
        "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333",
        "accessKeyId": "ASIAROOT",
    }
    stage.report(create(stage, 0))
    finish(stage)
    stage.pass_time(700)
    for number in (0, 0):
        stage.report(authorize(stage, number, eventName="RevokeSecurityGroupIngress", userIdentity=root))
        stage.report(authorize(stage, number, userIdentity=root))
    draw(stage)
    finish(stage)
    gathered = max(stage.store.latest_alerts(limit=50, now=stage.world.now), key=lambda alert: alert.changes)
    assert gathered.changes == 4
    revoke(stage, 0, DATABASE)
    assert stage.store.alert(gathered.alert_id).status is AlertStatus.OPEN


def test_what_else_a_change_opened_is_waited_for_beside_what_it_opened_to_the_internet(stage: Stage) -> None:
    stage.report(create(stage, 0))
    finish(stage)
    stage.pass_time(700)
    world, strangers = (22, "0.0.0.0/0"), (3306, "52.0.0.0/8")
    stage.report(authorize(stage, 0, world, strangers))
    alert, _ = stage.store.latest_alerts(limit=9, now=stage.world.now)
    revoke(stage, 0, world)
    assert stage.store.alert(alert.alert_id).status is AlertStatus.OPEN
    revoke(stage, 0, strangers)
    assert stage.store.alert(alert.alert_id).status is AlertStatus.CLOSED


def test_as_many_as_an_alert_keeps_are_all_of_them(stage: Stage) -> None:
    opened = [(9000 + 2 * number, "10.0.0.0/8") for number in range(MAX_SHOWN)]
    stage.report(create(stage, 0), authorize(stage, 0, (443, "10.9.0.0/16")))
    finish(stage)
    stage.pass_time(700)
    stage.report(authorize(stage, 0, *opened))
    alert, *_ = stage.store.latest_alerts(limit=9, now=stage.world.now)
    revoke(stage, 0, *opened)
    assert stage.store.alert(alert.alert_id).status is AlertStatus.CLOSED


def test_a_deleted_group_admits_nobody_though_it_was_never_read(stage: Stage) -> None:
    for number in range(2):
        stage.report(authorize(stage, number))
    draw(stage)
    finish(stage)
    for number in range(2):
        parameters = {"groupId": group_id(number)}
        told = authorize(
            stage, number, eventName="DeleteSecurityGroup", requestParameters=parameters, userIdentity=BOB
        )
        stage.report(told)
        stage.work()
    assert the_burst(stage).status is AlertStatus.CLOSED


@pytest.mark.parametrize("first", [0, 1])
def test_whichever_closing_is_looked_at_first_the_same_is_said(stage: Stage, first: int) -> None:
    terraform(stage, 2)
    draw(stage)
    finish(stage)
    by = {0: BOB, 1: CAROL}
    told = {
        number: authorize(stage, number, eventName="RevokeSecurityGroupIngress", userIdentity=by[number])
        for number in by
    }
    closed_at = stage.world.now
    for number in (first, 1 - first):
        stage.report(told[number])
    stage.jobs.sent.sort(
        key=lambda sent: getattr(getattr(sent[0], "group", None), "group_id", "") != group_id(first)
    )
    stage.work()
    closing = the_burst(stage).closing
    assert closing
    assert (closing.name, closing.at) == ("carol", closed_at)


def test_who_closed_it_is_known_though_the_ledger_has_been_folded_since(stage: Stage) -> None:
    terraform(stage, 2)
    draw(stage)
    finish(stage)
    revoke(stage, 0, DATABASE)
    stage.pass_time(100)
    told = authorize(stage, 1, eventName="RevokeSecurityGroupIngress", userIdentity=BOB)
    closed_at = stage.world.now
    stage.report(told)
    jobs = [*stage.jobs.sent]
    stage.jobs.sent.clear()
    stage.pass_time(100)
    for number in range(2):
        details = GroupDetails(group(number), f"app-{number:02d}", "vpc-0c4d")
        stage.keeping.keep(Observation(details, stage.world.now, ()))
    stage.pass_time(100)
    for job, _ in jobs:
        stage.do(job)
    closing = the_burst(stage).closing
    assert closing
    assert (closing.name, closing.at) == ("bob", closed_at)


def test_who_takes_the_rule_of_a_list_has_closed_it_not_who_did_something_else_before(stage: Stage) -> None:
    key = PrefixListKey("111122223333", "eu-west-1", LIST)
    known = PrefixListVersion(key, "office", 1, (ip_network("10.20.0.0/16"),), stage.world.now)
    stage.store.record_prefix_list(known, is_current=True)
    permission = {
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "prefixListIds": {"items": [{"prefixListId": LIST}]},
    }
    of_list = {"groupId": group_id(0), "ipPermissions": {"items": [permission]}}
    stage.report(create(stage, 0))
    stage.pass_time(700)
    stage.report(authorize(stage, 0, requestParameters=of_list))
    alert, *_ = stage.store.latest_alerts(limit=9, now=stage.world.now)
    stage.pass_time(100)
    stage.report(authorize(stage, 0, (443, "10.9.0.0/16"), userIdentity=CAROL))
    stage.pass_time(100)
    closed_at = stage.world.now
    stage.report(
        authorize(
            stage, 0, eventName="RevokeSecurityGroupIngress", requestParameters=of_list, userIdentity=BOB
        )
    )
    stage.work()
    closed = stage.store.alert(alert.alert_id)
    assert closed.closing
    assert (closed.closing.name, closed.closing.at) == ("bob", closed_at)


class TestWatching:
    """A group goes on looking at the alerts that wait for it, and at no other."""

    def watched(self, stage: Stage, number: int) -> tuple[str, ...]:
        return stage.store.group_and_ledger(group(number))[1].watched

    def tell_all(self, stage: Stage, number: int) -> None:
        stage.telling.tell_again(group(number), datetime(2026, 1, 1, tzinfo=UTC))

    def test_what_opened_nothing_here_is_not_looked_at(self, stage: Stage) -> None:
        stage.report(authorize(stage, 0), create(stage, 1))
        stage.report(authorize(stage, 1, eventName="RevokeSecurityGroupIngress"))
        draw(stage)
        finish(stage)
        for number in range(2):
            self.tell_all(stage, number)
        burst = the_burst(stage).alert_id
        assert (self.watched(stage, 0), self.watched(stage, 1)) == ((burst,), ())

    def test_nor_is_what_is_too_much_to_be_looked_at(self, stage: Stage) -> None:
        for number in range(101):
            stage.report(create(stage, number), authorize(stage, number))
        finish(stage)
        self.tell_all(stage, 0)
        assert the_burst(stage).changes == 202
        assert self.watched(stage, 0) == ()

    def test_what_was_opened_again_meanwhile_is_waited_for_once_more(self, stage: Stage) -> None:
        terraform(stage, 2)
        draw(stage)
        finish(stage)
        revoke(stage, 0, DATABASE)
        stage.report(authorize(stage, 0, userIdentity=BOB))
        revoke(stage, 1, DATABASE)
        assert the_burst(stage).status is AlertStatus.OPEN
        revoke(stage, 0, DATABASE)
        assert the_burst(stage).status is AlertStatus.CLOSED


def test_a_big_burst_is_closed_without_looking_at_all_of_its_groups_each_time(stage: Stage) -> None:
    stage.looks_behind = False
    terraform(stage, 30)
    draw(stage)
    finish(stage)
    stage.work()
    start = 0
    for number in range(30):
        stage.report(
            authorize(
                stage,
                number,
                eventName="DeleteSecurityGroup",
                requestParameters={"groupId": group_id(number)},
                userIdentity=BOB,
            )
        )
        before = stage.world.calls
        stage.work()
        start += stage.world.calls - before
        stage.pass_time(10)
    assert the_burst(stage).status is AlertStatus.CLOSED
    assert start < 30 * 25


def test_a_burst_that_was_closed_while_it_went_on_is_closed_by_the_job_that_ends_it(stage: Stage) -> None:
    terraform(stage, 2)
    draw(stage)
    for number in range(2):
        revoke(stage, number, DATABASE)
    (job,) = [job for job, _ in stage.jobs.sent if isinstance(job, FinishJob)][-1:]
    stage.pass_time(65)
    for _ in range(2):
        stage.do(job)
    assert the_burst(stage).status is AlertStatus.CLOSED
