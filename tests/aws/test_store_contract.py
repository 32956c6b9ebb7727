"""What the store promises, on moto and on AWS's DynamoDB Local alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.aws.store import Store
from bot.core.alerts import (
    LEASE,
    Acknowledgement,
    Alert,
    AlertNotFound,
    AlertStatus,
    AlreadyRecorded,
    LeaseLost,
    MessageRef,
    NothingToDraw,
    TransitionRefused,
)
from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Observation, Outcome
from bot.core.errors import PanopticonError
from tests.aws.conftest import TABLE, LaggingClient
from tests.makers import GROUP, JO, NOW, SAM, a_change, a_rule, an_alert

MESSAGE = MessageRef("C04SECGROUPS", "1795487599.000100")


def keep(store: Store, event_id: str = "event-1", *, minutes: int = 0, **more: Any) -> Alert:
    """Record a change with its alert, *minutes* after NOW."""
    change = a_change(event_id, **{"time": NOW.replace(microsecond=0) + timedelta(minutes=minutes), **more})
    alert = an_alert(change, now=NOW + timedelta(minutes=minutes))
    store.record_change(change, {"detail": {"eventID": event_id}}, alert=alert, learn=None, now=NOW)
    return alert


def keep_change(store: Store, event_id: str, time: datetime, **more: Any) -> None:
    """Record a change that is not worth an alert."""
    change = a_change(event_id, time=time, **more)
    store.record_change(change, {"detail": {}}, alert=None, learn=None, now=NOW)


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Do *work* in *count* threads and give what each returned or raised."""

    def attempt(number: int) -> object:
        try:
            return work(number)
        except PanopticonError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))


class TestFacts:
    def test_a_change_is_kept_with_its_alert(self, store: Store) -> None:
        alert = keep(store)
        assert store.alert(alert.alert_id) == alert
        (entry,) = store.changes_of(GROUP, limit=10)
        assert entry.alert_id == alert.alert_id
        assert entry.digest.change.added == (a_rule(description="temp debug"),)

    def test_an_event_is_taken_once(self, store: Store) -> None:
        alert = keep(store)
        with pytest.raises(AlreadyRecorded) as refused:
            keep(store)
        assert refused.value.alert_id == alert.alert_id
        assert len(store.changes_of(GROUP, limit=10)) == 1

    def test_an_event_without_an_alert_is_taken_once_too(self, store: Store) -> None:
        keep_change(store, "event-1", NOW)
        with pytest.raises(AlreadyRecorded) as refused:
            keep_change(store, "event-1", NOW)
        assert refused.value.alert_id is None

    def test_of_eight_that_take_an_event_at_once_one_succeeds(self, store: Store) -> None:
        results = at_once(8, lambda _: keep(store))
        assert sum(isinstance(result, Alert) for result in results) == 1
        assert sum(isinstance(result, AlreadyRecorded) for result in results) == 7

    def test_a_duplicate_changes_nothing_of_the_alert(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        with pytest.raises(AlreadyRecorded):
            keep(store)
        assert store.alert(alert.alert_id).status is AlertStatus.ACKNOWLEDGED

    def test_a_call_of_a_thousand_rules_is_kept_whole(self, store: Store, client: LaggingClient) -> None:
        rules = tuple(
            a_rule(f"23.{n // 256}.{n % 256}.0/24", 5432, rule_id=f"sgr-{n:017x}") for n in range(1000)
        )
        change = a_change(added=rules)
        event = {"detail": {"rules": [str(rule) for rule in rules]}}
        alert = an_alert(change)
        store.record_change(change, event, alert=alert, learn=None, now=NOW)
        (entry,) = store.changes_of(GROUP, limit=1)
        assert entry.digest.added_count == 1000
        assert len(entry.digest.change.added) == 2
        assert len(store.alert(alert.alert_id).digest.change.added) == 20
        items = client.scan(TableName=TABLE)["Items"]
        assert max(len(str(item)) for item in items if item["sk"]["S"] == "ALERT") < 10_000

    def test_a_name_or_an_arn_of_any_length_and_script_fits_a_key(self, store: Store) -> None:
        principal = replace(a_change().principal, key="ü漢\ud800" * 2000)
        keep(store, principal=principal)
        assert len(store.changes_of(GROUP, limit=1)) == 1

    @pytest.mark.parametrize(
        ("source", "description", "most"),
        [
            pytest.param("203.0.113.0/24", "temporary for the migration", 1024, id="usual"),
            pytest.param("2001:db8:ffff:ffff::/64", "d" * 255, 1280, id="long"),
        ],
    )
    def test_what_an_index_copies_of_a_change_is_small(
        self, store: Store, client: LaggingClient, source: str, description: str, most: int
    ) -> None:
        rules = tuple(a_rule(source, 443, description=description, rule_id=f"sgr-{n:017x}") for n in range(9))
        change = a_change("3f2504e0-4f89-41d3-9a0c-0305e82c3301", added=rules, group_name="n" * 40)
        store.record_change(change, {}, alert=an_alert(change), learn=None, now=NOW)
        answer = client.query(
            TableName=TABLE,
            IndexName="feed",
            KeyConditionExpression="feed_pk = :month",
            ExpressionAttributeValues={":month": {"S": "CHANGES#2026-11"}},
        )
        (item,) = answer["Items"]
        copied = sum(len(name) + len(value["S"].encode()) for name, value in item.items())
        assert copied < most
        assert "event" not in item

    def test_an_observation_is_kept_and_names_its_group(self, store: Store) -> None:
        assert store.latest_observation(GROUP) is None
        older = Observation(GroupDetails(GROUP, "web-prod", "vpc-0c4d", "web"), NOW, (a_rule(),))
        newer = replace(
            older, at=NOW + timedelta(hours=1), rules=(a_rule(), a_rule("::/0", 443, description="x"))
        )
        store.record_observation(newer, now=NOW)
        store.record_observation(older, now=NOW)
        assert store.latest_observation(GROUP) == newer
        assert store.group(GROUP) == older.group

    def test_history_expires_but_an_open_alert_does_not(self, store: Store, client: LaggingClient) -> None:
        alert = keep(store)
        items = client.scan(TableName=TABLE)["Items"]
        lasting = {item["sk"]["S"] for item in items if "expires_at" not in item}
        assert lasting == {"ALERT"}
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        (item,) = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "ALERT"]
        assert int(item["expires_at"]["N"]) == int((NOW + timedelta(days=400)).timestamp())
        store.unacknowledge(alert.alert_id, seen_version=9)
        (item,) = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "ALERT"]
        assert "expires_at" not in item


class TestGroups:
    def test_groups_are_found_by_the_start_of_their_name_in_any_case(self, store: Store) -> None:
        keys = [replace(GROUP, group_id=f"sg-0000000{n}") for n in range(3)]
        for key, name in zip(keys, ("Web-Prod", "web-test", "db-prod"), strict=True):
            change = a_change(f"event-{name}", kind=ChangeKind.CREATE, group_id=key.group_id, added=())
            store.record_change(change, {}, alert=None, learn=GroupDetails(key, name, "vpc-0c4d"), now=NOW)
        assert [group.name for group in store.groups_named("WEB", limit=9)] == ["Web-Prod", "web-test"]
        assert [group.key for group in store.groups_named("db-prod", limit=9)] == [keys[2]]
        assert store.groups_named("prod", limit=9) == []

    def test_the_same_id_in_two_accounts_and_regions_is_three_groups(self, store: Store) -> None:
        elsewhere = replace(GROUP, account_id="444455556666")
        abroad = replace(GROUP, region="us-east-1")
        for number, key in enumerate((GROUP, elsewhere, abroad)):
            change = a_change(f"event-{number}", account_id=key.account_id, region=key.region)
            store.record_change(
                change, {}, alert=None, learn=GroupDetails(key, f"web-{number}", None), now=NOW
            )
        assert {group.key for group in store.groups_with_id(GROUP.group_id, limit=9)} == {
            GROUP,
            elsewhere,
            abroad,
        }
        for key in (GROUP, elsewhere, abroad):
            (entry,) = store.changes_of(key, limit=9)
            assert entry.digest.change.group == key

    def test_what_is_learned_later_completes_and_never_erases(self, store: Store) -> None:
        keep_learning = [
            GroupDetails(GROUP, None, None),
            GroupDetails(GROUP, "web-prod", "vpc-0c4d"),
            GroupDetails(GROUP, None, None),
        ]
        for number, details in enumerate(keep_learning):
            store.record_change(a_change(f"event-{number}"), {}, alert=None, learn=details, now=NOW)
        known = store.group(GROUP)
        assert known == GroupDetails(GROUP, "web-prod", "vpc-0c4d")
        assert store.group(replace(GROUP, region="us-east-1")) is None


class TestLists:
    def test_a_groups_changes_come_newest_first_and_in_pages_both_ways(self, store: Store) -> None:
        for minute in range(5):
            keep_change(store, f"event-{minute}", NOW + timedelta(minutes=minute))
        keep_change(store, "event-of-another", NOW, group_id="sg-0ffffffff")

        first = store.changes_of(GROUP, limit=2)
        second = store.changes_of(GROUP, limit=2, before=first[-1].position)
        third = store.changes_of(GROUP, limit=2, before=second[-1].position)
        back = store.changes_of(GROUP, limit=2, after=third[0].position)

        names = [[entry.digest.change.event_id for entry in page] for page in (first, second, third)]
        assert names == [["event-4", "event-3"], ["event-2", "event-1"], ["event-0"]]
        assert back == second

    def test_the_feed_goes_on_into_the_month_before_and_back(self, store: Store) -> None:
        times = [
            datetime(2026, 10, 30, tzinfo=UTC),
            datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
            datetime(2026, 11, 1, tzinfo=UTC),
            datetime(2026, 11, 2, tzinfo=UTC),
        ]
        for number, time in enumerate(times):
            keep_change(store, f"event-{number}", time, group_id=f"sg-0000000{number}")

        first = store.latest_changes(limit=3, now=NOW)
        second = store.latest_changes(limit=3, now=NOW, before=first[-1].position)
        back = store.latest_changes(limit=3, now=NOW, after=second[0].position)

        names = [[entry.digest.change.event_id for entry in page] for page in (first, second, back)]
        assert names == [["event-3", "event-2", "event-1"], ["event-0"], ["event-3", "event-2", "event-1"]]

    def test_changes_whose_group_is_not_known_are_in_the_feed(self, store: Store) -> None:
        keep_change(store, "event-1", NOW, group_id=None)
        (entry,) = store.latest_changes(limit=9, now=NOW)
        assert entry.digest.change.group is None

    def test_open_alerts_come_worst_first_and_among_equals_oldest_first(self, store: Store) -> None:
        keep(store, "low", minutes=0, added=(a_rule("10.0.0.0/8"),))
        keep(store, "critical-later", minutes=3)
        keep(store, "critical", minutes=1)
        keep(store, "high", minutes=2, added=(a_rule(port=9999),))
        alerts = store.open_alerts(limit=9)
        names = [alert.digest.change.event_id for alert in alerts]
        assert names == ["critical", "critical-later", "high", "low"]
        assert [a.digest.change.event_id for a in store.open_alerts(limit=1)] == ["critical"]

    def test_cards_that_are_behind_come_worst_first_too(self, store: Store) -> None:
        keep(store, "low", minutes=0, added=(a_rule("10.0.0.0/8"),))
        keep(store, "critical", minutes=1)
        found = store.alerts_behind(limit=1)
        assert [alert.digest.change.event_id for alert in found] == ["critical"]

    def test_a_denied_call_expires_with_history(self, store: Store, client: LaggingClient) -> None:
        keep(store, outcome=Outcome.DENIED, error_code="Client.UnauthorizedOperation")
        assert all("expires_at" in item for item in client.scan(TableName=TABLE)["Items"])

    def test_denied_calls_do_not_wait_for_anyone(self, store: Store) -> None:
        alert = keep(store, outcome=Outcome.DENIED, error_code="Client.UnauthorizedOperation")
        assert alert.status is AlertStatus.NOTED
        assert store.open_alerts(limit=9) == []
        with pytest.raises(TransitionRefused):
            store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)

    def test_the_latest_alerts_come_newest_first(self, store: Store) -> None:
        for minute in range(3):
            keep(store, f"event-{minute}", minutes=minute)
        found = store.latest_alerts(limit=2, now=NOW)
        assert [alert.digest.change.event_id for alert in found] == ["event-2", "event-1"]

    def test_a_lagging_index_shows_no_alert_that_is_not_open(
        self, store: Store, client: LaggingClient
    ) -> None:
        taken, waiting = keep(store, "event-1"), keep(store, "event-2", minutes=1)
        client.stop_indexes()
        store.acknowledge(taken.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        assert [alert.alert_id for alert in store.open_alerts(limit=9)] == [waiting.alert_id]

    def test_a_lagging_index_shows_no_card_as_behind_that_is_drawn(
        self, store: Store, client: LaggingClient
    ) -> None:
        drawn, behind = keep(store, "event-1"), keep(store, "event-2", minutes=1)
        client.stop_indexes()
        store.lease(drawn.alert_id, "me", now=NOW)
        store.mark_drawn(drawn.alert_id, "me", version=1, message=MESSAGE, now=NOW)
        assert [alert.alert_id for alert in store.alerts_behind(limit=9)] == [behind.alert_id]

    def test_a_lagging_index_lacks_the_newest_but_a_groups_own_changes_do_not(
        self, store: Store, client: LaggingClient
    ) -> None:
        keep(store, "event-1")
        client.stop_indexes()
        keep(store, "event-2", minutes=1)
        assert len(store.latest_changes(limit=9, now=NOW)) == 1
        assert len(store.changes_of(GROUP, limit=9)) == 2


class TestLease:
    def test_one_holder_at_a_time(self, store: Store) -> None:
        alert = keep(store)
        results = at_once(8, lambda number: store.lease(alert.alert_id, f"holder-{number}", now=NOW))
        assert sum(isinstance(result, tuple) for result in results) == 1
        assert sum(isinstance(result, NothingToDraw) for result in results) == 7

    def test_drawing_the_latest_version_frees_the_lease_and_leaves_nothing_to_draw(
        self, store: Store
    ) -> None:
        alert = keep(store)
        leased, unknown_since = store.lease(alert.alert_id, "me", now=NOW)
        assert unknown_since is None
        assert leased.lease is not None
        assert leased.lease.until == (NOW + LEASE)
        drawn = store.mark_drawn(alert.alert_id, "me", version=1, message=MESSAGE, now=NOW)
        assert (drawn.drawn_version, drawn.message, drawn.lease) == (1, MESSAGE, None)
        assert store.alerts_behind(limit=9) == []
        with pytest.raises(NothingToDraw):
            store.lease(alert.alert_id, "me again", now=NOW)

    def test_a_version_that_moved_on_meanwhile_is_drawn_under_the_same_lease(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        later = NOW + timedelta(seconds=9)
        drawn = store.mark_drawn(alert.alert_id, "me", version=1, message=MESSAGE, now=later)
        assert drawn.is_behind
        assert drawn.message == MESSAGE
        assert drawn.lease is not None
        assert drawn.lease.holder == "me"
        assert drawn.lease.until == later + LEASE
        drawn = store.mark_drawn(alert.alert_id, "me", version=2, message=MESSAGE, now=later)
        assert not drawn.is_behind
        assert store.alerts_behind(limit=9) == []

    def test_a_lease_that_ran_out_is_taken_over_and_its_start_remembered(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "died", now=NOW)
        with pytest.raises(NothingToDraw):
            store.lease(alert.alert_id, "too early", now=NOW + LEASE)
        second = NOW + LEASE + timedelta(seconds=1)
        _, unknown_since = store.lease(alert.alert_id, "died too", now=second)
        assert unknown_since == NOW
        _, unknown_since = store.lease(alert.alert_id, "me", now=second + LEASE + timedelta(seconds=1))
        assert unknown_since == NOW

    def test_who_lost_the_lease_stores_nothing(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "slow", now=NOW)
        store.lease(alert.alert_id, "quick", now=NOW + LEASE + timedelta(seconds=1))
        with pytest.raises(LeaseLost):
            store.mark_drawn(alert.alert_id, "slow", version=1, message=MESSAGE, now=NOW)
        assert store.alert(alert.alert_id).message is None
        store.free_lease(alert.alert_id, "slow")
        held = store.alert(alert.alert_id).lease
        assert held is not None
        assert held.holder == "quick"

    def test_a_lease_that_is_given_back_leaves_no_doubt(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "refused", now=NOW)
        store.free_lease(alert.alert_id, "refused")
        _, unknown_since = store.lease(alert.alert_id, "me", now=NOW + timedelta(minutes=5))
        assert unknown_since is None

    def test_an_alert_can_be_stored_with_its_lease_taken(self, store: Store) -> None:
        change = a_change()
        alert = an_alert(change, leased_by="me")
        store.record_change(change, {}, alert=alert, learn=None, now=NOW)
        with pytest.raises(NothingToDraw):
            store.lease(alert.alert_id, "another", now=NOW + timedelta(seconds=5))
        _, unknown_since = store.lease(alert.alert_id, "another", now=NOW + LEASE + timedelta(seconds=1))
        assert unknown_since == NOW

    def test_an_alert_that_is_not_there_needs_no_drawing(self, store: Store) -> None:
        with pytest.raises(NothingToDraw):
            store.lease("nothing", "me", now=NOW)

    def test_a_lease_in_doubt_can_be_kept_longer_by_its_holder_alone(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        store.prolong_lease(alert.alert_id, "me", until=NOW + timedelta(hours=1))
        with pytest.raises(NothingToDraw):
            store.lease(alert.alert_id, "another", now=NOW + timedelta(minutes=59))
        _, unknown_since = store.lease(alert.alert_id, "another", now=NOW + timedelta(minutes=61))
        assert unknown_since == NOW
        with pytest.raises(LeaseLost):
            store.prolong_lease(alert.alert_id, "me", until=NOW + timedelta(hours=2))


class TestAcknowledge:
    def test_of_eight_that_click_at_once_one_wins_and_the_others_learn_who(self, store: Store) -> None:
        alert = keep(store)
        users = [replace(JO, user_id=f"U{number}") for number in range(8)]
        results = at_once(
            8,
            lambda number: store.acknowledge(alert.alert_id, Acknowledgement(users[number], NOW, 1), now=NOW),
        )
        (winner,) = [result for result in results if isinstance(result, Alert)]
        losers = [result for result in results if isinstance(result, TransitionRefused)]
        assert len(losers) == 7
        assert {loser.alert.acknowledgement for loser in losers} == {winner.acknowledgement}

    def test_acknowledging_moves_the_version_on_and_off_the_worklist(self, store: Store) -> None:
        alert = keep(store)
        taken = store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        assert (taken.version, taken.status, taken.is_behind) == (2, AlertStatus.ACKNOWLEDGED, True)
        assert taken.acknowledgement == Acknowledgement(JO, NOW, 1)
        assert store.open_alerts(limit=9) == []
        assert [behind.version for behind in store.alerts_behind(limit=9)] == [2]

    def test_a_stale_click_undoes_no_later_acknowledgement(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        store.unacknowledge(alert.alert_id, seen_version=2)
        again = store.acknowledge(alert.alert_id, Acknowledgement(SAM, NOW, 3), now=NOW)
        with pytest.raises(TransitionRefused) as refused:
            store.unacknowledge(alert.alert_id, seen_version=2)
        assert refused.value.alert == again

    def test_unacknowledging_opens_the_alert_for_the_next(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        opened = store.unacknowledge(alert.alert_id, seen_version=9)
        assert (opened.version, opened.status, opened.acknowledgement) == (3, AlertStatus.OPEN, None)
        assert [waiting.alert_id for waiting in store.open_alerts(limit=9)] == [alert.alert_id]
        with pytest.raises(TransitionRefused):
            store.unacknowledge(alert.alert_id, seen_version=9)
        again = store.acknowledge(alert.alert_id, Acknowledgement(SAM, NOW, 3), now=NOW)
        assert again.acknowledgement == Acknowledgement(SAM, NOW, 3)

    def test_an_alert_that_is_not_there_is_said_to_be_gone(self, store: Store) -> None:
        with pytest.raises(AlertNotFound):
            store.alert("nothing")
        with pytest.raises(AlertNotFound):
            store.acknowledge("nothing", Acknowledgement(JO, NOW, 1), now=NOW)
        with pytest.raises(AlertNotFound):
            store.unacknowledge("nothing", seen_version=1)

    def test_a_name_is_put_on_an_alert_once(self, store: Store) -> None:
        alert = keep(store)
        named = store.name_group(alert.alert_id, "web-prod", None)
        assert named is not None
        assert (named.group_name, named.vpc_id, named.version, named.content_version) == (
            "web-prod",
            None,
            2,
            1,
        )
        assert store.name_group(alert.alert_id, "other", "vpc-0c4d") is None
        assert store.alert(alert.alert_id).group_name == "web-prod"


def test_keys_hold_account_and_region_throughout(store: Store, client: LaggingClient) -> None:
    keep(store)
    store.record_observation(Observation(GroupDetails(GROUP, "web-prod", None), NOW, ()), now=NOW)
    for item in client.scan(TableName=TABLE)["Items"]:
        key = f"{item['pk']['S']} {item['sk']['S']}"
        if GROUP.group_id in key:
            assert GROUP.account_id in key
            assert GROUP.region in key


def test_a_group_key_from_another_place_reads_nothing(store: Store) -> None:
    keep(store)
    assert store.changes_of(GroupKey("444455556666", GROUP.region, GROUP.group_id), limit=9) == []
