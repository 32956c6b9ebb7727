"""What may become of an event between EC2 and the queue."""

from typing import Any

import pytest

from sandbox.trail import Trail


@pytest.fixture
def delivered() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def trail(delivered: list[dict[str, Any]]) -> Trail:
    return Trail(delivered.append, lambda: 1_764_000_000.0)


def event(event_id: str) -> dict[str, Any]:
    return {"id": f"envelope of {event_id}", "detail": {"eventID": event_id}}


def ids(events: list[dict[str, Any]]) -> list[str]:
    return [each["detail"]["eventID"] for each in events]


def test_the_next_event_is_lost_and_no_other(trail: Trail, delivered: list[dict[str, Any]]) -> None:
    trail.to_lose = 1
    for event_id in "ab":
        trail.emit(event(event_id))

    assert ids(delivered) == ["b"]
    assert [each.fate for each in trail.emitted] == ["lost", "delivered"]


def test_what_is_held_back_comes_in_the_wrong_order_and_then_no_more_is_held(
    trail: Trail, delivered: list[dict[str, Any]]
) -> None:
    trail.holds = True
    for event_id in "abc":
        trail.emit(event(event_id))
    assert delivered == []

    assert trail.release() == 3
    trail.emit(event("d"))
    assert ids(delivered) == ["c", "b", "a", "d"]


def test_again_means_the_same_event_in_another_envelope(
    trail: Trail, delivered: list[dict[str, Any]]
) -> None:
    for event_id in "ab":
        trail.emit(event(event_id))

    assert trail.repeat("a").times == 2
    trail.repeat()

    assert ids(delivered) == ["a", "b", "a", "b"]
    assert len({each["id"] for each in delivered}) == 4


def test_what_was_lost_cannot_come_again(trail: Trail) -> None:
    trail.to_lose = 1
    trail.emit(event("a"))

    with pytest.raises(LookupError, match="no event"):
        trail.repeat()
