"""Prefix lists that rules name are read once in a while, and the alert of an edit comes to say what it opened."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from bot.aws.prefix_list_store import names_changed
from bot.aws.table import Table
from bot.core.alerts import Acknowledgement, Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Observation, PrefixListEdit
from bot.core.errors import PrefixListNotFound, ReadDenied, ReadThrottled
from bot.core.jobs import ListEditJob, ReadListsJob
from bot.core.ledger import NOTHING_KNOWN, Entry, Ledger, Moment
from bot.core.list_meaning import ListMeaning
from bot.core.prefix_lists import PrefixListHead, PrefixListKey, PrefixListVersion
from bot.core.rules import Network, PrefixList, Rule
from bot.workflows.prefix_lists import MOST_GROUPS, ReadingLists, TellingEdits
from tests.makers import GROUP, JO, NOW, a_change, a_rule, an_alert
from tests.own_dynamodb import OwnDynamoDB
from tests.records import load_event
from tests.workflows.conftest import TABLE, Died, Stage

LIST = "pl-0123456789abcdef0"
OF_AWS = "pl-63a5400a"
OFFICE, HOME, WORLD = map(ip_network, ("23.0.0.0/24", "24.0.0.0/24", "0.0.0.0/0"))
SSH = replace(a_rule(port=22), source=PrefixList(LIST))


@dataclass
class Ec2Lists:
    """EC2's prefix lists by id, each version's entries; None is the version of AWS's. *made* is the current version."""

    versions: dict[str, dict[int | None, tuple[Network, ...]]] = field(default_factory=dict)
    made: dict[str, int | None] = field(default_factory=dict)
    failure: Exception | None = None
    calls: list[str] = field(default_factory=list)

    def have(self, list_id: str, *versions: tuple[Network, ...]) -> None:
        self.versions[list_id] = dict(enumerate(versions, 1))
        self.made[list_id] = len(versions)

    def heads(self, account_id: str, region: str, prefix_list_ids: Iterable[str]) -> list[PrefixListHead]:
        self.calls.append("heads")
        if self.failure:
            raise self.failure
        return [
            PrefixListHead(PrefixListKey(account_id, region, each), "office", self.made[each])
            for each in prefix_list_ids
            if each in self.versions
        ]

    def read(self, head: PrefixListHead, *, now: datetime) -> PrefixListVersion:
        self.calls.append("read")
        networks = self.versions[head.key.prefix_list_id].get(head.version)
        if networks is None:
            raise PrefixListNotFound("NoEntries")
        return PrefixListVersion(head.key, head.name, head.version, networks, now)


@dataclass
class Told:
    """Which groups' alerts were told again, and from when on."""

    again: list[tuple[GroupKey, datetime | None]] = field(default_factory=list)

    def tell_again(self, key: GroupKey, since: datetime | None) -> None:
        self.again.append((key, since))


@dataclass
class Scene:
    """The workflows on the real store, and rules of groups as they are known."""

    stage: Stage
    table: Table
    ec2: Ec2Lists = field(default_factory=Ec2Lists)
    told: Told = field(default_factory=Told)
    ledgers: dict[GroupKey, Ledger] = field(default_factory=dict)

    @property
    def reading(self) -> ReadingLists:
        return ReadingLists(self.ec2, self.stage.store, self.told, self.stage.world.clock)

    @property
    def telling(self) -> TellingEdits:
        stage = self.stage
        return TellingEdits(
            self.ec2,
            stage.store,
            stage.store,
            stage.quieting,
            self.ledger_of,
            stage.drawing,
            stage.jobs,
            stage.world.clock,
        )

    def ledger_of(self, key: GroupKey) -> Ledger:
        return self.ledgers.get(key, NOTHING_KNOWN)

    def group(self, name: str, *rules: Rule) -> GroupKey:
        """Let a group be known by this name, with rules of which some name the list."""
        key = self.naming(f"sg-{name}", *rules)
        meeting = a_change(f"create-{name}", kind=ChangeKind.CREATE, added=(), group_id=key.group_id)
        details = GroupDetails(key, name, None)
        self.stage.store.record_change(meeting, {}, alert=None, learn=details, now=NOW)
        return key

    def naming(self, group_id: str, *rules: Rule) -> GroupKey:
        """Let a group be known by its rules."""
        key = replace(GROUP, group_id=group_id)
        entries = tuple(Entry(rule, Moment(NOW), seen=NOW) for rule in rules)
        self.ledgers[key] = Ledger(live=entries, is_known=True)
        self.table.transact(names_changed(key, added=[LIST], removed=[]))
        return key

    def edit(self, effect: PrefixListEdit, *, is_cut: bool = False) -> Alert:
        """Record an edit with its alert, and draw its card, as the events function does."""
        change = a_change(
            kind=ChangeKind.PREFIX_LIST,
            event_name="ModifyManagedPrefixList",
            added=(),
            group_id=None,
            effect=effect,
            is_cut=is_cut,
        )
        alert = an_alert(change)
        self.stage.store.record_change(change, {}, alert=alert, learn=None, now=NOW)
        self.stage.drawing.draw(alert.alert_id)
        return alert

    def tell(self, alert: Alert) -> Alert:
        self.telling.complete_alert(alert.alert_id)
        return self.stage.store.alert(alert.alert_id)


@pytest.fixture
def scene(stage: Stage, dynamodb: OwnDynamoDB) -> Scene:
    return Scene(stage, Table(TABLE, lambda: dynamodb))


def opening(*added: Network) -> PrefixListEdit:
    return PrefixListEdit(LIST, tuple((network, None) for network in added), version=1)


class TestReading:
    def test_a_list_that_is_not_known_is_read_and_the_alerts_are_told_again(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.reading.read_for(GROUP, [LIST, LIST, "pl-gone"], NOW)
        assert scene.stage.store.prefix_lists([LIST, "pl-gone"]) == {LIST: (OFFICE,)}
        assert scene.told.again == [(GROUP, NOW)]

    def test_one_that_is_known_is_not_asked_for_within_a_day(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        for _ in range(2):
            scene.reading.read_for(GROUP, [LIST], NOW)
        assert scene.ec2.calls == ["heads", "read"]
        assert len(scene.told.again) == 2  # the first time may have died before it told

    def test_what_is_open_is_looked_at_anew_where_no_change_is_to_be_told(self, scene: Scene) -> None:
        scene.reading.read_for(GROUP, [LIST], None)
        assert scene.told.again == [(GROUP, None)]

    @pytest.mark.parametrize(
        ("list_id", "version", "calls"),
        [
            pytest.param(LIST, 1, ["heads"], id="the same version of a customer's"),
            pytest.param(LIST, 2, ["heads", "read"], id="another version, edited where nobody sees it"),
            pytest.param(OF_AWS, None, ["heads", "read"], id="one of AWS's"),
        ],
    )
    def test_after_a_day_its_version_is_asked_for(
        self, scene: Scene, list_id: str, version: int | None, calls: list[str]
    ) -> None:
        first = None if version is None else 1
        scene.ec2.versions[list_id], scene.ec2.made[list_id] = {first: (OFFICE,)}, first
        scene.reading.read_for(GROUP, [list_id], None)
        scene.ec2.versions[list_id][version], scene.ec2.made[list_id] = (HOME,), version
        scene.ec2.calls.clear()
        scene.stage.pass_time(86_400)
        scene.reading.read_for(GROUP, [list_id], None)
        assert scene.ec2.calls == calls
        assert scene.stage.store.prefix_lists([list_id]) == {list_id: (HOME if "read" in calls else OFFICE,)}
        scene.ec2.calls.clear()
        scene.reading.read_for(GROUP, [list_id], None)
        assert scene.ec2.calls == []

    def test_what_ec2_does_not_tell_comes_again(self, scene: Scene) -> None:
        scene.ec2.failure = ReadThrottled("RequestLimitExceeded")
        with pytest.raises(ReadThrottled):
            scene.reading.read_for(GROUP, [LIST], NOW)
        assert scene.told.again == []


class TestAnEdit:
    def test_the_card_comes_to_say_what_it_opened_and_where(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.group("web-prod", SSH)
        told = scene.tell(scene.edit(opening(WORLD)))
        assert told.assessment.severity is Severity.CRITICAL
        assert told.list_meaning
        (effect,) = told.list_meaning.opens
        assert [group.name for group in effect.groups] == ["web-prod"]
        assert [rule.source for rule in effect.rules] == [WORLD]
        (card,) = scene.stage.shown(told)
        assert "SSH (tcp 22) open to the internet on web-prod" in card["text"]

    def test_one_card_is_posted_and_drawn_over(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.group("web-prod", SSH)
        alert = scene.edit(opening(WORLD))
        for _ in range(3):
            scene.tell(alert)
        assert (scene.stage.channel.posts, scene.stage.channel.updates) == (1, 1)

    def test_the_new_version_is_kept_without_waiting_for_ec2(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.tell(scene.edit(opening(HOME)))
        assert scene.stage.store.prefix_lists([LIST]) == {LIST: (OFFICE, HOME)}
        kept = scene.stage.store.prefix_list(LIST)
        assert kept
        assert (kept.version, scene.ec2.made[LIST]) == (2, 1)

    def test_a_version_that_is_known_is_not_read(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.reading.read_for(GROUP, [LIST], None)
        scene.ec2.calls.clear()
        scene.tell(scene.edit(opening(HOME)))
        assert scene.ec2.calls == []

    def test_a_restored_version_is_told_by_what_it_brings_back(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (WORLD,), (OFFICE,))
        scene.group("web-prod", SSH)
        told = scene.tell(scene.edit(PrefixListEdit(LIST, restored_version=1, version=2)))
        assert told.assessment.severity is Severity.CRITICAL
        edit = told.digest.change.effect
        assert isinstance(edit, PrefixListEdit)
        assert (edit.added, edit.removed) == (((WORLD, None),), (OFFICE,))

    def test_entries_that_aws_left_out_are_read_once_ec2_has_them(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.group("web-prod", SSH)
        alert = scene.edit(PrefixListEdit(LIST, version=1), is_cut=True)
        assert scene.tell(alert).list_meaning is None
        assert scene.stage.jobs.sent == [(ListEditJob(alert.alert_id), 15)]
        scene.ec2.have(LIST, (OFFICE,), (OFFICE, WORLD))
        assert scene.tell(alert).assessment.severity is Severity.CRITICAL

    def test_nobody_waits_for_ever(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        alert = scene.edit(PrefixListEdit(LIST, version=1), is_cut=True)
        scene.stage.pass_time(600)
        told = scene.tell(alert)
        assert told.list_meaning
        assert not told.list_meaning.is_known
        assert scene.stage.jobs.sent == []

    def test_more_entries_than_an_alert_holds_are_read_from_ec2(self, scene: Scene) -> None:
        many = tuple(ip_network(f"23.1.{number}.0/24") for number in range(40))
        scene.ec2.have(LIST, (), many)
        scene.tell(scene.edit(opening(*many)))
        assert scene.stage.store.prefix_lists([LIST]) == {LIST: many}

    @pytest.mark.parametrize(
        "edit",
        [
            pytest.param(
                PrefixListEdit(LIST, ((HOME, None),)), id="on a version that the record does not say"
            ),
            pytest.param(PrefixListEdit("pl-gone", ((HOME, None),), version=3), id="of a list that is gone"),
            pytest.param(
                PrefixListEdit(LIST, restored_version=7, version=1), id="back to a version that is not there"
            ),
        ],
    )
    def test_what_cannot_be_known_is_said(self, scene: Scene, edit: PrefixListEdit) -> None:
        scene.ec2.have(LIST, (OFFICE, HOME))
        alert = scene.edit(edit)
        scene.stage.pass_time(600)
        told = scene.tell(alert)
        assert told.list_meaning
        assert not told.list_meaning.is_known
        assert told.assessment.severity >= alert.assessment.severity

    def test_where_the_list_may_not_be_read_that_is_said_and_raised(self, scene: Scene) -> None:
        scene.ec2.failure = ReadDenied("UnauthorizedOperation")
        alert = scene.edit(opening(WORLD))
        with pytest.raises(ReadDenied):
            scene.telling.complete_alert(alert.alert_id)
        assert scene.stage.store.alert(alert.alert_id).list_meaning == ListMeaning(is_known=False)

    def test_after_an_edit_of_an_unknown_version_the_list_is_read_anew(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,), (OFFICE, HOME))
        scene.tell(scene.edit(PrefixListEdit(LIST, ((HOME, None),))))
        assert scene.stage.store.prefix_lists([LIST]) == {LIST: (OFFICE, HOME)}

    def test_more_than_was_seen_opens_the_alert_again(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.group("web-prod", SSH)
        alert = scene.edit(opening(WORLD))
        scene.stage.store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        assert scene.tell(alert).status is AlertStatus.OPEN

    def test_no_more_than_a_hundred_groups_are_looked_at(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        for number in range(MOST_GROUPS + 1):
            scene.naming(f"sg-{number:03d}", SSH)
        told = scene.tell(scene.edit(opening(HOME)))
        assert told.list_meaning
        assert (told.list_meaning.groups, told.list_meaning.is_cut) == (MOST_GROUPS, True)

    def test_an_alert_that_is_gone_is_left(self, scene: Scene) -> None:
        scene.telling.complete_alert("0123456789abcdef")

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_crash_at_any_call_is_made_good_by_doing_it_again(self, scene: Scene, when: str) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.group("web-prod", SSH)
        alert = scene.edit(opening(WORLD))
        world = scene.stage.world
        for call in range(1, 40):
            world.calls = 0
            setattr(world, f"dies_{when}", call)
            try:
                scene.tell(alert)
            except Died:
                scene.stage.pass_time(30)
                continue
            break
        setattr(world, f"dies_{when}", None)
        scene.stage.pass_time(30)
        scene.stage.sweeping.sweep()
        (card,) = scene.stage.shown(alert)
        assert "on web-prod" in card["text"]
        assert scene.stage.channel.posts == 1

    def test_the_next_edit_builds_on_the_last(self, scene: Scene) -> None:
        scene.ec2.have(LIST, (OFFICE,))
        scene.group("web-prod", SSH)
        scene.tell(scene.edit(opening(WORLD)))
        scene.ec2.calls.clear()
        closing = a_change(
            "event-2",
            kind=ChangeKind.PREFIX_LIST,
            added=(),
            group_id=None,
            effect=PrefixListEdit(LIST, removed=(WORLD,), version=2),
            time=NOW + timedelta(minutes=5),
        )
        alert = an_alert(closing)
        scene.stage.store.record_change(closing, {}, alert=alert, learn=None, now=NOW)
        told = scene.tell(alert)
        assert told.list_meaning
        assert (told.list_meaning.opens, len(told.list_meaning.closes)) == ((), 1)
        assert scene.ec2.calls == []


class TestAsking:
    """What the events function and a reading ask the worker for."""

    def test_an_edit_has_the_worker_find_out_what_it_comes_to_each_time_it_is_delivered(
        self, stage: Stage
    ) -> None:
        for _ in range(2):
            stage.report(load_event("modify_prefix_list_one_entry"))
        ((alert_id,),) = {(job.alert_id,) for job, _ in stage.jobs.sent if isinstance(job, ListEditJob)}
        assert stage.store.alert(alert_id).digest.change.kind is ChangeKind.PREFIX_LIST
        assert len(stage.jobs.sent) == 2
        assert stage.channel.posts == 1

    @pytest.mark.parametrize("name", ["modify_prefix_list_denied", "modify_prefix_list_renamed"])
    def test_one_that_changed_no_entry_asks_for_nothing(self, stage: Stage, name: str) -> None:
        stage.report(load_event(name))
        assert stage.jobs.sent == []

    def test_a_rule_that_names_lists_has_them_read(self, stage: Stage) -> None:
        told = load_event("authorize_ingress_prefix_lists")
        stage.report(told)
        (job,) = (job for job, _ in stage.jobs.sent if isinstance(job, ReadListsJob))
        assert job.prefix_list_ids == ("pl-0123456789abcdef0", "pl-0fedcba9876543210")
        assert job.since == datetime.fromisoformat(told["detail"]["eventTime"])

    def test_a_reading_of_a_group_has_the_lists_of_its_rules_read(self, stage: Stage) -> None:
        rules = (replace(SSH, rule_id="sgr-1"), a_rule(rule_id="sgr-2"))
        stage.ec2.groups[GROUP] = Observation(GroupDetails(GROUP, "web-prod", None), NOW, rules)
        stage.observing.complete_alert(GROUP, None)
        assert [job for job, _ in stage.jobs.sent if isinstance(job, ReadListsJob)] == [
            ReadListsJob(GROUP, (LIST,), None)
        ]
        assert stage.store.groups_naming(LIST, limit=10) == [GROUP]
