"""A person takes an alert, or gives it back: one conditional write, then the card."""

from dataclasses import dataclass

from bot.core.alerts import Acknowledgement, Alert, User
from bot.workflows.draw import Drawing
from bot.workflows.ports import Alerts, Clock


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """Moves alerts on for people. What Slack does with the card afterwards takes nothing back."""

    store: Alerts
    drawing: Drawing
    clock: Clock

    def acknowledge(self, alert_id: str, user: User, *, seen_version: int) -> Alert:
        """
        Let *user* take an alert, whose card they saw in *seen_version*.

        Raises:
            TransitionRefused: it is not open; the error says how it stands.
            AlertNotFound: there is none.
        """
        now = self.clock()
        alert = self.store.acknowledge(alert_id, Acknowledgement(user, now, seen_version), now=now)
        self.drawing.draw(alert_id)
        return alert

    def unacknowledge(self, alert_id: str) -> Alert:
        """
        Open an acknowledged alert again.

        Raises:
            TransitionRefused: it is not acknowledged; the error says how it stands.
            AlertNotFound: there is none.
        """
        alert = self.store.unacknowledge(alert_id)
        self.drawing.draw(alert_id)
        return alert
