"""What the store promises of lists of changes, and of who and what they can be asked by."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from bot.aws.store import Store
from bot.core.changes import ChangeKind, GroupKey, Membership, PrefixListEdit, PrincipalKind
from bot.core.history import HistoryEntry, KnownPrincipal, Listing, reference_of
from bot.core.people import KnownPerson, Person
from bot.core.sightings import Sighting
from tests.aws.conftest import HISTORY, TABLE, LaggingClient
from tests.aws.keeping import event_ids, keep_change
from tests.makers import ALICE, GROUP, NOW, a_change

OTHER = replace(GROUP, group_id="sg-0ffffffffffffffff")
BOB = replace(ALICE, name="bob", key="role:111122223333:deploy-" + "b" * 275, role="deploy")
BUILD = KnownPrincipal("role:111122223333:build", "build", PrincipalKind.ASSUMED_ROLE, "111122223333")

# Six changes around the end of a month; the second and the third fall into one second.
TIMES = (
    datetime(2026, 10, 30, 8, tzinfo=UTC),
    datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 20, tzinfo=UTC),
)
_MOST_PAGES = 9
LISTS = [
    pytest.param(Listing(group=GROUP), id="of a group"),
    pytest.param(Listing(principal=ALICE.key), id="by a principal"),
    pytest.param(Listing(), id="of all"),
]


def keep_six(store: Store) -> None:
    for number, time in enumerate(TIMES):
        keep_change(store, f"event-{number}", time)


def numbers(entries: list[HistoryEntry]) -> list[int]:
    return [int(name.removeprefix("event-")) for name in event_ids(entries)]


def pages(
    store: Store, listing: Listing, limit: int, turn: Callable[[list[HistoryEntry]], Listing]
) -> Iterator[list[HistoryEntry]]:
    """Read page after page, until one is empty."""
    for _ in range(_MOST_PAGES):
        page = store.changes(listing, limit=limit, now=NOW)
        if not page:
            return
        yield page
        listing = turn(page)
    pytest.fail("the list has no end")


@pytest.mark.parametrize("listing", LISTS)
class TestSpans:
    """Changes 0 to 5; a span takes in its beginning, and ends before its end."""

    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            pytest.param(None, None, [5, 4, 3, 2, 1, 0], id="no bounds"),
            pytest.param(TIMES[3], None, [5, 4, 3], id="since the first of the month"),
            pytest.param(TIMES[2], None, [5, 4, 3, 2, 1], id="since the month's last second"),
            pytest.param(None, TIMES[3], [2, 1, 0], id="until the first of the month"),
            pytest.param(None, TIMES[1], [0], id="until the month's last second"),
            pytest.param(TIMES[1], TIMES[4], [3, 2, 1], id="over the end of the month"),
            pytest.param(TIMES[3], TIMES[4], [3], id="one second"),
            pytest.param(TIMES[3], TIMES[3], [], id="no time at all"),
            pytest.param(TIMES[4], TIMES[3], [], id="an end before the beginning"),
            pytest.param(TIMES[5], TIMES[0], [], id="an end a month before the beginning"),
            pytest.param(NOW, None, [], id="since now"),
            pytest.param(None, NOW + timedelta(days=60), [5, 4, 3, 2, 1, 0], id="until a time to come"),
            pytest.param(NOW - HISTORY, NOW, [5, 4, 3, 2, 1, 0], id="all that is kept"),
        ],
    )
    def test_a_span_holds_what_happened_in_it(
        self,
        store: Store,
        listing: Listing,
        since: datetime | None,
        until: datetime | None,
        expected: list[int],
    ) -> None:
        keep_six(store)
        spanned = replace(listing, since=since, until=until)
        assert numbers(store.changes(spanned, limit=9, now=NOW)) == expected

    @pytest.mark.parametrize(
        ("since", "until", "inside"),
        [
            pytest.param(None, None, [5, 4, 3, 2, 1, 0], id="no bounds"),
            pytest.param(TIMES[1], None, [5, 4, 3, 2, 1], id="since"),
            pytest.param(None, TIMES[5], [4, 3, 2, 1, 0], id="until"),
            pytest.param(TIMES[1], TIMES[5], [4, 3, 2, 1], id="since and until"),
        ],
    )
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
    def test_pages_to_and_fro_meet_without_gap_or_repeat(
        self,
        store: Store,
        listing: Listing,
        since: datetime | None,
        until: datetime | None,
        inside: list[int],
        limit: int,
    ) -> None:
        keep_six(store)
        spanned = replace(listing, since=since, until=until)
        older = list(pages(store, spanned, limit, lambda page: spanned.turned(before=page[-1].position)))
        assert [number for page in older for number in numbers(page)] == inside
        assert all(len(page) == limit for page in older[:-1])

        oldest = older[-1][-1].position
        start = spanned.turned(after=oldest)
        newer = list(pages(store, start, limit, lambda page: spanned.turned(after=page[0].position)))
        assert [number for page in reversed(newer) for number in numbers(page)] == inside[:-1]
        assert all(len(page) == limit for page in newer[:-1])

    def test_the_page_beside_one_is_nearest_to_it(self, store: Store, listing: Listing) -> None:
        keep_six(store)
        whole = store.changes(listing, limit=9, now=NOW)
        assert numbers(store.changes(listing.turned(after=whole[4].position), limit=2, now=NOW)) == [3, 2]
        assert numbers(store.changes(listing.turned(before=whole[1].position), limit=2, now=NOW)) == [3, 2]

    def test_a_page_of_exactly_what_there_is_has_nothing_behind_it(
        self, store: Store, listing: Listing
    ) -> None:
        keep_six(store)
        page = store.changes(listing, limit=6, now=NOW)
        assert numbers(page) == [5, 4, 3, 2, 1, 0]
        assert store.changes(listing.turned(before=page[-1].position), limit=6, now=NOW) == []
        assert store.changes(listing.turned(after=page[0].position), limit=6, now=NOW) == []

    def test_months_in_which_nothing_happened_end_no_list(self, store: Store, listing: Listing) -> None:
        times = [NOW - timedelta(days=days) for days in (390, 200, 1)]
        for number, time in enumerate(times):
            keep_change(store, f"event-{number}", time)
        first, second, third = pages(store, listing, 1, lambda page: listing.turned(before=page[-1].position))
        assert numbers(first + second + third) == [2, 1, 0]
        back = store.changes(listing.turned(after=third[0].position), limit=2, now=NOW)
        assert numbers(back) == [2, 1]


class TestWhoseChanges:
    def test_a_group_has_its_own_alone(self, store: Store) -> None:
        places = [
            GROUP,
            OTHER,
            replace(GROUP, account_id="444455556666"),
            replace(GROUP, region="us-east-1"),
        ]
        for number, key in enumerate(places):
            keep_change(
                store,
                f"event-{number}",
                NOW,
                account_id=key.account_id,
                region=key.region,
                group_id=key.group_id,
            )
        found = [event_ids(store.changes(Listing(group=key), limit=9, now=NOW)) for key in places]
        assert found == [["event-0"], ["event-1"], ["event-2"], ["event-3"]]

    def test_a_principal_has_its_own_alone_over_all_groups(self, store: Store) -> None:
        keep_change(store, "event-0", TIMES[0], principal=BOB)
        keep_change(store, "event-1", TIMES[1])
        keep_change(store, "event-2", TIMES[5], principal=BOB, group_id=OTHER.group_id)
        assert len(BOB.key) == 300
        assert event_ids(store.changes(Listing(principal=BOB.key), limit=9, now=NOW)) == [
            "event-2",
            "event-0",
        ]
        assert event_ids(store.changes(Listing(principal=ALICE.key), limit=9, now=NOW)) == ["event-1"]
        assert store.changes(Listing(principal=BOB.key[:-1]), limit=9, now=NOW) == []

    def test_changes_whose_group_is_not_known_are_in_the_feed(self, store: Store) -> None:
        keep_change(store, "event-1", NOW, group_id=None)
        (entry,) = store.changes(Listing(), limit=9, now=NOW)
        assert entry.digest.change.group is None

    def test_an_alert_and_a_reading_are_in_no_list_of_changes(self, store: Store) -> None:
        keep_change(store, "event-1", NOW)
        store.start_watching(NOW)
        assert len(store.changes(Listing(group=GROUP), limit=9, now=NOW)) == 1
        assert len(store.changes(Listing(), limit=9, now=NOW)) == 1


class TestSeveralGroups:
    IDS = ("sg-00000001", "sg-00000002", "sg-00000003")

    @pytest.fixture
    def keys(self, store: Store) -> list[GroupKey]:
        """The groups that one interface gets, by one call."""
        keep_change(
            store,
            "event-1",
            NOW,
            kind=ChangeKind.MEMBERSHIP,
            event_name="ModifyNetworkInterfaceAttribute",
            group_id=None,
            added=(),
            effect=Membership("eni-0a"),
            mentioned=self.IDS,
        )
        return [replace(GROUP, group_id=group_id) for group_id in self.IDS]

    def test_the_change_stands_under_each_group_once(self, store: Store, keys: list[GroupKey]) -> None:
        for key in keys:
            (entry,) = store.changes(Listing(group=key), limit=9, now=NOW)
            assert entry.digest.change.groups == tuple(keys)
            assert entry.digest.change.effect == Membership("eni-0a")

    def test_the_change_stands_in_the_lists_of_all_and_of_who_made_it_once(
        self, store: Store, keys: list[GroupKey]
    ) -> None:
        for listing in (Listing(), Listing(principal=ALICE.key)):
            (entry,) = store.changes(listing, limit=9, now=NOW)
            assert entry.digest.change.groups == tuple(keys)

    def test_a_position_in_one_list_is_good_in_another(self, store: Store, keys: list[GroupKey]) -> None:
        """A person may turn from the feed to a group's list and back, at the same place."""
        keep_change(store, "event-0", NOW - timedelta(days=1), group_id=keys[2].group_id)
        (entry,) = store.changes(Listing(), limit=1, now=NOW)
        older = Listing(group=keys[2], before=entry.position)
        assert event_ids(store.changes(older, limit=9, now=NOW)) == ["event-0"]


def test_a_change_of_a_prefix_list_is_in_the_feed_and_under_no_group(
    store: Store, client: LaggingClient
) -> None:
    edit = PrefixListEdit(
        "pl-0123456789abcdef0",
        added=((ip_network("198.51.100.0/24"), "new office"), (ip_network("2001:db8::/32"), None)),
        removed=(ip_network("203.0.113.0/24"),),
    )
    change = a_change(kind=ChangeKind.PREFIX_LIST, group_id=None, added=(), effect=edit)
    event = {"detail": {"eventID": "event-1"}}
    store.record_change(change, event, alert=None, learn=None, now=NOW)
    (entry,) = store.changes(Listing(), limit=9, now=NOW)
    assert entry.digest.change.kind is ChangeKind.PREFIX_LIST
    assert entry.digest.count == 3
    assert event_ids(store.changes(Listing(principal=ALICE.key), limit=9, now=NOW)) == ["event-1"]
    assert store.event_of(change) == event
    keys = [item["pk"]["S"] for item in client.scan(TableName=TABLE)["Items"]]
    assert "PREFIXLIST#111122223333#ap-northeast-2#pl-0123456789abcdef0" in keys
    assert not any(key.startswith("GROUP#") for key in keys)


class TestPrincipals:
    def test_a_principal_is_found_by_the_start_of_its_name_in_any_case(self, store: Store) -> None:
        named = [
            replace(BUILD, key=f"person:{name}", name=name)
            for name in ("Builder", "build-prod", "alice@example.com")
        ]
        for known in (*named, BUILD):
            store.meet_principal(known, "event-1", NOW)
        found = store.principals_named("BUILD", limit=9)
        assert [known.name for known in found] == ["build", "build-prod", "Builder"]
        assert store.principals_named("alice@example.com", limit=9) == [named[2]]
        assert store.principals_named("prod", limit=9) == []
        assert len(store.principals_named("b", limit=2)) == 2

    def test_what_follows_the_start_of_a_name_may_be_any_letter_of_any_script(self, store: Store) -> None:
        named = [
            replace(BUILD, key=f"person:{end}", name=f"build{end}")
            for end in ("", "-1", "~", "é", "漢", "🙂")
        ]
        others = [replace(BUILD, key=f"person:{name}", name=name) for name in ("buile", "buil", "b漢")]
        last = replace(BUILD, key="person:last", name="build\U000e01ef")
        for known in (*others, last, *named):
            store.meet_principal(known, "event-1", NOW)
        assert store.principals_named("build", limit=99) == [*named, last]

    def test_two_of_one_name_are_two(self, store: Store) -> None:
        other = replace(BUILD, key="role:444455556666:build", account_id="444455556666")
        store.meet_principal(BUILD, "event-1", NOW)
        store.meet_principal(other, "event-1", NOW)
        assert store.principals_named("build", limit=9) == [BUILD, other]

    def test_what_a_principal_is_called_is_put_once(self, store: Store) -> None:
        store.meet_principal(BUILD, "event-1", NOW)
        store.meet_principal(replace(BUILD, name="another", account_id=None), "event-1", NOW)
        assert store.principal(BUILD.reference) == BUILD
        assert store.principals_named("another", limit=9) == []

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            pytest.param("k" * 300, "n" * 300, id="long"),
            pytest.param("漢" * 300, "漢" * 300, id="three bytes each"),
            pytest.param("🙂" * 300, "🙂" * 300, id="four bytes each"),
        ],
    )
    def test_a_principal_with_a_long_key_is_kept_whole(self, store: Store, key: str, name: str) -> None:
        known = KnownPrincipal(key, name, PrincipalKind.UNKNOWN, None)
        store.meet_principal(known, "event-1", NOW)
        assert len(known.reference) == 32
        assert store.principal(known.reference) == known
        assert store.principals_named(name[:100], limit=9) == [known]

    def test_keys_that_differ_at_their_end_alone_are_two_principals(self, store: Store) -> None:
        one, two = (replace(BUILD, key="k" * 299 + end) for end in "ab")
        store.meet_principal(one, "event-1", NOW)
        store.meet_principal(two, "event-1", NOW)
        assert store.principal(one.reference) == one
        assert store.principal(two.reference) == two

    def test_it_is_told_when_a_principal_was_met_before(self, store: Store) -> None:
        later = NOW + timedelta(days=100)
        assert store.meet_principal(BUILD, "event-1", NOW) == Sighting(None)
        assert store.meet_principal(BUILD, "event-2", NOW + timedelta(hours=1)) == Sighting(NOW)
        assert store.meet_principal(BUILD, "event-3", later) == Sighting(NOW)
        assert store.meet_principal(BUILD, "event-4", later + timedelta(hours=1)) == Sighting(later)

    def test_an_event_that_comes_again_is_told_the_same(self, store: Store) -> None:
        later = NOW + timedelta(days=100)
        for _ in range(2):
            assert store.meet_principal(BUILD, "event-1", NOW) == Sighting(None)
        for _ in range(2):
            assert store.meet_principal(BUILD, "event-2", later) == Sighting(NOW)

    def test_of_one_whose_sightings_nobody_kept_nothing_is_said(
        self, store: Store, client: LaggingClient
    ) -> None:
        store.meet_principal(BUILD, "event-1", NOW)
        key = {"pk": {"S": f"PRINCIPAL#{BUILD.reference}"}, "sk": {"S": "PRINCIPAL"}}
        client.update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE seen_at, seen_event")
        assert store.meet_principal(BUILD, "event-2", NOW) is None
        assert store.meet_principal(BUILD, "event-3", NOW + timedelta(days=91)) == Sighting(NOW)

    def test_a_reference_that_nobody_has_finds_nobody(self, store: Store) -> None:
        assert store.principal(reference_of("nobody")) is None

    def test_a_lagging_index_lacks_a_new_principal_whom_the_reference_finds(
        self, store: Store, client: LaggingClient
    ) -> None:
        client.stop_indexes()
        store.meet_principal(BUILD, "event-1", NOW)
        assert store.principals_named("build", limit=9) == []
        assert store.principal(BUILD.reference) == BUILD


class TestPeople:
    def test_whom_slack_knows_by_an_address_is_kept_and_that_it_knows_nobody(self, store: Store) -> None:
        assert store.person("alice@example.com") is None
        for known in (KnownPerson(Person("U1", "Alice Kim"), NOW), KnownPerson(None, NOW)):
            store.keep_person("alice@example.com", known)
            assert store.person("alice@example.com") == known


class TestStandingIndexes:
    def test_a_lagging_index_lacks_the_newest_and_repeats_nothing(
        self, store: Store, client: LaggingClient
    ) -> None:
        keep_six(store)
        client.stop_indexes()
        keep_change(store, "event-6", NOW)
        assert numbers(store.changes(Listing(group=GROUP), limit=1, now=NOW)) == [6]
        for listing in (Listing(), Listing(principal=ALICE.key)):
            assert numbers(store.changes(listing, limit=9, now=NOW)) == [5, 4, 3, 2, 1, 0]


def test_watching_begins_once(store: Store) -> None:
    assert store.watching_since() is None
    store.start_watching(NOW)
    store.start_watching(NOW + timedelta(days=9))
    assert store.watching_since() == NOW


def test_what_came_late_from_before_watching_began_is_listed(store: Store) -> None:
    store.start_watching(NOW)
    keep_change(store, "event-1", NOW - timedelta(days=20))
    keep_change(store, "event-2", NOW)
    assert numbers(store.changes(Listing(), limit=9, now=NOW)) == [2, 1]


def test_what_is_older_by_months_is_listed_where_a_list_says_since_when(store: Store) -> None:
    store.start_watching(NOW)
    keep_change(store, "event-1", NOW - timedelta(days=100))
    since = NOW - timedelta(days=200)
    assert numbers(store.changes(Listing(since=since), limit=9, now=NOW)) == [1]
