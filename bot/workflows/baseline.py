"""
Read every group of each account and region once a day, page by page, so that the first change of each is understood too.

A page is a job of the worker: 100 groups, two or three calls to EC2, the hundred ledgers beside them, and a record for each
group that is new or differs. 5,000 groups are 50 pages. With ten rules a group that is about 150 calls to EC2, which
takes 20 a second. With 2 s between pages, 2 s for EC2, 2 s to look at the ledgers and 80 ms for each reading that is kept,
the first baseline takes 50 x (2 + 2 + 8) s, ten minutes, and a later one, which keeps little, 50 x (2 + 2 + 2) s, five.

A run is resumable: what it has come to is stored, each step on condition of the one before it. A job that comes twice, or
two runs of one place, read a page twice and go on once. A page of which there was time to keep only a part is read again:
what was kept of it is not kept twice. A job that is lost is replaced by the schedule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.baseline import NOT_KEPT, Baseline, Where, begin, to_begin, to_take_up
from bot.core.changes import GroupKey, Observation
from bot.core.errors import PageExpired, ReadDenied, ReadThrottled, SecurityGroupError
from bot.core.jobs import BaselineJob
from bot.workflows.ports import Baselines, Clock, GroupPages, Jobs, NewId, News

_BETWEEN_PAGES_SECONDS = 2
_TRIES_TO_KEEP = 3


@dataclass(frozen=True, slots=True)
class Baselining:
    """
    Begins baselines, and reads their pages.

    *new_id* makes a run's id. *not_kept* hears of each group whose reading could not be kept, for the log.
    """

    groups: GroupPages
    readings: News
    store: Baselines
    jobs: Jobs
    clock: Clock
    new_id: NewId
    not_kept: Callable[[GroupKey, Exception], None]

    def begin_due(self, own: Where | None) -> int:
        """
        Begin the baselines whose turn has come, take up those that stand still, and give how many that were.

        They are of the places that events come from, and of *own*, the function's account and region; None if that is not
        known.

        Raises:
            StoreError, JobError: not all was begun; what was stored without a job is taken up later.
        """
        now = self.clock()
        baselines = {baseline.where: baseline for baseline in self.store.baselines()}
        places = {place.where for place in self.store.places()} | ({own} if own else set())
        steps = [baseline.taken_up(now) for baseline in to_take_up(baselines.values(), now)]
        steps += [
            begin(where, self.new_id(), now, after=baselines.get(where))
            for where in to_begin(places, baselines, now)
        ]
        return sum(self._go_on(step, wait_seconds=0) for step in steps)

    def read_page(self, job: BaselineJob, is_time_left: Callable[[], bool]) -> Baseline | None:
        """
        Read a page, keep what it tells that is new, have the next one read, and give how far the baseline has come.

        None where nothing was done, or nothing came of it: the job is of a page that is read already, or another one that
        read it at the same time was first.

        Raises:
            StoreError: it is not known how far it came; the same job is to come again.
            JobError: the next page was not asked for; the schedule does so later.
        """
        baseline = self.store.baseline((job.account_id, job.region))
        if baseline is None or baseline.finished or (baseline.run, baseline.token) != (job.run, job.token):
            return None
        try:
            observations, token = self.groups.observe_page(
                job.account_id, job.region, job.token, clock=self.clock
            )
        except ReadDenied as error:
            step = baseline.denied(error.code, self.clock())
        except PageExpired as error:
            step = baseline.restarted(self.new_id(), error.code, self.clock())
        except SecurityGroupError as error:
            is_throttled = isinstance(error, ReadThrottled)
            step = baseline.delayed(error.code, self.clock(), is_throttled=is_throttled)
        else:
            step = self._keep(baseline, observations, token, is_time_left)
        wait = step.wait_seconds if step.tries else _BETWEEN_PAGES_SECONDS
        return step if self._go_on(step, wait_seconds=wait) else None

    def _keep(
        self,
        baseline: Baseline,
        observations: Sequence[Observation],
        token: str | None,
        is_time_left: Callable[[], bool],
    ) -> Baseline:
        """Keep those of a page's readings that tell something new, and give the next step."""
        kept = missed = 0
        for observation in self.readings.news(observations):
            if not is_time_left():
                return baseline.paused(self.clock(), kept=kept)
            try:
                self.readings.keep(observation)
                kept += 1
            except Exception as fault:  # noqa: BLE001 - whatever is wrong with one group must hold up no other
                self.not_kept(observation.group.key, fault)
                missed += 1
        if missed and baseline.tries < _TRIES_TO_KEEP:
            return baseline.delayed(NOT_KEPT, self.clock(), kept=kept)
        return baseline.turned(token, self.clock(), groups=len(observations), kept=kept, missed=missed)

    def _go_on(self, step: Baseline, *, wait_seconds: int) -> bool:
        """Store a step, and have the next page read if there is one; False where somebody else was first."""
        if not self.store.keep_baseline(step, now=self.clock()):
            return False
        if step.finished is None:
            job = BaselineJob(step.account_id, step.region, step.token, step.run)
            self.jobs.send(job, delay_seconds=wait_seconds)
        return True
