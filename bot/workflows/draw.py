"""Bring an alert's card in Slack up to what the store holds."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.alerts import LEASE, LONGEST_LEASE, Alert, LeaseLost, MessageRef, NothingToDraw
from bot.core.bursts import QUIET_AFTER
from bot.core.errors import (
    JobError,
    MessageGone,
    MessageRejected,
    PanopticonError,
    SecretsMissing,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    StoreError,
)
from bot.core.gathering import gather
from bot.core.jobs import DrawJob, FinishJob
from bot.workflows.ports import Artist, Card, Channel, Clock, Jobs, Leases, NewId

# After a broken connection a card may stand in the channel whose timestamp nobody knows: look for it this far around.
_SEARCH_MARGIN = timedelta(seconds=60)
# A lease with less left than this is taken anew before Slack is called: a card, and its plain form after it.
_NEEDED = timedelta(seconds=12)
_RETRY_SECONDS = 30
_AFTER_THE_LEASE_SECONDS = 5
_FINISHED_AFTER_SECONDS = int(QUIET_AFTER.total_seconds()) + 5


class Drawn(StrEnum):
    """What became of a card."""

    SHOWN = "shown"  # Slack shows the latest version
    NOTHING_TO_DO = "nothing to do"  # it did already, or somebody else is at it
    PUT_OFF = "put off"  # not now; a job or the sweep will try again
    REFUSED = "refused"  # Slack will not take it before somebody changes something
    OVERTAKEN = "overtaken"  # it took longer than the lease, and somebody else has taken over
    FAILED = "failed"  # a fault of ours: somebody has to mend it


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a card; *trouble* is what stood in the way, None where nothing did.

    *is_general* says that the next card would fare alike, as it is not this one's own trouble.
    """

    drawn: Drawn
    trouble: Exception | None = None
    is_general: bool = False


class _InDoubt(Exception):
    """It is not known whether Slack has taken a post."""

    def __init__(self, trouble: PanopticonError) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Drawing:
    """
    Draws cards; only the holder of an alert's lease calls Slack for it.

    Never raises: what is stored is safe, and its card can wait. *told* is called with each outcome, for the log and the
    metrics.
    """

    store: Leases
    channel: Channel
    jobs: Jobs
    card: Artist
    plain_card: Artist
    clock: Clock
    new_id: NewId
    told: Callable[[str, Outcome], None]

    def draw(self, alert_id: str, *, retry: bool = True) -> Outcome:
        """
        Take the lease of an alert and draw its card; nothing to do is a good end too.

        What has to wait becomes a job when *retry* is set, and else is left to the sweep: were each failed try to queue
        the next, and each sweep too, tries would multiply for as long as Slack is away.
        """
        holder = self.new_id()

        def draw() -> Outcome:
            alert, unknown_since = self.store.lease(alert_id, holder, now=self.clock())
            return self._try(alert, holder, unknown_since, retry=retry)

        return self._safely(alert_id, draw)

    def draw_soon(self, alert_id: str) -> None:
        """Leave the card of an alert to the worker."""
        with suppress(JobError):  # the sweep draws it, if a little later
            self.jobs.send(DrawJob(alert_id))

    def draw_leased(self, alert: Alert) -> Outcome:
        """Draw the card of an alert that was stored with its lease taken."""
        lease = alert.lease
        if lease is None or lease.until - self.clock() < _NEEDED:
            self._free(alert)
            return self.draw(alert.alert_id)
        return self._safely(alert.alert_id, lambda: self._try(alert, lease.holder, None, retry=True))

    def postpone(self, alert: Alert) -> Outcome:
        """Leave the card of an alert that was stored with its lease taken to a job."""

        def leave() -> Outcome:
            self._free(alert)
            return self._put_off(alert, None, _RETRY_SECONDS, retry=True)

        return self._safely(alert.alert_id, leave)

    def _safely(self, alert_id: str, draw: Callable[[], Outcome]) -> Outcome:
        try:
            outcome = draw()
        except NothingToDraw:
            return Outcome(Drawn.NOTHING_TO_DO)
        except LeaseLost as lost:
            outcome = Outcome(Drawn.OVERTAKEN, lost)
        except StoreError as error:
            # The lease runs out, and the sweep comes by.
            outcome = Outcome(Drawn.PUT_OFF, error, is_general=True)
        except Exception as fault:  # noqa: BLE001 - whatever is wrong with one card must hold up no other
            outcome = Outcome(Drawn.FAILED, fault)
        self.told(alert_id, outcome)
        return outcome

    def _try(self, alert: Alert, holder: str, unknown_since: datetime | None, *, retry: bool) -> Outcome:
        try:
            while alert.is_behind:
                alert = self._gathered(alert)
                message = self._update(alert, alert.message)
                if message is None and alert.quiet is None:
                    message = self._post(alert, unknown_since)
                alert = self.store.mark_drawn(
                    alert.alert_id,
                    holder,
                    version=alert.version,
                    message=message,
                    now=self.clock(),
                    gathering=alert.gathering,
                )
                unknown_since = None
        except _InDoubt as doubt:
            return self._stay_in_doubt(alert, holder, unknown_since, doubt.trouble, retry=retry)
        except (SlackError, SecretsMissing) as trouble:
            self.store.free_lease(alert.alert_id, holder)
            if isinstance(trouble, SlackRefused):
                posting = alert.message is None
                is_general = posting and not isinstance(trouble, MessageRejected)
                return Outcome(Drawn.REFUSED, trouble, is_general)
            wait = trouble.retry_after_seconds if isinstance(trouble, SlackRateLimited) else _RETRY_SECONDS
            return self._put_off(alert, trouble, wait, retry=retry and isinstance(trouble, SlackError))
        if alert.is_gathered and not alert.is_over and not alert.quiet:
            with suppress(JobError):  # then the card goes on saying "so far"
                self.jobs.send(
                    FinishJob(alert.alert_id, alert.content_version), delay_seconds=_FINISHED_AFTER_SECONDS
                )
        return Outcome(Drawn.SHOWN)

    def _gathered(self, alert: Alert) -> Alert:
        """Say what the changes that *alert* gathers come to as of its version."""
        if not alert.is_gathered:
            return alert
        parts = [part for part in self.store.parts(alert) if part.version <= alert.version]
        return replace(alert, gathering=gather(parts, is_over=alert.is_over))

    def _update(self, alert: Alert, message: MessageRef | None) -> MessageRef | None:
        """Draw over *message*; None where there is none (any more)."""
        if message is None:
            return None
        try:
            self._send(alert, lambda card: self.channel.update(message, card))
        except MessageGone:
            return None  # somebody deleted the card, but what it says must still be seen
        return message

    def _post(self, alert: Alert, unknown_since: datetime | None) -> MessageRef:
        """
        Post the card, but look for it in the channel first where an earlier try may have posted it.

        Raises:
            _InDoubt: it may stand in the channel, or may not.
        """
        if unknown_since is not None:
            after, before = unknown_since - _SEARCH_MARGIN, self.clock() + _SEARCH_MARGIN
            try:
                found = self.channel.find(alert.alert_id, after=after, before=before)
            except (SlackError, SecretsMissing) as error:
                raise _InDoubt(error) from error
            if shown := self._update(alert, found):
                return shown
        posted: list[MessageRef] = []
        try:
            self._send(alert, lambda card: posted.append(self.channel.post(card)))
        except SlackOutcomeUnknown as error:
            raise _InDoubt(error) from error
        return posted[0]

    def _send(self, alert: Alert, send: Callable[[Card], None]) -> None:
        try:
            send(self.card(alert))
        except MessageRejected:
            # Better a plain message than none: cards grow too large just when much has happened.
            send(self.plain_card(alert))

    def _stay_in_doubt(
        self,
        alert: Alert,
        holder: str,
        unknown_since: datetime | None,
        trouble: PanopticonError,
        *,
        retry: bool,
    ) -> Outcome:
        """
        Keep the lease until it runs out: whoever takes it over then looks in the channel before posting.

        Where the app may not look, each try may leave one more copy; so the wait grows with the age of the doubt.
        """
        now = self.clock()
        age = now - (unknown_since or now)
        wait = min(max(LEASE, age), LONGEST_LEASE)
        self.store.prolong_lease(alert.alert_id, holder, until=now + wait)
        seconds = int(wait.total_seconds()) + _AFTER_THE_LEASE_SECONDS
        return self._put_off(alert, trouble, seconds, retry=retry)

    def _put_off(
        self, alert: Alert, trouble: PanopticonError | None, seconds: int, *, retry: bool
    ) -> Outcome:
        if retry:
            try:
                self.jobs.send(DrawJob(alert.alert_id), delay_seconds=seconds)
            except JobError as error:
                trouble = trouble or error  # the sweep draws it, if a little later
        return Outcome(Drawn.PUT_OFF, trouble, is_general=True)

    def _free(self, alert: Alert) -> None:
        if alert.lease:
            self.store.free_lease(alert.alert_id, alert.lease.holder)
