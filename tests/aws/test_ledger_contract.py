"""What the store promises of ledgers, on the sandbox's DynamoDB and on AWS's DynamoDB Local alike."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.aws.store import Store
from bot.core.alerts import (
    Acknowledgement,
    AlertStatus,
    AlreadyRecorded,
    Closing,
    TransitionRefused,
)
from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, Discovery, GroupDetails, GroupKey, Observation
from bot.core.fold import fold
from bot.core.keeping import KeptLedger, LedgerMove, LedgerMoved
from bot.core.ledger import Moment
from bot.core.openness import Open
from bot.core.replay import author_of
from tests.aws.conftest import LaggingClient
from tests.aws.keeping import at_once, keep
from tests.makers import GROUP, JO, NOW, a_change, a_rule, an_alert
from tests.records import event, load_event

DETAILS = GroupDetails(GROUP, "web-prod", "vpc-1", None)
READING = Observation(DETAILS, NOW, (a_rule(rule_id="sgr-1", description="vendor"),))
LEDGER = fold([READING]).end
WORLD = Open(a_rule(), Moment(NOW), Severity.CRITICAL)


def move(kept: KeptLedger, **more: Any) -> LedgerMove:
    return LedgerMove(kept, **{"watched": (), "names": frozenset(), **more})


def read(store: Store, **more: Any) -> KeptLedger:
    """Keep a reading with its ledger; gives the ledger as it then is kept."""
    kept = store.group_and_ledger(GROUP)[1]
    store.record_observation(READING, move(kept, folded=(NOW, LEDGER), **more), now=NOW)
    return store.group_and_ledger(GROUP)[1]


class TestFound:
    def test_what_was_found_is_kept_once(self, store: Store) -> None:
        kept = read(store)
        alert = an_alert(a_change("found-1", kind=ChangeKind.FOUND, effect=Discovery(NOW)))
        store.record_found(alert, move(kept, watched=(alert.alert_id,)), now=NOW)
        assert store.alert(alert.alert_id) == alert
        after = store.group_and_ledger(GROUP)[1]
        assert (after.version, after.watched) == (kept.version + 1, (alert.alert_id,))
        with pytest.raises(AlreadyRecorded):
            store.record_found(alert, move(after), now=NOW)

    def test_of_it_and_an_event_that_comes_at_once_one_is_first(self, store: Store) -> None:
        kept = read(store)
        keep(store, move=move(kept))
        alert = an_alert(a_change("found-1", kind=ChangeKind.FOUND, effect=Discovery(None)))
        with pytest.raises(LedgerMoved):
            store.record_found(alert, move(kept), now=NOW)
        assert store.alerts([alert.alert_id]) == {}

    def test_it_is_explained_and_drawn_anew_and_stays_acknowledged(self, store: Store) -> None:
        alert = an_alert(a_change("found-1", kind=ChangeKind.FOUND, effect=Discovery(NOW)))
        store.record_found(alert, move(read(store)), now=NOW)
        taken = store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)
        late = (author_of(a_change("late")),)
        explained = store.explain(taken, late)
        assert explained == replace(taken, explained=late, version=3)
        assert store.alert(alert.alert_id) == explained
        assert [each.alert_id for each in store.alerts_behind(limit=9)] == [alert.alert_id]


class TestLedgers:
    def test_a_group_that_nobody_knows_has_an_empty_one(self, store: Store) -> None:
        assert store.group_and_ledger(GROUP) == (None, KeptLedger(GROUP))

    def test_one_is_kept_with_the_reading_it_comes_from(self, store: Store) -> None:
        kept = read(store, watched=("a", "b"), names=frozenset({"pl-1", "sg-2"}))
        assert store.group_and_ledger(GROUP) == (replace(DETAILS, tags=()), kept)
        assert (kept.version, kept.until, kept.ledger) == (1, NOW, LEDGER)
        assert (kept.watched, kept.names) == (("a", "b"), frozenset({"pl-1", "sg-2"}))
        assert store.latest_observation(GROUP) == READING

    def test_a_change_moves_it_on_and_leaves_what_is_folded(self, store: Store) -> None:
        kept = read(store)
        keep(store, move=move(kept, watched=("a",)))
        after = store.group_and_ledger(GROUP)[1]
        assert (after.version, after.until, after.ledger, after.watched) == (2, NOW, LEDGER, ("a",))

    def test_what_is_folded_is_read_once_while_it_stays(self, store: Store) -> None:
        kept = read(store)
        keep(store, move=move(kept))
        assert store.group_and_ledger(GROUP)[1].ledger is kept.ledger

    def test_of_two_that_met_the_same_one_moves_it_and_the_other_keeps_nothing(self, store: Store) -> None:
        kept = read(store)
        keep(store, "event-1", move=move(kept))
        with pytest.raises(LedgerMoved):
            keep(store, "event-2", move=move(kept))
        assert [one.change.event_id for one in store.changes_since(GROUP, None)] == ["event-1"]
        with pytest.raises(LedgerMoved):
            store.record_observation(READING, move(kept), now=NOW)
        with pytest.raises(LedgerMoved):
            store.record_move(move(kept), now=NOW)

    def test_of_eight_that_make_the_first_at_once_one_succeeds(self, store: Store) -> None:
        results = at_once(8, lambda n: keep(store, f"event-{n}", move=move(KeptLedger(GROUP))))
        assert sum(isinstance(result, LedgerMoved) for result in results) == 7
        assert store.group_and_ledger(GROUP)[1].version == 1

    def test_an_event_that_was_taken_is_told_as_such_whatever_its_ledger(self, store: Store) -> None:
        keep(store, move=move(KeptLedger(GROUP)))
        with pytest.raises(AlreadyRecorded):
            keep(store, move=move(KeptLedger(GROUP)))

    def test_several_are_given_at_once(self, store: Store) -> None:
        read(store)
        other = GroupKey("999900001111", "eu-west-1", "sg-0b")
        found = store.kept_ledgers([GROUP, other, GROUP])
        assert found == {GROUP: store.group_and_ledger(GROUP)[1], other: KeptLedger(other)}

    def test_one_of_a_thousand_rules_fits(self, store: Store) -> None:
        rules = tuple(
            a_rule(f"23.{n // 256}.{n % 256}.0/24", 5432, rule_id=f"sgr-{n:017x}", description=f"{n}" * 60)
            for n in range(1000)
        )
        ledger = fold([replace(READING, rules=rules)]).end
        store.record_move(move(KeptLedger(GROUP), folded=(NOW, ledger)), now=NOW)
        assert store.group_and_ledger(GROUP)[1].ledger == ledger

    def test_that_of_a_group_that_is_over_may_expire_and_others_do_not(
        self, store: Store, client: LaggingClient
    ) -> None:
        read(store)
        assert all("expires_at" not in item for item in ledger_items(client))
        kept = store.group_and_ledger(GROUP)[1]
        store.record_move(move(kept, folded=(NOW, LEDGER), is_over=True), now=NOW)
        assert all("expires_at" in item for item in ledger_items(client))


def ledger_items(client: LaggingClient) -> list[dict[str, Any]]:
    items = client.scan(TableName="panopticon-test")["Items"]
    return [item for item in items if item["sk"]["S"].startswith("LEDGER")]


class TestFacts:
    def test_changes_come_whole_and_in_the_order_of_their_times(self, store: Store) -> None:
        told = event()
        change = a_change("7c2f9b1e-0000-4000-8000-000000000001", time=NOW.replace(microsecond=0))
        store.record_change(change, told, alert=None, learn=None, now=NOW)
        keep(store, "earlier", minutes=-5)
        found = [one.change.event_id for one in store.changes_since(GROUP, None)]
        assert found[1] == change.event_id
        whole = store.changes_since(GROUP, None)[1]
        assert (whole.change.added[0].traffic, whole.told) == ("tcp 22", None)

    def test_a_change_of_a_group_that_was_called_by_name_is_that_groups(self, store: Store) -> None:
        told = load_event("revoke_ingress_by_name")
        change = a_change("by-name", kind=ChangeKind.REVOKE, group_name="db-prod")
        store.record_change(change, told, alert=None, learn=None, now=NOW)
        (one,) = store.changes_since(GROUP, None)
        assert one.change.group_id == GROUP.group_id

    def test_one_that_cannot_be_read_is_there_all_the_same(self, store: Store) -> None:
        keep(store)
        (one,) = store.changes_since(GROUP, None)
        assert one.change.kind is ChangeKind.NOT_UNDERSTOOD

    def test_those_behind_a_time_leave_out_that_time(self, store: Store) -> None:
        keep(store, "event-1", minutes=0)
        keep(store, "event-2", minutes=1)
        time = NOW.replace(microsecond=0)
        assert len(store.changes_since(GROUP, time)) == 1
        assert len(store.changes_since(GROUP, time - timedelta(seconds=1))) == 2

    def test_readings_are_found_before_and_since_a_time(self, store: Store) -> None:
        for minutes in (0, 1, 2):
            kept = store.group_and_ledger(GROUP)[1]
            reading = replace(READING, at=NOW + timedelta(minutes=minutes))
            store.record_observation(reading, move(kept), now=NOW)
        before = store.reading_before(GROUP, NOW + timedelta(minutes=1))
        assert before == READING
        assert store.reading_before(GROUP, NOW) is None
        since = store.readings_since(GROUP, NOW + timedelta(minutes=1))
        assert [reading.at for reading in since] == [NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)]


class TestExposed:
    def test_groups_are_listed_the_most_severe_first_among_equals_the_longest_open(
        self, store: Store
    ) -> None:
        opens = {
            "sg-1": replace(WORLD, since=Moment(NOW)),
            "sg-2": replace(WORLD, since=Moment(NOW - timedelta(days=1))),
            "sg-3": replace(WORLD, severity=Severity.LOW),
            "sg-4": None,
        }
        for group_id, opened in opens.items():
            key = replace(GROUP, group_id=group_id)
            given = (opened,) if opened else ()
            store.record_move(move(KeptLedger(key), opens=given, name=f"name-{group_id}"), now=NOW)
        groups, more = store.exposed_page(limit=2)
        assert [group.key.group_id for group in groups] == ["sg-2", "sg-1"]
        assert (groups[0].name, groups[0].opens) == ("name-sg-2", (opens["sg-2"],))
        groups, more = store.exposed_page(limit=2, behind=more)
        assert ([group.key.group_id for group in groups], more) == (["sg-3"], None)

    def test_one_that_is_closed_is_listed_no_more_even_while_the_index_lags(
        self, store: Store, client: LaggingClient
    ) -> None:
        kept = read(store, opens=(WORLD,))
        assert len(store.exposed_page(limit=9)[0]) == 1
        client.stop_indexes()
        store.record_move(move(kept), now=NOW)
        assert store.exposed_page(limit=9) == ([], None)


class TestSettling:
    CLOSING = Closing(NOW + timedelta(minutes=47), "alice", "event-9", NOW)

    def test_an_alert_is_told_what_is_left_of_what_it_opened(self, store: Store) -> None:
        alert = keep(store)
        settled = store.settle(alert, (a_rule(),), None, now=NOW)
        assert settled
        assert (settled.status, settled.remaining, settled.version) == (AlertStatus.OPEN, (a_rule(),), 2)
        assert store.alert(alert.alert_id) == settled

    def test_one_that_closes_waits_for_nobody_and_keeps_who_took_it(self, store: Store) -> None:
        alert = keep(store)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1, "vendor"), now=NOW)
        settled = store.settle(alert, (), self.CLOSING, now=NOW)
        assert settled
        assert (settled.status, settled.closing) == (AlertStatus.CLOSED, self.CLOSING)
        assert settled.acknowledgement
        assert store.open_alerts_page(limit=9) == ([], None)

    def test_closing_wins_against_a_later_click(self, store: Store) -> None:
        alert = keep(store)
        store.settle(alert, (), self.CLOSING, now=NOW)
        with pytest.raises(TransitionRefused) as refused:
            store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 9), now=NOW)
        assert refused.value.alert.closing == self.CLOSING
        assert store.settle(alert, (), self.CLOSING, now=NOW) is None
