"""What the store promises of bursts: changes that join an alert, and alerts that part when somebody takes what they saw."""

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
    MessageRef,
    TransitionRefused,
    alert_id_for,
    part_of,
    with_joined,
)
from bot.core.assessment import Severity
from bot.core.bursts import Attempts, Burst, BurstMoved, Bursts, Gathers, SessionKey
from bot.core.completion import Completion
from bot.core.gathering import gather
from bot.core.history import Listing
from bot.core.parts import AlertRef, Part
from bot.core.quiet import Quiet, QuietReason
from tests.aws.keeping import at_once, keep
from tests.makers import ALICE, GROUP, JO, NOW, SAM, a_change, a_rule, an_alert

INTERNAL = (a_rule("10.0.0.0/8", 5432),)
SESSION = SessionKey(GROUP.account_id, GROUP.region, ALICE.session)
DENIED = replace(SESSION, denied_to=ALICE.key)
BURST = Burst(NOW, NOW, ((Gathers.BELOW_HIGH, "alert"),), (("sg-1", Severity.CRITICAL),), 1)


def join(store: Store, alert: Alert, event_id: str, quiet: Quiet | None = None, **more: Any) -> Alert:
    """Record a change that joins *alert* as it was read."""
    change = a_change(event_id, **{"added": INTERNAL, **more})
    new = an_alert(change)
    new = replace(new, quiet=quiet, status=AlertStatus.NOTED) if quiet else new
    joined = with_joined(alert, new, redraw_due=NOW + timedelta(seconds=5))
    part = replace(part_of(new), version=joined.version)
    store.record_change(change, {"detail": {}}, alert=joined, learn=None, now=NOW, part=part)
    return joined


@pytest.fixture
def first(store: Store) -> Alert:
    return keep(store, added=INTERNAL)


class TestBursts:
    def test_they_are_kept_as_they_were_written(self, store: Store) -> None:
        assert store.bursts(SESSION) == Bursts(SESSION)
        change = a_change()
        store.record_change(
            change, {}, alert=an_alert(), learn=None, now=NOW, bursts=Bursts(SESSION, 0, (BURST,))
        )
        assert store.bursts(SESSION) == Bursts(SESSION, 1, (BURST,))

    def test_what_was_denied_of_late_is_kept_of_the_principal_whatever_its_session(
        self, store: Store
    ) -> None:
        times = (NOW - timedelta(minutes=5), NOW)
        kept = Bursts(DENIED, 0, (BURST,), Attempts(ALICE.key, 0, times))
        alert = replace(an_alert(), attempts=2)
        store.record_change(a_change(), {}, alert=alert, learn=None, now=NOW, bursts=kept)
        known = Attempts(ALICE.key, 1, times)
        assert store.bursts(DENIED) == Bursts(DENIED, 1, (BURST,), known)
        assert store.bursts(SESSION) == Bursts(SESSION, 1, (BURST,))
        elsewhere = SessionKey("444455556666", "us-east-1", "ASIAOTHER", ALICE.key)
        assert store.bursts(elsewhere) == Bursts(elsewhere, attempts=known)
        assert store.alert(alert.alert_id).attempts == 2

    def test_of_two_sessions_that_are_denied_at_once_one_looks_again(self, store: Store) -> None:
        def record(number: int) -> None:
            session = replace(DENIED, session=f"ASIA{number}")
            change = a_change(f"event-{number}")
            tried = Bursts(session, 0, (BURST,), Attempts(ALICE.key, 0, (NOW,)))
            store.record_change(change, {}, alert=an_alert(change), learn=None, now=NOW, bursts=tried)

        results = at_once(4, record)
        assert sum(isinstance(result, BurstMoved) for result in results) == 3

    def test_they_come_with_the_group_and_its_ledger(self, store: Store) -> None:
        group = a_change().group
        assert group is not None
        assert store.group_ledger_and_bursts(group, SESSION)[2] == Bursts(SESSION)
        assert store.group_ledger_and_bursts(group, DENIED)[2] == Bursts(DENIED, attempts=Attempts(ALICE.key))
        assert store.group_ledger_and_bursts(group, None)[2] is None

    def test_of_two_that_read_the_same_one_writes_and_the_other_looks_again(self, store: Store) -> None:
        def record(number: int) -> None:
            store.record_change(
                a_change(f"event-{number}"),
                {},
                alert=an_alert(a_change(f"event-{number}")),
                learn=None,
                now=NOW,
                bursts=Bursts(SESSION, 0, (BURST,)),
            )

        results = at_once(4, record)
        assert sum(isinstance(result, BurstMoved) for result in results) == 3
        assert len(store.changes(Listing(), limit=9, now=NOW)) == 1


class TestJoining:
    def test_an_alert_holds_its_first_change_and_what_joined_in_order(
        self, store: Store, first: Alert
    ) -> None:
        second = join(store, first, "event-2")
        third = join(store, second, "event-3", added=(a_rule(port=8443),))
        kept = store.alert(first.alert_id)
        assert kept == third
        assert (kept.changes, kept.version, kept.content_version) == (3, 3, 3)
        assert kept.severity is Severity.HIGH
        events = [part.digest.change.event_id for part in store.parts(kept)]
        assert events == ["event-1", "event-2", "event-3"]
        assert [part.version for part in store.parts(kept)] == [1, 2, 3]

    def test_it_waits_among_the_open_ones_by_the_worst_of_its_changes(
        self, store: Store, first: Alert
    ) -> None:
        keep(store, "other", minutes=-5, added=(a_rule("3.0.0.0/8", 443),))
        join(store, first, "event-2", added=(a_rule(port=8443),))
        assert store.open_alerts_page(limit=1)[0][0].alert_id == first.alert_id
        assert store.alerts_behind(limit=1)[0].alert_id == first.alert_id

    def test_an_alert_that_has_moved_on_is_not_joined(self, store: Store, first: Alert) -> None:
        store.acknowledge(first.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        with pytest.raises(BurstMoved):
            join(store, first, "event-2")
        assert store.changes(Listing(), limit=9, now=NOW)[0].digest.change.event_id == "event-1"

    def test_of_many_at_once_one_joins_and_nothing_is_kept_of_the_others(
        self, store: Store, first: Alert
    ) -> None:
        results = at_once(6, lambda number: join(store, first, f"more-{number}"))
        assert sum(isinstance(result, Alert) for result in results) == 1
        assert store.alert(first.alert_id).changes == 2
        assert len(store.changes(Listing(), limit=9, now=NOW)) == 2

    def test_an_event_joins_once(self, store: Store, first: Alert) -> None:
        joined = join(store, first, "event-2")
        with pytest.raises(AlreadyRecorded) as refused:
            join(store, joined, "event-2")
        assert refused.value.alert_id == first.alert_id

    def test_a_quiet_alert_gets_a_card_by_a_change_that_has_one(self, store: Store) -> None:
        quiet = Quiet(QuietReason.BELOW_THRESHOLD, "low")
        change = a_change("quiet", added=())
        silent = replace(an_alert(change), quiet=quiet, status=AlertStatus.NOTED, drawn_version=1)
        store.record_change(change, {}, alert=silent, learn=None, now=NOW)
        still = join(store, silent, "event-2", quiet)
        assert store.alert(silent.alert_id) == still
        assert not still.is_behind
        assert store.alerts_behind(limit=9) == []
        told = join(store, still, "event-3")
        assert store.alert(silent.alert_id) == told
        assert (told.quiet, told.status, told.is_behind) == (None, AlertStatus.OPEN, True)
        assert [alert.alert_id for alert in store.open_alerts_page(limit=9)[0]] == [silent.alert_id]

    def test_what_it_comes_to_is_kept_with_what_was_drawn(self, store: Store, first: Alert) -> None:
        joined = join(store, first, "event-2", added=(a_rule(port=443),))
        store.lease(first.alert_id, "me", now=NOW)
        gathering = gather(store.parts(joined), is_over=True)
        drawn = store.mark_drawn(
            first.alert_id,
            "me",
            version=joined.version,
            message=MessageRef("C1", "1"),
            now=NOW,
            gathering=gathering,
        )
        assert drawn.gathering == gathering
        assert store.alert(first.alert_id).gathering == gathering


class TestParting:
    def test_what_was_seen_stays_and_the_rest_moves_on(self, store: Store, first: Alert) -> None:
        second = join(store, first, "event-2")
        third = join(store, second, "event-3")
        fourth = join(store, third, "event-4", added=(a_rule(port=8443),))
        taken = store.split(first.alert_id, Acknowledgement(JO, NOW, second.version, "mine"), now=NOW)
        assert (taken.status, taken.changes) == (AlertStatus.ACKNOWLEDGED, 2)
        assert taken.acknowledgement == Acknowledgement(JO, NOW, second.version, "mine")
        (rest,) = store.open_alerts_page(limit=9)[0]
        assert rest.alert_id == alert_id_for("event-3")
        assert (rest.changes, rest.severity, rest.version) == (2, Severity.HIGH, fourth.version)
        assert rest.is_behind
        assert [part.version for part in store.parts(taken)] == [1, 2]
        assert [part.version for part in store.parts(rest)] == [3, 4]

    def test_each_change_is_found_where_it_is_told_by_now(self, store: Store, first: Alert) -> None:
        second = join(store, first, "event-2")
        third = join(store, second, "event-3")
        taken = store.split(first.alert_id, Acknowledgement(JO, NOW, 2), now=NOW)
        refs = {f"event-{version}": AlertRef(first.alert_id, version) for version in (1, 2, 3)}
        told = {name: alert.alert_id for name, alert in store.alerts_telling(refs).items()}
        rest = alert_id_for("event-3")
        assert told == {"event-1": taken.alert_id, "event-2": taken.alert_id, "event-3": rest}
        found = store.alerts_of_events(["event-1", "event-3", "nobody-knows"])
        assert {name: alert.alert_id for name, alert in found.items()} == {
            "event-1": taken.alert_id,
            "event-3": rest,
        }
        assert third.alert_id == first.alert_id

    def test_the_rest_can_be_joined_and_parted_again(self, store: Store, first: Alert) -> None:
        join(store, join(store, first, "event-2"), "event-3")
        store.split(first.alert_id, Acknowledgement(JO, NOW, 2), now=NOW)
        rest = store.alert(alert_id_for("event-3"))
        join(store, rest, "event-4")
        store.split(rest.alert_id, Acknowledgement(SAM, NOW, rest.version), now=NOW)
        last = store.alerts_telling({"": AlertRef(first.alert_id, 10**8)})[""]
        assert last.alert_id == alert_id_for("event-4")
        assert [part.digest.change.event_id for part in store.parts(last)] == ["event-4"]

    def test_an_alert_that_was_taken_meanwhile_is_not_parted(self, store: Store, first: Alert) -> None:
        join(store, first, "event-2")
        store.acknowledge(first.alert_id, Acknowledgement(SAM, NOW, 2), now=NOW)
        with pytest.raises(TransitionRefused) as refused:
            store.split(first.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        assert refused.value.alert.acknowledgement is not None

    def test_of_two_clicks_at_once_one_takes_it(self, store: Store, first: Alert) -> None:
        join(store, first, "event-2")
        results = at_once(2, lambda _: store.split(first.alert_id, Acknowledgement(JO, NOW, 1), now=NOW))
        assert sorted(type(result).__name__ for result in results) == ["Alert", "TransitionRefused"]


class TestCompleting:
    def test_one_of_its_changes_is_completed_in_its_place(self, store: Store, first: Alert) -> None:
        joined = join(store, first, "event-2")
        part = store.part(joined, 2, "event-2")
        assert part is not None
        assert store.part(joined, 2, "event-9") is None
        named = replace(
            _completion(part),
            group_name="web-prod",
            assessment=replace(part.assessment, severity=Severity.HIGH),
        )
        completed = store.complete_part(joined, part, replace(named, is_more=True))
        assert completed is not None
        assert (completed.severity, completed.content_version) == (Severity.HIGH, joined.version + 1)
        assert store.parts(completed)[1].group_name == "web-prod"

    def test_a_worse_change_opens_an_alert_again_that_was_taken(self, store: Store, first: Alert) -> None:
        joined = join(store, first, "event-2")
        taken = store.acknowledge(first.alert_id, Acknowledgement(JO, NOW, 2), now=NOW)
        part = store.part(joined, 2, "event-2")
        assert part is not None
        completed = store.complete_part(taken, part, replace(_completion(part), is_more=True))
        assert completed is not None
        assert (completed.status, completed.acknowledgement) == (AlertStatus.OPEN, None)

    def test_an_alert_that_has_moved_on_is_left_alone(self, store: Store, first: Alert) -> None:
        joined = join(store, first, "event-2")
        part = store.part(joined, 2, "event-2")
        assert part is not None
        join(store, joined, "event-3")
        assert store.complete_part(joined, part, _completion(part)) is None


class TestFinishing:
    def test_a_burst_is_over_once_and_only_if_nothing_joined(self, store: Store, first: Alert) -> None:
        joined = join(store, first, "event-2")
        assert store.finish(first.alert_id, content_version=1) is False
        assert store.finish(first.alert_id, content_version=joined.content_version) is True
        assert store.finish(first.alert_id, content_version=joined.content_version) is False
        finished = store.alert(first.alert_id)
        assert finished.is_over
        assert not join(store, finished, "event-3").is_over
        assert not store.alert(first.alert_id).is_over


def _completion(part: Part) -> Completion:
    """Say of a change what is known of it already."""
    return Completion(
        group_name=part.group_name,
        vpc_id=part.vpc_id,
        digest=part.digest,
        assessment=part.assessment,
        reading=part.reading,
        meaning=part.meaning,
    )
