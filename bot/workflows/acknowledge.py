"""A person takes an alert, or gives it back: one conditional write, then the card."""

from contextlib import suppress
from dataclasses import dataclass

from bot.core.alerts import Acknowledgement, Alert, AlertStatus, MessageRef, TransitionRefused, User
from bot.core.errors import SecretsMissing, SlackError, StoreError
from bot.workflows.draw import Drawing, Outcome, Turn
from bot.workflows.ports import Alerts, Channel, Clock


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """
    Moves alerts on for people. What Slack does with the card afterwards takes nothing back.

    A card whose posting had an unknown outcome may stand in the channel twice. *clicked*, the message that a person
    clicked on, then becomes the alert's card, and the other one goes.
    """

    store: Alerts
    channel: Channel
    drawing: Drawing
    clock: Clock

    def acknowledge(
        self,
        alert_id: str,
        user: User,
        *,
        seen_version: int,
        clicked: MessageRef | None,
        note: str | None = None,
    ) -> Outcome:
        """
        Let *user* take an alert, whose card they saw in *seen_version*, and give what became of the card.

        Of a burst they take what they saw; what came since is told by a new alert.

        Raises:
            TransitionRefused: it is not open, or has grown since that version; the error says how it stands.
            AlertNotFound: there is none.
        """
        now = self.clock()
        try:
            alert = self.store.acknowledge(alert_id, Acknowledgement(user, now, seen_version, note), now=now)
        except TransitionRefused as refused:
            if refused.alert.status is not AlertStatus.OPEN or not refused.alert.is_gathered:
                self._remove_copy(clicked, of=refused.alert)
                raise
            alert = self.store.split(alert_id, Acknowledgement(user, now, seen_version, note), now=now)
        self._adopt(clicked, alert)
        outcome = self.drawing.draw(alert_id, turn=Turn.IGNORED)
        if alert.share and alert.share.next_alert_id:
            self.drawing.draw_soon(alert.share.next_alert_id)
        return outcome

    def unacknowledge(self, alert_id: str, *, seen_version: int, clicked: MessageRef | None) -> Outcome:
        """
        Open an acknowledged alert again, and give what became of the card.

        Raises:
            TransitionRefused: it is not acknowledged, or was anew since *seen_version*; the error says how it stands.
            AlertNotFound: there is none.
        """
        try:
            alert = self.store.unacknowledge(alert_id, seen_version=seen_version)
        except TransitionRefused as refused:
            self._remove_copy(clicked, of=refused.alert)
            raise
        self._adopt(clicked, alert)
        return self.drawing.draw(alert_id, turn=Turn.IGNORED)

    def _adopt(self, clicked: MessageRef | None, alert: Alert) -> None:
        if clicked is None or clicked == alert.message:
            return
        with suppress(
            StoreError, SlackError, SecretsMissing
        ):  # the click counts; a copy too many harms nobody
            if self.store.adopt(alert.alert_id, clicked, instead_of=alert.message) and alert.message:
                self.channel.remove(alert.message)

    def _remove_copy(self, clicked: MessageRef | None, *, of: Alert) -> None:
        if clicked is None or of.message is None or clicked == of.message:
            return
        with suppress(SlackError, SecretsMissing):
            self.channel.remove(clicked)
