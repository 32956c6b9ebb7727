"""How a baseline goes on, which place's turn it is, and which readings are worth keeping."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.baseline import EACH, STUCK_AFTER, Baseline, Where, begin, is_to_keep, to_begin, to_take_up
from bot.core.changes import ChangeKind, GroupDetails, Observation, SecurityGroupChange
from bot.core.fold import fold
from bot.core.ledger import NOTHING_KNOWN, Ledger
from tests.makers import GROUP, NOW, a_change, a_rule

WHERE = ("111122223333", "eu-west-1")
MINUTE = timedelta(minutes=1)
FIRST = begin(WHERE, "run-1", NOW, after=None)
HTTPS = a_rule("10.0.0.0/8", 443, rule_id="sgr-0a", description="web")
SSH = a_rule(rule_id="sgr-0f", description="temp debug")


def finished(where: Where, at: datetime) -> Baseline:
    return begin(where, "run", at, after=None).turned(None, at, groups=1, kept=1)


class TestSteps:
    def test_a_page_leads_to_the_next_and_adds_up(self) -> None:
        second = FIRST.turned("2", NOW + MINUTE, groups=100, kept=100)
        third = second.turned("3", NOW + 2 * MINUTE, groups=100, kept=2, missed=1)
        assert (third.token, third.groups, third.kept, third.missed) == ("3", 200, 102, 1)
        assert (third.finished, third.complete, third.version) == (None, None, 3)

    def test_the_last_page_ends_it(self) -> None:
        last = FIRST.turned(None, NOW + MINUTE, groups=7, kept=7)
        assert (last.finished, last.complete, last.trouble) == (NOW + MINUTE, NOW + MINUTE, None)

    def test_the_next_one_begins_anew_but_knows_when_all_was_read_last(self) -> None:
        last = FIRST.turned(None, NOW + MINUTE, groups=7, kept=7)
        anew = begin(WHERE, "run-2", NOW + EACH, after=last)
        assert (anew.groups, anew.kept, anew.token, anew.finished) == (0, 0, None, None)
        assert (anew.complete, anew.version) == (NOW + MINUTE, last.version + 1)

    def test_waits_grow_with_each_try_in_vain_and_end_with_the_first_that_works(self) -> None:
        step, waits = FIRST, []
        for _ in range(7):
            step = step.delayed("RequestLimitExceeded", NOW, is_throttled=True)
            waits.append(step.wait_seconds)
        assert waits == [30, 60, 120, 240, 480, 600, 600]
        assert timedelta(seconds=max(waits)) < STUCK_AFTER
        assert step.trouble == "RequestLimitExceeded"
        on = step.turned("2", NOW, groups=100, kept=0)
        assert (on.tries, on.trouble) == (0, None)

    def test_throttling_never_ends_it(self) -> None:
        step = FIRST
        for _ in range(100):
            step = step.delayed("RequestLimitExceeded", NOW, is_throttled=True)
        assert (step.finished, step.wait_seconds) == (None, 600)

    @pytest.mark.parametrize(
        "stumble",
        [
            pytest.param(lambda step: step.delayed("InternalError", NOW + MINUTE), id="an error"),
            pytest.param(lambda step: step.taken_up(NOW + MINUTE), id="lost jobs"),
            pytest.param(lambda step: step.paused(NOW + MINUTE, kept=0), id="a page that takes too long"),
            pytest.param(
                lambda step: step.restarted("run-2", "InvalidNextToken", NOW + MINUTE), id="expired tokens"
            ),
        ],
    )
    def test_what_does_not_pass_ends_it_until_tomorrow(self, stumble: object) -> None:
        step, tried = FIRST.turned("2", NOW, groups=100, kept=100), 0
        while step.finished is None and tried < 100:
            step, tried = stumble(step), tried + 1  # type: ignore[operator]
        assert 3 <= tried <= 10
        assert step.finished == NOW + MINUTE
        assert step.complete is None
        assert step.trouble is not None
        assert step.is_due(NOW + EACH + 2 * MINUTE)

    def test_a_page_that_was_kept_in_part_counts_as_getting_on(self) -> None:
        step = FIRST
        for _ in range(100):
            step = step.paused(NOW, kept=1)
        assert (step.finished, step.tries, step.kept, step.groups) == (None, 0, 100, 0)

    def test_lost_places_begin_again_under_another_run(self) -> None:
        anew = FIRST.turned("2", NOW, groups=100, kept=100).restarted("run-2", "InvalidNextToken", NOW)
        assert (anew.run, anew.token, anew.groups) == ("run-2", None, 0)
        assert anew.wait_seconds == 30

    def test_a_denial_ends_it_and_is_known_as_one(self) -> None:
        step = FIRST.denied("UnauthorizedOperation", NOW)
        assert (step.is_denied, step.trouble, step.finished) == (True, "UnauthorizedOperation", NOW)
        assert not begin(WHERE, "run-2", NOW, after=step).is_denied


class TestTurns:
    A, B, C = (("111122223333", region) for region in ("eu-west-1", "us-east-1", "us-west-2"))

    def test_one_begins_each_minute_and_those_never_read_come_first(self) -> None:
        baselines = {self.A: finished(self.A, NOW - 2 * EACH)}
        assert to_begin([self.C, self.B, self.A], baselines, NOW) == [self.B]

    def test_the_one_read_longest_ago_comes_next(self) -> None:
        baselines = {
            self.A: finished(self.A, NOW - EACH - MINUTE),
            self.B: finished(self.B, NOW - EACH - 2 * MINUTE),
        }
        assert to_begin(baselines, baselines, NOW) == [self.B]

    def test_nothing_begins_within_a_day_of_the_last_nor_while_it_goes_on(self) -> None:
        going = begin(self.B, "run", NOW - 3 * EACH, after=None)
        baselines = {self.A: finished(self.A, NOW - EACH), self.B: going}
        assert to_begin(baselines, baselines, NOW) == []

    def test_a_place_from_which_no_event_came_for_long_is_left_alone(self) -> None:
        assert to_begin([], {self.A: finished(self.A, NOW - 9 * EACH)}, NOW) == []

    def test_each_of_many_places_has_its_turn_within_a_day(self) -> None:
        places = [(f"{number:012d}", "eu-west-1") for number in range(3000)]
        assert len(to_begin(places, {}, NOW)) * 24 * 60 > len(places)

    def test_those_that_stand_still_are_taken_up_the_longest_first(self) -> None:
        ages = {self.A: STUCK_AFTER, self.B: STUCK_AFTER + MINUTE, self.C: STUCK_AFTER + 2 * MINUTE}
        baselines = [begin(where, "run", NOW - age, after=None) for where, age in ages.items()]
        assert [step.where for step in to_take_up(baselines, NOW)] == [self.C, self.B]
        assert to_take_up([finished(self.A, NOW - EACH)], NOW) == []


def read(at: datetime, *rules: object) -> Observation:
    return Observation(GroupDetails(GROUP, "web-prod", None), at, rules)  # type: ignore[arg-type]


def ledger(*facts: Observation | SecurityGroupChange) -> Ledger:
    return fold(facts).end


class TestWhatIsWorthKeeping:
    YESTERDAY = NOW - EACH - MINUTE

    @pytest.mark.parametrize(
        ("known", "expected"),
        [
            pytest.param(None, True, id="nothing is known"),
            pytest.param(NOTHING_KNOWN, True, id="nothing was told"),
            pytest.param(ledger(a_change(added=(HTTPS,))), True, id="changes alone are known"),
            pytest.param(
                ledger(a_change(kind=ChangeKind.CREATE, event_name="CreateSecurityGroup", added=(HTTPS,))),
                True,
                id="it was seen to be created but never read",
            ),
            pytest.param(ledger(read(YESTERDAY, HTTPS)), False, id="read as it is"),
            pytest.param(ledger(read(YESTERDAY, HTTPS, SSH)), True, id="it had a rule more"),
            pytest.param(ledger(read(YESTERDAY)), True, id="it had a rule less"),
            pytest.param(
                ledger(read(YESTERDAY, replace(HTTPS, description=None))), True, id="another description"
            ),
            pytest.param(
                ledger(read(YESTERDAY - EACH), a_change(time=YESTERDAY, added=(HTTPS,))),
                True,
                id="changes led there which no reading has confirmed for a day",
            ),
            pytest.param(
                ledger(read(YESTERDAY), a_change(time=NOW - MINUTE, added=(HTTPS,))),
                True,
                id="a change of today led there, long after the last reading",
            ),
            pytest.param(
                ledger(read(NOW - 3 * MINUTE), a_change(time=NOW - 2 * MINUTE, added=(HTTPS,))),
                False,
                id="a change of today led there, soon after the last reading",
            ),
            pytest.param(
                ledger(
                    read(YESTERDAY, HTTPS, SSH),
                    a_change(kind=ChangeKind.REVOKE, time=NOW - MINUTE, added=(), removed=(SSH,)),
                ),
                True,
                id="a rule was closed since the last reading",
            ),
            pytest.param(
                ledger(read(YESTERDAY, HTTPS), a_change(kind=ChangeKind.DELETE, time=NOW - MINUTE, added=())),
                False,
                id="it was deleted",
            ),
            pytest.param(
                replace(ledger(read(YESTERDAY, HTTPS)), doubts=((HTTPS, NOW),)), True, id="it is in doubt"
            ),
        ],
    )
    def test_a_reading_is_kept_where_it_tells_something(self, known: Ledger | None, expected: bool) -> None:
        assert is_to_keep(known, read(NOW, HTTPS)) is expected

    def test_the_order_of_rules_tells_nothing(self) -> None:
        assert not is_to_keep(ledger(read(self.YESTERDAY, HTTPS, SSH)), read(NOW, SSH, HTTPS))
