"""How Panopticon itself is doing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core.baseline import Baseline, HeardPlace, Where
from bot.core.behind import NotRead
from bot.core.organization import Organization


@dataclass(frozen=True, slots=True)
class PlaceHealth:
    """
    How an account and region is doing: when an event came from there last, and how far its groups have been read.

    *last_heard*, which may be an hour behind, is None where none came yet; *baseline* is None where none has begun. *refusal*
    says why what sits behind its groups could not be read when that was tried last, None where Panopticon may.
    """

    where: Where
    last_heard: datetime | None
    baseline: Baseline | None
    refusal: NotRead | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """
    What /sg-changes doctor tells.

    *last_event* is the time of the newest change seen, *last_card* that of the newest alert whose card is in Slack, each
    None where there is none in this month and the last. *post_trouble* says what keeps the app from posting to the
    alert channel and what to do, None where nothing does. *places* are those that are watched, the most silent first.
    *organization* is what AWS Organizations said of the names of accounts, None where it was not asked.
    """

    last_event: datetime | None
    last_card: datetime | None
    post_trouble: str | None
    places: tuple[PlaceHealth, ...] = ()
    organization: Organization | None = None


def by_silence(places: Iterable[HeardPlace], baselines: Iterable[Baseline]) -> tuple[PlaceHealth, ...]:
    """Say how each place is doing that was heard from or read, those first from which nothing came for longest."""
    heard = {place.where: place for place in places}
    read = {baseline.where: baseline for baseline in baselines}
    found = [
        PlaceHealth(where, place.last_heard, read.get(where), place.refusal) for where, place in heard.items()
    ]
    found += [PlaceHealth(where, None, baseline) for where, baseline in read.items() if where not in heard]
    return tuple(sorted(found, key=_silence))


def _silence(place: PlaceHealth) -> tuple[float, Where]:
    return place.last_heard.timestamp() if place.last_heard else 0.0, place.where
