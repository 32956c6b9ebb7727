"""What must hold once all is quiet again, whatever went wrong before; and how it becomes quiet."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.core.alerts import Alert
from bot.core.changes import ChangeKind
from bot.core.history import Listing
from bot.core.jobs import ShowRulesJob
from bot.slack.cards import draw_card
from tests.workflows.conftest import Stage

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""Before all events of these tests: a list that does not say since when it is stops at about when watching began."""


def settle(stage: Stage, rounds: int = 5) -> None:
    """Let minutes pass in which nothing goes wrong: every job is done, and the schedule comes by."""
    for _ in range(rounds):
        stage.pass_time(61)
        waiting = [job for job, _ in stage.jobs.sent if not isinstance(job, ShowRulesJob)]
        stage.jobs.sent.clear()
        for job in waiting:
            stage.do(job)
        stage.sweeping.sweep()


def alerts_of(stage: Stage, event_ids: Iterable[str]) -> list[Alert]:
    """Give the alerts of the changes, each of which must be stored once; and no other may be."""
    entries = stage.store.changes(Listing(since=LONG_AGO), limit=500, now=stage.world.now)
    kept = Counter(entry.digest.change.event_id for entry in entries)
    assert kept == Counter(set(event_ids))
    told = {entry.digest.change.event_id: entry.told for entry in entries if entry.told}
    found = stage.store.alerts_telling(told)
    assert found.keys() == told.keys()
    return list({alert.alert_id: alert for alert in found.values()}.values())


def found_alerts(stage: Stage) -> list[Alert]:
    """Give the alerts of what was found without an event."""
    latest = stage.store.latest_alerts(limit=99, now=stage.world.now)
    return [alert for alert in latest if alert.digest.change.kind is ChangeKind.FOUND]


def check(stage: Stage, event_ids: Iterable[str]) -> list[Alert]:
    """Check that every change is stored once, every alert is told by one message, and that it says what the alert says."""
    alerts = [*alerts_of(stage, event_ids), *found_alerts(stage)]
    told = Counter(card["metadata"]["event_payload"]["alert_id"] for card in stage.channel.messages.values())
    for alert in alerts:
        assert not alert.is_behind, alert
        assert alert.lease is None, alert
        if alert.quiet:
            assert (told[alert.alert_id], told[alert.quiet.by]) == (0, 1), alert
        else:
            assert stage.shown(alert) == [draw_card(alert)]
    own = {alert.alert_id for alert in alerts if not alert.quiet}
    # What a card told together with others may have come to more since, and have a card of its own.
    caught_up = {
        card["metadata"]["event_payload"]["alert_id"]
        for card in stage.channel.messages.values()
        if "attachments" not in card
    }
    assert own == set(told) - caught_up
    assert stage.store.alerts_behind(limit=9) == []
    return alerts
