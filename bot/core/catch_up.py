"""What waited while Slack was away: told together, so that its coming back is no flood."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alerts import Alert
from bot.core.assessment import Severity

OVERDUE = timedelta(minutes=30)
"""How long an alert's card may be late before it counts as one that Slack's absence held up."""

MOST_CARDS = 20
"""How many such alerts still get a card each; more are told together."""

MOST_TOLD = 1000
"""How many alerts one catch-up tells; a second one tells the rest."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """
    A card that tells many alerts together.

    *alert_ids* are those that it is to tell: it tells those of them that say so themselves (bot.core.quiet), as one may get
    a card of its own meanwhile. Which those are is settled before it is posted, so that no alert is told twice.
    """

    catch_up_id: str
    alert_ids: tuple[str, ...]

    def widened(self, alerts: Iterable[Alert]) -> "CatchUp":
        """Add alerts that have become overdue since."""
        ids = dict.fromkeys((*self.alert_ids, *(alert.alert_id for alert in alerts)))
        return CatchUp(self.catch_up_id, tuple(ids)[:MOST_TOLD])


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a catch-up tells: its alerts, most severe first and of these the oldest change, and the time it was away for."""

    catch_up_id: str
    alerts: tuple[Alert, ...]
    since: datetime
    until: datetime


def overdue(alerts: Iterable[Alert], now: datetime) -> tuple[Alert, ...]:
    """
    Give those of the alerts whose cards are behind that are to be told together; none where they are few.

    A critical one gets its own card however late. One that somebody draws, or tried to and does not know with what end, may
    have a card already.
    """
    late = tuple(
        alert
        for alert in alerts
        if alert.severity < Severity.CRITICAL
        and alert.message is None
        and alert.quiet is None
        and alert.lease is None
        and now - alert.created_at >= OVERDUE
    )
    return late if len(late) > MOST_CARDS else ()


def caught_up(catch_up_id: str, alerts: Iterable[Alert], now: datetime) -> CaughtUp | None:
    """Say what the catch-up *catch_up_id* tells, of *alerts* those that are its; None where none is."""
    told = [alert for alert in alerts if alert.quiet and alert.quiet.by == catch_up_id]
    if not told:
        return None
    told.sort(key=lambda alert: (-alert.severity, alert.digest.change.time, alert.alert_id))
    return CaughtUp(catch_up_id, tuple(told), min(alert.created_at for alert in told), now)
