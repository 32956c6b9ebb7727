"""
The simulation: each workflow dies before and after each of its calls to the outside, or the call fails, without effect or with its
answer lost. What died or failed is delivered again.

The calls are those to DynamoDB, Slack, EC2 and the queue. Slack accepts what it then seems not to have answered, and shows its
history late.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.alerts import AlertStatus, MessageRef, TransitionRefused
from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Observation
from bot.core.errors import PanopticonError, SlackOutcomeUnknown
from bot.core.found import WAIT
from bot.core.interfaces import NetworkInterface
from bot.core.jobs import FinishJob, TellFoundJob
from bot.core.quiet import Quiet, QuietReason
from bot.slack.cards import draw_card
from bot.workflows.observe import ShowingRules
from tests.makers import JO, NOW, a_rule
from tests.own_dynamodb import OwnDynamoDB
from tests.records import event
from tests.workflows.conftest import Died, JobList, ModalList, Stage, World, make_stage
from tests.workflows.settling import alerts_of, check, settle

GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
OPENING = event(eventID="opening")
OTHERS = tuple(
    event(eventID=f"other-{n}", requestParameters={"groupId": f"sg-{n}", "ipPermissions": {}}) for n in "ab"
)
PRIVATE = {
    "ipProtocol": "tcp",
    "fromPort": 443,
    "toPort": 443,
    "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]},
}
GATHERING = tuple(
    event(
        eventID=f"gathering-{n}",
        requestParameters={"groupId": f"sg-{n}", "ipPermissions": {"items": [PRIVATE]}},
        responseElements={"_return": True},
    )
    for n in "ab"
)
CUT = event(eventID="cut", requestParameters={"groupId": GROUP.group_id, "ipPermissions": {"omitted": True}})
CLOSING = event(eventID="closing", eventName="RevokeSecurityGroupIngress", eventTime="2026-03-02T20:54:31Z")
BOB = {
    "type": "IAMUser",
    "arn": "arn:aws:iam::111122223333:user/bob",
    "accountId": "111122223333",
    "accessKeyId": "AKIAEXAMPLEBOB00",
    "userName": "bob",
}
GATHERED_IDS = tuple(f"{what}-{n}" for what in ("gathering", "closing") for n in "ab")
CLOSING_EACH = tuple(
    event(
        eventID=f"closing-{n}",
        eventName="RevokeSecurityGroupIngress",
        eventTime="2026-03-02T20:07:5{}Z".format("ab".index(n)),
        userIdentity=BOB,
        requestParameters={"groupId": f"sg-{n}", "ipPermissions": {"items": [PRIVATE]}},
        responseElements={"_return": True},
    )
    for n in "ab"
)
HISTORY_LAG_SECONDS = 5
FEWEST_CALLS, MOST_CALLS = 3, 60


@dataclass(frozen=True)
class Scenario:
    """What is there before, what may die, and the ids of all events; *ends* is what must hold beside what always must."""

    before: Callable[[Stage], object]
    work: Callable[[Stage], object]
    event_ids: tuple[str, ...]
    ends: Callable[[Stage], object] = lambda _: None


def the_only_alert(stage: Stage) -> Any:
    (alert,) = stage.store.latest_alerts(limit=9, now=stage.world.now)
    return alert


def report(*events: dict[str, Any]) -> Callable[[Stage], None]:
    return lambda stage: stage.report(*events)


def in_turn(*works: Callable[[Stage], object]) -> Callable[[Stage], None]:
    def work(stage: Stage) -> None:
        for each in works:
            each(stage)

    return work


def know(stage: Stage) -> None:
    """Keep a reading of the group from the day before: it held nothing."""
    details = GroupDetails(GROUP, "web-prod", None)
    stage.keeping.keep(Observation(details, datetime(2026, 3, 1, tzinfo=UTC), ()))


def know_each(stage: Stage) -> None:
    """Keep a reading of each of the groups of a burst that begins in a moment: they held nothing."""
    stage.world.now = datetime(2026, 3, 2, 20, 8, tzinfo=UTC)
    for n in "ab":
        details = GroupDetails(GroupKey("111122223333", "eu-west-1", f"sg-{n}"), f"app-{n}", None)
        stage.keeping.keep(Observation(details, datetime(2026, 3, 1, tzinfo=UTC), ()))


def finish(stage: Stage) -> None:
    """Let the bursts be over."""
    stage.pass_time(65)
    for job in [job for job, _ in stage.jobs.sent if isinstance(job, FinishJob)]:
        stage.do(job)


def work_jobs(stage: Stage) -> None:
    stage.work()


def keep_only(stage: Stage) -> None:
    """Keep an event, and die before its card is drawn."""
    stage.reporting.record(OPENING)
    stage.pass_time(30)


def post_unanswered(event: dict[str, Any]) -> Callable[[Stage], None]:
    """Post the card of an event, of which Slack says nothing, and wait until its lease has run out."""

    def post(stage: Stage) -> None:
        stage.channel.failures, stage.channel.accepts_failing = [SlackOutcomeUnknown("TimeoutError")], True
        stage.report(event)
        stage.jobs.sent.clear()
        stage.pass_time(26)

    return post


def draw(stage: Stage) -> None:
    stage.drawing.draw(the_only_alert(stage).alert_id)


def acknowledge(note: str | None = None) -> Callable[[Stage], None]:
    def click(stage: Stage) -> None:
        alert = the_only_alert(stage)
        with suppress(TransitionRefused):  # the person saw no change and clicked again
            stage.acknowledging.acknowledge(
                alert.alert_id, JO, seen_version=1, clicked=alert.message, note=note
            )

    return click


def acknowledge_on_what_stands_there(stage: Stage) -> None:
    """Click on a card of which the store may not know where it is."""
    clicked = MessageRef("C1", min(stage.channel.messages))
    with suppress(TransitionRefused):
        stage.acknowledging.acknowledge(the_only_alert(stage).alert_id, JO, seen_version=1, clicked=clicked)


def unacknowledge(stage: Stage) -> None:
    with suppress(TransitionRefused):
        stage.acknowledging.unacknowledge(the_only_alert(stage).alert_id, seen_version=2, clicked=None)


def is_taken(note: str | None = None) -> Callable[[Stage], None]:
    def check_it(stage: Stage) -> None:
        taken = the_only_alert(stage).acknowledgement
        assert (taken.user, taken.note) == (JO, note)

    return check_it


def tells_two_changes(stage: Stage) -> None:
    assert the_only_alert(stage).changes == 2


def is_open(stage: Stage) -> None:
    assert the_only_alert(stage).status is AlertStatus.OPEN


def ec2_has_ssh(stage: Stage) -> None:
    details = GroupDetails(GROUP, "web-prod", None)
    stage.ec2.groups[GROUP] = Observation(details, NOW, (a_rule(rule_id="sgr-1"),))


def is_read(stage: Stage) -> None:
    alert = the_only_alert(stage)
    assert alert.group_name == "web-prod"
    assert stage.store.latest_observation(GROUP) is not None


def something_runs_there(stage: Stage) -> None:
    stage.interfaces.of[GROUP.group_id] = [NetworkInterface("eni-1", instance_id="i-0a")]


def look_behind(stage: Stage) -> None:
    stage.looking.look(the_only_alert(stage).alert_id, has_waited=bool(stage.interfaces.read))


def the_card_says_what_runs_there(stage: Stage) -> None:
    (card,) = stage.shown(the_only_alert(stage))
    assert "Behind it: 1 instance (i-0a)" in str(card)


def show_rules(stage: Stage) -> None:
    def rules_view(observation: Observation, trouble: str | None = None) -> dict[str, Any]:
        return {"rules": len(observation.rules)}

    ShowingRules(
        stage.ec2,
        stage.store,
        stage.keeping,
        stage.jobs,
        stage.modals,
        stage.world.clock,
        rules_view,
        lambda title, says: {"says": says},
        lambda account_id: account_id,
    ).show(GROUP, "V1")


def the_modal_is_filled(stage: Stage) -> None:
    assert stage.modals.filled[-1] == ("V1", {"rules": 1})


def is_closed_and_said_so(stage: Stage) -> None:
    opened, _ = sorted(alerts_of(stage, ("opening", "closing")), key=lambda alert: alert.digest.change.time)
    assert opened.status is AlertStatus.CLOSED
    assert opened.acknowledgement is not None
    said = [line["text"] for _, line in stage.channel.replies]
    assert 1 <= len(said) <= 2
    assert all(words.startswith("Closed ") for words in said)


def the_burst_is_closed(stage: Stage) -> None:
    burst, *_ = sorted(alerts_of(stage, GATHERED_IDS), key=lambda alert: alert.digest.change.time)
    assert (burst.status, burst.changes) == (AlertStatus.CLOSED, 2)
    assert burst.closing
    assert (burst.closing.event_id, burst.closing.name) == ("closing-b", "bob")


def find(stage: Stage) -> None:
    """Read the group from which an event has opened SSH that nobody got, and wait until it would have come."""
    ec2_has_ssh(stage)
    stage.keeping.keep(stage.ec2.groups[GROUP])
    stage.jobs.sent.clear()
    stage.world.now = NOW + WAIT


def tell_found(stage: Stage) -> None:
    stage.do(TellFoundJob(GROUP, NOW))
    stage.work()


def keep_and_tell(stage: Stage) -> None:
    """Read the group, which no event changed, and tell of it in time."""
    stage.world.now = max(stage.world.now, NOW)
    stage.observing.complete_alert(GROUP, None)
    stage.pass_time(int(WAIT.total_seconds()))
    for job in [job for job, _ in stage.jobs.sent if isinstance(job, TellFoundJob)]:
        stage.do(job)


def is_found_once(stage: Stage) -> None:
    alert = the_only_alert(stage)
    assert alert.digest.change.kind is ChangeKind.FOUND
    assert stage.shown(alert) == [draw_card(alert)]
    assert not alert.is_behind


def is_explained(stage: Stage) -> None:
    found, late = sorted(
        stage.store.latest_alerts(limit=9, now=stage.world.now),
        key=lambda alert: alert.digest.change.kind is not ChangeKind.FOUND,
    )
    assert late.quiet == Quiet(QuietReason.EXPLAINS, found.alert_id)
    assert [author.event_id for author in found.explained] == ["opening"]
    assert stage.shown(found) == [draw_card(found)]


SCENARIOS = {
    "report": Scenario(work_jobs, report(OPENING), ("opening",)),
    "report of a batch": Scenario(
        work_jobs, in_turn(report(OPENING, *OTHERS), work_jobs), ("opening", "other-a", "other-b")
    ),
    "draw": Scenario(keep_only, draw, ("opening",)),
    "draw in doubt": Scenario(post_unanswered(OPENING), draw, ("opening",)),
    "join in doubt": Scenario(
        post_unanswered(GATHERING[0]),
        in_turn(report(GATHERING[1]), work_jobs),
        ("gathering-a", "gathering-b"),
        tells_two_changes,
    ),
    "acknowledge in doubt": Scenario(
        post_unanswered(OPENING), acknowledge_on_what_stands_there, ("opening",), is_taken()
    ),
    "sweep": Scenario(keep_only, lambda stage: stage.sweeping.sweep(), ("opening",)),
    "acknowledge": Scenario(report(OPENING), acknowledge(), ("opening",), is_taken()),
    "acknowledge with a note": Scenario(
        report(OPENING), acknowledge("vendor"), ("opening",), is_taken("vendor")
    ),
    "unacknowledge": Scenario(in_turn(report(OPENING), acknowledge()), unacknowledge, ("opening",), is_open),
    "observe": Scenario(in_turn(report(CUT), ec2_has_ssh), work_jobs, ("cut",), is_read),
    "look behind": Scenario(
        in_turn(know, report(OPENING), something_runs_there),
        look_behind,
        ("opening",),
        the_card_says_what_runs_there,
    ),
    "view rules": Scenario(
        in_turn(report(OPENING), ec2_has_ssh), show_rules, ("opening",), the_modal_is_filled
    ),
    "tell again what closed": Scenario(
        in_turn(know, report(OPENING), work_jobs, acknowledge()),
        in_turn(report(CLOSING), work_jobs),
        ("opening", "closing"),
        is_closed_and_said_so,
    ),
    "close a burst": Scenario(
        in_turn(know_each, report(*GATHERING), work_jobs, finish),
        in_turn(report(*CLOSING_EACH), work_jobs),
        GATHERED_IDS,
        the_burst_is_closed,
    ),
    "end a burst that is closed": Scenario(
        in_turn(know_each, report(*GATHERING), work_jobs, report(*CLOSING_EACH), work_jobs),
        finish,
        GATHERED_IDS,
        the_burst_is_closed,
    ),
    "find": Scenario(in_turn(know, ec2_has_ssh), keep_and_tell, (), is_found_once),
    "tell what was found": Scenario(in_turn(know, find), tell_found, (), is_found_once),
    "explain what was found": Scenario(
        in_turn(know, find, tell_found), in_turn(report(OPENING), work_jobs), ("opening",), is_explained
    ),
    "tell again what came late": Scenario(
        in_turn(know, report(CLOSING), work_jobs), in_turn(report(OPENING), work_jobs), ("opening", "closing")
    ),
}


def set_stage() -> Stage:
    """Make a stage on which each call to the outside counts."""
    world = World()
    stage = make_stage(OwnDynamoDB(), world=world)
    stage.jobs, stage.modals = JobList(world=world), ModalList(world=world)
    stage.channel.history_lag_seconds = HISTORY_LAG_SECONDS
    return stage


@pytest.mark.parametrize(
    "fault",
    [
        "dies_before",
        "dies_after",
        pytest.param("fails_at", marks=pytest.mark.slow),
        pytest.param("unanswered_at", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_nor_told_twice_whichever_call_is_the_last_or_fails(name: str, fault: str) -> None:
    scenario = SCENARIOS[name]
    for at in range(1, MOST_CALLS):
        stage = set_stage()
        scenario.before(stage)
        last = stage.world.calls + at
        setattr(stage.world, fault, last)
        with suppress(Died, PanopticonError):
            scenario.work(stage)
        came_to_it = stage.world.calls >= last
        setattr(stage.world, fault, None)
        stage.pass_time(HISTORY_LAG_SECONDS)
        scenario.work(stage)  # SQS delivers again what was not confirmed, and a person clicks again
        settle(stage)
        check(stage, scenario.event_ids)
        scenario.ends(stage)
        if not came_to_it:
            assert at > FEWEST_CALLS
            return
    pytest.fail(f"more than {MOST_CALLS} calls")
