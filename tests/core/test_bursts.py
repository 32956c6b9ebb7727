"""Which alert tells a change: one of its own, or one that gathers what a session does in one go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.assessment import Severity
from bot.core.bursts import (
    LONGEST,
    MOST_OWN,
    QUIET_AFTER,
    Attempts,
    Bursts,
    Gathers,
    Placement,
    place,
    session_of,
)
from bot.core.changes import ChangeKind, Outcome, PrefixListEdit, SecurityGroupChange
from tests.makers import NOW, a_change

START = NOW.replace(microsecond=0)
SESSION = session_of(a_change())
assert SESSION is not None
NONE_YET = Bursts(SESSION)
TRYING = session_of(a_change(outcome=Outcome.DENIED))
assert TRYING is not None
assert TRYING.denied_to is not None
NOTHING_DENIED = Bursts(TRYING, attempts=Attempts(TRYING.denied_to))


def at(seconds: float, **more: Any) -> SecurityGroupChange:
    return a_change(f"event-{seconds}", time=START + timedelta(seconds=seconds), **more)


def placed(*changes: tuple[SecurityGroupChange, Severity], start: Bursts = NONE_YET) -> list[Placement]:
    """Place changes one after the other; the alert of each is called by its place in the row."""
    bursts, placements = start, []
    for number, (change, severity) in enumerate(changes):
        placement = place(bursts, change, severity, str(number))
        bursts = replace(placement.bursts, version=bursts.version + 1)
        placements.append(placement)
    return placements


def low(*seconds: float) -> list[tuple[SecurityGroupChange, Severity]]:
    return [(at(second), Severity.LOW) for second in seconds]


def joined(placements: list[Placement]) -> list[str | None]:
    return [placement.join for placement in placements]


def test_the_first_change_of_a_session_gets_an_alert_and_the_next_ones_join_it() -> None:
    assert joined(placed(*low(0, 5, 9))) == [None, "0", "0"]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(QUIET_AFTER.total_seconds(), "0", id="a minute after the last"),
        pytest.param(QUIET_AFTER.total_seconds() + 1, None, id="later than that"),
        pytest.param(-QUIET_AFTER.total_seconds(), "0", id="a minute before the first, delivered late"),
        pytest.param(-QUIET_AFTER.total_seconds() - 1, None, id="earlier than that"),
    ],
)
def test_a_burst_goes_on_while_no_minute_passes_by_the_events_own_times(
    second: float, expected: str | None
) -> None:
    assert joined(placed(*low(0, second)))[1] == expected


def test_a_burst_ends_after_ten_minutes_though_it_never_pauses() -> None:
    seconds = range(0, int(LONGEST.total_seconds()) + 61, 30)
    found = joined(placed(*low(*seconds)))
    assert found.index(None, 1) == int(LONGEST.total_seconds()) // 30 + 1
    assert found[-1] == str(found.index(None, 1))


def test_what_comes_late_joins_the_burst_of_its_own_time() -> None:
    assert joined(placed(*low(0, 300, 20, 310))) == [None, None, "0", "1"]


def test_what_is_high_gets_an_alert_of_its_own_once_for_a_group_and_never_gathers_others() -> None:
    found = placed(
        (at(0), Severity.LOW),
        (at(1, group_id="sg-1"), Severity.CRITICAL),
        (at(2, group_id="sg-1"), Severity.LOW),
        (at(3, group_id="sg-1"), Severity.HIGH),
        (at(4, group_id="sg-1"), Severity.CRITICAL),
    )
    assert joined(found) == [None, None, "0", None, "3"]
    assert [placement.gathers for placement in found] == [
        Gathers.BELOW_HIGH,
        None,
        Gathers.BELOW_HIGH,
        Gathers.THE_REST,
        Gathers.THE_REST,
    ]


def test_a_group_that_got_worse_is_told_by_an_alert_of_its_own_again() -> None:
    found = placed(
        (at(0, group_id="sg-1"), Severity.HIGH),
        (at(1, group_id="sg-1"), Severity.CRITICAL),
    )
    assert [placement.gathers for placement in found] == [None, None]


def test_after_five_of_their_own_one_alert_gathers_the_rest() -> None:
    found = placed(*((at(number, group_id=f"sg-{number}"), Severity.CRITICAL) for number in range(9)))
    assert joined(found) == [None] * (MOST_OWN + 1) + [str(MOST_OWN)] * 3


def test_denied_attempts_gather_apart() -> None:
    denied = replace(at(1), outcome=Outcome.DENIED)
    found = placed((at(0), Severity.LOW), (denied, Severity.INFORMATIONAL), (denied, Severity.INFORMATIONAL))
    assert joined(found) == [None, None, "1"]


def test_an_alert_that_somebody_took_is_joined_by_nothing() -> None:
    first = placed(*low(0))[0]
    again = place(first.bursts, at(5), Severity.LOW, "1", closed_to_more={"0"})
    assert again.join is None
    assert place(again.bursts, at(6), Severity.LOW, "2").join == "1"


def test_the_edit_of_a_prefix_list_is_of_no_burst() -> None:
    change = a_change(kind=ChangeKind.PREFIX_LIST, effect=PrefixListEdit("pl-0"))
    assert session_of(change) is None


def test_sessions_differ_by_account_region_and_session() -> None:
    keys = {
        session_of(a_change()),
        session_of(a_change(account_id="444455556666")),
        session_of(a_change(region="eu-west-1")),
        session_of(a_change(principal=replace(a_change().principal, session="ASIAOTHER"))),
    }
    assert len(keys) == 4


def test_only_the_latest_bursts_are_kept() -> None:
    found = placed(*low(*(number * 1000 for number in range(9))))
    assert len(found[-1].bursts.bursts) == 4
    assert found[-1].bursts.bursts[-1].first == START + timedelta(seconds=8000)


def denied_at(*seconds: float) -> list[tuple[SecurityGroupChange, Severity]]:
    return [(at(second, outcome=Outcome.DENIED), Severity.INFORMATIONAL) for second in seconds]


@pytest.mark.parametrize(
    ("seconds", "attempts"),
    [
        pytest.param((0,), [1], id="one"),
        pytest.param((0, 5, 200), [1, 2, 3], id="some that gather and some that do not"),
        pytest.param((0, 599), [1, 2], id="just within ten minutes"),
        pytest.param((0, 600), [1, 1], id="ten minutes later"),
        pytest.param((100, 0), [1, 1], id="one that comes late"),
        pytest.param((0, 200, 100), [1, 2, 2], id="one between"),
    ],
)
def test_denied_attempts_are_counted_over_ten_minutes(
    seconds: tuple[float, ...], attempts: list[int]
) -> None:
    found = placed(*denied_at(*seconds), start=NOTHING_DENIED)
    assert [placement.attempts for placement in found] == attempts


def test_what_was_not_denied_counts_as_no_attempt() -> None:
    assert session_of(a_change()) == SESSION
    (second,) = placed(*low(1))
    assert (second.attempts, second.bursts.attempts) == (0, None)


def test_no_more_than_fifty_denied_attempts_are_remembered() -> None:
    *_, last = placed(*denied_at(*range(60)), start=NOTHING_DENIED)
    assert last.bursts.attempts
    assert (last.attempts, len(last.bursts.attempts.times)) == (50, 50)
