"""What was read of what sits behind groups, in the table: whoever reads it first, reads it for all who ask within the minute."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.aws.alert_items import read_alert
from bot.aws.behind_documents import read_behind, write_behind, write_surroundings
from bot.aws.items import read_group
from bot.aws.keys import PENDING, alert_key, dump, group_key, group_pk, milliseconds, time_of, weight
from bot.aws.table import ConditionFailed, Table, Write
from bot.core.alerts import Alert, AlertStatus
from bot.core.behind import READ_AGAIN_AFTER, Behind, NotRead, Surroundings
from bot.core.changes import GroupKey

_FORGOTTEN_AFTER = timedelta(days=1)

# The turn to read a group. Two alerts of one group, and the workers A and B of their jobs:
#
#   time  0 s  A takes the turn: nobody has, within a minute
#         1 s  B finds it taken, and nothing read since: its job comes again after the minute
#         2 s  A keeps what it read
#         9 s  a third finds it taken, and takes what A read
#   or   61 s  A has died, B takes the turn
_NOBODY_HAS_LATELY = "attribute_not_exists(taken_at) OR taken_at <= :before"


class BehindStore:
    """
    The readings of what sits behind groups, and what alerts tell of it.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table

    def take_turn_behind(
        self, key: GroupKey, now: datetime
    ) -> tuple[Behind | NotRead | None, datetime | None]:
        """
        Take the turn to read what sits behind a group; one call.

        Gives nothing where it is the caller's; else what was read in the turn that is under way, None where nothing was yet,
        and when that turn is over.
        """
        write = Write(
            "Update",
            key=_key(key),
            expression="SET taken_at = :now, expires_at = :expires REMOVE behind",
            condition=_NOBODY_HAS_LATELY,
            values={
                ":now": milliseconds(now),
                ":before": milliseconds(now - READ_AGAIN_AFTER),
                ":expires": int((now + _FORGOTTEN_AFTER).timestamp()),
            },
        )
        try:
            self._table.update(write)
        except ConditionFailed as failure:
            item = failure.item or {}
            taken = time_of(item["taken_at"]) if "taken_at" in item else now
            read = read_behind(json.loads(item["behind"])) if "behind" in item else None
            return read, taken + READ_AGAIN_AFTER
        return None, None

    def keep_behind(self, key: GroupKey, behind: Behind | NotRead) -> None:
        """Keep what was read of a group in the turn that was taken, or that it could not be; one call."""
        write = Write(
            "Update",
            key=_key(key),
            expression="SET behind = :behind",
            condition="attribute_exists(pk)",
            values={":behind": dump(write_behind(behind))},
        )
        try:
            self._table.update(write)
        except ConditionFailed:  # it took a day, and is forgotten
            return

    def group_names(self, keys: Iterable[GroupKey]) -> dict[str, str]:
        """Give what groups are called, by id, those of which that is known; one call."""
        found = self._table.get_all([group_key(key) for key in keys])
        groups = (read_group(item) for item in found)
        return {group.key.group_id: group.name for group in groups if group.name}

    def tell_surroundings(self, alert: Alert, surroundings: Surroundings) -> Alert | None:
        """
        Tell an alert what sits behind its group; None where it has moved on since it was read, is quiet, or is gone. One call.

        Its place among the open ones moves with its severity. It adds nothing that anybody would have to acknowledge again, and
        opens nothing.
        """
        severity = replace(alert, surroundings=surroundings).severity
        listed = ", worklist_sk = :by_weight" if alert.status is AlertStatus.OPEN else ""
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=(
                "SET surroundings = :surroundings, version = version + :one, by_weight = :by_weight, "
                f"pending_pk = :pending, pending_sk = :by_weight{listed}"
            ),
            condition="version = :version AND attribute_not_exists(quiet)",
            values={
                ":surroundings": dump(write_surroundings(surroundings)),
                ":by_weight": weight(severity, alert),
                ":pending": PENDING,
                ":one": 1,
                ":version": alert.version,
            },
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None


def _key(key: GroupKey) -> dict[str, str]:
    return {"pk": group_pk(key), "sk": "BEHIND"}
