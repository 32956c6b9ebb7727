"""A baseline: every group of an account and region, read page by page, so that a group's first change is understood too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.behind import NotRead
from bot.core.changes import Observation
from bot.core.ledger import Ledger

Where = tuple[str, str]
"""An account's id and a region."""

EACH = timedelta(hours=24)
"""How long after the end of a baseline the next one of the same place begins."""

STUCK_AFTER = timedelta(minutes=15)
"""How long a baseline may stand still before its job is taken to be lost: longer than any wait that it chooses itself."""

NOT_KEPT = "NotKept"
JOB_LOST = "JobLost"
TOO_SLOW = "TooSlow"
"""Troubles of our own making, beside AWS's: the store took no reading, a job did not come back, a page took too long."""

_STARTS_A_MINUTE = 1
_PLACES_TO_A_START = 1000  # with more places than that, one start a minute would not get round in a day
_TAKEN_UP_A_MINUTE = 5

_MOST_TRIES = 8
_MOST_RESTARTS = 3
_FIRST_WAIT_SECONDS = 30
_LONGEST_WAIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class HeardPlace:
    """
    An account and region from which events came; *last_heard* may be an hour behind.

    *refusal* says why what sits behind its groups could not be read when that was tried last, None where Panopticon may.
    """

    account_id: str
    region: str
    first_heard: datetime
    last_heard: datetime
    refusal: NotRead | None = None

    @property
    def where(self) -> Where:
        """The account's id and the region."""
        return self.account_id, self.region


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    How far the latest reading of every group of an account and region has come.

    *run* is an id like no other. *token* says where the next page begins, None at the first. *moved* is when something last
    became of it. *groups* have been read so far, *kept* are the readings that told something new, *missed* those that could
    not be kept. *tries* failed in a row at the next page; *restarts* counts how often its place was lost. *finished* is
    None while it goes on. *trouble* is the code of what stands in its way, or has ended it early, None where nothing does;
    *is_denied* says that Panopticon may not read there. *complete* is when last every group was read. *version* rises with
    each step, and a step applies to the version before it alone.
    """

    account_id: str
    region: str
    run: str
    started: datetime
    moved: datetime
    token: str | None = None
    groups: int = 0
    kept: int = 0
    missed: int = 0
    tries: int = 0
    restarts: int = 0
    finished: datetime | None = None
    trouble: str | None = None
    is_denied: bool = False
    complete: datetime | None = None
    version: int = 1

    @property
    def where(self) -> Where:
        """The account's id and the region."""
        return self.account_id, self.region

    @property
    def wait_seconds(self) -> int:
        """How long to wait before the next page is tried once more: longer with each try in vain."""
        return int(min(_FIRST_WAIT_SECONDS * 2 ** max(0, self.tries - 1), _LONGEST_WAIT_SECONDS))

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is over, and the next one's turn has come."""
        return self.finished is not None and now - self.finished > EACH

    def is_stuck(self, now: datetime) -> bool:
        """Tell whether it goes on no more, as its job was lost."""
        return self.finished is None and now - self.moved > STUCK_AFTER

    def taken_up(self, now: datetime) -> "Baseline":
        """Go on where it stands, with a new job."""
        return self.delayed(JOB_LOST, now)

    def turned(
        self, token: str | None, now: datetime, *, groups: int, kept: int, missed: int = 0
    ) -> "Baseline":
        """Go on to the page that begins at *token*, None where this was the last."""
        whole = token is None
        return replace(
            self,
            token=token,
            groups=self.groups + groups,
            kept=self.kept + kept,
            missed=self.missed + missed,
            tries=0,
            trouble=None,
            finished=now if whole else None,
            complete=now if whole else self.complete,
            moved=now,
            version=self.version + 1,
        )

    def paused(self, now: datetime, *, kept: int) -> "Baseline":
        """Read the same page again, of which there was time to keep only a part; without any the next try fares no better."""
        if not kept:
            return self.delayed(TOO_SLOW, now)
        return replace(self, kept=self.kept + kept, moved=now, version=self.version + 1)

    def delayed(self, code: str, now: datetime, *, is_throttled: bool = False, kept: int = 0) -> "Baseline":
        """Try the same page again later; but what is not a matter of EC2's rate ends it after some tries, until tomorrow."""
        if self.tries >= _MOST_TRIES and not is_throttled:
            return self._ended(code, now)
        again = replace(self, kept=self.kept + kept, tries=self.tries + 1, trouble=code)
        return replace(again, moved=now, version=self.version + 1)

    def denied(self, code: str, now: datetime) -> "Baseline":
        """End it until tomorrow, as Panopticon may not read there."""
        return replace(self._ended(code, now), is_denied=True)

    def restarted(self, run: str, code: str, now: datetime) -> "Baseline":
        """Begin once more from the first page, as EC2 does not know the place any more; after some times end it."""
        if self.restarts >= _MOST_RESTARTS:
            return self._ended(code, now)
        anew = begin(self.where, run, now, after=self)
        return replace(anew, restarts=self.restarts + 1, tries=1, trouble=code)

    def _ended(self, code: str, now: datetime) -> "Baseline":
        return replace(self, finished=now, trouble=code, moved=now, version=self.version + 1)


def begin(where: Where, run: str, now: datetime, *, after: Baseline | None) -> Baseline:
    """Begin a baseline of a place; *after* is the one before it there, None for the first."""
    account_id, region = where
    if after is None:
        return Baseline(account_id, region, run, now, now)
    return Baseline(account_id, region, run, now, now, complete=after.complete, version=after.version + 1)


def to_begin(places: Iterable[Where], baselines: Mapping[Where, Baseline], now: datetime) -> list[Where]:
    """
    Choose the places whose baseline is to begin this minute: never read ones first, then those read longest ago.

    One a minute, so that they spread over the day; more only where that would not get round.
    """
    known = set(places)
    unread = sorted(known - baselines.keys())
    again = sorted(
        (baseline.finished, where)
        for where, baseline in baselines.items()
        if where in known and baseline.finished and baseline.is_due(now)
    )
    most = _STARTS_A_MINUTE + len(known) // _PLACES_TO_A_START
    return [*unread, *(where for _, where in again)][:most]


def to_take_up(baselines: Iterable[Baseline], now: datetime) -> list[Baseline]:
    """Choose the baselines that stand still and are to go on this minute, those first that have stood longest."""
    stuck = (baseline for baseline in baselines if baseline.is_stuck(now))
    return sorted(stuck, key=lambda baseline: baseline.moved)[:_TAKEN_UP_A_MINUTE]


def is_to_keep(ledger: Ledger | None, observation: Observation) -> bool:
    """
    Tell whether a reading is worth keeping, beside what *ledger* has of its group; None where it has nothing.

    It is where the group was not read before, where it shows something else than the ledger, and where the ledger rests on
    changes that no reading has confirmed for a day. Of a group that is deleted a reading only shows what was.
    """
    if ledger is None:
        return True
    if ledger.deleted is not None:
        return False
    if ledger.read is None or not ledger.is_certain:
        return True
    if frozenset(ledger.rules) != frozenset(observation.rules):
        return True
    return observation.at - ledger.read > EACH and _has_changed_since(ledger, ledger.read)


def _has_changed_since(ledger: Ledger, time: datetime) -> bool:
    moments = [entry.opened.at for entry in ledger.live]
    moments += [entry.described for entry in ledger.live if entry.described]
    moments += [entry.closed.at for entry in ledger.closed if entry.closed]
    return any(moment > time for moment in moments)
