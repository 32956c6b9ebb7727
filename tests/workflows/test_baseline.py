"""Every group of a place is read once a day, whatever EC2, the store, the queue and the function itself do meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bot.aws.security_groups import SecurityGroups
from bot.core.alerts import Alert
from bot.core.baseline import EACH, STUCK_AFTER, Baseline, is_to_keep
from bot.core.changes import GroupKey, Observation
from bot.core.errors import JobError, StoreError
from bot.core.fold import fold
from bot.core.jobs import BaselineJob, Job, TellAgainJob
from bot.core.ledger import Ledger
from bot.core.meaning import Knowledge
from bot.workflows.baseline import Baselining
from bot.workflows.keep_news import KeepingNews
from bot.workflows.ports import News
from tests.aws.paged_ec2 import ACCOUNT_ID, PagedEc2, a_group, a_rule_of, some_groups
from tests.makers import NOW
from tests.records import event
from tests.workflows.conftest import Died, Stage, World

REGION = "eu-west-1"
HERE = (ACCOUNT_ID, REGION)
MOST_ROUNDS = 400
MOST_CALLS = 34


@dataclass
class MortalGroups:
    """EC2 read by the page; the function may die before and after each page."""

    groups: SecurityGroups
    world: World

    def observe_page(self, account_id: str, region: str, token: str | None, *, clock: Any) -> Any:
        return self.world.call(
            lambda: self.groups.observe_page(account_id, region, token, clock=clock), "page"
        )


@dataclass
class MortalJobs:
    """The queue; the function may die before and after it puts a job there."""

    stage: Stage

    def send(self, job: Job, *, delay_seconds: int = 0) -> None:
        self.stage.world.call(lambda: self.stage.jobs.send(job, delay_seconds=delay_seconds), "send")


@dataclass
class Region:
    """The worker and its schedule before the EC2 of one region."""

    stage: Stage
    ec2: PagedEc2
    not_kept: list[GroupKey] = field(default_factory=list)
    in_memory: "LedgersInMemory | None" = None
    runs: int = 0
    has_time: bool = True

    def new_id(self) -> str:
        self.runs += 1
        return f"run-{self.runs}"

    @property
    def news(self) -> News:
        stage = self.stage
        return self.in_memory or KeepingNews(stage.store, stage.ledgers, stage.keeping, MortalJobs(stage))

    @property
    def baselining(self) -> Baselining:
        world = self.stage.world
        return Baselining(
            groups=MortalGroups(SecurityGroups(lambda _: self.ec2), world),
            readings=self.news,
            store=self.stage.store,
            jobs=MortalJobs(self.stage),
            clock=world.clock,
            new_id=self.new_id,
            not_kept=lambda key, _: self.not_kept.append(key),
        )

    @property
    def baseline(self) -> Baseline:
        baseline = self.stage.store.baseline(HERE)
        assert baseline is not None
        return baseline

    @property
    def readings(self) -> int:
        """How many readings are kept."""
        keys = (GroupKey(*HERE, group_id) for group_id in self.ec2.groups)
        return sum(len(self.stage.store.readings_since(key, None)) for key in keys)

    def begin(self) -> int:
        return self.baselining.begin_due(HERE)

    def read(self, job: Job) -> Baseline | None:
        assert isinstance(job, BaselineJob)
        return self.baselining.read_page(job, lambda: self.has_time)

    def next_job(self) -> tuple[Job, int]:
        """Take the next job off the queue, and let the time pass that it waits."""
        job, delay = self.stage.jobs.sent.pop(0)
        self.stage.pass_time(delay)
        return job, delay

    def run(self) -> list[int]:
        """Let the worker read until the queue has no page; give how long each waited, and leave other jobs there."""
        delays = []
        others: list[tuple[Job, int]] = []
        while self.stage.jobs.sent:
            job, delay = self.next_job()
            if not isinstance(job, BaselineJob):
                others.append((job, 0))  # it has waited
                continue
            delays.append(delay)
            self.read(job)
            assert len(delays) < MOST_ROUNDS
        self.stage.jobs.sent = others
        return delays

    def ledger(self, group_id: str) -> Ledger:
        return self.stage.ledgers.ledger(GroupKey(*HERE, group_id))

    def assert_all_known(self) -> None:
        """Each group's ledger holds the rules that EC2 has, and is certain of them."""
        for group_id, group in self.ec2.groups.items():
            ledger = self.ledger(group_id)
            assert ledger.is_certain
            ids = {rule["SecurityGroupRuleId"] for rule in group.rules}
            assert {rule.rule_id for rule in ledger.rules} == ids


@pytest.fixture
def region(stage: Stage) -> Region:
    """Three pages of groups: three, three and one."""
    return Region(stage, PagedEc2.of(some_groups(7, rules=2), most=3))


@pytest.fixture
def small(stage: Stage) -> Region:
    """Two pages of groups: three and one."""
    return Region(stage, PagedEc2.of(some_groups(4), most=3))


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeSecurityGroups")


class TestTheFirst:
    def test_soon_after_installation_every_group_is_known(self, region: Region) -> None:
        assert region.begin() == 1
        assert region.run() == [0, 2, 2]
        done = region.baseline
        assert (done.groups, done.kept, done.missed, done.trouble) == (7, 7, 0, None)
        assert done.finished == done.complete == region.stage.world.now
        region.assert_all_known()

    def test_the_first_delete_after_installation_is_understood(self, small: Region) -> None:
        small.begin()
        small.run()
        stage = small.stage
        stage.pass_time(300)
        told = event(
            eventName="DeleteSecurityGroup",
            eventTime=f"{stage.world.now:%Y-%m-%dT%H:%M:%SZ}",
            recipientAccountId=ACCOUNT_ID,
            awsRegion=REGION,
            requestParameters={"groupId": "sg-00000001"},
            responseElements={"_return": True},
        )
        report = stage.reporting.record(told)
        assert report.alert is not None
        assert report.alert.meaning is not None
        assert report.alert.group_name == "group-1"
        (held,) = report.alert.meaning.held
        assert held.rule.rule_id == "sgr-000000010001"

    def test_it_asks_nothing_of_ec2_that_it_does_not_need(self, region: Region) -> None:
        region.begin()
        region.run()
        assert region.ec2.called == ["groups", "rules"] * 3


class TestTheNext:
    def test_it_begins_a_day_later_and_keeps_only_what_differs(self, region: Region) -> None:
        region.begin()
        region.run()
        for seconds in (60, EACH.total_seconds() - 120):
            region.stage.pass_time(int(seconds))
            assert region.begin() == 0
        region.ec2.groups["sg-00000003"].rules.append(a_rule_of("sg-00000003", 22))
        region.ec2.groups["sg-00000006"].rules.clear()
        region.ec2.groups["sg-000000ff"] = a_group(255)
        region.stage.pass_time(120)
        assert region.begin() == 1
        region.run()
        assert (region.baseline.groups, region.baseline.kept) == (8, 3)
        region.assert_all_known()
        told = {job.group.group_id for job, _ in region.stage.jobs.sent if isinstance(job, TellAgainJob)}
        assert told == {"sg-00000003", "sg-00000006"}

    def test_a_place_that_is_heard_from_has_its_turn_within_a_minute(self, region: Region) -> None:
        region.stage.store.hear_from("111122223333", "us-east-1", NOW)
        region.stage.store.hear_from(*HERE, NOW)
        assert [region.begin() for _ in range(3)] == [1, 1, 0]
        assert {baseline.where for baseline in region.stage.store.baselines()} == {
            ("111122223333", "us-east-1"),
            HERE,
        }

    def test_without_events_and_without_a_place_of_its_own_nothing_begins(self, region: Region) -> None:
        assert region.baselining.begin_due(None) == 0


class TestTroubles:
    def test_throttled_in_the_middle_it_goes_on_at_the_same_page_later_and_later(
        self, region: Region
    ) -> None:
        region.ec2.failures = {3: refusal("RequestLimitExceeded"), 4: refusal("Throttling")}
        region.begin()
        assert region.run() == [0, 2, 30, 60, 2]
        assert region.baseline.groups == 7
        assert region.baseline.trouble is None
        region.assert_all_known()

    def test_a_page_half_read_when_throttled_is_read_whole(self, region: Region) -> None:
        region.ec2.failures = {4: refusal("RequestLimitExceeded")}
        region.begin()
        region.run()
        assert region.baseline.groups == 7
        region.assert_all_known()

    def test_where_it_may_not_read_it_says_so_and_tries_again_the_next_day(self, region: Region) -> None:
        region.ec2.failures = {1: refusal("UnauthorizedOperation")}
        region.begin()
        region.run()
        assert (region.baseline.is_denied, region.baseline.trouble) == (True, "UnauthorizedOperation")
        assert region.begin() == 0
        region.stage.pass_time(int(EACH.total_seconds()) + 60)
        assert region.begin() == 1
        region.run()
        assert (region.baseline.is_denied, region.baseline.trouble) == (False, None)
        region.assert_all_known()

    def test_a_token_that_expired_has_it_begin_anew(self, region: Region) -> None:
        region.ec2.failures = {5: refusal("InvalidNextToken")}
        region.begin()
        assert region.run() == [0, 2, 2, 30, 2, 2]
        assert (region.baseline.run, region.baseline.groups, region.baseline.kept) == ("run-2", 7, 1)
        region.assert_all_known()

    def test_tokens_that_expire_each_time_end_it_until_tomorrow(self, region: Region) -> None:
        region.ec2.failures = dict.fromkeys(range(3, 99, 3), refusal("InvalidNextToken"))
        region.begin()
        region.run()
        assert region.baseline.finished is not None
        assert (region.baseline.trouble, region.baseline.complete) == ("InvalidNextToken", None)

    def test_what_ec2_never_answers_ends_it_until_tomorrow(self, region: Region) -> None:
        region.ec2.failures = dict.fromkeys(range(1, 99), refusal("InternalError"))
        region.begin()
        assert region.run() == [0, 30, 60, 120, 240, 480, 600, 600, 600]
        assert (region.baseline.finished, region.baseline.trouble) == (
            region.stage.world.now,
            "InternalError",
        )

    def test_when_time_runs_short_the_rest_of_the_page_has_its_turn_next(self, region: Region) -> None:
        looks = iter(range(MOST_ROUNDS * 100))
        region.begin()
        while region.stage.jobs.sent:
            job, _ = region.next_job()
            assert isinstance(job, BaselineJob)
            region.baselining.read_page(job, lambda: next(looks) % 2 == 0)
        assert (region.baseline.groups, region.baseline.kept) == (7, 7)
        assert region.readings == 7

    def test_a_page_that_leaves_no_time_at_all_is_not_tried_for_ever(self, region: Region) -> None:
        region.has_time = False
        region.begin()
        region.run()
        assert region.baseline.trouble == "TooSlow"
        assert region.baseline.finished is not None

    def test_a_group_that_cannot_be_kept_holds_up_no_other(self, small: Region) -> None:
        class Unwilling(KeepingNews):
            def keep(self, observation: Observation) -> None:
                if observation.group.key.group_id == "sg-00000001":
                    raise ValueError("no ledger takes this")
                super().keep(observation)

        class Faulty(Region):
            @property
            def news(self) -> News:
                stage = self.stage
                return Unwilling(stage.store, stage.ledgers, stage.keeping, stage.jobs)

        region = Faulty(small.stage, small.ec2)
        region.begin()
        assert region.run() == [0, 30, 60, 120, 2]
        assert (region.baseline.groups, region.baseline.kept, region.baseline.missed) == (4, 3, 1)
        assert {key.group_id for key in region.not_kept} == {"sg-00000001"}
        assert region.ledger("sg-00000002").is_known

    def test_a_store_that_fails_has_the_same_job_come_again(self, small: Region) -> None:
        small.begin()
        job, _ = small.next_job()
        small.stage.world.fails_at = small.stage.world.calls + 1
        with pytest.raises(StoreError):
            small.read(job)
        small.read(job)
        small.run()
        assert small.baseline.groups == 4

    def test_a_page_that_could_not_be_asked_for_is_taken_up_by_the_schedule(self, small: Region) -> None:
        small.begin()
        job, _ = small.next_job()
        small.stage.jobs.failure = JobError("not queued")
        with pytest.raises(JobError):
            small.read(job)
        small.stage.jobs.failure = None
        small.stage.pass_time(int(STUCK_AFTER.total_seconds()))
        assert small.begin() == 0
        small.stage.pass_time(60)
        assert small.begin() == 1
        small.run()
        assert (small.baseline.groups, small.baseline.trouble) == (4, None)
        small.assert_all_known()


class TestTwice:
    def test_a_job_that_comes_twice_reads_on_once(self, region: Region) -> None:
        region.begin()
        job, _ = region.next_job()
        assert region.read(job) is not None
        assert region.read(job) is None
        assert len(region.stage.jobs.sent) == 1

    def test_two_that_read_a_page_at_once_go_on_once(self, region: Region) -> None:
        region.begin()
        job, _ = region.next_job()

        def another(call: str) -> None:
            region.ec2.before_each = None
            assert region.read(job) is not None

        region.ec2.before_each = another
        assert region.read(job) is None
        assert len(region.stage.jobs.sent) == 1
        region.run()
        assert region.baseline.groups == 7
        assert region.readings == 7

    def test_two_schedules_at_once_begin_one_run(self, region: Region) -> None:
        start = region.stage.world.calls
        region.begin()
        of_one = region.stage.world.calls - start
        region.stage.pass_time(int(EACH.total_seconds()) * 2)
        region.run()
        region.stage.pass_time(int(EACH.total_seconds()) + 60)
        baselines = region.stage.store.baselines()
        assert region.begin() == 1

        class Earlier:
            """A store that was read before the other schedule wrote."""

            def baselines(self) -> list[Baseline]:
                return baselines

            def __getattr__(self, name: str) -> Any:
                return getattr(region.stage.store, name)

        late = replace(region.baselining, store=Earlier())
        assert late.begin_due(HERE) == 0
        assert len(region.stage.jobs.sent) == 1
        assert of_one == 4

    def test_a_job_of_an_earlier_run_does_nothing(self, region: Region) -> None:
        region.begin()
        job, _ = region.next_job()
        assert isinstance(job, BaselineJob)
        assert region.read(replace(job, run="run-0")) is None
        assert region.read(replace(job, token="sg-0")) is None
        assert region.read(replace(job, region="us-east-1")) is None
        assert region.ec2.called == []


class TestWhatWasToldBefore:
    def test_a_card_from_before_the_first_reading_is_completed_by_it(self, small: Region) -> None:
        """What was open before a change is known once the group was read, whoever reads it."""
        before = self.alert_of_opening(small)
        assert before.meaning is not None
        assert before.meaning.knowledge is not Knowledge.KNOWN
        small.stage.pass_time(120)
        small.begin()
        small.run()
        small.stage.work()
        after = small.stage.store.alert(before.alert_id)
        assert after.meaning is not None
        assert after.meaning.knowledge is Knowledge.KNOWN

    def alert_of_opening(self, region: Region) -> Alert:
        told = event(
            recipientAccountId=ACCOUNT_ID,
            awsRegion=REGION,
            eventTime=f"{region.stage.world.now:%Y-%m-%dT%H:%M:%SZ}",
            requestParameters={
                "groupId": "sg-00000001",
                "ipPermissions": {
                    "items": [
                        {
                            "ipProtocol": "tcp",
                            "fromPort": 22,
                            "toPort": 22,
                            "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
                        }
                    ]
                },
            },
        )
        region.ec2.groups["sg-00000001"].rules.append(
            {**a_rule_of("sg-00000001", 22), "CidrIpv4": "0.0.0.0/0"}
        )
        region.stage.report(told)
        region.stage.jobs.sent.clear()  # the reading that was asked for does not come
        (alert,) = region.stage.store.open_alerts_page(limit=9)[0]
        return alert


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_CALLS))
def test_wherever_the_function_dies_every_group_is_known_in_the_end(
    stage: Stage, at: int, after: bool
) -> None:
    region = Region(stage, PagedEc2.of(some_groups(4), most=2))
    start = stage.world.calls
    stage.world.dies_before = None if after else start + at
    stage.world.dies_after = start + at if after else None
    for _ in range(4):
        let_live(region.begin)
        while stage.jobs.sent:
            job, _ = stage.jobs.sent[0]
            if let_live(lambda job=job: region.read(job)):
                stage.jobs.sent.pop(0)  # what was not confirmed comes again
        stage.pass_time(int(STUCK_AFTER.total_seconds()) + 60)
    stage.world.dies_before = stage.world.dies_after = None
    assert (region.baseline.groups, region.baseline.trouble) == (4, None)
    assert region.baseline.finished is not None
    assert region.readings == 4
    region.assert_all_known()


def test_dying_at_every_call_of_a_baseline_was_tried(stage: Stage) -> None:
    region = Region(stage, PagedEc2.of(some_groups(4), most=2))
    start = stage.world.calls
    region.begin()
    region.run()
    assert 20 < stage.world.calls - start < MOST_CALLS
    assert stage.world.called.count("page") == 2


def let_live(work: Any) -> bool:
    """Do *work*, and tell whether the function lived through it."""
    try:
        work()
    except Died:
        return False
    return True


@dataclass
class LedgersInMemory:
    """The last reading of each group, where DynamoDB's emulation would take minutes."""

    kept: dict[GroupKey, Ledger] = field(default_factory=dict)

    def news(self, observations: Sequence[Observation]) -> list[Observation]:
        return [seen for seen in observations if is_to_keep(self.kept.get(seen.group.key), seen)]

    def keep(self, observation: Observation) -> None:
        self.kept[observation.group.key] = fold([observation]).end


def test_five_thousand_groups_are_known_within_minutes(stage: Stage) -> None:
    """Fifty pages with two seconds between them, whatever the machine's own speed, and what trouble adds."""
    region = Region(stage, PagedEc2.of(some_groups(5000, rules=10)))
    ledgers = LedgersInMemory()
    region.in_memory = ledgers
    region.ec2.failures = {51: refusal("RequestLimitExceeded"), 82: refusal("InvalidNextToken")}
    region.begin()
    delays = region.run()
    assert (region.baseline.groups, region.baseline.run) == (5000, "run-2")
    assert delays.count(30) == 2
    assert stage.world.now - NOW < timedelta(minutes=5)
    assert len(ledgers.kept) == 5000

    region.ec2.called, region.ec2.failures = [], {}
    stage.pass_time(int(EACH.total_seconds()) + 60)
    region.begin()
    assert region.run() == [0, *[2] * 49]
    assert region.ec2.called == ["groups", "rules"] * 50
    assert (region.baseline.groups, region.baseline.kept) == (5000, 0)
