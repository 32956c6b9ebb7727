"""What people ask of ledgers: what a group held, why it admits something, and which groups admit the internet."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from bot.core.address_sets import Entries
from bot.core.alerts import Acknowledgement, Alert
from bot.core.changes import ChangeKind, GroupKey
from bot.core.history import AlertScope, Place
from bot.core.ledger import Acceptance, Entry, Ledger
from bot.core.ledger_views import Flow
from bot.core.openness import ExposedGroup
from bot.core.rules import PrefixList, ReferencedGroup
from bot.workflows.ledger_lookup import LedgerLookup
from tests.makers import GROUP, SAM, an_alert
from tests.records import rule
from tests.told_ledgers import EGRESS, JO, NOW, OPENED, SSH, WEB, a_ledger, by, closed, unseen

AT = OPENED + timedelta(minutes=5)
TCP_22 = Flow("tcp", 22)
OFFICE = ip_network("203.0.113.0/24")
FROM_OFFICE = Flow("tcp", 22, OFFICE)
_MOST_PAGES = 30


@dataclass
class Store:
    """Ledgers by the moments from which on they are so, exposed groups in order, prefix lists, and alerts by the events they tell."""

    ledgers: dict[datetime | None, Ledger] = field(default_factory=dict)
    groups: list[ExposedGroup] = field(default_factory=list)
    lists: dict[str, tuple[object, ...]] = field(default_factory=dict)
    told: dict[str, Alert] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)

    def ledger(self, key: GroupKey, *, at: datetime | None = None) -> Ledger:
        self.called.append("ledger")
        assert key == GROUP
        return self.ledgers[at]

    def exposed_page(self, *, limit: int, behind: str | None = None) -> tuple[list[ExposedGroup], str | None]:
        self.called.append("exposed_page")
        rest = [group for group in self.groups if behind is None or group.place > behind]
        return rest[:limit], rest[limit - 1].place if len(rest) >= limit else None

    def prefix_lists(self, ids: Iterable[str]) -> Entries:
        self.called.append("prefix_lists")
        return {name: self.lists[name] for name in ids if name in self.lists}  # type: ignore[misc]

    def alerts_of_events(self, event_ids: Iterable[str]) -> dict[str, Alert]:
        self.called.append("alerts_of_events")
        return {event_id: self.told[event_id] for event_id in event_ids if event_id in self.told}


def lookup_in(store: Store) -> LedgerLookup:
    return LedgerLookup(store, store)


def lookup_of(*live: Entry, **more: object) -> tuple[LedgerLookup, Store]:
    store = Store({None: a_ledger(*live, **more)})
    return lookup_in(store), store


def entry(source: object, rule_id: str, **more: object) -> Entry:
    return replace(SSH, rule=rule(source=source, rule_id=rule_id, **more))  # type: ignore[arg-type]


class TestRulesAt:
    def test_it_tells_then_by_what_is_known_now(self) -> None:
        later = replace(WEB, opened=unseen(NOW, OPENED))
        store = Store({AT: a_ledger(SSH), None: a_ledger(SSH, later)})
        found = lookup_in(store).rules_at(GROUP, AT)
        assert found.held == (SSH,)
        assert found.doubtful == (WEB.rule,)
        assert found.at == AT
        assert store.called == ["ledger", "ledger"]


class TestWhy:
    def test_the_rules_that_admit_it_are_given_the_widest_first(self) -> None:
        narrow = entry("203.0.113.7/32", "sgr-1")
        lookup, _ = lookup_of(narrow, WEB, EGRESS, SSH)
        assert lookup.why(GROUP, TCP_22).entries == (SSH, narrow)
        assert lookup.why(GROUP, FROM_OFFICE).entries == (SSH, narrow)
        assert lookup.why(GROUP, Flow("tcp", 22, ip_network("203.0.113.8/32"))).entries == (SSH,)
        assert lookup.why(GROUP, Flow("udp", 22)).entries == ()

    def test_who_acknowledged_is_read_from_the_alerts_that_are_still_stored(self) -> None:
        other = replace(SSH, rule=rule(source="10.0.0.0/8", rule_id="sgr-1"), opened=by("bob", at=AT))
        lookup, store = lookup_of(SSH, other)
        assert SSH.opened.by is not None
        assert other.opened.by is not None
        taken = Acknowledgement(SAM, NOW, 1, "on it")
        store.told[SSH.opened.by.event_id] = replace(an_alert(), acknowledgement=taken)
        store.told[other.opened.by.event_id] = an_alert()
        found = lookup.why(GROUP, TCP_22)
        assert found.acceptance(SSH) == Acceptance(SAM.user_id, NOW, "on it")
        assert found.acceptance(other) is None

    def test_an_acknowledgement_that_outlived_its_alert_is_told(self) -> None:
        lookup, _ = lookup_of(replace(SSH, opened=by(acceptance=JO)))
        found = lookup.why(GROUP, TCP_22)
        assert found.acceptance(found.entries[0]) == JO

    def test_where_nothing_does_the_last_that_did_is_given(self) -> None:
        earlier = closed(entry("10.0.0.0/8", "sgr-1"), by("bob", AT, ChangeKind.REVOKE))
        last = closed(SSH, by("jo", NOW, ChangeKind.REVOKE))
        lookup, _ = lookup_of(WEB, closed=(earlier, last))
        assert lookup.why(GROUP, TCP_22).last == last
        assert lookup.why(GROUP, Flow("tcp", 3389)).last is None
        assert lookup.why(GROUP, Flow("tcp", 443)).last is None

    def test_what_is_in_doubt_or_may_go_either_way_is_doubtful(self) -> None:
        either = replace(
            entry("10.0.0.0/8", "sgr-1"), rule=replace(rule(source="10.0.0.0/8"), direction=None)
        )
        doubts = ((SSH.content, AT), (WEB.content, AT), (EGRESS.content, AT))
        lookup, _ = lookup_of(either, doubts=doubts)
        found = lookup.why(GROUP, TCP_22)
        assert found.entries == ()
        assert {str(doubtful.source) for doubtful in found.doubtful} == {"0.0.0.0/0", "10.0.0.0/8"}

    def test_prefix_lists_count_by_their_entries_where_these_are_known(self) -> None:
        known, other, unread = (entry(PrefixList(f"pl-{n}"), f"sgr-{n}") for n in range(3))
        lookup, store = lookup_of(known, other, unread)
        store.lists = {"pl-0": (OFFICE,), "pl-1": (ip_network("10.0.0.0/8"),)}
        found = lookup.why(GROUP, FROM_OFFICE)
        assert set(found.entries) == {known, unread}
        assert found.unread == (PrefixList("pl-2"),)

    def test_members_of_a_group_are_named_where_one_asks_about_addresses(self) -> None:
        member = entry(ReferencedGroup("sg-0b"), "sgr-1")
        lookup, _ = lookup_of(SSH, member)
        assert lookup.why(GROUP, FROM_OFFICE).members == (ReferencedGroup("sg-0b"),)
        assert lookup.why(GROUP, FROM_OFFICE).entries == (SSH,)
        assert lookup.why(GROUP, TCP_22).members == ()
        assert lookup.why(GROUP, TCP_22).entries == (SSH, member)

    @pytest.mark.parametrize(
        ("live", "called"),
        [
            pytest.param((SSH,), ["ledger", "alerts_of_events"], id="a rule"),
            pytest.param((WEB,), ["ledger"], id="nothing"),
            pytest.param((entry(PrefixList("pl-0"), "sgr-1"),), ["ledger", "prefix_lists", "alerts_of_events"], id="a list"),
        ],
    )  # fmt: skip
    def test_it_reads_no_more_than_it_needs(self, live: tuple[Entry, ...], called: list[str]) -> None:
        lookup, store = lookup_of(*live)
        lookup.why(GROUP, TCP_22)
        assert store.called == called


class TestExposed:
    def groups(self, count: int) -> list[ExposedGroup]:
        """Make groups of which each third is in another region."""
        return [
            ExposedGroup(
                replace(GROUP, region="us-east-1" if number % 3 == 0 else GROUP.region, group_id=f"sg-{number}"),
                None,
                (),
                f"{number:03}",
            )
            for number in range(count)
        ]  # fmt: skip

    def turn(self, lookup: LedgerLookup, place: Place, size: int) -> list[list[int]]:
        pages: list[list[int]] = []
        scope: AlertScope | None = AlertScope(place)
        while scope:
            assert len(pages) < _MOST_PAGES
            groups, scope = lookup.exposed(scope, size=size)
            assert scope is None or scope.place == place
            pages.append([int(group.place) for group in groups])
        return pages

    @pytest.mark.parametrize(
        ("place", "size", "expected"),
        [
            pytest.param(Place(), 2, [[0, 1], [2, 3], [4, 5]], id="full pages"),
            pytest.param(Place(), 4, [[0, 1, 2, 3], [4, 5]], id="a short end"),
            pytest.param(Place(), 6, [[0, 1, 2, 3, 4, 5]], id="one page"),
            pytest.param(Place(region="us-east-1"), 1, [[0], [3]], id="a region, in pages"),
            pytest.param(Place(region="us-east-1"), 8, [[0, 3]], id="a region"),
            pytest.param(Place("999999999999"), 8, [[]], id="an account without any"),
        ],
    )
    def test_each_group_is_on_one_page(self, place: Place, size: int, expected: list[list[int]]) -> None:
        assert self.turn(lookup_in(Store(groups=self.groups(6))), place, size) == expected

    @pytest.mark.parametrize("size", [8, 50, 300])
    def test_pages_of_one_region_meet_over_several_pieces(self, size: int) -> None:
        store = Store(groups=self.groups(600))
        pages = self.turn(lookup_in(store), Place(region="us-east-1"), size)
        assert [number for page in pages for number in page] == list(range(0, 600, 3))

    def test_after_four_pieces_the_list_goes_on_where_it_stopped(self) -> None:
        groups = [replace(group, key=GROUP) for group in self.groups(450)]
        groups[420] = replace(groups[420], key=replace(GROUP, region="us-east-1"))
        store = Store(groups=groups)
        found, more = lookup_in(store).exposed(AlertScope(Place(region="us-east-1")), size=8)
        assert found == []
        assert more is not None
        assert store.called == ["exposed_page"] * 4
        found, more = lookup_in(store).exposed(more, size=8)
        assert ([group.place for group in found], more) == (["420"], None)
