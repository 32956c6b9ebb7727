"""Bring an alert's card in Slack up to what the store holds."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.alerts import (
    LEASE,
    LONGEST_LEASE,
    Alert,
    AlertNotFound,
    LeaseLost,
    MessageRef,
    NothingToDraw,
    Shown,
)
from bot.core.bursts import QUIET_AFTER
from bot.core.errors import (
    AppShutOut,
    JobError,
    MessageRejected,
    PanopticonError,
    SecretsMissing,
    SlackError,
    SlackRateLimited,
    SlackRefused,
    StoreError,
)
from bot.core.gathering import gather
from bot.core.jobs import BehindJob, DrawJob, FinishJob
from bot.core.pace import CARD_GAP, POSTING, Lane, lane_of, lanes_beside
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.thread_lines import line_owed
from bot.workflows.ports import Clock, Jobs, Leases, NewId, Pace
from bot.workflows.showing import Done, InDoubt, Showing

# A lease with less left than this is taken anew before Slack is called: a card, and its plain form after it.
_NEEDED = timedelta(seconds=12)
_RETRY = timedelta(seconds=30)
_AFTER_THE_LEASE = timedelta(seconds=5)
# What is wrong with one card alone is for somebody to mend; until then it is not to stand in the way of others.
_MENDED_WITHIN = timedelta(minutes=5)
_NOW = timedelta()
_A_LITTLE = timedelta(seconds=5)


class Drawn(StrEnum):
    """What became of a card."""

    SHOWN = "shown"  # Slack shows the latest version
    NOTHING_TO_DO = "nothing to do"  # it did already, somebody else is at it, or it waits for its turn
    PUT_OFF = "put off"  # not now; a job or the sweep will try again
    REFUSED = "refused"  # Slack will not take it before somebody changes something
    OVERTAKEN = "overtaken"  # it took longer than the lease, and somebody else has taken over
    FAILED = "failed"  # a fault of ours: somebody has to mend it


class Turn(StrEnum):
    """Whether a card has to wait for its turn in Slack."""

    NEEDED = "needed"
    TAKEN = "taken"  # it has waited
    IGNORED = "ignored"  # a person looks on


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a card; *trouble* is what stood in the way, None where nothing did, or only that others were first.

    *is_general* says that the next card of the *lane* would fare alike, as it is not this one's own trouble. *done* is what
    was done in Slack, *alert* for which alert, as far as that is known.
    """

    drawn: Drawn
    trouble: Exception | None = None
    is_general: bool = False
    lane: Lane | None = None
    done: Done = field(default_factory=Done)
    alert: Alert | None = None


@dataclass(frozen=True, slots=True)
class _Try:
    """One try to draw: who holds the lease, since when the outcome of an earlier one is unknown, what may be done."""

    holder: str
    unknown_since: datetime | None
    retry: bool
    turn: Turn
    done: Done = field(default_factory=Done)

    @property
    def in_doubt(self) -> bool:
        return self.unknown_since is not None


@dataclass(frozen=True, slots=True)
class Drawing:
    """
    Draws cards; only the holder of an alert's lease calls Slack for it, and only when it is its turn.

    Never raises: what is stored is safe, and its card can wait. *told* is called with each outcome, for the log and the
    metrics.
    """

    store: Leases
    pace: Pace
    showing: Showing
    jobs: Jobs
    clock: Clock
    new_id: NewId
    told: Callable[[str, Outcome], None]
    severities: SeverityPolicy = STANDARD

    def draw(self, alert_id: str, *, retry: bool = True, turn: Turn = Turn.NEEDED) -> Outcome:
        """
        Take the lease of an alert and draw its card; nothing to do is a good end too.

        After a trouble it becomes a job when *retry* is set, and else is left to the sweep: were each failed try to queue
        the next, and each sweep too, tries would multiply for as long as Slack is away.
        """
        holder = self.new_id()

        def draw() -> Outcome:
            at_once = turn is not Turn.NEEDED
            alert, unknown_since = self.store.lease(alert_id, holder, now=self.clock(), at_once=at_once)
            return self._try(alert, _Try(holder, unknown_since, retry, turn))

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
        attempt = _Try(lease.holder, None, retry=True, turn=Turn.NEEDED)
        return self._safely(alert.alert_id, lambda: self._try(alert, attempt))

    def postpone(self, alert: Alert) -> Outcome:
        """Leave the card of an alert that was stored with its lease taken to a job, behind those that wait."""

        def leave() -> Outcome:
            self._free(alert)
            wait = self._turn(lane_of(alert))
            self._queue(alert, _RETRY + wait if wait is not None else None)
            return Outcome(Drawn.PUT_OFF, lane=lane_of(alert), alert=alert)

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

    def _try(self, alert: Alert, attempt: _Try) -> Outcome:
        try:
            while alert.is_behind:
                wait = self._wait(alert) if attempt.turn is not Turn.TAKEN else _NOW
                if wait != _NOW and attempt.turn is Turn.NEEDED:
                    return self._wait_for_turn(alert, attempt, wait)
                drawn = self._gathered(alert)
                message = self.showing.show(drawn, attempt.unknown_since, attempt.done)
                alert = self._keep(drawn, attempt, message)
                was_moved_by_a_person = drawn.acknowledgement != alert.acknowledgement
                turn = Turn.IGNORED if was_moved_by_a_person else Turn.NEEDED
                attempt = replace(attempt, unknown_since=None, turn=turn)
        except InDoubt as doubt:
            return self._stay_in_doubt(alert, attempt, doubt.trouble)
        except (SlackError, SecretsMissing) as trouble:
            return self._give_up(alert, attempt, trouble)
        except (LeaseLost, StoreError):
            raise
        except Exception as fault:  # noqa: BLE001 - as in _safely, but with the lease to give back
            self._rest(alert, attempt.holder, in_doubt=True)
            return Outcome(Drawn.FAILED, fault, done=attempt.done, alert=alert)
        self._have_it_followed(alert)
        return Outcome(Drawn.SHOWN, done=attempt.done, alert=alert)

    def _keep(self, drawn: Alert, attempt: _Try, message: MessageRef | None) -> Alert:
        """Keep that *message* shows *drawn*, and give the alert as it is by now."""
        now = self.clock()
        try:
            return self.store.mark_drawn(
                drawn.alert_id,
                attempt.holder,
                version=drawn.version,
                message=message,
                now=now,
                shown=Shown(now, drawn.severity, drawn.status) if message else None,
                gathering=drawn.gathering,
            )
        except LeaseLost:
            if message and message != drawn.message:
                self._leave_one(drawn, message)
            raise

    def _leave_one(self, drawn: Alert, message: MessageRef) -> None:
        """
        Make *message* the card if no other is kept as that yet, else remove it.

        Who has taken over may have posted the card too. Whoever is the first to say where theirs is has the card, as that ends
        the lease of the other, who then comes here as well; the sweep draws it up to date.
        """
        with suppress(StoreError, AlertNotFound, SlackError, SecretsMissing):  # one too many harms nobody
            if (
                not self.store.adopt(drawn.alert_id, message, instead_of=drawn.message)
                and self.store.alert(drawn.alert_id).message != message
            ):
                self.showing.channel.remove(message)

    def _gathered(self, alert: Alert) -> Alert:
        """Say what the changes that *alert* gathers come to as of its version; it is of no use where nothing is drawn."""
        if not alert.is_gathered or alert.quiet:
            return alert
        parts = [part for part in self.store.parts(alert) if part.version <= alert.version]
        return replace(alert, gathering=gather(parts, is_over=alert.is_over, policy=self.severities))

    def _have_it_followed(self, alert: Alert) -> None:
        """
        Have the card of a burst say what sits behind the groups that it says are opened, which is known once it is drawn; and
        that it is over, once nothing has joined for long enough.
        """
        if alert.lacks_surroundings and not alert.quiet:
            with suppress(JobError):  # the card goes without
                self.jobs.send(BehindJob(alert.alert_id))
        if alert.is_gathered and not alert.is_over and not alert.quiet:
            with suppress(JobError):  # then the card goes on saying "so far"
                job = FinishJob(alert.alert_id, alert.content_version)
                self.jobs.send(job, delay_seconds=_seconds(QUIET_AFTER + _A_LITTLE))

    def _wait(self, alert: Alert) -> timedelta | None:
        """
        Take a turn for *alert* and give how long it is until then, nothing for now; None for longer than turns are given out for.

        A line in the thread, which somebody is to hear of, waits for none.
        """
        if alert.message is None and alert.quiet is not None:
            return _NOW  # nothing is to be drawn
        wait = self._turn(lane_of(alert))
        if line_owed(alert):
            self._turn(Lane.URGENT_POSTS)
            return _NOW
        if wait is not None and alert.shown:
            wait = max(wait, alert.shown.at + CARD_GAP - self.clock())
        return wait

    def _turn(self, lane: Lane) -> timedelta | None:
        try:
            return self.pace.turn(lane, self.clock())
        except StoreError:
            return _NOW  # better too soon than not at all: Slack says if it is

    def _wait_for_turn(self, alert: Alert, attempt: _Try, wait: timedelta | None) -> Outcome:
        """Give the lease back until it is the alert's turn; whoever comes until then finds it waiting and leaves it alone."""
        until = self.clock() + (wait or _NOW)
        self.store.wait_for_turn(alert.alert_id, attempt.holder, until=until, in_doubt=attempt.in_doubt)
        trouble = self._queue(alert, wait)
        return Outcome(Drawn.PUT_OFF, trouble, lane=lane_of(alert), done=attempt.done, alert=alert)

    def _queue(self, alert: Alert, wait: timedelta | None) -> JobError | None:
        """Have the card drawn when its turn has come, by a job; where none can be sent, or is worth it, the sweep does."""
        if wait is not None:
            try:
                self.jobs.send(DrawJob(alert.alert_id, has_turn=True), delay_seconds=_seconds(wait))
            except JobError as error:
                return error
        return None

    def _give_up(self, alert: Alert, attempt: _Try, trouble: SlackError | SecretsMissing) -> Outcome:
        """Give the lease back: this try posted nothing, and the next may be anybody's. What an earlier one did is as unknown."""
        lane = lane_of(alert)
        drawn, is_general = Drawn.PUT_OFF, True
        match trouble:
            case SlackRefused():
                is_posting = lane in POSTING and not isinstance(trouble, MessageRejected)
                drawn, is_general = Drawn.REFUSED, is_posting or isinstance(trouble, AppShutOut)
                if is_general:
                    self._give_back(alert, attempt)
                else:
                    self._rest(alert, attempt.holder, in_doubt=attempt.in_doubt)
            case SlackRateLimited():
                self._hold(lane, trouble.retry_after)
                if attempt.retry:
                    self._wait_for_turn(alert, attempt, self._turn(lane))
                else:
                    self._give_back(alert, attempt)
            case _:
                self._give_back(alert, attempt)
                if attempt.retry and isinstance(trouble, SlackError):
                    self._retry(alert, _RETRY)
        return Outcome(drawn, trouble, is_general, lane, attempt.done, alert)

    def _hold(self, lane: Lane, wait: timedelta) -> None:
        """Slack limits a method, so others of its lanes wait too, and those of other methods do not."""
        with suppress(StoreError):
            for held in lanes_beside(lane):
                self.pace.hold(held, self.clock() + wait, self.clock())

    def _rest(self, alert: Alert, holder: str, *, in_doubt: bool) -> None:
        """Leave a card alone for some minutes, as it has a trouble of its own."""
        until = self.clock() + _MENDED_WITHIN
        with suppress(StoreError):
            self.store.wait_for_turn(alert.alert_id, holder, until=until, in_doubt=in_doubt)

    def _stay_in_doubt(self, alert: Alert, attempt: _Try, trouble: PanopticonError) -> Outcome:
        """
        Keep the lease until it runs out: whoever takes it over then looks in the channel before posting.

        Where the app may not look, each try may leave one more copy; so the wait grows with the age of the doubt.
        """
        now = self.clock()
        wait = min(max(LEASE, now - (attempt.unknown_since or now)), LONGEST_LEASE)
        self.store.prolong_lease(alert.alert_id, attempt.holder, until=now + wait)
        if attempt.retry:
            self._retry(alert, wait + _AFTER_THE_LEASE)
        return Outcome(
            Drawn.PUT_OFF, trouble, is_general=True, lane=lane_of(alert), done=attempt.done, alert=alert
        )

    def _retry(self, alert: Alert, wait: timedelta) -> None:
        with suppress(JobError):  # the sweep draws it, if a little later
            self.jobs.send(DrawJob(alert.alert_id), delay_seconds=_seconds(wait))

    def _give_back(self, alert: Alert, attempt: _Try) -> None:
        self.store.free_lease(alert.alert_id, attempt.holder, in_doubt=attempt.in_doubt)

    def _free(self, alert: Alert) -> None:
        if alert.lease:
            self.store.free_lease(alert.alert_id, alert.lease.holder, in_doubt=False)


def _seconds(wait: timedelta) -> int:
    """Give whole seconds, so many that *wait* is over after them."""
    return -(-wait // timedelta(seconds=1))
