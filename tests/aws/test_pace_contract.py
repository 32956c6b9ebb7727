"""What the store promises of turns: each is somebody's, one after another, and nobody is sent too far ahead."""

from datetime import timedelta

import pytest

from bot.aws.store import Store
from bot.core.pace import LONGEST_WAIT, RATES, Lane
from tests.aws.conftest import TABLE, LaggingClient
from tests.aws.keeping import at_once
from tests.makers import NOW

SECOND = timedelta(seconds=1)
NOTHING = timedelta()


def test_the_first_goes_at_once_and_the_others_one_after_another(store: Store) -> None:
    assert [store.turn(Lane.POSTS, NOW) for _ in range(4)] == [NOTHING, SECOND, 2 * SECOND, 3 * SECOND]


def test_a_turn_that_has_passed_holds_up_nobody(store: Store) -> None:
    store.turn(Lane.POSTS, NOW)
    assert store.turn(Lane.POSTS, NOW + SECOND) == NOTHING
    assert store.turn(Lane.POSTS, NOW + SECOND) == SECOND


def test_a_lane_holds_up_no_other(store: Store) -> None:
    for _ in range(3):
        store.turn(Lane.POSTS, NOW)
    assert store.turn(Lane.URGENT_POSTS, NOW) == NOTHING
    assert store.turn(Lane.EDITS, NOW) == NOTHING


def test_some_edits_run_ahead_of_their_rate(store: Store) -> None:
    waits = [store.turn(Lane.EDITS, NOW) for _ in range(9)]
    assert waits == [NOTHING] * 7 + [timedelta(seconds=1.5), timedelta(seconds=3)]


def test_who_would_wait_too_long_gets_no_turn_and_takes_none(store: Store) -> None:
    turns = [store.turn(Lane.POSTS, NOW) for _ in range(70)]
    assert turns[60:] == [LONGEST_WAIT] + [None] * 9
    assert store.turn(Lane.POSTS, NOW + 61 * SECOND) == NOTHING


def test_what_slack_asked_for_is_waited_for(store: Store) -> None:
    store.hold(Lane.POSTS, NOW + 30 * SECOND, NOW)
    assert [store.turn(Lane.POSTS, NOW) for _ in range(2)] == [30 * SECOND, 31 * SECOND]
    store.hold(Lane.EDITS, NOW + 30 * SECOND, NOW)
    assert store.turn(Lane.EDITS, NOW) == 30 * SECOND


def test_a_shorter_wait_takes_nothing_from_a_longer_one(store: Store) -> None:
    store.hold(Lane.POSTS, NOW + 30 * SECOND, NOW)
    store.hold(Lane.POSTS, NOW + 5 * SECOND, NOW)
    assert store.turn(Lane.POSTS, NOW) == 30 * SECOND


@pytest.mark.parametrize("lane", Lane)
def test_of_those_that_come_at_once_no_two_get_the_same_turn(store: Store, lane: Lane) -> None:
    store.hold(lane, NOW + SECOND, NOW)
    turns = at_once(8, lambda _: store.turn(lane, NOW))
    assert sorted(turn for turn in turns if isinstance(turn, timedelta)) == [
        SECOND + number * RATES[lane].gap for number in range(8)
    ]


def test_a_lane_that_nobody_uses_is_forgotten(store: Store, client: LaggingClient) -> None:
    store.turn(Lane.POSTS, NOW)
    (item,) = client.scan(TableName=TABLE)["Items"]
    assert int(item["expires_at"]["N"]) > NOW.timestamp()
