"""Every minute: draw the cards that are behind, which is the backstop of everything that was put off or died."""

from dataclasses import dataclass

from bot.workflows.draw import Drawing, Drawn
from bot.workflows.ports import Alerts

_AT_ONCE = 25  # with a second or so for each, well within the worker's time


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Finds what was left undone."""

    alerts: Alerts
    drawing: Drawing

    def sweep(self) -> int:
        """
        Draw the alerts whose card is behind, oldest first, and give how many cards were drawn.

        Stops when Slack does not take one: the next would fare alike, and the next sweep is a minute away.
        """
        shown = 0
        for alert in self.alerts.alerts_behind(limit=_AT_ONCE):
            outcome = self.drawing.draw(alert.alert_id)
            if outcome.drawn in (Drawn.PUT_OFF, Drawn.REFUSED):
                break
            shown += outcome.drawn is Drawn.SHOWN
        return shown
