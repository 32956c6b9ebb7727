"""What the store promises of prefix lists and of who names them, on the sandbox's DynamoDB and on AWS's DynamoDB Local alike."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from bot.aws.prefix_list_store import names_changed
from bot.aws.store import Store
from bot.aws.table import Table
from bot.core.changes import GroupKey
from bot.core.prefix_lists import PrefixListKey, PrefixListVersion
from tests.aws.conftest import TABLE, LaggingClient
from tests.makers import GROUP, NOW

LIST = "pl-0123456789abcdef0"
OFFICE, HOME, SIX = map(ip_network, ("198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32"))
KEY = PrefixListKey(GROUP.account_id, GROUP.region, LIST)
THIRD = PrefixListVersion(KEY, "office", 3, (OFFICE, SIX), NOW)
FOURTH = replace(THIRD, version=4, networks=(HOME,), read_at=NOW + timedelta(minutes=1))
OF_AWS = PrefixListVersion(replace(KEY, prefix_list_id="pl-63a5400a"), None, None, (OFFICE,), NOW)


class TestLists:
    @pytest.mark.parametrize("known", [THIRD, OF_AWS], ids=["a customer's", "AWS's"])
    def test_a_list_is_kept_as_it_was_read(self, store: Store, known: PrefixListVersion) -> None:
        store.record_prefix_list(known)
        assert store.prefix_list(known.key.prefix_list_id) == known
        assert store.known_prefix_lists([known.key.prefix_list_id]) == {known.key.prefix_list_id: known}

    def test_entries_come_by_the_id_that_rules_name(self, store: Store) -> None:
        store.record_prefix_list(THIRD)
        store.record_prefix_list(OF_AWS)
        found = store.prefix_lists([LIST, "pl-63a5400a", "pl-0ffffffffffffffff", LIST])
        assert found == {LIST: (OFFICE, SIX), "pl-63a5400a": (OFFICE,)}

    def test_nothing_is_asked_for_nothing(self, store: Store) -> None:
        assert store.prefix_lists([]) == {}

    def test_a_list_that_nobody_has_read_is_not_known(self, store: Store) -> None:
        assert store.prefix_list(LIST) is None
        assert store.prefix_list(LIST, 3) is None

    @pytest.mark.parametrize(
        "order", [(THIRD, FOURTH), (FOURTH, THIRD)], ids=["in order", "the older one late"]
    )
    def test_the_highest_version_is_current_and_each_can_be_had(
        self, store: Store, order: tuple[PrefixListVersion, ...]
    ) -> None:
        for version in order:
            store.record_prefix_list(version)
        assert store.prefix_list(LIST) == FOURTH
        assert store.prefix_list(LIST, 3) == THIRD
        assert store.prefix_list(LIST, 4) == FOURTH

    def test_a_version_that_is_read_again_is_trusted_from_then_on(self, store: Store) -> None:
        again = replace(THIRD, name="offices", read_at=NOW + timedelta(days=2))
        store.record_prefix_list(THIRD)
        store.record_prefix_list(again, is_current=True)
        store.record_prefix_list(THIRD, is_current=True)
        assert store.prefix_list(LIST) == again

    @pytest.mark.parametrize(
        ("after", "is_believed"),
        [(timedelta(minutes=9), False), (timedelta(days=1), True)],
        ids=["while it may be at it", "a day later"],
    )
    def test_a_lower_version_that_ec2_gives_as_current_is_believed_in_time(
        self, store: Store, after: timedelta, is_believed: bool
    ) -> None:
        """The edit that made the higher one was accepted, and not carried out."""
        read = replace(THIRD, read_at=FOURTH.read_at + after)
        store.record_prefix_list(FOURTH)
        store.record_prefix_list(read, is_current=True)
        assert store.prefix_list(LIST) == (read if is_believed else FOURTH)

    def test_an_older_version_that_is_looked_up_later_is_not_current(self, store: Store) -> None:
        store.record_prefix_list(FOURTH)
        store.record_prefix_list(replace(THIRD, read_at=NOW + timedelta(days=1)))
        assert store.prefix_list(LIST) == FOURTH

    def test_of_a_list_without_versions_the_later_reading_counts(self, store: Store) -> None:
        later = replace(OF_AWS, networks=(OFFICE, HOME), read_at=NOW + timedelta(days=1))
        store.record_prefix_list(later)
        store.record_prefix_list(OF_AWS)
        assert store.prefix_list("pl-63a5400a") == later

    def test_a_list_of_a_thousand_entries_is_kept(self, store: Store, client: LaggingClient) -> None:
        networks = tuple(ip_network(f"23.{n // 256}.{n % 256}.0/24") for n in range(1000))
        store.record_prefix_list(replace(THIRD, networks=networks))
        assert store.prefix_lists([LIST]) == {LIST: networks}
        sizes = [len(item["networks"]["B"]) for item in client.scan(TableName=TABLE)["Items"]]
        assert max(sizes) < 10_000


class TestNames:
    OTHER = GroupKey("444455556666", "eu-west-1", "sg-0b")

    def write(
        self,
        client: LaggingClient,
        key: GroupKey,
        *,
        added: tuple[str, ...] = (),
        removed: tuple[str, ...] = (),
    ) -> None:
        Table(TABLE, lambda: client).transact(names_changed(key, added=added, removed=removed))

    def test_a_group_is_found_by_what_its_rules_name(self, store: Store, client: LaggingClient) -> None:
        self.write(client, GROUP, added=(LIST, "sg-0c"))
        self.write(client, self.OTHER, added=(LIST,))
        assert store.groups_naming(LIST, limit=10) == [GROUP, self.OTHER]
        assert store.groups_naming("sg-0c", limit=10) == [GROUP]
        assert store.groups_naming("pl-0", limit=10) == []

    def test_a_group_that_names_it_no_longer_is_not_found(self, store: Store, client: LaggingClient) -> None:
        self.write(client, GROUP, added=(LIST, "sg-0c"))
        self.write(client, GROUP, added=("sg-0d",), removed=(LIST, "sg-never"))
        assert store.groups_naming(LIST, limit=10) == []
        assert store.groups_naming("sg-0c", limit=10) == store.groups_naming("sg-0d", limit=10) == [GROUP]

    def test_writing_it_twice_is_writing_it_once(self, store: Store, client: LaggingClient) -> None:
        self.write(client, GROUP, added=(LIST,))
        self.write(client, GROUP, added=(LIST,))
        assert store.groups_naming(LIST, limit=10) == [GROUP]

    def test_many_groups_are_found_in_pieces(self, store: Store, client: LaggingClient) -> None:
        keys = [replace(GROUP, group_id=f"sg-{number:02d}") for number in range(5)]
        for key in keys:
            self.write(client, key, added=(LIST,))
        first = store.groups_naming(LIST, limit=3)
        assert first + store.groups_naming(LIST, limit=3, behind=first[-1]) == keys
