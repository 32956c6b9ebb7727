"""Every minute: draw the cards that are behind, which is the backstop of everything that was put off or died."""

from dataclasses import dataclass

from bot.core.errors import SlackRateLimited
from bot.core.pace import Lane, lane_of, lanes_beside
from bot.workflows.draw import Drawing, Drawn
from bot.workflows.ports import Alerts, Clock

_AT_ONCE = 25  # with a second or so for each, well within the worker's time


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Finds what was left undone."""

    alerts: Alerts
    drawing: Drawing
    clock: Clock

    def sweep(self) -> int:
        """
        Draw the alerts whose card is behind, most severe first, and give how many cards were drawn.

        Stops at a trouble that the next card would meet too, as the next sweep is a minute away; where Slack limits a method,
        it goes on with the other. A trouble that is one card's own holds up no other.
        """
        self.alerts.start_watching(self.clock())
        shown, limited = 0, set[Lane]()
        for alert in self.alerts.alerts_behind(limit=_AT_ONCE):
            if lane_of(alert) in limited:
                continue
            outcome = self.drawing.draw(alert.alert_id, retry=False)
            shown += outcome.drawn is Drawn.SHOWN
            match outcome.trouble:
                case SlackRateLimited() if outcome.lane:
                    limited |= set(lanes_beside(outcome.lane))
                case _ if outcome.is_general:
                    break
        return shown
