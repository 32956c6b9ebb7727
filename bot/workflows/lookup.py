"""Questions that the store can answer."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.core.alerts import Alert
from bot.core.assessment import INTERNET
from bot.core.changes import GroupDetails, GroupKey, Observation, SecurityGroupChange
from bot.core.closing import is_burst_over
from bot.core.cloudtrail import parse_change
from bot.core.completion import with_directions
from bot.core.errors import EventError
from bot.core.gathering import gather
from bot.core.health import PlaceHealth, by_silence
from bot.core.history import (
    AlertScope,
    HistoryEntry,
    KnownPrincipal,
    Listing,
    Page,
    Place,
    QuietScope,
    Silence,
)
from bot.core.organization import Organization
from bot.core.parts import Part
from bot.core.quiet_day import is_never_told
from bot.core.severity import STANDARD, SeverityPolicy
from bot.workflows.ports import Clock, History

_Named = TypeVar("_Named")

_GROUP_ID = re.compile(r"sg-[0-9a-f]+", re.IGNORECASE)
MOST_NAMES = 100
"""How many groups or principals of a name are offered to choose from: as many as a menu in Slack takes."""

_NAMES_TO_NARROW = 1000
_NEAR_NAMES = 200
_LATEST_ALERTS = 25

# Lists of some accounts or regions only are read in pieces, of which what is not asked for is left out.
_PIECE = 50
_MOST_PIECES = 6
_MOST_OPEN = 200


@dataclass(frozen=True, slots=True)
class NoGroup:
    """No group is known by what was typed; *near* names one that is, None where nothing comes near."""

    near: GroupDetails | None


@dataclass(frozen=True, slots=True)
class ManyGroups:
    """What was typed could be any of *groups*."""

    groups: tuple[GroupDetails, ...]


@dataclass(frozen=True, slots=True)
class NoPrincipal:
    """No principal is known by what was typed; *near* names one that is, None where nothing comes near."""

    near: KnownPrincipal | None


@dataclass(frozen=True, slots=True)
class ManyPrincipals:
    """What was typed could be any of *principals*."""

    principals: tuple[KnownPrincipal, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Answers from the store."""

    store: History
    clock: Clock
    severities: SeverityPolicy = STANDARD

    def find_group(self, name: str, place: Place) -> GroupDetails | ManyGroups | NoGroup:
        """Find the group that *name* names: by its id, its name, or the start of its name, in this order."""
        if _GROUP_ID.fullmatch(name):
            known = self.store.groups_with_id(name.lower(), limit=MOST_NAMES)
            return self._one_group(_within(known, place), name)
        if place.account_id and (called := self.store.groups_called(name, place.account_id, place.region)):
            return self._one_group(called, name)
        limit = MOST_NAMES if place.is_everywhere else _NAMES_TO_NARROW
        found = _within(self.store.groups_named(name, limit=limit), place)[:MOST_NAMES]
        for same in (
            [group for group in found if group.name == name],
            [group for group in found if (group.name or "").lower() == name.lower()],
        ):
            if same:
                return self._one_group(same, name)
        return self._one_group(found, name)

    def find_principal(self, name: str) -> KnownPrincipal | ManyPrincipals | NoPrincipal:
        """Find the principal that *name* names: by its whole name, or the start of it."""
        found = self.store.principals_named(name, limit=MOST_NAMES)
        same = [known for known in found if known.name.lower() == name.lower()]
        match same or found:
            case []:
                known = self.store.principals_named(name[:1], limit=MOST_NAMES)
                return NoPrincipal(_nearest(name, known, lambda known: known.name))
            case [known]:
                return known
            case several:
                return ManyPrincipals(tuple(several))

    def changes(self, listing: Listing, *, size: int) -> Page:
        """Give a page of a list."""
        entries, read_to = self._read(listing, size)
        has_more = read_to is not None
        page = entries[:size]
        if not listing.newest_first:
            page = page[::-1]
        alerts = self.store.alerts_telling({entry.position: entry.told for entry in page if entry.told})
        is_first = listing.before is None and listing.after is None
        older = newer = None
        if listing.newest_first:
            older = listing.turned(before=read_to) if has_more else None
            back = listing.turned(after=page[0].position) if page else listing.turned()
            newer = None if is_first else back
        else:
            older = listing.turned(before=page[-1].position) if page else None
            newer = listing.turned(after=read_to) if has_more else None
        return Page(listing, tuple(page), alerts, older, newer)

    def _read(self, listing: Listing, size: int) -> tuple[list[HistoryEntry], str | None]:
        """
        Read up to *size* entries in the order of reading, and the position to go on from, None at the end.

        A list of some accounts or regions may stop short of *size*, with more to come.
        """
        found: list[HistoryEntry] = []
        piece = _PIECE if not listing.place.is_everywhere else size + 1
        for _ in range(_MOST_PIECES):
            read = self.store.changes(listing, limit=piece, now=self.clock())
            in_order = read if listing.newest_first else read[::-1]
            for entry in in_order:
                if not listing.shows(entry):
                    continue
                if len(found) == size:
                    return found, found[-1].position
                found.append(entry)
            if len(read) < piece:
                return found, None
            last = in_order[-1].position
            listing = listing.turned(before=last) if listing.newest_first else listing.turned(after=last)
        return found, last

    def silence(self, listing: Listing) -> Silence:
        """Say what is known where *listing* shows nothing."""
        ever = replace(listing, since=None, until=None, before=None, after=None)
        own = self.store.changes(ever, limit=1, now=self.clock())
        latest = own or self.store.changes(Listing(), limit=1, now=self.clock())
        return Silence(
            watching_since=self.store.watching_since(),
            last_change=latest[0].digest.change.time if latest else None,
            is_of_list=bool(own and (ever.group or ever.principal)),
        )

    def principal(self, reference: str) -> KnownPrincipal | None:
        """Give the principal with this reference."""
        return self.store.principal(reference)

    def alert(self, alert_id: str) -> Alert:
        """
        Give an alert.

        Raises:
            AlertNotFound: there is none.
        """
        return self.store.alert(alert_id)

    def parts(self, alert: Alert) -> list[Part]:
        """Give all changes that *alert* gathers."""
        return self.store.parts(alert)

    def whole_change(self, alert: Alert) -> SecurityGroupChange | None:
        """Give the change that *alert* tells with all of its rules; None where it is not kept any more."""
        event = self.store.event_of(alert.digest.change)
        try:
            change = parse_change(event) if event else None
        except EventError:
            return None
        if change is None or not change.modified or change.group is None:
            return change
        recorded = self.store.latest_observation(change.group)
        known = (*alert.digest.change.modified, *(recorded.rules if recorded else ()))
        return with_directions(change, known)

    def observation(self, key: GroupKey, at: datetime) -> Observation | None:
        """Give the reading of a group's rules of that moment; None where it was not kept."""
        return self.store.observation(key, at)

    def details(self, key: GroupKey) -> GroupDetails:
        """Give what is known of a group, if only its key."""
        return self.store.group(key) or GroupDetails(key, None, None)

    def last_event_and_card(self) -> tuple[datetime | None, datetime | None]:
        """Give the time of the newest change, and when the newest card was posted, of this month and the last."""
        now = self.clock()
        changes = self.store.changes(Listing(), limit=1, now=now)
        alerts = self.store.latest_alerts(limit=_LATEST_ALERTS, now=now)
        # A message's timestamp is when Slack took it.
        posted = [float(alert.message.ts) for alert in alerts if alert.message]
        return (
            changes[0].digest.change.time if changes else None,
            datetime.fromtimestamp(max(posted), UTC) if posted else None,
        )

    def watched(self) -> tuple[PlaceHealth, ...]:
        """Say how each account and region is doing, those first from which nothing came for longest; two calls."""
        return by_silence(self.store.places(), self.store.baselines())

    def organization(self) -> Organization | None:
        """Give what AWS Organizations said of the names of accounts, None where it was not asked."""
        return self.store.organization()

    def unacknowledged(self, scope: AlertScope, *, size: int) -> tuple[list[Alert], AlertScope | None]:
        """Give up to *size* open alerts, most severe first, and where the list goes on, None at its end."""
        found: list[Alert] = []
        behind = scope.behind
        piece = size + 1 if scope.place.is_everywhere else _MOST_OPEN
        for _ in range(_MOST_PIECES):
            alerts, behind = self.store.open_alerts_page(limit=piece, behind=behind)
            found += [
                alert
                for alert in alerts
                if scope.place.holds(alert.digest.change.account_id, alert.digest.change.region)
            ]
            if len(found) > size:
                return found[:size], AlertScope(scope.place, self.store.place_of(found[size - 1]))
            if behind is None:
                return found, None
        return found, AlertScope(scope.place, behind)

    def quiet(self, scope: QuietScope, *, size: int) -> tuple[list[Alert], QuietScope | None]:
        """Give up to *size* alerts that nobody was notified of, newest first, and where the list goes on, None at its end."""
        found: list[Alert] = []
        behind = scope.behind
        for _ in range(_MOST_PIECES):
            alerts, behind = self.store.alerts_between(scope.since, scope.until, limit=_PIECE, behind=behind)
            for alert in alerts:
                change = alert.digest.change
                if not is_never_told(alert) or not scope.place.holds(change.account_id, change.region):
                    continue
                if len(found) == size:
                    return self._summed_up(found), replace(scope, behind=self.store.position_of(found[-1]))
                found.append(alert)
            if behind is None:
                return self._summed_up(found), None
        return self._summed_up(found), replace(scope, behind=behind)

    def _summed_up(self, alerts: list[Alert]) -> list[Alert]:
        """Say what those of *alerts* that gather changes come to, as nobody has drawn a card of them; a call for each."""
        now = self.clock()
        return [
            replace(
                alert,
                gathering=gather(
                    self.store.parts(alert),
                    is_over=is_burst_over(alert, now),
                    policy=self.severities,
                ),
            )
            if alert.is_gathered and not alert.gathering
            else alert
            for alert in alerts
        ]

    def count_open(self) -> tuple[int, int, bool]:
        """Count the open alerts, those of them that tell of an opening to the internet, and say if there are more."""
        found, more = self.store.open_alerts_page(limit=_MOST_OPEN)
        opened = sum(
            any(finding.audience == INTERNET for finding in alert.assessment.findings) for alert in found
        )
        return len(found), opened, more is not None

    def _one_group(self, groups: list[GroupDetails], name: str) -> GroupDetails | ManyGroups | NoGroup:
        match groups:
            case []:
                named = self.store.groups_named(name[:1], limit=_NEAR_NAMES)
                return NoGroup(_nearest(name, named, lambda group: group.name))
            case [group]:
                return group
            case _:
                return ManyGroups(tuple(groups))


def _within(groups: list[GroupDetails], place: Place) -> list[GroupDetails]:
    return [group for group in groups if place.holds(group.key.account_id, group.key.region)]


def _nearest(name: str, known: list[_Named], name_of: Callable[[_Named], str | None]) -> _Named | None:
    """Find what is nearly called *name*, among those that start alike."""
    candidates = {own.lower(): one for one in known if (own := name_of(one))}
    near = difflib.get_close_matches(name.lower(), candidates, n=1)
    return candidates[near[0]] if near else None
