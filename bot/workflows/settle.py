"""Tell alerts what is left of what they opened, and close those of which nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, AlertNotFound, Closing
from bot.core.changes import GroupKey
from bot.core.closing import closing_of, is_burst_over, left_of, openings, waits_to_close
from bot.workflows.ledgers import Folding, Ledgers
from bot.workflows.ports import Alerts, Clock, LedgerFacts

_MOST_CHANGES = 200
"""Of how many changes at most a burst is looked at anew with each that may have closed something of it."""


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

    def settle(self, alert: Alert, folding: Folding, lists: Entries) -> Alert | None:
        """
        Tell *alert* what of the things it opened on a group, or on several, is left; None where that is told already.

        *folding* is of the group, and *lists* are the entries of the prefix lists that it names.
        """
        if not waits_to_close(alert):
            return None
        if alert.is_gathered:
            return self._settle_burst(alert, folding, lists)
        left = left_of(alert, folding.timeline.end, lists)
        closing = None if left else closing_of(alert, folding.timeline, lists, self.clock())
        if left == alert.remaining and not closing:
            return None
        return self.alerts.settle(alert, left, closing, now=self.clock())

    def settle_burst(self, alert_id: str) -> Alert | None:
        """Tell likewise an alert that gathers changes, of which none has closed something just now."""
        try:
            alert = self.alerts.alert(alert_id)
        except AlertNotFound:
            return None
        return self._settle_burst(alert) if alert.is_gathered and waits_to_close(alert) else None

    def _settle_burst(
        self, alert: Alert, folding: Folding | None = None, lists: Entries | None = None
    ) -> Alert | None:
        if alert.changes > _MOST_CHANGES or not is_burst_over(alert, self.clock()):
            return None
        opened = openings(alert, self.alerts.parts(alert))
        closings = self._closings(opened, folding, lists or {}) if opened else None
        if not closings:
            return None
        last = max(closings, key=lambda closing: closing.at)
        since = min((closing.since for closing in closings if closing.since), default=None)
        closing = Closing(last.at, last.name, last.event_id, since)
        return self.alerts.settle(alert, (), closing, now=self.clock())

    def _closings(
        self, opened: Mapping[GroupKey, Sequence[Alert]], folding: Folding | None, lists: Entries
    ) -> list[Closing] | None:
        """Say when and by whom each of what was opened was closed; None as soon as one of it is found that may be open."""
        here = folding.kept.key if folding else None
        closings = []
        for key in sorted(
            opened, key=lambda key: key != here
        ):  # that costs no call, and it is why somebody looks
            if not folding or key != here:
                kept = self.store.group_and_ledger(key)[1]
                folding = self.ledgers.fold(kept, since=min(told.digest.change.time for told in opened[key]))
                lists = self.ledgers.lists(
                    *(step.before for step in folding.timeline.steps), folding.timeline.end
                )
            for told in opened[key]:
                closing = closing_of(told, folding.timeline, lists, self.clock())
                if closing is None:
                    return None
                closings.append(closing)
        return closings
