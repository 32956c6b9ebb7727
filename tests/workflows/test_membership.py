"""What is put under groups is judged, and told, by what those admit from the internet, as soon as the event is in."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.behind import Exposed, NotRead, Trouble
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.errors import ReadDenied
from bot.core.interfaces import NetworkInterface
from bot.core.jobs import ObserveJob
from bot.core.quieting import POST_ALL
from bot.slack.cards import draw_card
from tests.makers import a_rule
from tests.records import NOW, load_event
from tests.workflows.conftest import Stage

ACCOUNT, REGION = "111122223333", "eu-west-1"
DATABASE = NetworkInterface(
    "eni-1", description="RDSNetworkInterface", is_managed=True, addresses=("198.51.100.20",)
)
WORLD = a_rule(rule_id="sgr-1", protocol="-1", from_port=None, to_port=None)


def key(number: int) -> GroupKey:
    return GroupKey(ACCOUNT, REGION, f"sg-0000000000000000{number}")


@pytest.fixture(autouse=True)
def a_database(stage: Stage) -> None:
    stage.world.now = NOW
    stage.interfaces.of["eni-1"] = [DATABASE]


def read(stage: Stage, number: int, *rules: Any) -> None:
    """Let Panopticon have read a group."""
    stage.keeping.keep(observation(number, *rules))
    stage.jobs.sent.clear()


def observation(number: int, *rules: Any) -> Observation:
    return Observation(GroupDetails(key(number), f"group-{number}", "vpc-1"), NOW, rules)


def put_under(stage: Stage, *numbers: int) -> Alert:
    """Report that the database's interface is put under groups; give the alert, whose card is drawn."""
    told = load_event("modify_interface_one_group")
    told["detail"]["requestParameters"] = {
        "networkInterfaceId": "eni-1",
        "groupSet": {"items": [{"groupId": key(number).group_id} for number in numbers]},
    }
    recorded = stage.reporting.record(told)
    stage.reporting.tell([recorded], lambda: True)
    assert recorded.alert_id is not None
    return stage.store.alert(recorded.alert_id)


def lines(stage: Stage, alert: Alert) -> str:
    (card,) = stage.shown(alert)
    assert card == draw_card(stage.store.alert(alert.alert_id))
    return str(card)


def test_a_database_that_is_put_into_an_open_group_is_as_severe_as_what_that_admits(stage: Stage) -> None:
    read(stage, 1, WORLD)
    stage.policy = replace(POST_ALL, least=Severity.MEDIUM)

    alert = put_under(stage, 1)

    assert (alert.severity, alert.quiet) == (Severity.CRITICAL, None)
    assert alert.assessment.findings[0].controls[0] == "EC2.19"
    said = lines(stage, alert)
    assert "🔴 Critical: everything open to the internet on eni-1, now in group-1" in said
    assert "The group admits, and so it now admits, any IPv4 address to everything." in said


def test_what_came_under_it_is_added_to_that(stage: Stage) -> None:
    read(stage, 1, WORLD)
    alert = put_under(stage, 1)
    stage.pass_time(6)

    stage.work()

    assert "Came under it: 1 database interface with a public address (198.51.100.20)" in lines(stage, alert)
    assert "The group admits, and so it now admits, any IPv4 address to everything." in lines(stage, alert)


def test_into_a_group_that_admits_nobody_from_the_internet_it_is_low(stage: Stage) -> None:
    read(stage, 1, replace(WORLD, source=a_rule("10.0.0.0/8").source))

    alert = put_under(stage, 1)

    assert alert.severity is Severity.LOW
    assert "The group admits nothing from the internet." in lines(stage, alert)


def test_a_group_that_was_never_read_hides_nothing_of_the_others(stage: Stage) -> None:
    read(stage, 1, WORLD)

    alert = put_under(stage, 1, 2)

    assert alert.severity is Severity.CRITICAL
    assert alert.exposes == Exposed((replace(WORLD, rule_id=None, description=None),), (key(2).group_id,))
    assert f"and perhaps more: what {key(2).group_id} admits is not known." in lines(stage, alert)


def test_however_many_groups_it_is_put_under_each_counts(stage: Stage) -> None:
    for number in range(1, 7):
        read(stage, number)
    read(stage, 6, WORLD)

    assert put_under(stage, *range(1, 7)).severity is Severity.CRITICAL


def test_what_a_group_admits_that_is_read_only_then_is_told_in_its_place(stage: Stage) -> None:
    read(stage, 1)
    stage.ec2.groups[key(2)] = observation(2, WORLD)
    alert = put_under(stage, 1, 2)
    assert (alert.severity, alert.exposes) == (Severity.LOW, Exposed((), (key(2).group_id,)))
    assert ObserveJob(key(2), alert.alert_id) in [job for job, _ in stage.jobs.sent]

    stage.pass_time(6)
    stage.work()

    told = stage.store.alert(alert.alert_id)
    assert (told.severity, told.group_name) == (Severity.CRITICAL, None)
    assert told.content_version > alert.content_version
    assert "Together the groups admit, and so it now admits, any IPv4 address to everything." in lines(
        stage, told
    )


def test_so_is_the_only_group(stage: Stage) -> None:
    stage.ec2.groups[key(1)] = observation(1, WORLD)
    alert = put_under(stage, 1)
    assert "What that exposes it to is not known." in lines(stage, alert)
    stage.pass_time(6)

    stage.work()

    told = stage.store.alert(alert.alert_id)
    assert (told.severity, told.group_name) == (Severity.CRITICAL, "group-1")


def test_groups_that_cannot_be_read_stay_unknown(stage: Stage) -> None:
    alert = put_under(stage, 1, 2)
    stage.pass_time(6)

    stage.work()

    assert "What that exposes it to is not known." in lines(stage, alert)


def test_what_came_under_it_and_is_not_there_any_more_is_said(stage: Stage) -> None:
    stage.interfaces.of.clear()
    read(stage, 1, WORLD)
    alert = put_under(stage, 1)
    stage.pass_time(6)

    stage.work()

    assert "What came under it is not there any more, so this is high, not critical." in lines(stage, alert)


def test_what_came_under_it_and_may_not_be_read_costs_a_line(stage: Stage) -> None:
    read(stage, 1, WORLD)
    stage.interfaces.failure = ReadDenied("UnauthorizedOperation")
    alert = put_under(stage, 1)
    stage.pass_time(6)

    stage.work()

    told = stage.store.alert(alert.alert_id)
    assert "What sits behind could not be read: AWS does not let" in lines(stage, told)
    assert told.surroundings is not None
    assert isinstance(told.surroundings.behind, NotRead)
    assert told.surroundings.behind.trouble is Trouble.DENIED
    assert told.severity is Severity.CRITICAL


@pytest.mark.parametrize("count", [1, 6])
def test_it_costs_one_reading_of_the_table_more_however_many_groups(stage: Stage, count: int) -> None:
    for number in range(1, 7):
        read(stage, number)
    stage.world.called.clear()

    put_under(stage, *range(1, 1 + count))

    exposing = 1
    reporting = 1  # what the session has changed of late, and one group's name and ledger as any other's
    assert stage.world.called.count("batch_get_item") == exposing + reporting
