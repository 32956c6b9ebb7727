"""The groups, the principals and their changes in the table; each method is one call unless it says otherwise."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bot.aws.items import read_group, read_history_entry, read_known_principal
from bot.aws.keys import (
    NAMES,
    PRINCIPALS,
    WATCH,
    changes_in,
    group_key,
    group_pk,
    id_pk,
    iso,
    month_after,
    month_before,
    principal_key,
    principal_pk,
)
from bot.aws.table import Item, Table
from bot.core.changes import GroupDetails, GroupKey
from bot.core.history import HistoryEntry, KnownPrincipal, Listing

_GROUPS_OF_A_NAME = 100
_EVER = datetime(2006, 1, 1, tzinfo=UTC)  # EC2 itself is not older
_LAST = "~"  # sorts behind every position
_LAST_CHARACTER = "\U0010ffff"  # sorts behind every other, and is in no name: Unicode keeps it from being one


class HistoryStore:
    """
    What is looked up by people.

    Lists that come from an index may lack what was written a moment ago; what they do show is as last written.
    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta
    _watching_since: datetime | None = None

    def group(self, key: GroupKey) -> GroupDetails | None:
        """Give what is known of a group."""
        item = self._table.get(group_key(key))
        return read_group(item) if item else None

    def groups_named(self, prefix: str, *, limit: int) -> list[GroupDetails]:
        """Give the groups whose name starts with *prefix*, in any case of letters, in the order of their names."""
        return [read_group(item) for item in self._named(NAMES, prefix.lower(), limit)]

    def groups_called(self, name: str, account_id: str, region: str | None) -> list[GroupDetails]:
        """
        Give groups that have exactly this name in one account and region, or in every region of it for None.

        A name is unique within a VPC only.
        """
        prefix = f"{name.lower()[:255]}#{account_id}#" + (f"{region}#" if region else "")
        found = map(read_group, self._named(NAMES, prefix, _GROUPS_OF_A_NAME))
        return [group for group in found if group.name == name]

    def groups_with_id(self, group_id: str, *, limit: int) -> list[GroupDetails]:
        """Give the groups that have this id, in whichever account and region."""
        found = self._table.query("pk = :id", {":id": id_pk(group_id)}, limit=limit)
        return [read_group(item) for item in found]

    def principal(self, reference: str) -> KnownPrincipal | None:
        """Give the principal with this reference."""
        item = self._table.get(principal_key(reference))
        return read_known_principal(item) if item else None

    def principals_named(self, prefix: str, *, limit: int) -> list[KnownPrincipal]:
        """Give the principals whose name starts with *prefix*, in any case of letters, two calls."""
        found = self._named(PRINCIPALS, prefix.lower(), limit)
        items = self._table.get_all([{"pk": item["pk"], "sk": item["sk"]} for item in found])
        return sorted(map(read_known_principal, items), key=lambda known: (known.name.lower(), known.key))

    def changes(self, listing: Listing, *, limit: int, now: datetime) -> list[HistoryEntry]:
        """
        Give up to *limit* changes of a list, newest first; those of other accounts and regions are not left out.

        The list of every group takes a call for each month that it has to look into, mostly one, and once a call more to
        know where to stop: at the month before watching began, as events may be late, unless the list says since when.
        """
        pages: Iterable[tuple[str, str, str, str | None]]
        if listing.group:
            pages = [("pk", "sk", group_pk(listing.group), None)]
        elif listing.principal:
            pages = [("principal_pk", "principal_sk", principal_pk(listing.principal), "by_principal")]
        else:
            months = self._months(listing, now)  # one after the other, as looked into
            pages = (("feed_pk", "feed_sk", changes_in(month), "feed") for month in months)
        found: list[HistoryEntry] = []
        for pk, sk, value, index in pages:
            found += self._page(listing, pk, sk, value, index, limit=limit - len(found))
            if len(found) >= limit:
                break
        return found if listing.newest_first else found[::-1]

    def _page(
        self, listing: Listing, pk: str, sk: str, value: str, index: str | None, *, limit: int
    ) -> list[HistoryEntry]:
        prefix = "" if index else "CHANGE#"
        low = listing.after or (iso(listing.since) if listing.since else "")
        high = listing.before or (iso(listing.until) if listing.until else _LAST)
        if low > high:  # DynamoDB refuses that
            return []
        found = self._table.query(
            f"{pk} = :list AND {sk} BETWEEN :low AND :high",
            {":list": value, ":low": prefix + (low or " "), ":high": prefix + high},
            limit=limit + 1,  # both ends are included
            index=index,
            newest_first=listing.newest_first,
            only=None if index else "summary, alert_id, alert_version, sk",
        )
        entries = [read_history_entry(item, item[sk].removeprefix(prefix)) for item in found]
        return [entry for entry in entries if entry.position not in (listing.before, listing.after)][:limit]

    def _months(self, listing: Listing, now: datetime) -> Iterator[datetime]:
        """Go through the months that may have what *listing* shows, in the order of reading."""
        position = listing.after or listing.before
        month = (
            datetime.fromisoformat(position.split("#", 1)[0]) if position else min(listing.until or now, now)
        )
        oldest = max(listing.since or _EVER, now - self._history)
        if not _month(oldest) <= _month(month) <= _month(now):
            return
        yield month
        if listing.newest_first and not listing.since and (begun := self.watching_since()):
            oldest = max(oldest, month_before(begun))
        following = month_before if listing.newest_first else month_after
        while _month(oldest) <= _month(month := following(month)) <= _month(now):
            yield month

    def watching_since(self) -> datetime | None:
        """Give since when changes are kept, asked for once; None in the first minute."""
        if self._watching_since is None and (item := self._table.get(WATCH)):
            self._watching_since = datetime.fromisoformat(item["since"])
        return self._watching_since

    def _named(self, kind: str, prefix: str, limit: int) -> list[Item]:
        return self._table.query(
            "name_pk = :kind AND name_sk BETWEEN :prefix AND :last",
            # What begins with it: DynamoDB reads the same range for begins_with, where DynamoDB Local looks at every name.
            {":kind": kind, ":prefix": prefix, ":last": prefix + _LAST_CHARACTER},
            limit=limit,
            index="by_name",
        )


def _month(time: datetime) -> tuple[int, int]:
    return time.year, time.month
