"""Questions that the store can answer."""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.alerts import Alert
from bot.core.changes import GroupDetails, GroupKey, HistoryEntry
from bot.workflows.ports import Clock, History

_GROUP_ID = re.compile(r"sg-[0-9a-f]+", re.IGNORECASE)
_MOST_GROUPS = 10
_NEAR_NAMES = 200
_LATEST_ALERTS = 25


@dataclass(frozen=True, slots=True)
class NoGroup:
    """No group is known by what was typed; *near* names one that is, None where nothing comes near."""

    near: GroupDetails | None


@dataclass(frozen=True, slots=True)
class ManyGroups:
    """What was typed could be any of *groups*."""

    groups: tuple[GroupDetails, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list of changes, newest first, with the alerts that tell them by id."""

    entries: tuple[HistoryEntry, ...]
    alerts: dict[str, Alert]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Lookup:
    """Answers from the store."""

    store: History
    clock: Clock

    def find_group(self, name: str) -> GroupDetails | ManyGroups | NoGroup:
        """Find the group that *name* names: by its id, its name, or the start of its name, in this order."""
        if _GROUP_ID.fullmatch(name):
            return self._one_of(self.store.groups_with_id(name.lower(), limit=_MOST_GROUPS), name)
        found = self.store.groups_named(name, limit=_MOST_GROUPS)
        for same in (
            [group for group in found if group.name == name],
            [group for group in found if (group.name or "").lower() == name.lower()],
        ):
            if same:
                return self._one_of(same, name)
        return self._one_of(found, name)

    def changes(
        self, key: GroupKey | None, *, size: int, before: str | None = None, after: str | None = None
    ) -> Page:
        """
        Give a page of the changes of one group, or of all for None.

        *before* and *after* are positions of entries to go on from, older or newer.
        """
        if key is None:
            found = self.store.latest_changes(limit=size + 1, now=self.clock(), before=before, after=after)
        else:
            found = self.store.changes_of(key, limit=size + 1, before=before, after=after)
        has_more = len(found) > size
        entries = found[-size:] if after else found[:size]
        alerts = self.store.alerts(entry.alert_id for entry in entries if entry.alert_id)
        return Page(
            entries=tuple(entries),
            alerts=alerts,
            has_older=has_more if after is None else True,
            has_newer=has_more if after is not None else before is not None,
        )

    def alert(self, alert_id: str) -> Alert:
        """
        Give an alert.

        Raises:
            AlertNotFound: there is none.
        """
        return self.store.alert(alert_id)

    def details(self, key: GroupKey) -> GroupDetails:
        """Give what is known of a group, if only its key."""
        return self.store.group(key) or GroupDetails(key, None, None)

    def last_event_and_card(self) -> tuple[datetime | None, datetime | None]:
        """Give the time of the newest change, and when the newest card was posted, of this month and the last."""
        now = self.clock()
        changes = self.store.latest_changes(limit=1, now=now)
        alerts = self.store.latest_alerts(limit=_LATEST_ALERTS, now=now)
        # A message's timestamp is when Slack took it.
        posted = [float(alert.message.ts) for alert in alerts if alert.message]
        return (
            changes[0].digest.change.time if changes else None,
            datetime.fromtimestamp(max(posted), UTC) if posted else None,
        )

    def unacknowledged(self, *, size: int) -> tuple[list[Alert], bool]:
        """Give up to *size* open alerts, most severe first, and whether there are more."""
        found = self.store.open_alerts(limit=size + 1)
        return found[:size], len(found) > size

    def _one_of(self, groups: list[GroupDetails], name: str) -> GroupDetails | ManyGroups | NoGroup:
        match groups:
            case []:
                return NoGroup(self._nearest(name))
            case [group]:
                return group
            case _:
                return ManyGroups(tuple(groups))

    def _nearest(self, name: str) -> GroupDetails | None:
        """Find a group whose name is nearly *name*, among those that start alike."""
        candidates = {
            group.name.lower(): group
            for group in self.store.groups_named(name[:1], limit=_NEAR_NAMES)
            if group.name
        }
        near = difflib.get_close_matches(name.lower(), candidates, n=1)
        return candidates[near[0]] if near else None
