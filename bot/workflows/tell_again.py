"""Tell alerts of a group what is known by now: what their changes mean, and that what they opened is closed."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, AlertStatus, Closing, as_told_by
from bot.core.changes import GroupDetails, GroupKey, Observation, SecurityGroupChange
from bot.core.completion import complete
from bot.core.found import alerts_to_explain, explanation
from bot.core.keeping import LedgerMoved
from bot.core.ledger import Ledger, Step, fact_time
from bot.core.meaning import mean, what_it_opened
from bot.core.openness import remaining
from bot.core.parts import AlertRef
from bot.core.rules import Rule
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import NOTHING_KNOWN, Known
from bot.workflows.draw import Drawing
from bot.workflows.ledgers import Folding, Ledgers
from bot.workflows.ports import Alerts, Clock, LedgerFacts
from bot.workflows.quieting import Quieting

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
        alerts = {alert.alert_id: alert for alert in found.values()}
        lists = self.ledgers.lists(*(step.before for step in steps), folding.timeline.end)
        for event_id, step in latest.items():
            if event_id in found:
                alert = alerts[found[event_id].alert_id]
                ref = refs[event_id]
                alerts[alert.alert_id] = self._complete(alert, ref, step, details, folding, lists)
        if since:
            self._explain(key, since, folding)
        closed = {alert_id for alert_id in alerts if self._settle(alerts[alert_id], folding, lists)}
        waiting = tuple(
            alert_id
            for alert_id in dict.fromkeys(
                [*kept.watched, *(found[each].alert_id for each in latest if each in found)]
            )
            if alert_id in alerts and alert_id not in closed and _opens(alerts[alert_id])
        )
        move = self.ledgers.move(folding, now=self.clock(), name=details.name if details else None)
        if waiting != kept.watched or move.opens != kept.opens:
            with suppress(LedgerMoved):  # then more is watched than need be, which costs a look
                self.store.record_move(replace(move, watched=waiting), now=self.clock())
        return frozenset(ref.alert_id for ref in refs.values())

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

    def _settle(self, alert: Alert, folding: Folding, lists: Entries) -> bool:
        """Tell an alert what is left of what it opened; whether nothing is, and it is closed."""
        if not _opens(alert):
            return alert.status is AlertStatus.CLOSED
        left = _left(alert, folding.timeline.end, lists)
        closing = None if left else _closing(alert, folding, lists, self.clock())
        if left == alert.remaining and not closing:
            return False
        if self.alerts.settle(alert, left, closing, now=self.clock()):
            self.drawing.draw(alert.alert_id)
        return closing is not None


def _opens(alert: Alert) -> tuple[Rule, ...]:
    """Give what an alert that is not closed told to be open; nothing of one that gathers changes, as those go their own ways."""
    is_live = alert.status in (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED) and not alert.is_gathered
    return what_it_opened(alert.meaning) if is_live else ()


def _left(alert: Alert, ledger: Ledger, lists: Entries) -> tuple[Rule, ...]:
    """Give what of the things that *alert* told to be open is so by *ledger*."""
    before = alert.meaning.before if alert.meaning else ()
    return remaining(_opens(alert), ledger, lists, before)


def _closing(alert: Alert, folding: Folding, lists: Entries, now: datetime) -> Closing | None:
    """Say when the last of what *alert* opened was closed, and by whom; None where something of it may be open still."""
    if not folding.timeline.end.is_known:
        return None  # a rule that nobody has told of may admit it still
    told = alert.digest.change
    since = told.time
    steps = [step for step in folding.timeline.steps if fact_time(step.fact) >= since]
    # Of what happened in the same second, only what comes after it can have closed it.
    own = next(
        (place for place, step in enumerate(steps) if step.change and step.change.event_id == told.event_id),
        -1,
    )
    for step in steps[own + 1 :]:
        if _left(alert, step.after, lists):
            continue
        match step.fact:
            case SecurityGroupChange() as change:
                return Closing(change.time, change.principal.label, change.event_id, since)
            case Observation(at=at):
                return Closing(at, None, None, since)
    return Closing(now, None, None, since)  # as by an edit of a prefix list, which is no fact of the group's
