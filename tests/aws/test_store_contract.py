"""What the store promises of facts and groups, on the sandbox's DynamoDB and on AWS's DynamoDB Local alike."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.aws.store import Store
from bot.core.alerts import (
    Acknowledgement,
    Alert,
    AlertStatus,
    AlreadyRecorded,
)
from bot.core.changes import ChangeKind, GroupDetails, Observation
from bot.core.history import Listing
from bot.core.parts import AlertRef
from tests.aws.conftest import TABLE, LaggingClient
from tests.aws.keeping import at_once, keep, keep_change, keep_reading
from tests.makers import GROUP, JO, NOW, a_change, a_rule, an_alert


def size_of(item: Any) -> int:
    """Count the bytes of an item, as DynamoDB does but for its numbers."""
    texts = (text for value in item.values() for text in value.values())
    names = sum(map(len, item))
    return names + sum(len(text.encode() if isinstance(text, str) else text) for text in texts)


class TestFacts:
    def test_a_change_is_kept_with_its_alert(self, store: Store) -> None:
        alert = keep(store)
        assert store.alert(alert.alert_id) == alert
        (entry,) = store.changes(Listing(group=GROUP), limit=10, now=NOW)
        assert entry.told == AlertRef(alert.alert_id, 1)
        assert entry.digest.change.added == (a_rule(description="temp debug"),)

    def test_an_event_is_taken_once(self, store: Store) -> None:
        alert = keep(store)
        with pytest.raises(AlreadyRecorded) as refused:
            keep(store)
        assert refused.value.alert_id == alert.alert_id
        assert len(store.changes(Listing(group=GROUP), limit=10, now=NOW)) == 1

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
            a_rule(
                f"23.{n // 256}.{n % 256}.0/24",
                5432,
                rule_id=f"sgr-{n:017x}",
                description=hashlib.sha512(bytes(n)).hexdigest(),  # hardly to be compressed
            )
            for n in range(1000)
        )
        change = a_change(added=rules)
        event = {"detail": {"rules": [str(rule) for rule in rules]}}
        alert = an_alert(change)
        store.record_change(change, event, alert=alert, learn=None, now=NOW)
        (entry,) = store.changes(Listing(group=GROUP), limit=1, now=NOW)
        assert entry.digest.count == 1000
        assert len(entry.digest.change.added) == 2
        assert len(store.alert(alert.alert_id).digest.change.added) == 20
        assert store.event_of(change) == event
        sizes = {
            item["sk"]["S"].split("#")[0]: size_of(item) for item in client.scan(TableName=TABLE)["Items"]
        }
        assert sizes["CHANGE"] < 400_000  # the most that DynamoDB takes
        assert sizes["ALERT"] < 15_000

    def test_a_name_or_an_arn_of_any_length_and_script_fits_a_key(self, store: Store) -> None:
        principal = replace(a_change().principal, key="ü漢\ud800" * 2000)
        keep(store, principal=principal)
        assert len(store.changes(Listing(group=GROUP), limit=1, now=NOW)) == 1

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
        assert size_of(item) < most
        assert "event" not in item

    def test_the_event_that_states_a_change_is_given_back_as_it_came(self, store: Store) -> None:
        event = {"detail": {"eventID": "event-1", "note": "ü \ud800 🙂", "n": 1.5, "deep": [{"x": None}]}}
        change = a_change()
        store.record_change(change, event, alert=None, learn=None, now=NOW)
        assert store.event_of(change) == event
        assert store.event_of(replace(change, event_id="another")) is None
        assert store.event_of(replace(change, group_id="sg-0ffffffff")) is None

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"group_id": None}, id="no group"),
            pytest.param({"group_id": None, "mentioned": ("sg-00000001", "sg-00000002")}, id="two groups"),
        ],
    )
    def test_the_event_is_found_from_what_an_alert_keeps(self, store: Store, more: dict[str, Any]) -> None:
        alert = keep(store, **more)
        told = store.alert(alert.alert_id).digest.change
        assert store.event_of(told) == {"detail": {"eventID": "event-1"}}

    def test_a_reading_is_given_back_by_its_moment(self, store: Store) -> None:
        tags = (("Name", "web"), ("managed-by", "terraform"), ("empty", ""))
        reading = Observation(
            GroupDetails(GROUP, "web-prod", "vpc-0c4d"), NOW, (a_rule(rule_id="sgr-1"),), tags
        )
        later = replace(reading, at=NOW + timedelta(microseconds=1), rules=(), tags=())
        keep_reading(store, reading)
        keep_reading(store, later)
        assert store.observation(GROUP, NOW) == reading
        assert store.observation(GROUP, later.at) == later
        assert store.observation(GROUP, NOW - timedelta(seconds=1)) is None
        assert store.observation(replace(GROUP, region="us-east-1"), NOW) is None

    def test_an_observation_is_kept_and_names_its_group(self, store: Store) -> None:
        assert store.latest_observation(GROUP) is None
        older = Observation(GroupDetails(GROUP, "web-prod", "vpc-0c4d", "web"), NOW, (a_rule(),))
        newer = replace(
            older, at=NOW + timedelta(hours=1), rules=(a_rule(), a_rule("::/0", 443, description="x"))
        )
        keep_reading(store, newer)
        keep_reading(store, older)
        assert store.latest_observation(GROUP) == newer
        assert store.group(GROUP) == replace(older.group, tags=())

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
            (entry,) = store.changes(Listing(group=key), limit=9, now=NOW)
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


def test_keys_hold_account_and_region_throughout(store: Store, client: LaggingClient) -> None:
    keep(store)
    keep_reading(store, Observation(GroupDetails(GROUP, "web-prod", None), NOW, ()))
    for item in client.scan(TableName=TABLE)["Items"]:
        key = f"{item['pk']['S']} {item['sk']['S']}"
        if GROUP.group_id in key:
            assert GROUP.account_id in key
            assert GROUP.region in key
