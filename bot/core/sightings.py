"""Whether a principal changes something for the first time in a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

A_WHILE = timedelta(days=90)

KEPT_FOR = timedelta(days=1)
"""How old what is kept of when a principal was seen may get before it is written anew."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """When a principal was seen before, None for never."""

    before: datetime | None


def is_first_in_a_while(sighting: Sighting | None, watching: datetime | None, now: datetime) -> bool:
    """
    Tell whether a change of *now* is the first in 90 days of the principal that was met with *sighting*, None for not known.

    Of one who was never seen that is known only where changes are kept for that long, since *watching*.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> long_ago, lately = now - timedelta(days=91), now - timedelta(days=89)
    >>> is_first_in_a_while(Sighting(long_ago), lately, now), is_first_in_a_while(Sighting(lately), long_ago, now)
    (True, False)
    >>> is_first_in_a_while(Sighting(None), long_ago, now), is_first_in_a_while(Sighting(None), lately, now)
    (True, False)
    """
    since = (sighting.before or watching) if sighting else None
    return since is not None and now - since > A_WHILE
