"""Bring an alert's card in Slack up to what the store holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.core.alerts import LEASE, Alert, LeaseLost, MessageRef, NothingToDraw
from bot.core.errors import (
    JobError,
    MessageGone,
    MessageRejected,
    SecretsMissing,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
)
from bot.core.jobs import DrawJob
from bot.workflows.ports import Artist, Card, Channel, Clock, Jobs, Leases, NewId

# After a broken connection a card may stand in the channel whose timestamp nobody knows: look for it this far around.
_SEARCH_MARGIN = timedelta(seconds=60)
_RETRY_SECONDS = 30
_LEASE_SLACK_SECONDS = 5


class Drawn(StrEnum):
    """What became of a card."""

    SHOWN = "shown"  # Slack shows the latest version
    NOTHING_TO_DO = "nothing to do"  # it did already, or somebody else is at it
    PUT_OFF = "put off"  # Slack did not take it now; a job, and the sweep behind it, will try again
    REFUSED = "refused"  # Slack will not take it before somebody changes something


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a card; *trouble* is Slack's error, where there was one.

    *waits_for_sweep* says that not even a job could be queued for it.
    """

    drawn: Drawn
    trouble: SlackError | SecretsMissing | None = None
    waits_for_sweep: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """
    Draws cards; only the holder of an alert's lease calls Slack for it.

    *told* is called with each outcome, for the log and the metrics.
    """

    store: Leases
    channel: Channel
    jobs: Jobs
    card: Artist
    plain_card: Artist
    clock: Clock
    new_id: NewId
    told: Callable[[str, Outcome], None]

    def draw(self, alert_id: str) -> Outcome:
        """Take the lease of an alert and draw its card; nothing to do is a good end too."""
        holder = self.new_id()
        try:
            alert, unknown_since = self.store.lease(alert_id, holder, now=self.clock())
        except NothingToDraw:
            return Outcome(Drawn.NOTHING_TO_DO)
        return self._draw(alert, holder, unknown_since)

    def draw_leased(self, alert: Alert) -> Outcome:
        """Draw the card of an alert that was stored with its lease taken."""
        if alert.lease is None:
            raise ValueError(f"alert {alert.alert_id} is not leased")
        return self._draw(alert, alert.lease.holder, None)

    def _draw(self, alert: Alert, holder: str, unknown_since: datetime | None) -> Outcome:
        outcome = self._try(alert, holder, unknown_since)
        self.told(alert.alert_id, outcome)
        return outcome

    def _try(self, alert: Alert, holder: str, unknown_since: datetime | None) -> Outcome:
        message = alert.message
        if message is None and unknown_since is not None:
            # An earlier holder's lease ran out: its card may stand in the channel.
            now = self.clock()
            try:
                message = self.channel.find(
                    alert.alert_id, after=unknown_since - _SEARCH_MARGIN, before=now + _SEARCH_MARGIN
                )
            except (SlackError, SecretsMissing) as error:
                return self._wait_for_the_lease(alert, error)
        try:
            while alert.is_behind:
                message = self._show(alert, message)
                alert = self.store.mark_drawn(
                    alert.alert_id, holder, version=alert.version, message=message, now=self.clock()
                )
        except LeaseLost:
            return Outcome(Drawn.NOTHING_TO_DO)
        except SlackOutcomeUnknown as error:
            if message is None:
                return self._wait_for_the_lease(alert, error)
            return self._give_back(alert, holder, error)  # an update may be repeated: it does no harm
        except (SlackError, SecretsMissing) as error:
            return self._give_back(alert, holder, error)
        return Outcome(Drawn.SHOWN)

    def _show(self, alert: Alert, message: MessageRef | None) -> MessageRef:
        if message is not None:
            try:
                return self._send(alert, partial(self._update, message))
            except MessageGone:
                # Somebody deleted the card. What it says must still be seen.
                pass
        return self._send(alert, self.channel.post)

    def _send(self, alert: Alert, send: Callable[[Card], MessageRef]) -> MessageRef:
        try:
            return send(self.card(alert))
        except MessageRejected:
            # Better a plain message than none: cards grow too large just when much has happened.
            return send(self.plain_card(alert))

    def _update(self, message: MessageRef, card: Card) -> MessageRef:
        self.channel.update(message, card)
        return message

    def _wait_for_the_lease(self, alert: Alert, trouble: SlackError | SecretsMissing) -> Outcome:
        """
        Leave the lease to run out, since a card may have been posted whose timestamp nobody knows.

        Whoever takes it over then sees that it ran out, and looks in the channel before posting.
        """
        return self._put_off(alert, trouble, int(LEASE.total_seconds()) + _LEASE_SLACK_SECONDS)

    def _give_back(self, alert: Alert, holder: str, trouble: SlackError | SecretsMissing) -> Outcome:
        """Free the lease, and try again later where that can help."""
        self.store.free_lease(alert.alert_id, holder)
        if isinstance(trouble, SlackRefused):
            return Outcome(Drawn.REFUSED, trouble)
        wait = trouble.retry_after_seconds if isinstance(trouble, SlackRateLimited) else _RETRY_SECONDS
        return self._put_off(alert, trouble, wait)

    def _put_off(self, alert: Alert, trouble: SlackError | SecretsMissing, seconds: int) -> Outcome:
        try:
            self.jobs.send(DrawJob(alert.alert_id), delay_seconds=seconds)
        except JobError:
            # The sweep finds the alert behind its version and draws it, if a little later.
            return Outcome(Drawn.PUT_OFF, trouble, waits_for_sweep=True)
        return Outcome(Drawn.PUT_OFF, trouble)
