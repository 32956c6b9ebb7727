"""What people can ask, and how they turn the pages of what they get."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert, MessageRef
from bot.core.changes import GroupDetails, GroupKey, Observation, Outcome, PrincipalKind
from bot.core.history import AlertScope, KnownPrincipal, Listing, Page, Place, Silence
from bot.core.rules import Direction
from bot.workflows.lookup import ManyGroups, ManyPrincipals, NoGroup, NoPrincipal
from tests.aws.keeping import keep_reading
from tests.makers import ALICE, GROUP, JO, NOW, a_change, a_rule, an_alert
from tests.records import load_event
from tests.workflows.conftest import Stage

ABROAD = Place("111122223333", "us-east-1")
ELSEWHERE = Place("444455556666")
_MOST_PAGES = 30


def keep(stage: Stage, number: int, place: Place | None = None, *, told: bool = False, **more: Any) -> Alert:
    """Record change *number*, that many minutes after an hour ago, in a place of its own where one is given."""
    change = a_change(f"event-{number:03}", time=NOW - timedelta(hours=1) + timedelta(minutes=number), **more)
    if place:
        change = replace(
            change, account_id=place.account_id or GROUP.account_id, region=place.region or GROUP.region
        )
    alert = an_alert(change, now=change.time)
    stage.store.record_change(change, {}, alert=alert if told else None, learn=None, now=NOW)
    return alert


def numbers(page: Page) -> list[int]:
    return [int(entry.digest.change.event_id.removeprefix("event-")) for entry in page.entries]


def walk(
    stage: Stage, listing: Listing | None, size: int, turn: Callable[[Page], Listing | None]
) -> list[Page]:
    """Turn page after page, to the end."""
    pages: list[Page] = []
    while listing:
        assert len(pages) < _MOST_PAGES
        pages.append(stage.lookup.changes(listing, size=size))
        listing = turn(pages[-1])
    return pages


class TestPages:
    @pytest.mark.parametrize("size", [1, 3, 4, 6, 12, 13])
    @pytest.mark.parametrize(
        "listing",
        [
            pytest.param(Listing(), id="of all"),
            pytest.param(Listing(group=GROUP), id="of a group"),
            pytest.param(Listing(principal=ALICE.key), id="by a principal"),
            pytest.param(Listing(place=Place(GROUP.account_id, GROUP.region)), id="of a place"),
        ],
    )
    def test_older_and_newer_lead_to_the_ends_and_meet(
        self, stage: Stage, listing: Listing, size: int
    ) -> None:
        for number in range(12):
            keep(stage, number)
        older = walk(stage, listing, size, lambda page: page.older)
        assert [number for page in older for number in numbers(page)] == list(range(11, -1, -1))
        assert len(older) == -(-12 // size)  # no page is empty
        assert older[0].newer is None

        newer = walk(stage, older[-1].newer, size, lambda page: page.newer)
        there = [number for page in reversed(newer) for number in numbers(page)]
        assert there == list(range(11, max(numbers(older[-1])), -1))

        back = walk(stage, newer[-1].older, size, lambda page: page.older) if newer else older[:0]
        assert [number for page in back for number in numbers(page)] == (
            list(range(min(numbers(newer[-1])) - 1, -1, -1)) if newer else []
        )

    def test_a_page_brings_the_alerts_that_tell_its_changes(self, stage: Stage) -> None:
        told = keep(stage, 1, told=True)
        keep(stage, 2)
        stage.acknowledging.acknowledge(told.alert_id, JO, seen_version=1, clicked=None)
        page = stage.lookup.changes(Listing(), size=9)
        assert [alert.alert_id for alert in page.alerts.values()] == [told.alert_id]
        assert page.alerts[page.entries[1].position].acknowledgement is not None

    def test_a_list_of_nothing_has_no_other_page(self, stage: Stage) -> None:
        page = stage.lookup.changes(Listing(), size=9)
        assert (page.entries, page.alerts, page.older, page.newer) == ((), {}, None, None)

    def test_a_change_that_comes_meanwhile_moves_no_page(self, stage: Stage) -> None:
        for number in range(4):
            keep(stage, number)
        first = stage.lookup.changes(Listing(), size=2)
        keep(stage, 4)
        assert first.older is not None
        second = stage.lookup.changes(first.older, size=2)
        assert (numbers(first), numbers(second)) == ([3, 2], [1, 0])
        assert second.newer is not None
        back = stage.lookup.changes(second.newer, size=2)
        assert numbers(back) == [3, 2]
        assert back.newer is not None
        assert numbers(stage.lookup.changes(back.newer, size=2)) == [4]


class TestNarrowed:
    """Lists of some accounts or regions are read in pieces, of which what is not asked for is left out."""

    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            pytest.param(Place(), [4, 3, 2, 1, 0], id="everywhere"),
            pytest.param(Place("111122223333"), [4, 2, 1], id="an account"),
            pytest.param(Place(None, "us-east-1"), [3, 2, 1], id="a region"),
            pytest.param(ABROAD, [2, 1], id="both"),
            pytest.param(Place("999999999999"), [], id="another account"),
        ],
    )
    def test_what_is_elsewhere_is_left_out(self, stage: Stage, place: Place, expected: list[int]) -> None:
        keep(stage, 0, ELSEWHERE)
        keep(stage, 1, ABROAD)
        keep(stage, 2, ABROAD)
        keep(stage, 3, Place("444455556666", "us-east-1"))
        keep(stage, 4)
        page = stage.lookup.changes(Listing(place=place), size=9)
        assert numbers(page) == expected
        assert (page.older, page.newer) == (None, None)

    @pytest.mark.slow
    @pytest.mark.parametrize("size", [4, 10, 60])
    def test_pages_to_and_fro_meet_over_several_pieces(self, stage: Stage, size: int) -> None:
        """Of 130 changes, which are three pieces, each third is asked for."""
        for number in range(130):
            keep(stage, number, ABROAD if number % 3 == 0 else None)
        asked_for = list(range(129, -1, -3))
        older = walk(stage, Listing(place=ABROAD), size, lambda page: page.older)
        assert [number for page in older for number in numbers(page)] == asked_for
        assert all(len(page.entries) == size for page in older[:-1])
        newer = walk(stage, older[-1].newer, size, lambda page: page.newer)
        assert [number for page in reversed(newer) for number in numbers(page)] == (
            asked_for[: asked_for.index(numbers(older[-1])[0])] if newer else []
        )
        assert all(len(page.entries) == size for page in newer[:-1])

    @pytest.mark.slow
    def test_pieces_with_nothing_asked_for_in_them_are_read_over(self, stage: Stage) -> None:
        keep(stage, 0, ABROAD)
        for number in range(1, 130):
            keep(stage, number)
        page = stage.lookup.changes(Listing(place=ABROAD), size=5)
        assert numbers(page) == [0]
        assert page.older is None

    @pytest.mark.slow
    def test_after_six_pieces_the_page_is_given_as_it_is_and_the_list_goes_on(self, stage: Stage) -> None:
        keep(stage, 0, ABROAD)
        for number in range(1, 310):
            keep(stage, number)
        stage.world.called.clear()
        page = stage.lookup.changes(Listing(place=ABROAD), size=5)
        assert stage.world.called == ["query"] * 6
        assert numbers(page) == []
        assert page.older is not None
        rest = stage.lookup.changes(page.older, size=5)
        assert numbers(rest) == [0]
        assert rest.older is None


class TestFindGroup:
    PLACES = (Place(GROUP.account_id, GROUP.region), ABROAD, Place("444455556666", GROUP.region))

    def learn(self, stage: Stage, name: str, place: Place, group_id: str = GROUP.group_id) -> GroupDetails:
        key = GroupKey(place.account_id or "", place.region or "", group_id)
        details = GroupDetails(key, name, None)  # the index of names tells no more
        keep_reading(stage.store, Observation(details, NOW, ()))
        return details

    @pytest.mark.parametrize("typed", [GROUP.group_id, GROUP.group_id.upper()])
    def test_an_id_names_the_group_of_that_place(self, stage: Stage, typed: str) -> None:
        learned = (self.learn(stage, "web", place) for place in self.PLACES)
        here, abroad, elsewhere = (replace(details, tags=()) for details in learned)
        lookup = stage.lookup
        assert lookup.find_group(typed, ABROAD) == abroad
        assert lookup.find_group(typed, ELSEWHERE) == elsewhere
        assert lookup.find_group(typed, Place(None, GROUP.region)) == ManyGroups((here, elsewhere))
        assert lookup.find_group(typed, Place("999999999999")) == NoGroup(None)

    def test_a_name_names_the_group_of_that_place(self, stage: Stage) -> None:
        here, abroad, elsewhere = (self.learn(stage, "web", place) for place in self.PLACES)
        lookup = stage.lookup
        assert lookup.find_group("web", ABROAD) == abroad
        assert lookup.find_group("WEB", ELSEWHERE) == elsewhere
        assert lookup.find_group("web", Place()) == ManyGroups((here, abroad, elsewhere))

    def test_its_own_spelling_comes_before_others_and_a_whole_name_before_a_start(self, stage: Stage) -> None:
        place = self.PLACES[0]
        capital = self.learn(stage, "Web", place, "sg-00000001")
        small = self.learn(stage, "web", place, "sg-00000002")
        longer = self.learn(stage, "web-prod", place, "sg-00000003")
        lookup = stage.lookup
        assert lookup.find_group("web", Place()) == small
        assert lookup.find_group("Web", Place()) == capital
        assert lookup.find_group("WEB", Place()) == ManyGroups((capital, small))
        assert lookup.find_group("web-", Place()) == longer
        assert lookup.find_group("we", Place()) == ManyGroups((capital, small, longer))

    def test_what_is_nearly_right_is_offered(self, stage: Stage) -> None:
        known = self.learn(stage, "web-prod", self.PLACES[0])
        assert stage.lookup.find_group("web-prdo", Place()) == NoGroup(known)
        assert stage.lookup.find_group("database", Place()) == NoGroup(None)
        assert stage.lookup.find_group("sg-0ffffffff", Place()) == NoGroup(None)


class TestFindPrincipal:
    @pytest.fixture
    def known(self, stage: Stage) -> list[KnownPrincipal]:
        names = ("build", "build-prod", "Alice@example.com")
        principals = [KnownPrincipal(f"role:{n}", n, PrincipalKind.ASSUMED_ROLE, None) for n in names]
        for principal in principals:
            stage.store.meet_principal(principal, "event-1", NOW)
        return principals

    def test_by_the_whole_name_or_its_start_in_any_case(
        self, stage: Stage, known: list[KnownPrincipal]
    ) -> None:
        build, prod, alice = known
        lookup = stage.lookup
        assert lookup.find_principal("BUILD") == build
        assert lookup.find_principal("build-") == prod
        assert lookup.find_principal("alice") == alice
        assert lookup.find_principal("bu") == ManyPrincipals((build, prod))

    def test_what_is_nearly_right_is_offered(self, stage: Stage, known: list[KnownPrincipal]) -> None:
        assert stage.lookup.find_principal("build-pord") == NoPrincipal(known[1])
        assert stage.lookup.find_principal("zoe") == NoPrincipal(None)

    def test_two_of_one_name_are_both_offered(self, stage: Stage, known: list[KnownPrincipal]) -> None:
        other = replace(known[0], key="role:another:build", account_id="444455556666")
        stage.store.meet_principal(other, "event-1", NOW)
        assert stage.lookup.find_principal("build") == ManyPrincipals((other, known[0]))

    def test_a_reference_names_the_principal_whose_changes_are_listed(self, stage: Stage) -> None:
        keep(stage, 1)
        alice = KnownPrincipal(ALICE.key, ALICE.label, ALICE.kind, ALICE.account_id)
        stage.store.meet_principal(alice, "event-1", NOW)
        known = stage.lookup.principal(alice.reference)
        assert known == alice
        assert numbers(stage.lookup.changes(Listing(principal=known.key), size=9)) == [1]


class TestUnacknowledged:
    def turn(self, stage: Stage, scope: AlertScope | None, size: int) -> list[list[str]]:
        pages: list[list[str]] = []
        while scope:
            assert len(pages) < _MOST_PAGES
            alerts, scope = stage.lookup.unacknowledged(scope, size=size)
            pages.append([alert.digest.change.event_id.removeprefix("event-") for alert in alerts])
        return pages

    @pytest.mark.parametrize(
        ("place", "size", "expected"),
        [
            pytest.param(Place(), 2, [["004", "005"], ["000", "001"], ["002", "003"]], id="full pages"),
            pytest.param(Place(), 4, [["004", "005", "000", "001"], ["002", "003"]], id="a short end"),
            pytest.param(Place(), 6, [["004", "005", "000", "001", "002", "003"]], id="one page"),
            pytest.param(ABROAD, 1, [["005"], ["001"], ["003"]], id="a place, in pages"),
            pytest.param(ABROAD, 3, [["005", "001", "003"]], id="a place, one page"),
            pytest.param(ELSEWHERE, 3, [[]], id="a place where none waits"),
        ],
    )
    def test_each_that_waits_is_on_one_page_the_worst_first(
        self, stage: Stage, place: Place, size: int, expected: list[list[str]]
    ) -> None:
        for number in range(6):
            added = (a_rule() if number > 3 else a_rule("10.0.0.0/8"),)
            keep(stage, number, ABROAD if number % 2 else None, told=True, added=added)
        assert self.turn(stage, AlertScope(place), size) == expected

    def test_what_somebody_took_or_aws_refused_does_not_wait(self, stage: Stage) -> None:
        taken, waiting = keep(stage, 1, told=True), keep(stage, 2, told=True)
        keep(stage, 3, told=True, outcome=Outcome.DENIED)
        stage.acknowledging.acknowledge(taken.alert_id, JO, seen_version=1, clicked=None)
        alerts, more = stage.lookup.unacknowledged(AlertScope(), size=9)
        assert ([alert.alert_id for alert in alerts], more) == ([waiting.alert_id], None)
        assert stage.lookup.count_open() == (1, 1, False)

    @pytest.mark.slow
    def test_behind_two_hundred_of_other_places_the_list_goes_on(self, stage: Stage) -> None:
        for number in range(200):
            keep(stage, number, told=True)
        keep(stage, 200, ABROAD, told=True)
        alerts, more = stage.lookup.unacknowledged(AlertScope(ABROAD), size=5)
        assert [alert.digest.change.event_id for alert in alerts] == ["event-200"]
        assert more is None
        assert stage.lookup.count_open() == (200, 200, True)


class TestAnswers:
    def test_silence_says_since_when_and_when_last(self, stage: Stage) -> None:
        assert stage.lookup.silence(Listing()) == Silence(None, None)
        stage.sweeping.sweep()
        keep(stage, 1)
        keep(stage, 2)
        assert stage.lookup.silence(Listing()) == Silence(NOW, NOW - timedelta(minutes=58))
        of_another = Listing(group=replace(GROUP, group_id="sg-0ffffffff"))
        assert stage.lookup.silence(of_another) == Silence(NOW, NOW - timedelta(minutes=58))
        before = Listing(group=GROUP, until=NOW - timedelta(days=9))
        assert stage.lookup.silence(before).is_of_list

    def test_a_whole_change_is_read_from_its_event_again(self, stage: Stage) -> None:
        event = load_event("authorize_ingress_ssh_from_world")
        report = stage.reporting.record(event)
        assert report.alert is not None
        whole = stage.lookup.whole_change(report.alert)
        assert whole is not None
        assert whole.event_id == event["detail"]["eventID"]
        assert whole.added == report.alert.digest.change.added

    def test_a_whole_change_goes_the_way_that_a_reading_told(self, stage: Stage) -> None:
        report = stage.reporting.record(load_event("modify_rules"))
        assert report.alert is not None
        assert report.alert.group is not None
        rule = a_rule(direction=Direction.EGRESS, rule_id="sgr-0aaaabbbbccccdddd")
        details = GroupDetails(report.alert.group, "web-prod", None)
        stage.ec2.groups[report.alert.group] = Observation(details, NOW, (rule,))
        stage.work()
        whole = stage.lookup.whole_change(stage.store.alert(report.alert.alert_id))
        assert whole is not None
        assert [rule.direction for rule in whole.modified] == [Direction.EGRESS]

    @pytest.mark.parametrize("is_kept", [False, True], ids=["not kept any more", "not readable"])
    def test_a_change_whose_event_tells_nothing_is_not_given(self, stage: Stage, is_kept: bool) -> None:
        alert = keep(stage, 1, told=True) if is_kept else an_alert(a_change("gone"))
        assert stage.lookup.whole_change(alert) is None

    def test_a_group_that_nobody_has_told_of_is_its_key(self, stage: Stage) -> None:
        assert stage.lookup.details(GROUP) == GroupDetails(GROUP, None, None)

    def test_the_last_event_and_card_are_those_of_the_newest(self, stage: Stage) -> None:
        assert stage.lookup.last_event_and_card() == (None, None)
        alert = keep(stage, 1, told=True)
        keep(stage, 2)
        assert stage.lookup.last_event_and_card() == (NOW - timedelta(minutes=58), None)
        message = MessageRef("C1", "1795550850.000100")
        stage.store.adopt(alert.alert_id, message, instead_of=None)
        posted = datetime.fromtimestamp(1795550850.0001, UTC)
        assert stage.lookup.last_event_and_card() == (NOW - timedelta(minutes=58), posted)
