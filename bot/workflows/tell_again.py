"""Tell alerts of a group what is known by now: what their changes mean, and that what they opened is closed."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, as_told_by
from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.completion import complete
from bot.core.found import alerts_to_explain, explanation
from bot.core.keeping import MAX_WATCHED, LedgerMoved
from bot.core.ledger import Step, fact_time
from bot.core.meaning import mean
from bot.core.parts import AlertRef
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import NOTHING_KNOWN, Known
from bot.workflows.draw import Drawing
from bot.workflows.ledgers import Folding, Ledgers
from bot.workflows.ports import Alerts, Clock, LedgerFacts
from bot.workflows.quieting import Quieting
from bot.workflows.settle import Settled, Settling

_MOST_TOLD = 50
"""How many alerts are told at once, those of the latest changes."""


@dataclass(frozen=True, slots=True)
class TellingAgain:
    """
    Brings alerts to what the ledger says, after a reading, a fact that came late, or a change that closed something.

    What it writes follows from the facts alone, so that doing it twice, or once more after a crash, does no harm.
    """

    store: LedgerFacts
    alerts: Alerts
    ledgers: Ledgers
    quieting: Quieting
    drawing: Drawing
    clock: Clock
    known: Known = NOTHING_KNOWN
    severities: SeverityPolicy = STANDARD

    def tell_again(self, key: GroupKey, since: datetime | None) -> frozenset[str]:
        """
        Tell the alerts of a group's changes from *since* on, and those that wait for what they opened to close.

        None for *since* means the latter alone. Gives the ids of the former.

        Raises:
            StoreError: not all may have been told.
        """
        details, kept = self.store.group_and_ledger(key)
        folding = self.ledgers.fold(kept, since=since)
        steps = [step for step in folding.timeline.changes() if since and fact_time(step.fact) >= since]
        told = {
            step.change.event_id: step
            for step in steps
            if step.change and step.change.event_id in folding.told
        }
        latest = dict(list(told.items())[-_MOST_TOLD:])
        refs = {event_id: folding.told[event_id] for event_id in latest}
        watched = {alert_id: AlertRef(alert_id, version=0) for alert_id in kept.watched}
        found = self.store.alerts_telling({**watched, **refs})
        alerts = self._with_the_rest({alert.alert_id: alert for alert in found.values()})
        lists = self.ledgers.lists_of(folding.timeline)
        for event_id, step in latest.items():
            if event_id in found:
                alert = alerts[found[event_id].alert_id]
                ref = refs[event_id]
                alerts[alert.alert_id] = self._complete(alert, ref, step, details, folding, lists)
        if since:
            self._explain(key, since, folding)
        settled: dict[str, Settled] = {}
        for alert_id, alert in alerts.items():
            settled[alert_id] = self._settling.settle(alert, folding, lists)
            if settled[alert_id].is_news:
                self.drawing.draw(alert_id)
        waiting = [
            alert_id
            for alert_id in dict.fromkeys([*kept.watched, *alerts])
            if alert_id in settled and settled[alert_id].waits
        ]
        now_watched = tuple(waiting[-MAX_WATCHED:])
        move = self.ledgers.move(folding, now=self.clock(), name=details.name if details else None)
        if now_watched != kept.watched or move.opens != kept.opens:
            with suppress(LedgerMoved):  # then more is watched than need be, which costs a look
                self.store.record_move(replace(move, watched=now_watched), now=self.clock())
        return frozenset(ref.alert_id for ref in refs.values())

    def settle_burst(self, alert_id: str) -> None:
        """Close an alert whose burst is over, where all that it opened is closed by now; draws nothing."""
        self._settling.settle_burst(alert_id)

    @property
    def _settling(self) -> Settling:
        return Settling(self.store, self.alerts, self.ledgers, self.clock)

    def _with_the_rest(self, alerts: dict[str, Alert]) -> dict[str, Alert]:
        """Add the alerts that tell what joined these after somebody took them, which the ledger has never heard of."""
        found = dict(alerts)
        shares = [alert.share for alert in alerts.values()]
        while rest := [
            each.next_alert_id
            for each in shares
            if each and each.next_alert_id and each.next_alert_id not in found
        ]:
            more = self.store.alerts(rest)
            found |= more
            shares = [alert.share for alert in more.values()]
        return found

    def _complete(
        self,
        alert: Alert,
        ref: AlertRef,
        step: Step,
        details: GroupDetails | None,
        folding: Folding,
        lists: Entries,
    ) -> Alert:
        part = None
        if step.change and step.change.event_id != alert.digest.change.event_id:
            part = self.store.part(alert, ref.version, step.change.event_id)
            if part is None:
                return alert
        readings = [step.fact for step in folding.timeline.steps if isinstance(step.fact, Observation)]
        completion = complete(
            as_told_by(part, alert) if part else alert,
            change=step.change,
            meaning=self.ledgers.blamed(mean(step, lists, self.severities)),
            group=details,
            observation=readings[-1] if readings else None,
            known=self.known,
            policy=self.severities,
        )
        if completion is None:
            return alert
        completion = self.quieting.weigh(alert, completion, self.clock())
        completed = (
            self.alerts.complete_part(alert, part, completion)
            if part
            else self.alerts.complete(alert, completion)
        )
        if completed and completed.is_behind:
            self.drawing.draw(alert.alert_id)
        return completed or alert

    def _explain(self, key: GroupKey, since: datetime, folding: Folding) -> None:
        """Tell what was found without an event whose it was, where an event tells it after all."""
        timeline = folding.timeline
        for alert in self.store.alerts(alerts_to_explain(timeline, key, since)).values():
            explained = explanation(timeline, alert)
            if alert.quiet or not explained or explained == alert.explained:
                continue
            if self.alerts.explain(alert, explained):
                self.drawing.draw(alert.alert_id)
