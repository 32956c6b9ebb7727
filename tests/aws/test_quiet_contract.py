"""What the store promises of alerts that nobody was notified of, and of the list of all alerts by age."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.aws.store import Store
from bot.core.alerts import Acknowledgement, Alert, AlertStatus, NothingToDraw, TransitionRefused
from bot.core.assessment import Assessment, Severity
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import Treatment, treated
from tests.aws.conftest import TABLE, LaggingClient
from tests.aws.keeping import at_once
from tests.aws.test_alert_contract import completed
from tests.makers import JO, NOW, a_change, an_alert

BELOW = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "high"))
SILENT = Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci")
ACKNOWLEDGED = Treatment(expected="ci")
CRITICAL = Assessment(Severity.CRITICAL)


def keep(store: Store, treatment: Treatment, event_id: str = "event-1", now: datetime = NOW) -> Alert:
    """Record a change whose alert is treated like this."""
    change = a_change(event_id)
    alert = treated(an_alert(change, now=now), treatment)
    store.record_change(change, {"detail": {}}, alert=alert, learn=None, now=now)
    return alert


class TestQuiet:
    @pytest.mark.parametrize("treatment", [BELOW, SILENT, ACKNOWLEDGED], ids=["below", "silent", "expected"])
    def test_an_alert_comes_out_as_it_went_in(self, store: Store, treatment: Treatment) -> None:
        alert = keep(store, treatment)
        assert store.alert(alert.alert_id) == alert

    @pytest.mark.parametrize("treatment", [BELOW, SILENT])
    def test_it_waits_neither_for_someone_nor_for_its_card(self, store: Store, treatment: Treatment) -> None:
        alert = keep(store, treatment)
        assert store.open_alerts_page(limit=9) == ([], None)
        assert store.alerts_behind(limit=9) == []
        with pytest.raises(NothingToDraw):
            store.lease(alert.alert_id, "holder", now=NOW)
        with pytest.raises(TransitionRefused):
            store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 1), now=NOW)

    def test_it_goes_with_history(self, store: Store, client: LaggingClient) -> None:
        for number, treatment in enumerate((BELOW, SILENT, ACKNOWLEDGED)):
            keep(store, treatment, f"event-{number}")
        assert all("expires_at" in item for item in client.scan(TableName=TABLE)["Items"])

    @pytest.mark.parametrize("treatment", [BELOW, SILENT])
    def test_what_is_read_is_told_without_a_card(self, store: Store, treatment: Treatment) -> None:
        alert = keep(store, treatment)
        named = store.complete(alert, completed(alert, group_name="web-prod"))
        assert named == replace(alert, group_name="web-prod", version=2, drawn_version=2)
        assert store.alerts_behind(limit=9) == []

    @pytest.mark.parametrize("treatment", [BELOW, SILENT])
    def test_what_turns_out_to_be_more_is_open_and_gets_its_card(
        self, store: Store, client: LaggingClient, treatment: Treatment
    ) -> None:
        alert = keep(store, treatment)
        lifted = store.complete(alert, completed(alert, assessment=CRITICAL, is_more=True))
        assert lifted is not None
        assert (lifted.status, lifted.quiet, lifted.expected) == (AlertStatus.OPEN, None, None)
        assert (lifted.version, lifted.content_version, lifted.is_behind) == (2, 2, True)
        assert store.alerts_behind(limit=9) == store.open_alerts_page(limit=9)[0] == [lifted]
        (item,) = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "ALERT"]
        assert "expires_at" not in item
        assert store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 2), now=NOW).acknowledgement

    def test_it_is_lifted_once(self, store: Store) -> None:
        alert = keep(store, BELOW)
        completion = completed(alert, assessment=CRITICAL, is_more=True)
        outcomes = at_once(4, lambda _: store.complete(alert, completion))
        assert sum(outcome is not None for outcome in outcomes) == 1
        assert store.complete(alert, completed(alert, group_name="late")) is None


class TestAcknowledgedByPolicy:
    def test_it_has_a_card_and_waits_for_nobody(self, store: Store) -> None:
        alert = keep(store, ACKNOWLEDGED)
        assert store.alerts_behind(limit=9) == [alert]
        assert store.open_alerts_page(limit=9)[0] == []

    def test_a_person_can_open_it(self, store: Store) -> None:
        alert = keep(store, ACKNOWLEDGED)
        opened = store.unacknowledge(alert.alert_id, seen_version=1)
        assert (opened.status, opened.expected) == (AlertStatus.OPEN, None)
        assert store.open_alerts_page(limit=9)[0] == [opened]

    def test_a_click_on_a_card_from_before_a_person_took_it_opens_nothing(self, store: Store) -> None:
        alert = keep(store, ACKNOWLEDGED)
        store.unacknowledge(alert.alert_id, seen_version=1)
        store.acknowledge(alert.alert_id, Acknowledgement(JO, NOW, 2), now=NOW)
        with pytest.raises(TransitionRefused):
            store.unacknowledge(alert.alert_id, seen_version=1)

    def test_what_turns_out_to_be_more_is_open(self, store: Store) -> None:
        alert = keep(store, ACKNOWLEDGED)
        more = store.complete(alert, completed(alert, assessment=CRITICAL, is_more=True))
        assert more is not None
        assert (more.status, more.expected) == (AlertStatus.OPEN, None)


class TestByAge:
    BEGIN = datetime(2026, 10, 31, 22, tzinfo=UTC)

    def ids(self, alerts: list[Alert]) -> list[str]:
        return [alert.digest.change.event_id for alert in alerts]

    def test_alerts_are_listed_newest_first_through_the_months_page_by_page(self, store: Store) -> None:
        for hour in range(6):
            keep(
                store, BELOW if hour % 2 else ACKNOWLEDGED, f"hour-{hour}", self.BEGIN + timedelta(hours=hour)
            )
        since, until = self.BEGIN + timedelta(hours=1), self.BEGIN + timedelta(hours=5)
        pages = []
        behind: str | None = None
        while True:
            alerts, behind = store.alerts_between(since, until, limit=2, behind=behind)
            pages.append(self.ids(alerts))
            if behind is None:
                break
        assert pages == [["hour-4", "hour-3"], ["hour-2", "hour-1"], []]
        assert self.ids(store.alerts_between(since, until, limit=9)[0]) == [f"hour-{n}" for n in (4, 3, 2, 1)]

    def test_a_place_to_go_on_from_can_be_named(self, store: Store) -> None:
        for hour in range(3):
            keep(store, BELOW, f"hour-{hour}", self.BEGIN + timedelta(hours=hour))
        until = self.BEGIN + timedelta(days=1)
        alerts, _ = store.alerts_between(self.BEGIN, until, limit=9)
        behind = store.position_of(alerts[0])
        assert self.ids(store.alerts_between(self.BEGIN, until, limit=9, behind=behind)[0]) == [
            "hour-1",
            "hour-0",
        ]

    def test_a_span_without_alerts_has_none(self, store: Store) -> None:
        assert store.alerts_between(NOW - timedelta(days=400), NOW, limit=9) == ([], None)
