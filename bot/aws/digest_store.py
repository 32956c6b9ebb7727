"""
That what was quiet on a day has been told, in the table; each method is one call.

    DIGESTS   2026-11-24   who tells it until when, or that it is told
"""

from datetime import date, datetime, timedelta

from bot.aws.keys import milliseconds
from bot.aws.table import ConditionFailed, Item, Table, Write

_TELLING = timedelta(minutes=5)  # longer than the worker may run


class DigestStore:
    """
    The days whose digest has been posted.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta

    def claim_digest(self, day: date, *, now: datetime) -> bool:
        """Take the right to tell of a day, for some minutes; False where it is told, or somebody is at it."""
        write = Write(
            "Update",
            key=_key(day),
            expression="SET telling_until = :until, expires_at = :expires",
            condition="attribute_not_exists(told_at) AND (attribute_not_exists(telling_until) OR telling_until < :now)",
            values={
                ":now": milliseconds(now),
                ":until": milliseconds(now + _TELLING),
                ":expires": int((now + self._history).timestamp()),
            },
        )
        try:
            self._table.update(write)
        except ConditionFailed:
            return False
        return True

    def close_digest(self, day: date, *, now: datetime) -> None:
        """Keep that a day is told, or that nothing was to be told of it."""
        self._table.update(
            Write(
                "Update", key=_key(day), expression="SET told_at = :now", values={":now": milliseconds(now)}
            )
        )


def _key(day: date) -> Item:
    return {"pk": "DIGESTS", "sk": day.isoformat()}
