"""What the store promises of alerts: which ones wait, who draws them, who takes them, what a reading adds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.aws.store import Store
from bot.core.alerts import (
    LEASE,
    Acknowledgement,
    Alert,
    AlertNotFound,
    AlertStatus,
    LeaseLost,
    MessageRef,
    NothingToDraw,
    Shown,
    TransitionRefused,
    Unread,
)
from bot.core.assessment import Assessment, Finding, Severity
from bot.core.changes import Digest, Outcome
from bot.core.completion import Completion
from bot.core.parts import Reading
from tests.aws.conftest import TABLE, LaggingClient
from tests.aws.keeping import at_once, keep
from tests.makers import JO, NOW, SAM, a_change, a_rule, an_alert

MESSAGE = MessageRef("C04SECGROUPS", "1795487599.000100")


class TestLists:
    def test_open_alerts_come_worst_first_and_among_equals_oldest_first(self, store: Store) -> None:
        keep(store, "low", minutes=0, added=(a_rule("10.0.0.0/8"),))
        keep(store, "critical-later", minutes=3)
        keep(store, "critical", minutes=1)
        keep(store, "high", minutes=2, added=(a_rule(port=9999),))
        alerts = store.open_alerts_page(limit=9)[0]
        names = [alert.digest.change.event_id for alert in alerts]
        assert names == ["critical", "critical-later", "high", "low"]
        assert [a.digest.change.event_id for a in store.open_alerts_page(limit=1)[0]] == ["critical"]

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
        assert store.open_alerts_page(limit=9)[0] == []
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
        assert [alert.alert_id for alert in store.open_alerts_page(limit=9)[0]] == [waiting.alert_id]

    def test_a_lagging_index_shows_no_card_as_behind_that_is_drawn(
        self, store: Store, client: LaggingClient
    ) -> None:
        drawn, behind = keep(store, "event-1"), keep(store, "event-2", minutes=1)
        client.stop_indexes()
        store.lease(drawn.alert_id, "me", now=NOW)
        store.mark_drawn(drawn.alert_id, "me", version=1, message=MESSAGE, now=NOW)
        assert [alert.alert_id for alert in store.alerts_behind(limit=9)] == [behind.alert_id]

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_open_alerts_can_be_gone_through_in_pages(self, store: Store, limit: int) -> None:
        for number in range(3):
            keep(store, f"critical-{number}", minutes=number)
            keep(store, f"low-{number}", minutes=number, added=(a_rule("10.0.0.0/8"),))
        names: list[str] = []
        behind = None
        while page := store.open_alerts_page(limit=limit, behind=behind)[0]:
            assert len(page) == limit
            assert len(names) < 6
            names += [alert.digest.change.event_id for alert in page]
            behind = store.place_of(page[-1])
        assert names == ["critical-0", "critical-1", "critical-2", "low-0", "low-1", "low-2"]

    def test_a_place_holds_after_its_alert_was_taken(self, store: Store) -> None:
        alerts = [keep(store, f"event-{number}", minutes=number) for number in range(3)]
        store.acknowledge(alerts[1].alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        behind = store.open_alerts_page(limit=9, behind=store.place_of(alerts[1]))[0]
        assert [alert.alert_id for alert in behind] == [alerts[2].alert_id]


class TestLease:
    def test_one_holder_at_a_time(self, store: Store) -> None:
        alert = keep(store)
        results = at_once(8, lambda number: store.lease(alert.alert_id, f"holder-{number}", now=NOW))
        assert sum(isinstance(result, tuple) for result in results) == 1
        assert sum(isinstance(result, NothingToDraw) for result in results) == 7

    def test_who_waits_for_its_turn_is_not_leased_before_but_for_a_person(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        until = NOW + timedelta(seconds=5)
        store.wait_for_turn(alert.alert_id, "me", until=until, in_doubt=False)
        assert store.alert(alert.alert_id).waits_until == until
        with pytest.raises(NothingToDraw):
            store.lease(alert.alert_id, "next", now=NOW + timedelta(seconds=4))
        store.lease(alert.alert_id, "a person", now=NOW + timedelta(seconds=4), at_once=True)
        store.free_lease(alert.alert_id, "a person", in_doubt=False)
        _, unknown_since = store.lease(alert.alert_id, "next", now=until)
        assert unknown_since is None

    def test_who_waits_for_its_turn_in_doubt_stays_in_doubt(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "died", now=NOW)
        later = NOW + LEASE + timedelta(seconds=1)
        store.lease(alert.alert_id, "me", now=later)
        store.wait_for_turn(alert.alert_id, "me", until=later, in_doubt=True)
        assert store.alert(alert.alert_id).lease is None
        _, unknown_since = store.lease(alert.alert_id, "next", now=later)
        assert unknown_since == NOW

    def test_a_lease_that_is_lost_makes_nobody_wait(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        store.wait_for_turn(alert.alert_id, "somebody else", until=NOW + LEASE, in_doubt=False)
        assert store.alert(alert.alert_id).waits_until is None

    def test_a_drawn_card_says_what_it_showed_and_waits_for_nothing(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        store.wait_for_turn(alert.alert_id, "me", until=NOW + LEASE, in_doubt=False)
        store.lease(alert.alert_id, "me", now=NOW, at_once=True)
        shown = Shown(NOW, alert.assessment.severity, alert.status)
        store.mark_drawn(alert.alert_id, "me", version=1, message=MESSAGE, now=NOW, shown=shown)
        drawn = store.alert(alert.alert_id)
        assert (drawn.shown, drawn.waits_until) == (shown, None)

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
        store.free_lease(alert.alert_id, "slow", in_doubt=False)
        held = store.alert(alert.alert_id).lease
        assert held is not None
        assert held.holder == "quick"

    def test_a_lease_that_is_given_back_leaves_no_doubt(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "refused", now=NOW)
        store.free_lease(alert.alert_id, "refused", in_doubt=False)
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
        assert store.open_alerts_page(limit=9)[0] == []
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
        assert [waiting.alert_id for waiting in store.open_alerts_page(limit=9)[0]] == [alert.alert_id]
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

    def test_a_note_stays_with_its_acknowledgement(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1, "vendor session"), now=NOW)
        assert store.alert(alert.alert_id).acknowledgement == Acknowledgement(JO, NOW, 1, "vendor session")
        store.unacknowledge(alert.alert_id, seen_version=9)
        again = store.acknowledge(alert.alert_id, Acknowledgement(SAM, NOW, 3), now=NOW)
        assert again.acknowledgement == Acknowledgement(SAM, NOW, 3)

    def test_a_note_goes_with_its_acknowledgement(self, store: Store, client: LaggingClient) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1, "vendor session"), now=NOW)
        assert store.unacknowledge(alert.alert_id, seen_version=9).acknowledgement is None
        kept = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "ALERT"]
        assert not any(name.startswith("ack_") for item in kept for name in item)

    @pytest.mark.parametrize("note", ["", "ü" * 3000, "*bold* <!here> 🙂"], ids=["empty", "long", "hostile"])
    def test_any_note_can_be_kept(self, store: Store, note: str) -> None:
        alert = keep(store)
        taken = store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1, note), now=NOW)
        assert taken.acknowledgement == Acknowledgement(JO, NOW, 1, note or None)


class TestComplete:
    def test_what_was_read_of_the_group_is_put_on_an_alert(self, store: Store) -> None:
        alert = keep(store)
        named = store.complete(alert, completed(alert, group_name="web-prod"))
        assert named is not None
        assert (named.group_name, named.vpc_id) == ("web-prod", None)
        assert (named.version, named.content_version) == (2, 1)
        assert store.alert(alert.alert_id) == named

    def test_a_lower_severity_moves_an_open_alert_down_the_list(self, store: Store) -> None:
        first, second = keep(store, "event-1"), keep(store, "event-2", minutes=1)
        store.complete(first, completed(first, assessment=Assessment(Severity.INFORMATIONAL)))
        listed = [alert.alert_id for alert in store.open_alerts_page(limit=9)[0]]
        assert listed == [second.alert_id, first.alert_id]

    def test_completing_keeps_an_acknowledgement_made_meanwhile(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1, "seen"), now=NOW)
        now = store.complete(alert, completed(alert, group_name="web-prod"))
        assert now is not None
        assert (now.status, now.version) == (AlertStatus.ACKNOWLEDGED, 3)
        assert now.acknowledgement == Acknowledgement(JO, NOW, 1, "seen")
        assert store.open_alerts_page(limit=9)[0] == []

    def test_what_was_computed_from_less_than_is_told_by_now_is_refused(self, store: Store) -> None:
        alert = replace(keep(store), content_version=9)
        assert store.complete(alert, completed(alert, group_name="web-prod")) is None
        gone = replace(alert, alert_id="nothing")
        assert store.complete(gone, completed(gone, group_name="web-prod")) is None

    def test_all_that_a_reading_adds_is_kept_and_nothing_else_is_touched(self, store: Store) -> None:
        alert = keep(store)
        completion = Completion(
            "web-prod",
            "vpc-0c4d",
            Digest(replace(alert.digest.change, is_cut=True), 7),
            Assessment(Severity.HIGH, (Finding(Severity.HIGH, "tcp 9999", "the internet", "EC2.18"),), 3),
            Reading(NOW, (a_rule(), a_rule("10.0.0.0/8", 443)), 40),
        )
        assert store.complete(alert, completion) == replace(
            alert,
            version=2,
            group_name="web-prod",
            vpc_id="vpc-0c4d",
            digest=completion.digest,
            assessment=completion.assessment,
            reading=completion.reading,
        )

    def test_a_higher_severity_moves_an_open_alert_up_both_lists(self, store: Store) -> None:
        keep(store, "high", added=(a_rule(port=9999),))
        low = keep(store, "low", minutes=1, added=(a_rule("10.0.0.0/8"),))
        store.complete(low, completed(low, assessment=Assessment(Severity.CRITICAL)))
        for found in (store.open_alerts_page(limit=1)[0], store.alerts_behind(limit=1)):
            assert [alert.alert_id for alert in found] == [low.alert_id]

    def test_a_drawn_card_is_behind_again(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        store.mark_drawn(alert.alert_id, "me", version=1, message=MESSAGE, now=NOW)
        store.complete(alert, completed(alert, group_name="web-prod"))
        (behind,) = store.alerts_behind(limit=9)
        assert (behind.version, behind.drawn_version, behind.message) == (2, 1, MESSAGE)

    def test_an_alert_taken_meanwhile_stays_off_the_worklist_whatever_its_severity(
        self, store: Store
    ) -> None:
        """Its weight changes all the same: it counts once somebody gives the alert back."""
        other, alert = keep(store, "other", added=(a_rule(port=9999),)), keep(store, minutes=1)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        store.complete(alert, completed(alert, assessment=Assessment(Severity.LOW)))
        assert [waiting.alert_id for waiting in store.open_alerts_page(limit=9)[0]] == [other.alert_id]
        store.unacknowledge(alert.alert_id, seen_version=9)
        waiting = [waiting.alert_id for waiting in store.open_alerts_page(limit=9)[0]]
        assert waiting == [other.alert_id, alert.alert_id]
        behind = store.open_alerts_page(limit=9, behind=store.place_of(other))[0]
        assert [alert.alert_id for alert in behind] == [alert.alert_id]

    def test_an_alert_that_waits_for_nobody_is_put_on_no_worklist(self, store: Store) -> None:
        alert = keep(store, outcome=Outcome.DENIED, error_code="Client.UnauthorizedOperation")
        assert store.complete(alert, completed(alert, group_name="web-prod")) is not None
        assert store.open_alerts_page(limit=9)[0] == []

    def test_what_was_refused_changed_nothing(self, store: Store) -> None:
        alert = keep(store)
        grown = replace(alert, content_version=2)
        assert store.complete(grown, completed(grown, assessment=Assessment(Severity.LOW))) is None
        assert store.alert(alert.alert_id) == alert


class TestUnread:
    """Why a group could not be read stands on its alert until a reading succeeds."""

    NO_ROLE = Unread(NOW, "AccessDenied", "panopticon-read")

    def test_it_is_kept_and_nothing_else_is_touched(self, store: Store) -> None:
        alert = keep(store)
        told = store.tell_unread(alert, self.NO_ROLE)
        assert told == replace(alert, version=2, unread=self.NO_ROLE)
        assert store.alert(alert.alert_id) == told

    def test_a_drawn_card_is_behind_again_and_an_earlier_button_still_covers_it(self, store: Store) -> None:
        alert = keep(store)
        store.lease(alert.alert_id, "me", now=NOW)
        store.mark_drawn(alert.alert_id, "me", version=1, message=MESSAGE, now=NOW)
        store.tell_unread(alert, self.NO_ROLE)
        assert [behind.alert_id for behind in store.alerts_behind(limit=9)] == [alert.alert_id]
        taken = store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        assert (taken.status, taken.unread) == (AlertStatus.ACKNOWLEDGED, self.NO_ROLE)

    def test_it_keeps_an_acknowledgement_made_meanwhile(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        told = store.tell_unread(alert, Unread(NOW, "UnauthorizedOperation", None))
        assert told is not None
        assert (told.status, told.version) == (AlertStatus.ACKNOWLEDGED, 3)
        assert store.open_alerts_page(limit=9)[0] == []

    def test_it_is_refused_once_more_is_told_and_where_the_alert_is_gone(self, store: Store) -> None:
        alert = keep(store)
        store.complete(alert, completed(alert, is_more=True))
        assert store.tell_unread(alert, self.NO_ROLE) is None
        assert store.tell_unread(replace(alert, alert_id="nothing"), self.NO_ROLE) is None

    @pytest.mark.parametrize("is_more", [False, True], ids=["no more", "more"])
    @pytest.mark.parametrize("is_taken", [False, True], ids=["open", "taken"])
    def test_a_reading_takes_it_away(self, store: Store, is_more: bool, is_taken: bool) -> None:
        alert = store.tell_unread(keep(store), self.NO_ROLE)
        assert alert is not None
        if is_taken:
            store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 2), now=NOW)
        kept = store.complete(alert, completed(alert, group_name="web-prod"))
        assert kept is not None
        assert kept.unread == self.NO_ROLE
        read = store.complete(alert, completed(alert, is_more=is_more, is_read=True))
        assert read is not None
        assert (read.unread, store.alert(alert.alert_id).unread) == (None, None)
        is_open = is_more or not is_taken
        assert read.status is (AlertStatus.OPEN if is_open else AlertStatus.ACKNOWLEDGED)


def completed(alert: Alert, **more: Any) -> Completion:
    """Say what a reading adds to *alert*: nothing but *more*."""
    same = Completion(alert.group_name, alert.vpc_id, alert.digest, alert.assessment, alert.reading)
    return replace(same, **more)


class TestMoreThanWasSeen:
    """What a reading adds, nobody can have acknowledged."""

    def test_an_earlier_button_covers_it_no_longer(self, store: Store) -> None:
        alert = keep(store)
        assert store.complete(alert, completed(alert, is_more=True)) is not None
        with pytest.raises(TransitionRefused):
            store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        taken = store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 2), now=NOW)
        assert taken.status is AlertStatus.ACKNOWLEDGED

    def test_an_alert_that_was_taken_before_waits_again(self, store: Store, client: LaggingClient) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1, "seen"), now=NOW)
        again = store.complete(alert, completed(alert, is_more=True))
        assert again is not None
        assert (again.status, again.acknowledgement) == (AlertStatus.OPEN, None)
        assert [open_alert.alert_id for open_alert in store.open_alerts_page(limit=9)[0]] == [alert.alert_id]
        (item,) = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "ALERT"]
        assert "expires_at" not in item

    def test_a_list_goes_on_behind_what_the_index_still_lists(
        self, store: Store, client: LaggingClient
    ) -> None:
        taken, *waiting = [keep(store, f"event-{number}", minutes=number) for number in range(4)]
        client.stop_indexes()
        store.acknowledge(taken.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        first, more = store.open_alerts_page(limit=2)
        assert [alert.alert_id for alert in first] == [waiting[0].alert_id]
        assert more is not None
        rest, more = store.open_alerts_page(limit=9, behind=more)
        assert [alert.alert_id for alert in rest] == [alert.alert_id for alert in waiting[1:]]
        assert more is None
