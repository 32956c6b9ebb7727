"""Tell alerts what is left of what they opened, and close those of which nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, AlertNotFound, AlertStatus, Closing
from bot.core.changes import GroupKey
from bot.core.closing import (
    closing_in,
    concerns,
    is_burst_over,
    is_closed,
    last_of,
    left_of,
    openings,
    waits_to_close,
)
from bot.core.rules import Rule
from bot.workflows.ledgers import Folding, Ledgers
from bot.workflows.ports import Alerts, Clock, LedgerFacts


@dataclass(frozen=True, slots=True)
class Settled:
    """
    An alert as it is by now; *is_news* says that its card is to say so.

    *waits* says that it is to be looked at again when something of the group closes.
    """

    alert: Alert
    waits: bool
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """A group where something was opened, each thing as an alert that tells it alone, and how it stands there."""

    opened: Sequence[Alert]
    folding: Folding
    lists: Entries


@dataclass(frozen=True, slots=True)
class Settling:
    """
    Brings what alerts say to be open to what the ledgers say; a burst is closed once what it opened is, on each of its groups.

    What it writes follows from the facts alone, so that doing it twice, or once more after a crash, does no harm.
    """

    store: LedgerFacts
    alerts: Alerts
    ledgers: Ledgers
    clock: Clock

    def settle(self, alert: Alert, folding: Folding, lists: Entries) -> Settled:
        """
        Tell *alert* what of the things it opened on a group, or on several, is left.

        *folding* is of the group, and *lists* are the entries of the prefix lists that its rules name, or have named.
        """
        if not waits_to_close(alert):
            # What joins one that is quiet may yet open it.
            is_quiet = alert.status is AlertStatus.NOTED and alert.quiet is not None
            return Settled(alert, waits=is_quiet and not is_burst_over(alert, self.clock()))
        if alert.is_gathered:
            return self._settle_burst_of(alert, folding, lists)
        end = folding.timeline.end
        left = left_of(alert, end, lists)
        closing = self._closing(alert, folding, lists) if is_closed(alert, end, lists) else None
        if left == alert.remaining and not closing:
            return Settled(alert, waits=True)
        return self._tell(alert, left, closing)

    def settle_burst(self, alert_id: str) -> None:
        """Tell likewise an alert that gathers changes, of which none has closed something just now."""
        try:
            alert = self.alerts.alert(alert_id)
        except AlertNotFound:
            return
        if alert.is_gathered and waits_to_close(alert) and is_burst_over(alert, self.clock()):
            self._settle_burst(alert, openings(alert, self.alerts.parts(alert)), {})

    def _settle_burst_of(self, alert: Alert, folding: Folding, lists: Entries) -> Settled:
        """Tell an alert that gathers changes, some of them of the group of *folding*, perhaps."""
        key = folding.kept.key
        parts = self.alerts.parts(alert)
        waits = any(concerns(part, key) for part in parts)
        if not is_burst_over(alert, self.clock()) or not any(part.group == key for part in parts):
            return Settled(alert, waits)
        opened = openings(alert, parts) or {}
        here = {key: _Place(opened[key], folding, lists)} if key in opened else {}
        return self._settle_burst(alert, opened, here) or Settled(alert, waits)

    def _settle_burst(
        self,
        alert: Alert,
        opened: Mapping[GroupKey, Sequence[Alert]] | None,
        known: Mapping[GroupKey, _Place],
    ) -> Settled | None:
        """Close an alert whose burst is over where all that it *opened* is closed; None where something of it may be open."""
        places = []
        # In an order that no hand goes through them by, so that one that is open is met soon, whichever are closed already.
        for key in sorted(opened or {}, key=lambda key: (key not in known, _shuffled(key))):
            place = known.get(key) or self._look(key, (opened or {})[key])
            end = place.folding.timeline.end
            if not all(is_closed(told, end, place.lists) for told in place.opened):
                return None
            places.append(place)
        closings = [
            self._closing(told, place.folding, place.lists) for place in places for told in place.opened
        ]
        return self._tell(alert, (), last_of(closings)) if closings else None

    def _look(self, key: GroupKey, opened: Sequence[Alert]) -> _Place:
        """See how a group stands; two calls, or three where its rules name prefix lists."""
        folding = self.ledgers.fold(self.store.group_and_ledger(key)[1])
        return _Place(opened, folding, self.ledgers.lists_of(folding.timeline))

    def _closing(self, alert: Alert, folding: Folding, lists: Entries) -> Closing:
        """Say when, and by whom, what *alert* told of one change was closed; a few calls where that was folded for good."""
        told = alert.digest.change
        closing = closing_in(alert, folding.timeline, lists)
        if closing is None and folding.kept.is_late(told.time) and not folding.timeline.of(told.event_id):
            whole = self.ledgers.fold(folding.kept, since=told.time).timeline
            closing = closing_in(alert, whole, self.ledgers.lists_of(whole))
        return closing or Closing(self.clock(), None, None, told.time)

    def _tell(self, alert: Alert, left: Sequence[Rule], closing: Closing | None) -> Settled:
        told = self.alerts.settle(alert, tuple(left), closing, now=self.clock())
        return Settled(told or alert, waits=waits_to_close(told or alert), is_news=told is not None)


def _shuffled(key: GroupKey) -> bytes:
    return sha256(key.group_id.encode()).digest()
