"""Changes put into the store for the contract suites, with what a test does not care for filled in."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from bot.aws.store import Store
from bot.core.alerts import Alert
from bot.core.changes import Observation
from bot.core.errors import PanopticonError
from bot.core.history import HistoryEntry
from bot.core.keeping import LedgerMove
from tests.makers import NOW, a_change, an_alert


def keep(
    store: Store,
    event_id: str = "event-1",
    *,
    minutes: int = 0,
    move: LedgerMove | None = None,
    **more: Any,
) -> Alert:
    """Record a change with its alert, *minutes* after NOW."""
    change = a_change(event_id, **{"time": NOW.replace(microsecond=0) + timedelta(minutes=minutes), **more})
    alert = an_alert(change, now=NOW + timedelta(minutes=minutes))
    told = {"detail": {"eventID": event_id}}
    store.record_change(change, told, alert=alert, learn=None, now=NOW, move=move)
    return alert


def keep_change(store: Store, event_id: str, time: datetime, **more: Any) -> None:
    """Record a change that is not worth an alert."""
    change = a_change(event_id, time=time, **more)
    store.record_change(change, {"detail": {}}, alert=None, learn=None, now=NOW)


def keep_reading(store: Store, observation: Observation) -> None:
    """Record a reading, which makes nothing of the group's ledger."""
    kept = store.group_and_ledger(observation.group.key)[1]
    move = LedgerMove(kept, watched=kept.watched, names=kept.names)
    store.record_observation(observation, move, now=NOW)


def event_ids(entries: Iterable[HistoryEntry]) -> list[str]:
    """Name the events of *entries*, in their order."""
    return [entry.digest.change.event_id for entry in entries]


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Do *work* in *count* threads and give what each returned or raised."""

    def attempt(number: int) -> object:
        try:
            return work(number)
        except PanopticonError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))
