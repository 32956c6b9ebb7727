"""A person takes an alert, or gives it back: one conditional write, then the card."""

from dataclasses import dataclass

from bot.core.alerts import Acknowledgement, User
from bot.workflows.draw import Drawing, Outcome
from bot.workflows.ports import Alerts, Clock


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """Moves alerts on for people. What Slack does with the card afterwards takes nothing back."""

    store: Alerts
    drawing: Drawing
    clock: Clock

    def acknowledge(self, alert_id: str, user: User, *, seen_version: int) -> Outcome:
        """
        Let *user* take an alert, whose card they saw in *seen_version*, and give what became of the card.

        Raises:
            TransitionRefused: it is not open, or has grown since that version; the error says how it stands.
            AlertNotFound: there is none.
        """
        now = self.clock()
        self.store.acknowledge(alert_id, Acknowledgement(user, now, seen_version), now=now)
        return self.drawing.draw(alert_id)

    def unacknowledge(self, alert_id: str, *, seen_version: int) -> Outcome:
        """
        Open an acknowledged alert again, and give what became of the card.

        Raises:
            TransitionRefused: it is not acknowledged, or was anew since *seen_version*; the error says how it stands.
            AlertNotFound: there is none.
        """
        self.store.unacknowledge(alert_id, seen_version=seen_version)
        return self.drawing.draw(alert_id)
