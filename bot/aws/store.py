"""What Panopticon remembers, as intentions; each is one call to the table unless it says otherwise."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.aws.alert_store import AlertStore
from bot.aws.items import (
    NAMES,
    alert_item,
    change_item,
    changes_in,
    event_item,
    group_key,
    group_pk,
    id_pk,
    month_after,
    month_before,
    name_position,
    observation_item,
    read_group,
    read_history_entry,
    read_observation,
)
from bot.aws.table import ConditionFailed, Item, Write
from bot.core.alerts import (
    Alert,
    AlreadyRecorded,
)
from bot.core.changes import GroupDetails, GroupKey, HistoryEntry, Observation, SecurityGroupChange

_GROUPS_OF_A_NAME = 5


class Store(AlertStore):
    """
    The whole table: the facts, the groups and their history, and the alerts.

    Lists that come from an index may lack what was written a moment ago; what they do show is as last written.
    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    def record_change(
        self,
        change: SecurityGroupChange,
        event: Mapping[str, Any],
        *,
        alert: Alert | None,
        learn: GroupDetails | None,
        now: datetime,
    ) -> None:
        """
        Keep *change* with the *event* that states it and the *alert* that tells it, all or nothing.

        *learn* is what the change says of a group that is new, None where nothing: a group's item is not written without
        need, as calls on one group often come at once and would wait for each other.

        Raises:
            AlreadyRecorded: the event was taken before; the error names the alert that tells it.
        """
        alert_id = alert.alert_id if alert else None
        expires_at = self._expiry(now)
        writes = [
            Write(
                "Put",
                item=event_item(change.event_id, alert_id, expires_at),
                condition="attribute_not_exists(pk)",
            ),
            Write(
                "Put",
                item=change_item(change, event, alert_id=alert_id, received_at=now, expires_at=expires_at),
            ),
        ]
        if alert:
            writes.append(Write("Put", item=alert_item(alert, expires_at)))
        if learn:
            writes.append(_learn(learn))
        try:
            self._table.transact(writes)
        except ConditionFailed as failure:
            raise AlreadyRecorded(failure.item.get("alert_id") if failure.item else None) from failure

    def record_observation(self, observation: Observation, *, now: datetime) -> None:
        """Keep *observation*, and what it says the group is called."""
        kept = Write("Put", item=observation_item(observation, self._expiry(now)))
        self._table.transact([kept, _learn(observation.group)])

    def latest_observation(self, key: GroupKey) -> Observation | None:
        """Give the last complete reading of a group's rules."""
        found = self._table.query(
            "pk = :pk AND begins_with(sk, :kind)",
            {":pk": group_pk(key), ":kind": "OBSERVED#"},
            limit=1,
            newest_first=True,
        )
        return read_observation(key, found[0]) if found else None

    def group(self, key: GroupKey) -> GroupDetails | None:
        """Give what is known of a group."""
        item = self._table.get(group_key(key))
        return read_group(item) if item else None

    def groups_named(self, prefix: str, *, limit: int) -> list[GroupDetails]:
        """Give the groups whose name starts with *prefix*, in any case of letters, in the order of their names."""
        found = self._table.query(
            "name_pk = :names AND begins_with(name_sk, :prefix)",
            {":names": NAMES, ":prefix": prefix.lower()},
            limit=limit,
            index="by_name",
        )
        return [read_group(item) for item in found]

    def groups_called(self, name: str, account_id: str, region: str) -> list[GroupDetails]:
        """Give the groups that have exactly this name in one account and region: one in each VPC at most."""
        found = self._table.query(
            "name_pk = :names AND begins_with(name_sk, :prefix)",
            {":names": NAMES, ":prefix": f"{name.lower()[:255]}#{account_id}#{region}#"},
            limit=_GROUPS_OF_A_NAME,
            index="by_name",
        )
        return [group for group in map(read_group, found) if group.name == name]

    def groups_with_id(self, group_id: str, *, limit: int) -> list[GroupDetails]:
        """Give the groups that have this id, in whichever account and region."""
        found = self._table.query("pk = :id", {":id": id_pk(group_id)}, limit=limit)
        return [read_group(item) for item in found]

    def changes_of(
        self, key: GroupKey, *, limit: int, before: str | None = None, after: str | None = None
    ) -> list[HistoryEntry]:
        """
        Give up to *limit* changes of a group, newest first.

        *before* and *after* are positions of entries: give those next older, or next newer, than that.
        """
        start = after or before
        time_and_event = start.rsplit("#", 1)[0] if start else None
        found = self._table.query(
            "pk = :pk AND begins_with(sk, :kind)",
            {":pk": group_pk(key), ":kind": "CHANGE#"},
            limit=limit,
            newest_first=after is None,
            only="summary, alert_id, feed_sk",
            after={"pk": group_pk(key), "sk": f"CHANGE#{time_and_event}"} if start else None,
        )
        return [read_history_entry(item) for item in (reversed(found) if after else found)]

    def latest_changes(
        self, *, limit: int, now: datetime, before: str | None = None, after: str | None = None
    ) -> list[HistoryEntry]:
        """
        Give up to *limit* changes of all groups, newest first; two calls where one month has fewer.

        *before* and *after* are positions of entries, as for changes_of.
        """
        position = after or before
        start = datetime.fromisoformat(position.split("#", 1)[0]) if position else now
        found: list[Item] = []
        for month in (start, month_after(start) if after else month_before(start)):
            found += self._table.query(
                f"feed_pk = :month AND feed_sk {'>' if after else '<'} :position",
                {":month": changes_in(month), ":position": position or "~"},
                limit=limit - len(found),
                index="feed",
                newest_first=after is None,
            )
            if len(found) == limit:
                break
        return [read_history_entry(item) for item in (reversed(found) if after else found)]


def _learn(details: GroupDetails) -> Write:
    """Keep what a group is called; what is not known this time stays as it was."""
    known = {
        "name": details.name,
        "vpc_id": details.vpc_id,
        "description": details.description,
        "name_pk": NAMES if details.name else None,
        "name_sk": name_position(details),
    }
    known = {name: value for name, value in known.items() if value}
    return Write(
        "Update",
        key=group_key(details.key),
        # The group's own key is an attribute too, so that a group of which nothing more is known can be written.
        expression="SET " + ", ".join(["group_id = :group_id", *(f"#{name} = :{name}" for name in known)]),
        names={f"#{name}": name for name in known} or None,
        values={":group_id": details.key.group_id, **{f":{name}": value for name, value in known.items()}},
    )
