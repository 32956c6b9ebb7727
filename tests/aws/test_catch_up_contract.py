"""What the store promises of the catch-up: one at a time, one holder, and no alert that has a card of its own."""

from datetime import timedelta

import pytest

from bot.aws.store import Store
from bot.core.alerts import LEASE, Acknowledgement, Alert, MessageRef, NothingToDraw
from bot.core.assessment import Assessment, Severity
from bot.core.catch_up import CatchUp
from bot.core.completion import Completion
from bot.core.quiet import Quiet, QuietReason
from tests.aws.keeping import at_once, keep
from tests.makers import JO, NOW, a_rule

FIRST = CatchUp("first", ("a", "b"))
LATER = NOW + LEASE + timedelta(seconds=1)


def keep_harmless(store: Store, event_id: str = "event-1") -> Alert:
    return keep(store, event_id, added=(a_rule("10.0.0.0/8"),))


class TestOneAtATime:
    def test_of_two_that_begin_one_does(self, store: Store) -> None:
        begun = at_once(6, lambda number: store.begin_catch_up(CatchUp(f"catch-up-{number}", ("a",))))
        assert sorted(map(str, begun)) == ["False"] * 5 + ["True"]

    def test_it_is_there_until_it_is_told(self, store: Store) -> None:
        assert store.catch_up() is None
        store.begin_catch_up(FIRST)
        assert store.catch_up() == FIRST
        store.lease_catch_up("me", now=NOW)
        store.end_catch_up("somebody else")
        assert store.catch_up() == FIRST
        store.end_catch_up("me")
        assert store.catch_up() is None

    def test_one_holder_at_a_time_and_the_next_knows_of_one_that_died(self, store: Store) -> None:
        store.begin_catch_up(FIRST)
        assert store.lease_catch_up("me", now=NOW) == (FIRST, None)
        with pytest.raises(NothingToDraw):
            store.lease_catch_up("next", now=NOW)
        assert store.lease_catch_up("next", now=LATER) == (FIRST, NOW)

    def test_who_gives_it_back_leaves_no_doubt(self, store: Store) -> None:
        store.begin_catch_up(FIRST)
        store.lease_catch_up("me", now=NOW)
        store.free_catch_up("me")
        assert store.lease_catch_up("next", now=LATER) == (FIRST, None)

    def test_who_is_in_doubt_keeps_others_off(self, store: Store) -> None:
        store.begin_catch_up(FIRST)
        store.lease_catch_up("me", now=NOW)
        store.prolong_catch_up("me", until=LATER + LEASE)
        with pytest.raises(NothingToDraw):
            store.lease_catch_up("next", now=LATER)

    def test_none_under_way_cannot_be_carried_on_with(self, store: Store) -> None:
        with pytest.raises(NothingToDraw):
            store.lease_catch_up("me", now=NOW)

    def test_only_its_holder_widens_it(self, store: Store) -> None:
        store.begin_catch_up(FIRST)
        store.lease_catch_up("me", now=NOW)
        wider = CatchUp("first", ("a", "b", "c"))
        with pytest.raises(NothingToDraw):
            store.widen_catch_up(wider, "somebody else")
        store.widen_catch_up(wider, "me")
        assert store.catch_up() == wider


class TestItsAlerts:
    def test_one_that_it_tells_is_not_behind_any_more_and_still_waits_for_someone(self, store: Store) -> None:
        alert = keep_harmless(store)
        assert store.tell_in_catch_up(alert.alert_id, "first")
        assert store.alerts_behind(limit=9) == []
        (waiting,) = store.open_alerts_page(limit=9)[0]
        assert waiting.quiet == Quiet(QuietReason.CAUGHT_UP, "first")
        taken = Acknowledgement(JO, NOW, waiting.version)
        assert store.acknowledge(alert.alert_id, taken, now=NOW).acknowledgement == taken

    def test_it_may_say_so_twice_but_not_for_another(self, store: Store) -> None:
        alert = keep_harmless(store)
        assert store.tell_in_catch_up(alert.alert_id, "first")
        assert store.tell_in_catch_up(alert.alert_id, "first")
        assert not store.tell_in_catch_up(alert.alert_id, "second")

    def test_one_that_somebody_draws_or_may_have_drawn_is_left_out(self, store: Store) -> None:
        alert = keep_harmless(store)
        store.lease(alert.alert_id, "me", now=NOW)
        assert not store.tell_in_catch_up(alert.alert_id, "first")
        store.wait_for_turn(alert.alert_id, "me", until=NOW, in_doubt=True)
        assert not store.tell_in_catch_up(alert.alert_id, "first")

    def test_one_that_has_a_card_is_left_out(self, store: Store) -> None:
        alert = keep_harmless(store)
        store.lease(alert.alert_id, "me", now=NOW)
        message = MessageRef("C1", "1.1")
        store.mark_drawn(alert.alert_id, "me", version=1, message=message, now=NOW)
        assert not store.tell_in_catch_up(alert.alert_id, "first")

    def test_a_critical_one_is_left_out(self, store: Store) -> None:
        assert not store.tell_in_catch_up(keep(store).alert_id, "first")

    def test_one_that_is_gone_is_left_out(self, store: Store) -> None:
        assert not store.tell_in_catch_up("gone", "first")

    @pytest.mark.parametrize("is_more", [False, True], ids=["no more", "more"])
    def test_one_that_comes_to_tell_more_gets_a_card_of_its_own(self, store: Store, is_more: bool) -> None:
        alert = keep_harmless(store)
        store.tell_in_catch_up(alert.alert_id, "first")
        told = store.alert(alert.alert_id)
        worse = Assessment(Severity.HIGH)
        grown = store.complete(told, Completion("web", None, told.digest, worse, None, is_more=is_more))
        assert grown is not None
        assert (grown.quiet is None) is is_more
        behind = [alert.alert_id for alert in store.alerts_behind(limit=9)]
        assert behind == ([alert.alert_id] if is_more else [])

    def test_one_that_was_read_before_it_was_told_together_does_so_too(self, store: Store) -> None:
        read = keep_harmless(store)
        store.tell_in_catch_up(read.alert_id, "first")
        completion = Completion("web", None, read.digest, Assessment(Severity.HIGH), None, is_more=True)
        grown = store.complete(read, completion)
        assert grown is not None
        assert grown.quiet is None

    def test_one_that_was_acknowledged_and_comes_to_tell_more_is_open_and_gets_a_card(
        self, store: Store
    ) -> None:
        alert = keep_harmless(store)
        store.tell_in_catch_up(alert.alert_id, "first")
        taken = store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        completion = Completion("web", None, taken.digest, Assessment(Severity.HIGH), None, is_more=True)
        grown = store.complete(taken, completion)
        assert grown is not None
        assert (grown.quiet, grown.acknowledgement) == (None, None)
