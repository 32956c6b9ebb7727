"""Slack is back after a while: what waited is told in one card instead of one each."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.core.alerts import LEASE, LONGEST_LEASE, Alert, NothingToDraw
from bot.core.catch_up import CatchUp, CaughtUp, caught_up, overdue
from bot.core.errors import (
    MessageRejected,
    SecretsMissing,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    StoreError,
)
from bot.core.pace import Lane
from bot.workflows.draw import Drawn, Outcome
from bot.workflows.ports import Card, CatchUps, Channel, Clock, NewId, Pace
from bot.workflows.showing import SEARCH_MARGIN, Done

# A catch-up goes through these steps, each of which may be done twice, and after each of which the function may die:
#
#   1  it is kept, with the alerts that it is to tell      nothing has happened yet
#   2  each of them says that it is told there             who draws it now posts no card; those that have one stay out
#   3  its card is posted, if its lease has not run out    if nobody knows, it is looked for before it is posted again
#   4  it is forgotten


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """Tells together what Slack's absence held up. *told* is called with each outcome, for the log and the metrics."""

    store: CatchUps
    pace: Pace
    channel: Channel
    card: Callable[[CaughtUp], Card]
    plain_card: Callable[[CaughtUp], Card]
    clock: Clock
    new_id: NewId
    told: Callable[[str, Outcome], None]

    def catch_up(self, behind: Sequence[Alert]) -> Outcome | None:
        """
        Begin a catch-up if so many of the alerts that are *behind* are overdue, or carry on with the one that is under way.

        None where there is none to be told. An alert that it does not take stays behind.

        Raises:
            StoreError: it is carried on with by the next one to come.
        """
        late = overdue(behind, self.clock())
        if self.store.catch_up() is None and not (late and self._begin(late)):
            return None
        holder = self.new_id()
        try:
            current, unknown_since = self.store.lease_catch_up(holder, now=self.clock())
            if unknown_since is None and late:
                current = current.widened(late)
                self.store.widen_catch_up(current, holder)
            outcome = self._tell(current, holder, unknown_since)
        except NothingToDraw:
            return None  # somebody else is at it
        self.told(current.catch_up_id, outcome)
        return outcome

    def _begin(self, late: Sequence[Alert]) -> bool:
        return self.store.begin_catch_up(CatchUp(self.new_id()[:16], ()).widened(late))

    def _tell(self, catch_up: CatchUp, holder: str, unknown_since: datetime | None) -> Outcome:
        ours = [
            alert_id
            for alert_id in catch_up.alert_ids
            if self.store.tell_in_catch_up(alert_id, catch_up.catch_up_id)
        ]
        telling = caught_up(catch_up.catch_up_id, self.store.alerts(ours).values(), self.clock())
        done = Done()
        if telling is None:
            self.store.end_catch_up(holder)
            return Outcome(Drawn.NOTHING_TO_DO)
        try:
            if unknown_since is None or not self._is_posted(catch_up, unknown_since):
                # To take a thousand alerts, and to look for the card, may have taken longer than the lease.
                self.store.prolong_catch_up(holder, until=self.clock() + LEASE)
                self._post(telling, done)
        except (SlackError, SecretsMissing) as trouble:
            in_doubt = unknown_since is not None or isinstance(trouble, SlackOutcomeUnknown)
            if in_doubt:
                age = self.clock() - (unknown_since or self.clock())
                until = self.clock() + min(max(LEASE, age), LONGEST_LEASE)
                self.store.prolong_catch_up(holder, until=until)
            else:
                self.store.free_catch_up(holder)
            drawn = Drawn.REFUSED if isinstance(trouble, SlackRefused) else Drawn.PUT_OFF
            return Outcome(drawn, trouble, is_general=True, lane=Lane.POSTS, done=done)
        self.store.end_catch_up(holder)
        return Outcome(Drawn.SHOWN, done=done)

    def _is_posted(self, catch_up: CatchUp, since: datetime) -> bool:
        after, before = since - SEARCH_MARGIN, self.clock() + SEARCH_MARGIN
        return self.channel.find(catch_up.catch_up_id, after=after, before=before) is not None

    def _post(self, telling: CaughtUp, done: Done) -> None:
        now = self.clock()
        with suppress(StoreError):
            self.pace.turn(Lane.URGENT_POSTS, now)
        try:
            self.channel.post(self.card(telling))
        except MessageRejected as rejected:
            done.overcome.append(rejected)
            self.channel.post(self.plain_card(telling))
        except SlackRateLimited as limited:
            with suppress(StoreError):
                self.pace.hold(Lane.POSTS, now + limited.retry_after, now)
            raise
        done.posts += 1
