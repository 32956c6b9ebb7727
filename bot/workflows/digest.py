"""Once a day: tell in one message what was kept from the channel the day before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.core.alerts import Alert
from bot.core.errors import SlackOutcomeUnknown
from bot.core.quiet_day import QuietDay, count_day
from bot.workflows.ports import Card, Channel, Clock, Digests

_PIECE = 200
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Digesting:
    """Posts the digest of each day, once, from the time of the next day that is *due*; None for never."""

    store: Digests
    channel: Channel
    card: Callable[[QuietDay], Card]
    due: time | None
    clock: Clock

    def tell_of_yesterday(self) -> QuietDay | None:
        """
        Post what was quiet yesterday, unless that is done or there was nothing; gives what it posted.

        Who tells holds a claim for some minutes, so that a crash, or a Slack that refuses, puts it off and nothing more. Where
        it is not known whether Slack has taken it, it is not posted again: a digest is worth less than a message twice is trouble.

        Raises:
            SlackError: it was not posted, and will be tried again.
            SecretsMissing: likewise.
            StoreError: likewise.
        """
        now = self.clock()
        if self.due is None or now.time() < self.due:
            return None
        today = datetime.combine(now.date(), time(), UTC)
        day = now.date() - timedelta(days=1)
        if not self.store.claim_digest(day, now=now):
            return None
        alerts, is_cut = self._alerts(today - timedelta(days=1), today)
        told = count_day(day, alerts, is_cut=is_cut)
        if told.count:
            try:
                self.channel.post(self.card(told))
            except SlackOutcomeUnknown:
                self.store.close_digest(day, now=now)
                raise
        self.store.close_digest(day, now=now)
        return told if told.count else None

    def _alerts(self, since: datetime, until: datetime) -> tuple[list[Alert], bool]:
        found: list[Alert] = []
        behind: str | None = None
        while len(found) < _MOST:
            piece, behind = self.store.alerts_between(since, until, limit=_PIECE, behind=behind)
            found += piece
            if behind is None:
                return found, False
        return found, True
