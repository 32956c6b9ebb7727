"""Lists of changes: what a list shows, and what a line of it is."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.alerts import Alert
from bot.core.changes import Digest, GroupKey, PrincipalKind
from bot.core.jobs import group_text, parse_group
from bot.core.parts import AlertRef

_MAX_NAME = 100  # a button's value has 2,000 characters, and its name is for a title


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """
    One change in a list; *told* is the alert that told it when it came, None where it was not worth telling.

    *position* is for paging only, and unique.
    """

    digest: Digest
    told: AlertRef | None
    position: str


@dataclass(frozen=True, slots=True)
class KnownPrincipal:
    """A principal that has changed something; *key* is what the changes keep of it."""

    key: str
    name: str
    kind: PrincipalKind
    account_id: str | None

    @property
    def reference(self) -> str:
        """A short word that stands for the key, which may be long."""
        return reference_of(self.key)


def reference_of(principal_key: str) -> str:
    """Shorten the key of a principal to 32 characters."""
    return hashlib.sha256(principal_key.encode(errors="replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Place:
    """The account and the region that a question is narrowed to; None for either means all."""

    account_id: str | None = None
    region: str | None = None

    @property
    def is_everywhere(self) -> bool:
        """Whether nothing is left out."""
        return self.account_id is None and self.region is None

    def holds(self, account_id: str, region: str) -> bool:
        """Tell whether what is in this account and region is asked for."""
        return self.account_id in (None, account_id) and self.region in (None, region)


@dataclass(frozen=True, slots=True)
class Listing:
    """
    Which changes a list shows, newest first: all, those of *group*, or those by *principal*, a principal's key.

    *name* is what the group or the principal is called, for the list's title. *since* and *until* are aware UTC, *until*
    exclusive. *before* and *after* are positions of entries: the page shows what is next older, or newer, than that.
    """

    group: GroupKey | None = None
    principal: str | None = None
    name: str | None = None
    place: Place = Place()
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    after: str | None = None

    @property
    def newest_first(self) -> bool:
        """Whether the page is read from the newest on, which it is but for a step back."""
        return self.after is None

    def turned(self, *, before: str | None = None, after: str | None = None) -> "Listing":
        """Turn to another page."""
        return replace(self, before=before, after=after)

    def shows(self, entry: HistoryEntry) -> bool:
        """Tell whether *entry* is of the accounts and regions that are asked for."""
        change = entry.digest.change
        return self.place.holds(change.account_id, change.region)


@dataclass(frozen=True, slots=True)
class Page:
    """
    Part of a list of changes, newest first, with the alerts that tell them by now, by the entries' positions.

    *older* and *newer* are the same list turned to the page beside this one, None where there is none.
    """

    listing: Listing
    entries: tuple[HistoryEntry, ...]
    alerts: dict[str, Alert]
    older: Listing | None
    newer: Listing | None


@dataclass(frozen=True, slots=True)
class Silence:
    """What is known where nothing is found: since when changes are kept, and when the last one was, of the list or of any."""

    watching_since: datetime | None
    last_change: datetime | None
    is_of_list: bool = False


@dataclass(frozen=True, slots=True)
class AlertScope:
    """Which of the alerts that wait a list shows; it begins behind the place *behind*, None for the start."""

    place: Place = Place()
    behind: str | None = None


def encode_listing(listing: Listing) -> str:
    """Write *listing* as short JSON, for a button's value."""
    return _encode(
        group=group_text(listing.group) if listing.group else None,
        principal=listing.principal,
        name=listing.name[:_MAX_NAME] if listing.name else None,
        account=listing.place.account_id,
        region=listing.place.region,
        since=listing.since.isoformat() if listing.since else None,
        until=listing.until.isoformat() if listing.until else None,
        before=listing.before,
        after=listing.after,
    )


def decode_listing(text: str) -> Listing:
    """
    Read what encode_listing wrote.

    Raises:
        ValueError: *text* is something else.
    """
    told = _decode(text)
    group, since, until = told.get("group"), told.get("since"), told.get("until")
    return Listing(
        group=parse_group(group) if group else None,
        principal=told.get("principal"),
        name=told.get("name"),
        place=Place(told.get("account"), told.get("region")),
        since=datetime.fromisoformat(since) if since else None,
        until=datetime.fromisoformat(until) if until else None,
        before=told.get("before"),
        after=told.get("after"),
    )


def encode_scope(scope: AlertScope) -> str:
    """Write *scope* as short JSON, for a button's value."""
    return _encode(account=scope.place.account_id, region=scope.place.region, behind=scope.behind)


def decode_scope(text: str) -> AlertScope:
    """
    Read what encode_scope wrote.

    Raises:
        ValueError: *text* is something else.
    """
    told = _decode(text)
    return AlertScope(Place(told.get("account"), told.get("region")), told.get("behind"))


def _encode(**told: str | None) -> str:
    known = {name: value for name, value in told.items() if value is not None}
    return json.dumps(known, separators=(",", ":"), ensure_ascii=False)


def _decode(text: str) -> dict[str, str]:
    document = json.loads(text)
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise ValueError(text)
    return document
