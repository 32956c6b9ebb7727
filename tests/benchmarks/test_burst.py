"""The benchmark of a burst, in small and on the sandbox's DynamoDB."""

import pytest

from benchmarks.burst import judge_burst, make_burst, play, play_baseline
from benchmarks.contention import contend
from tests.own_dynamodb import OwnDynamoDB
from tests.workflows.conftest import Stage, make_stage


@pytest.fixture
def stage() -> Stage:
    return make_stage(OwnDynamoDB())


def test_a_burst_is_one_card_that_is_right_in_the_end_and_one_that_is_not_is_found(stage: Stage) -> None:
    burst = make_burst(20, 2)
    run = play("small", stage, burst)
    assert run.broken == ()
    assert run.posts == 1
    assert run.calls <= 30
    (card,) = stage.channel.messages.values()
    card["text"] = "something else"
    assert judge_burst(stage, burst) == ["the cards are not those of the alerts, each once"]


def test_what_is_critical_in_a_burst_is_five_cards_and_one_for_the_rest(stage: Stage) -> None:
    run = play("bad", stage, make_burst(20, 2, critical=7))
    assert run.broken == ()
    assert run.posts == 7


def test_the_baseline_posts_each_event_and_falls_behind() -> None:
    burst = make_burst(100, 2)
    run = play_baseline(burst)
    assert (run.calls, run.posts) == (100, 100)
    assert run.seconds_to_quiet == pytest.approx(39.6, abs=1)


def test_what_is_not_stored_or_told_is_found(stage: Stage) -> None:
    play("small", stage, make_burst(20, 2))
    assert judge_burst(stage, make_burst(22, 3, critical=1)) == [
        "not every change is stored once",
        "the gathered card tells 20 changes, 10 groups, 10 rules, 10 groups created; there are (21, 11, 10, 11)",
        "0 critical cards of one change, 0 of several",
        "what is critical on app-005 is on no critical card",
    ]


def test_what_several_record_at_once_is_kept_and_joins_once() -> None:
    contention = contend(OwnDynamoDB(), 3, make_burst(12, 2).events)
    assert contention.broken == ()
    assert contention.failed[-1] == 0
    assert contention.words.startswith("12 events of one session by 3 threads at once")
