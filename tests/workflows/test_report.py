"""What is kept of an event, what it teaches, and when it is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.bursts import BurstMoved
from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Observation
from bot.core.cloudtrail import parse_change
from bot.core.errors import JobError, SlackRefused, SlackUnreachable, StoreError
from bot.core.history import Listing, reference_of
from bot.core.jobs import BehindJob, DrawJob, ObserveJob
from bot.core.who import Known
from bot.slack.lines import rule_lines
from bot.workflows.report import Reported
from tests.makers import JO, a_change
from tests.records import NOW, event, load_event
from tests.workflows.conftest import Stage

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")


def ssh(number: int = 0, **detail: Any) -> dict[str, Any]:
    """The event that opens SSH to the world, one of several, each of a session of its own."""
    found = load_event("authorize_ingress_ssh_from_world")
    identity = {**found["detail"]["userIdentity"], "accessKeyId": f"ASIAEXAMPLE{number}"}
    own = {"eventID": f"event-{number}", "userIdentity": identity}
    return {**found, "detail": {**found["detail"], **own, **detail}}


@pytest.fixture
def key(stage: Stage) -> GroupKey:
    """The group that `ssh` is about."""
    (report,) = [stage.reporting.record(ssh(99))]
    assert report.alert is not None
    assert report.alert.group is not None
    stage.jobs.sent.clear()
    return report.alert.group


def test_a_foreign_event_is_ignored(stage: Stage) -> None:
    assert stage.reporting.record(load_event("foreign_describe_instances")).outcome is Reported.FOREIGN
    assert stage.world.calls == 0


def test_a_group_that_nobody_has_told_of_is_to_be_observed(stage: Stage) -> None:
    report = stage.reporting.record(ssh())
    assert report.alert is not None
    assert stage.jobs.sent == [(ObserveJob(report.alert.group, report.alert_id), 0)]  # type: ignore[arg-type]


def test_a_queue_that_takes_no_job_costs_the_name_and_not_the_card(stage: Stage) -> None:
    stage.jobs.failure = JobError("not queued")
    stage.report(ssh())
    assert len(stage.channel.messages) == 1


@pytest.mark.parametrize("code", ["Client.InvalidParameterCombination", "Client.UnauthorizedOperation"])
def test_a_call_that_aws_refused_teaches_no_name(stage: Stage, code: str) -> None:
    """Else anybody could have the next card of a group call it harmless."""
    refused = ssh(1, errorCode=code, responseElements=None)
    refused["detail"]["requestParameters"] = {
        **refused["detail"]["requestParameters"],
        "groupName": "harmless-test",
    }
    stage.report(refused)
    stage.report(ssh(2))
    texts = " ".join(card["text"] for card in stage.channel.messages.values())
    assert "harmless" not in texts


def test_a_call_that_aws_refused_makes_no_group_known(stage: Stage) -> None:
    """Else refused calls on invented ids would fill the table with groups that never expire."""
    report = stage.reporting.record(ssh(1, errorCode="Client.UnauthorizedOperation", responseElements=None))
    assert report.alert is not None
    assert report.alert.group is not None
    assert stage.store.group(report.alert.group) is None
    assert stage.store.groups_with_id(report.alert.group.group_id, limit=1) == []


def test_the_name_that_is_known_is_believed_over_the_one_in_a_call(stage: Stage, key: GroupKey) -> None:
    learn = GroupDetails(key, "web-prod", None)
    change = a_change("teaches", account_id=key.account_id, region=key.region, group_id=key.group_id)
    stage.store.record_change(change, {}, alert=None, learn=learn, now=stage.world.now)
    misleading = ssh(1)
    misleading["detail"]["requestParameters"] = {
        **misleading["detail"]["requestParameters"],
        "groupName": "harmless-test",
    }
    stage.report(misleading)
    (card,) = stage.channel.messages.values()
    assert "on web-prod, " in card["text"]


def test_a_call_by_name_alone_belongs_to_the_group_of_that_name(stage: Stage) -> None:
    by_name = load_event("revoke_ingress_by_name")
    name = by_name["detail"]["requestParameters"]["groupName"]
    account, region = by_name["detail"]["recipientAccountId"], by_name["detail"]["awsRegion"]
    groups = [
        GroupKey(account, region, "sg-0000000000000000a"),
        GroupKey(account, "us-gov-west-1", "sg-0000000000000000b"),
    ]
    for group in groups:
        made = replace(
            a_change(f"makes-{group.group_id}", kind=ChangeKind.CREATE, added=()),
            account_id=group.account_id,
            region=group.region,
            group_id=group.group_id,
        )
        learn = GroupDetails(group, name, None)
        stage.store.record_change(made, {}, alert=None, learn=learn, now=stage.world.now)
    stage.report(by_name)
    found = stage.store.changes(Listing(group=groups[0]), limit=9, now=stage.world.now)
    kept = {entry.digest.change.event_id for entry in found}
    assert kept == {by_name["detail"]["eventID"], f"makes-{groups[0].group_id}"}


def test_revoking_what_was_not_there_is_history_only(stage: Stage) -> None:
    nothing = load_event("revoke_ingress_2023")
    nothing["detail"]["responseElements"] = {
        "_return": True,
        "revokedSecurityGroupRuleSet": {},
        "unknownIpPermissionSet": {"items": [{"ipProtocol": "tcp"}]},
    }
    report = stage.reporting.record(nothing)
    assert (report.outcome, report.alert, report.unreadable) == (Reported.NEW, None, None)


def test_all_of_a_batch_is_kept_before_slack_is_called(stage: Stage) -> None:
    stage.channel.failures = [SlackUnreachable("gaierror")]
    stage.report(*(ssh(number) for number in range(4)))
    assert len(stage.store.alerts_behind(limit=9)) == 4
    assert stage.channel.posts == 1  # the others would have fared alike
    jobs = [sent for sent in stage.jobs.sent if isinstance(sent[0], DrawJob)]
    assert len({job for job, _ in jobs}) == 4
    assert [delay_seconds for _, delay_seconds in jobs] == [30, 31, 32, 33]  # and they come one after another
    stage.pass_minutes(1)
    assert len(stage.channel.messages) == 4


def test_a_card_that_slack_refuses_for_itself_holds_up_no_other(stage: Stage) -> None:
    stage.channel.failures = [SlackRefused("not_in_channel")]
    stage.report(*(ssh(number) for number in range(3)))
    assert stage.channel.posts == 1
    stage.channel.failures = []
    stage.pass_minutes(1)
    assert len(stage.channel.messages) == 3


def test_when_time_runs_short_the_rest_become_jobs(stage: Stage) -> None:
    reports = [stage.reporting.record(ssh(number)) for number in range(3)]
    time_left = iter([True, False, False])
    stage.reporting.tell(reports, lambda: next(time_left, False))
    assert stage.channel.posts == 1
    assert sum(isinstance(job, DrawJob) for job, _ in stage.jobs.sent) == 2


def test_a_duplicate_is_drawn_when_its_card_is_behind(stage: Stage) -> None:
    stage.reporting.record(ssh())  # and the function dies
    stage.pass_time(60)
    stage.report(ssh())
    assert len(stage.channel.messages) == 1


def test_an_event_that_cannot_be_read_is_kept_and_told(stage: Stage) -> None:
    report = stage.reporting.record(ssh(1, requestParameters=None, responseElements=None))
    assert report.unreadable is not None
    assert report.alert is not None


class TestPlaces:
    """Where events come from is kept, so that the doctor can say so and all groups there are read."""

    HERE = ("111122223333", "eu-west-1")

    def test_a_place_is_heard_from_once_an_hour_in_a_functions_life(self, stage: Stage) -> None:
        reporting, start = stage.reporting, stage.world.now
        for number in range(3):
            reporting.record(ssh(number))
            stage.pass_time(1799)
        (place,) = stage.store.places()
        assert (place.where, place.first_heard, place.last_heard) == (self.HERE, start, start)
        stage.pass_time(3)
        reporting.record(ssh(4))
        (place,) = stage.store.places()
        assert (place.first_heard, place.last_heard) == (start, stage.world.now)

    def test_a_place_that_cannot_be_kept_fails_no_event_and_is_kept_with_the_next(self, stage: Stage) -> None:
        reporting = stage.reporting
        stage.world.fails_at = stage.world.calls + 3
        assert reporting.record(ssh(1)).alert is not None
        assert stage.world.called[2] == "update_item"
        assert stage.store.places() == []
        reporting.record(ssh(2))
        assert [place.where for place in stage.store.places()] == [self.HERE]

    def test_what_cannot_be_read_names_no_place(self, stage: Stage) -> None:
        unreadable = event(awsRegion="a#b", requestParameters={"groupId": 3})
        assert stage.reporting.record(unreadable).unreadable is not None
        assert stage.store.places() == []


class TestPrincipals:
    def test_a_principal_is_learned_before_its_change_and_once_in_a_functions_life(
        self, stage: Stage
    ) -> None:
        reporting = stage.reporting
        reporting.record(ssh(1))
        kept = ["batch_get_item", "query", "transact_write_items"]
        # The second is since when changes are kept, the third the place's, the last query the mutes'.
        assert stage.world.called == ["put_item", "get_item", "update_item", *kept[:2], "query", *kept[2:]]
        stage.world.called.clear()
        reporting.record(ssh(2))
        assert stage.world.called == kept
        another = load_event("delete_by_root")
        reporting.record(another)
        assert stage.world.called[3:] == ["put_item", *kept]

    def test_a_principal_is_found_by_what_its_changes_keep(self, stage: Stage) -> None:
        stage.report(ssh())
        principal = parse_change(ssh()).principal
        (known,) = stage.store.principals_named(principal.label, limit=9)
        assert (known.key, known.kind) == (principal.key, principal.kind)
        listing = Listing(principal=known.key)
        assert len(stage.store.changes(listing, limit=9, now=stage.world.now)) == 1

    def test_a_role_is_learned_by_its_own_name_and_not_its_sessions(self, stage: Stage) -> None:
        stage.report(load_event("authorize_ingress_omitted_parameters"))
        assert [known.name for known in stage.store.principals_named("ci", limit=9)] == ["ci-terraform-apply"]
        assert stage.store.principals_named("pipeline", limit=9) == []

    def test_a_store_that_fails_at_learning_fails_no_event_and_is_tried_again(self, stage: Stage) -> None:
        reporting = stage.reporting
        reference = reference_of(parse_change(ssh()).principal.key)
        stage.world.fails_at = 1
        assert reporting.record(ssh(1)).outcome is Reported.NEW
        assert stage.store.principal(reference) is None
        assert reporting.record(ssh(2)).outcome is Reported.NEW
        assert stage.store.principal(reference) is not None


class TestSeveralGroups:
    GROUPS = ("sg-0a1b2c3d4e5f60718", "sg-0b2c3d4e5f6071829", "sg-0c3d4e5f607182930")

    def test_a_membership_of_three_groups_is_told_once_and_stands_under_each(self, stage: Stage) -> None:
        groups = {"items": [{"groupId": group_id} for group_id in self.GROUPS]}
        membership = event(
            eventName="ModifyNetworkInterfaceAttribute",
            requestParameters={"networkInterfaceId": "eni-0a1b2c3d4e5f60718", "groupSet": groups},
        )
        stage.report(membership)
        assert len(stage.channel.messages) == 1
        for group_id in self.GROUPS:
            listing = Listing(group=replace(KEY, group_id=group_id))
            (entry,) = stage.store.changes(listing, limit=9, now=stage.world.now)
            assert entry.told is not None
        assert len(stage.store.changes(Listing(), limit=9, now=stage.world.now)) == 1
        # No one of them is what the card is about, but the interface is, and what they admit.
        assert [type(job) for job, _ in stage.jobs.sent] == [BehindJob, *3 * [ObserveJob]]
        assert stage.reporting.record(membership).outcome is Reported.DUPLICATE


class TestTags:
    def tagging(self, call: str, *tags: str, **detail: Any) -> dict[str, Any]:
        requested = {
            "resourcesSet": {"items": [{"resourceId": KEY.group_id}]},
            "tagSet": {"items": [{"key": key} for key in tags]},
        }
        return event(eventName=call, requestParameters=requested, **detail)

    @pytest.mark.parametrize(
        ("call", "tags", "code", "is_told"),
        [
            pytest.param("CreateTags", ("team",), None, False, id="put on"),
            pytest.param("CreateTags", ("managed-by",), None, False, id="put on that says code"),
            pytest.param("DeleteTags", ("team",), None, False, id="taken away"),
            pytest.param("DeleteTags", ("team", "managed-by"), None, True, id="taken away that said code"),
            pytest.param("DeleteTags", (), None, True, id="all taken away"),
            pytest.param("DeleteTags", ("managed-by",), "Client.UnauthorizedOperation", False, id="refused"),
        ],
    )
    def test_tags_are_history_only_unless_the_one_that_says_code_goes(
        self, stage: Stage, call: str, tags: tuple[str, ...], code: str | None, is_told: bool
    ) -> None:
        told = self.tagging(call, *tags, **({"errorCode": code} if code else {}))
        stage.report(told)
        (entry,) = stage.store.changes(Listing(group=KEY), limit=9, now=stage.world.now)
        assert (entry.told is not None) is is_told
        assert len(stage.channel.messages) == is_told
        assert len(stage.store.open_alerts_page(limit=9)[0]) == is_told

    def test_so_it_is_where_the_one_goes_that_the_policy_names(self, stage: Stage) -> None:
        told = self.tagging("DeleteTags", "acme:stack")
        known = Known(managed_tags=frozenset({"acme:stack"}))
        assert replace(stage.reporting, known=known).record(told).alert

    def test_tags_of_a_group_that_nobody_knows_have_its_name_read_for_its_history(self, stage: Stage) -> None:
        stage.report(self.tagging("CreateTags", "team"))
        assert stage.jobs.sent == [(ObserveJob(KEY, None), 0)]


class TestReadings:
    """A reading that the card cannot do without is asked for until the queue has it."""

    CUT = event(requestParameters={"groupId": KEY.group_id, "ipPermissions": {"omitted": True}})

    def test_an_event_comes_again_while_the_queue_does_not_take_its_reading(self, stage: Stage) -> None:
        stage.jobs.failure = JobError("not queued")
        for _ in range(2):
            with pytest.raises(JobError):
                stage.reporting.record(self.CUT)
        stage.jobs.failure = None
        report = stage.reporting.record(self.CUT)
        assert report.outcome is Reported.DUPLICATE
        assert report.alert_id is not None
        assert stage.jobs.sent == [(ObserveJob(KEY, report.alert_id), 0)]
        stage.pass_time(60)
        stage.reporting.tell([report], lambda: True)
        assert len(stage.channel.messages) == 1

    def test_a_deleted_group_is_not_read_where_it_was_read_before(self, stage: Stage) -> None:
        stage.world.now = NOW - timedelta(days=1)
        stage.keeping.keep(Observation(GroupDetails(KEY, "web-prod", None), stage.world.now, ()))
        stage.world.now = NOW
        stage.report(event(eventName="DeleteSecurityGroup", requestParameters={"groupId": KEY.group_id}))
        assert stage.jobs.sent == []

    def test_a_call_that_is_not_understood_has_its_one_group_read(self, stage: Stage) -> None:
        report = stage.reporting.record(
            event(requestParameters={"groupId": KEY.group_id, "ipPermissions": 7})
        )
        assert report.unreadable is not None
        assert stage.jobs.sent == [(ObserveJob(KEY, report.alert_id), 0)]


class Overtaken:
    """The store, in which others are first so many *times*."""

    def __init__(self, store: Any, times: int) -> None:
        self._store = store
        self._times = times

    def record_change(self, *arguments: Any, **more: Any) -> None:
        self._times -= 1
        if self._times >= 0:
            raise BurstMoved
        self._store.record_change(*arguments, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_who_is_overtaken_waits_longer_each_time_and_looks_again(stage: Stage) -> None:
    report = replace(stage.reporting, store=Overtaken(stage.store, 3)).record(ssh())
    assert report.outcome is Reported.NEW
    assert stage.paused == [1, 2, 3]


def test_an_event_that_is_overtaken_every_time_comes_again_without_a_wait_in_vain(stage: Stage) -> None:
    with pytest.raises(StoreError):
        replace(stage.reporting, store=Overtaken(stage.store, 99)).record(ssh())
    assert stage.paused == list(range(1, 12))


@pytest.mark.parametrize("is_acknowledged", [True, False], ids=["acknowledged", "never acknowledged"])
def test_what_closes_a_rule_says_whether_somebody_had_acknowledged_its_opening(
    stage: Stage, is_acknowledged: bool
) -> None:
    opened = stage.reporting.record(event())
    if is_acknowledged:
        alert = stage.store.alert(opened.alert_id or "")
        stage.acknowledging.acknowledge(
            alert.alert_id, JO, seen_version=alert.version, clicked=None, note="vendor session"
        )
    closed = stage.reporting.record(
        event(
            eventName="RevokeSecurityGroupIngress",
            eventID="7c2f9b1e-0000-4000-8000-000000000009",
            eventTime="2026-03-02T20:54:00Z",
        )
    )
    told = stage.store.alert(closed.alert_id or "")
    (line,) = rule_lines(told.digest, told.meaning, with_blame=True)
    assert line.endswith('acknowledged: "vendor session"' if is_acknowledged else ", never acknowledged")
