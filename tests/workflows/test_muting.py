"""A person mutes something, sees what is muted, and ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.mutes import LONGEST_MUTE, MUTE_DAYS, Mute, MuteSubject
from bot.workflows.muting import Muting
from tests.makers import GROUP, JO, NOW, SAM
from tests.quieting import a_mute, a_policy
from tests.workflows.conftest import Stage

SUBJECT = MuteSubject(group=GROUP, group_name="web-prod")


def muting(stage: Stage, *of_file: Mute) -> Muting:
    return Muting(a_policy(mutes=of_file), stage.store, stage.world.clock)


def mute(stage: Stage, *, days: int = 7, reason: str = " load test ", asked: str = "V1") -> Mute:
    return muting(stage).mute(SUBJECT, JO, days=days, reason=reason, also_critical=False, asked=asked)


@pytest.mark.parametrize("days", MUTE_DAYS)
def test_a_mute_holds_from_now_on_for_as_long_as_was_chosen(stage: Stage, days: int) -> None:
    made = mute(stage, days=days)
    assert (made.owner, made.reason, made.since) == (JO.user_id, "load test", NOW)
    assert made.until == NOW + timedelta(days=days)
    assert made.until - made.since <= LONGEST_MUTE
    assert muting(stage).running() == [made]


def test_the_same_form_twice_is_one_mute(stage: Stage) -> None:
    made = mute(stage)
    stage.pass_time(2)
    mute(stage, days=90)
    assert muting(stage).running() == [made]
    mute(stage, asked="V2")
    assert len(muting(stage).running()) == 2


@pytest.mark.parametrize(
    ("days", "reason"), [(91, "why"), (0, "why"), (-1, "why"), (7, "  "), (7, "x" * 301)]
)
def test_nobody_mutes_for_longer_or_without_a_reason(stage: Stage, days: int, reason: str) -> None:
    with pytest.raises(ValueError, match=str(days)):
        mute(stage, days=days, reason=reason)
    assert muting(stage).running() == []


def test_mutes_of_the_file_stand_beside_those_of_people_with_what_each_hid(stage: Stage) -> None:
    made = mute(stage)
    of_file = a_mute(mute_id="file", is_of_file=True, until=NOW + timedelta(days=1))
    over = a_mute(mute_id="over", is_of_file=True, until=NOW)
    assert muting(stage, over, of_file).running() == [replace(of_file, hidden=0), made]


def test_anybody_may_end_a_mute_once(stage: Stage) -> None:
    made = mute(stage)
    assert muting(stage).end(made.mute_id, SAM) == made
    assert muting(stage).running() == []
    assert muting(stage).end(made.mute_id, JO) is None


def test_one_that_is_over_is_not_listed_and_cannot_be_ended(stage: Stage) -> None:
    made = mute(stage, days=1)
    stage.pass_time(24 * 3600)
    assert muting(stage).running() == []
    assert muting(stage).end(made.mute_id, JO) is None
