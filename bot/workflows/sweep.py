"""Every minute: draw the cards that are behind, which is the backstop of everything that was put off or died."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.catch_up import overdue
from bot.core.errors import SlackRateLimited, StoreError
from bot.core.pace import Lane, lane_of, lanes_beside
from bot.workflows.catch_up import CatchingUp
from bot.workflows.draw import Drawing, Drawn
from bot.workflows.ports import Alerts, Clock

_AT_ONCE = 25  # with a second or so for each, well within the worker's time
_MOST_SEEN = 1000


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Finds what was left undone. *note_pending* hears how many cards are behind, of many only that they are many."""

    alerts: Alerts
    drawing: Drawing
    catching_up: CatchingUp
    clock: Clock
    note_pending: Callable[[int], None]

    def sweep(self) -> int:
        """
        Draw the alerts whose card is behind, most severe first, and give how many cards were drawn.

        After the critical ones comes what waited for long, told together where it is much. Stops at a trouble that the next
        card would meet too, as the next sweep is a minute away; where Slack limits a method, it goes on with the other. A
        trouble that is one card's own holds up no other.
        """
        now = self.clock()
        self.alerts.start_watching(now)
        behind = self.alerts.alerts_behind(limit=_MOST_SEEN)
        self.note_pending(len(behind))
        critical = [alert for alert in behind if alert.severity is Severity.CRITICAL]
        shown, goes_on = self._draw(critical)
        if not goes_on or not self._catch_up(behind):
            return shown
        late = {alert.alert_id for alert in overdue(behind, now)}
        rest = [alert for alert in behind if alert not in critical and alert.alert_id not in late]
        return shown + self._draw(rest)[0]

    def _draw(self, alerts: Iterable[Alert]) -> tuple[int, bool]:
        """Draw some of *alerts*; gives how many, and whether to go on."""
        now, limited = self.clock(), set[Lane]()
        due = [alert for alert in alerts if not _is_looked_after(alert, now)]
        shown = 0
        for alert in due[:_AT_ONCE]:
            if lane_of(alert) in limited:
                continue
            outcome = self.drawing.draw(alert.alert_id, retry=False)
            shown += outcome.drawn is Drawn.SHOWN
            match outcome.trouble:
                case SlackRateLimited() if outcome.lane:
                    limited |= set(lanes_beside(outcome.lane))
                case _ if outcome.is_general:
                    return shown, False
        return shown, True

    def _catch_up(self, behind: list[Alert]) -> bool:
        """Tell together what is overdue; whether to go on."""
        try:
            outcome = self.catching_up.catch_up(behind)
        except StoreError:
            return False
        return outcome is None or not outcome.is_general


def _is_looked_after(alert: Alert, now: datetime) -> bool:
    """Whether somebody draws *alert*, or a job does when its turn comes."""
    is_drawn = alert.lease is not None and alert.lease.until > now
    return is_drawn or (alert.waits_until is not None and alert.waits_until > now)
