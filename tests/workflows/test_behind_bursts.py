"""A burst's card says what sits behind each of the groups that it opened, read once it says that they are."""

from dataclasses import replace

from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.behind import NotRead
from bot.core.errors import JobError, ReadDenied, ReadRoleMissing
from bot.core.gathering import MOST_LOOKED_BEHIND
from bot.core.interfaces import NetworkInterface
from bot.core.jobs import BehindJob
from tests.makers import JO
from tests.workflows.conftest import Stage
from tests.workflows.test_bursts import SSH, authorize, create, draw, group, group_id, the_gathered

WEB_TO_ALL = (443, "0.0.0.0/0")
PRIVATE = (5432, "10.20.0.0/16")


def attach(stage: Stage, number: int) -> None:
    """Put an instance behind the group of this number."""
    of = group_id(number)
    stage.interfaces.of[of] = [
        NetworkInterface(f"eni-{number}", instance_id=f"i-{number}", name=f"web-{number}")
    ]


def look(stage: Stage) -> None:
    """Draw cards until nobody has to look behind anything just now; what must wait for a minute stays."""
    for _ in range(4):
        draw(stage)
        jobs = [sent for sent in stage.jobs.sent if isinstance(sent[0], BehindJob) and not sent[1]]
        for sent in jobs:
            stage.jobs.sent.remove(sent)
            stage.pass_time(6)
            stage.do(sent[0])


def card(stage: Stage, alert: Alert) -> str:
    (shown,) = stage.shown(alert)
    return str(shown)


def test_each_group_that_was_opened_is_told_by_its_name(stage: Stage) -> None:
    for number in range(3):
        attach(stage, number)
        stage.report(create(stage, number))
    stage.report(authorize(stage, 1, WEB_TO_ALL), authorize(stage, 2, WEB_TO_ALL))

    look(stage)

    said = card(stage, the_gathered(stage))
    assert "Behind app-01: 1 instance (web-1)" in said
    assert "Behind app-02: 1 instance (web-2)" in said
    assert "app-00: " not in said  # which was created, and opened to nobody
    assert stage.interfaces.read == [group_id(1), group_id(2)]


def test_a_group_that_is_opened_in_the_burst_that_created_it_is_looked_behind(stage: Stage) -> None:
    attach(stage, 0)
    stage.report(create(stage, 0), authorize(stage, 0, PRIVATE))

    look(stage)

    assert "Behind it: 1 instance (web-0)" in card(stage, the_gathered(stage))


def test_the_worst_are_looked_behind_and_the_others_counted(stage: Stage) -> None:
    stage.report(*(authorize(stage, number, WEB_TO_ALL) for number in range(6)))
    look(stage)
    assert stage.interfaces.read == [group_id(number) for number in range(MOST_LOOKED_BEHIND)]
    said = card(stage, the_gathered(stage))
    assert "What sits behind 3 more groups was not looked at." in said

    stage.report(authorize(stage, 9, (8443, "198.51.0.0/16")))  # which is worse
    look(stage)

    said = card(stage, the_gathered(stage))
    assert f"Behind {group_id(9)}: nothing is attached" in said
    assert f"Behind {group_id(2)}" not in said
    assert "What sits behind 4 more groups was not looked at." in said


def test_where_no_group_of_several_is_opened_to_the_internet_nobody_looks(stage: Stage) -> None:
    stage.report(create(stage, 0))
    stage.report(*(authorize(stage, number, PRIVATE) for number in (1, 2)))
    look(stage)
    assert stage.interfaces.read == []


def test_what_was_opened_and_closed_again_needs_no_line(stage: Stage) -> None:
    attach(stage, 1)
    stage.report(authorize(stage, 1, PRIVATE))
    stage.report(authorize(stage, 1, PRIVATE, eventName="RevokeSecurityGroupIngress"))
    look(stage)
    assert "Behind" not in card(stage, the_gathered(stage))


def test_a_burst_is_lower_for_its_first_group_alone_and_says_why(stage: Stage) -> None:
    for number in range(6):  # five cards of their own, and one that gathers
        stage.report(authorize(stage, number, SSH))
        stage.pass_time(1)
    stage.report(authorize(stage, 6, (8443, "198.51.0.0/16"), SSH))
    look(stage)
    alert = the_gathered(stage)
    assert (alert.severity, alert.own_severity) == (Severity.CRITICAL, Severity.HIGH)
    said = card(stage, alert)
    assert f"Behind {group_id(5)}: nothing is attached" in said
    assert "so this is" not in said


def test_a_group_that_another_alert_is_looking_behind_waits_and_holds_up_no_other(stage: Stage) -> None:
    for number in (1, 2):
        attach(stage, number)
    stage.report(authorize(stage, 1, WEB_TO_ALL), authorize(stage, 2, WEB_TO_ALL))
    stage.store.take_turn_behind(group(2), stage.world.now)
    look(stage)
    alert = the_gathered(stage)
    assert "Behind " + group_id(1) in card(stage, alert)
    assert "Behind " + group_id(2) not in card(stage, alert)
    wait = max(delay for job, delay in stage.jobs.sent if job == BehindJob(alert.alert_id, has_waited=True))
    assert 0 < wait <= 60

    stage.pass_time(wait)
    stage.looking.look(alert.alert_id, has_waited=True)

    assert "Behind " + group_id(2) in card(stage, alert)


def test_what_may_not_be_read_is_said_once_for_all_groups(stage: Stage) -> None:
    stage.interfaces.failure = ReadDenied("UnauthorizedOperation")
    stage.report(authorize(stage, 1, WEB_TO_ALL), authorize(stage, 2, WEB_TO_ALL))
    look(stage)
    said = card(stage, the_gathered(stage))
    assert f"What sits behind {group_id(1)}, {group_id(2)} could not be read: AWS does not let" in said
    assert said.count("could not be read") == 1
    look(stage)
    assert stage.interfaces.read == [group_id(1), group_id(2)]  # once each


def test_a_queue_that_takes_no_job_costs_the_lines_alone(stage: Stage) -> None:
    stage.report(authorize(stage, 1, WEB_TO_ALL), authorize(stage, 2, WEB_TO_ALL))
    alert = the_gathered(stage)
    stage.jobs.failure = JobError("not queued")
    stage.pass_time(6)
    stage.drawing.draw(alert.alert_id)
    assert "2 more" not in card(stage, alert)
    assert not stage.store.alert(alert.alert_id).is_behind


def test_what_moves_on_to_a_card_of_its_own_is_looked_behind_there(stage: Stage) -> None:
    attach(stage, 3)
    stage.report(authorize(stage, 1, PRIVATE), authorize(stage, 2, PRIVATE))
    look(stage)
    seen = the_gathered(stage)
    stage.report(authorize(stage, 3, WEB_TO_ALL))
    stage.acknowledging.acknowledge(seen.alert_id, JO, seen_version=seen.version, clicked=None)
    look(stage)
    (rest,) = stage.store.open_alerts_page(limit=9)[0]
    assert "Behind it: 1 instance (web-3)" in card(stage, rest)


def test_a_role_that_is_missing_is_told_with_what_came_first(stage: Stage) -> None:
    stage.interfaces.failure = ReadRoleMissing("AccessDenied", "panopticon-read")
    stage.report(authorize(stage, 1, WEB_TO_ALL), authorize(stage, 1, (8443, "10.0.0.0/8")))
    look(stage)
    alert = the_gathered(stage)
    assert isinstance(alert.behind_group(group_id(1)), NotRead)
    assert "What sits behind could not be read: role panopticon-read is missing" in card(stage, alert)
    assert replace(alert, surroundings=None).behind_group(group_id(1)) is None
