"""Whether a principal changes something for the first time in a while, or ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

A_WHILE = timedelta(days=90)

KEPT_FOR = timedelta(days=1)
"""How old what is kept of when a principal was seen may get before it is written anew."""


class FirstChange(StrEnum):
    """How a change is the first of its principal."""

    SEEN = "first change seen"  # which is less than to say that there was none before
    IN_A_WHILE = "first change in 90 days"


@dataclass(frozen=True, slots=True)
class Sighting:
    """When a principal was seen before, None for never."""

    before: datetime | None


def first_change(sighting: Sighting | None, now: datetime) -> FirstChange | None:
    """
    Say how a change of *now* is the first of the principal that was met with *sighting*; None for not at all, or not known.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> [first_change(Sighting(before), now) for before in (now - timedelta(days=91), now - timedelta(days=89))]
    [<FirstChange.IN_A_WHILE: 'first change in 90 days'>, None]
    """
    if sighting is None:
        return None
    if sighting.before is None:
        return FirstChange.SEEN
    return FirstChange.IN_A_WHILE if now - sighting.before > A_WHILE else None
