"""Whose turn it is to call Slack, in the table: one counter for each lane, as the functions know nothing of each other."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from bot.aws.keys import milliseconds
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.pace import LONGEST_WAIT, RATES, Lane

_ATTEMPTS = 3
_FORGOTTEN_AFTER = timedelta(days=1)

# `next_at` is when the next call of a lane is due. Nobody waits: it is now. Somebody does: it is behind the last of them.
_NOBODY_WAITS = "attribute_not_exists(next_at) OR next_at <= :now"
_SOMEBODY_WAITS = "next_at > :now AND next_at <= :latest"
_IS_SOONER = "attribute_not_exists(next_at) OR next_at < :until"


class PaceStore:
    """
    The turns.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table

    def turn(self, lane: Lane, now: datetime) -> timedelta | None:
        """
        Take the next turn in a lane and give how long it is until then, nothing if it is now; one call, two where others wait.

        None where that would be longer than turns are given out for; then none is taken.
        """
        rate = RATES[lane]
        for _ in range(_ATTEMPTS):
            if self._move(lane, "SET next_at = :after", _NOBODY_WAITS, now, {":after": now + rate.gap}):
                return timedelta()
            latest = now + rate.ahead + LONGEST_WAIT
            later = self._move(
                lane,
                "SET next_at = next_at + :gap",
                _SOMEBODY_WAITS,
                now,
                {":latest": latest, ":gap": rate.gap},
            )
            if later:
                return max(later - rate.gap - now - rate.ahead, timedelta())
        return None

    def hold(self, lane: Lane, until: datetime, now: datetime) -> None:
        """Give out no turns in a lane before *until*, as Slack asked for that; one call."""
        values = {":until": until + RATES[lane].ahead}
        self._move(lane, "SET next_at = :until", _IS_SOONER, now, values)

    def _move(
        self,
        lane: Lane,
        expression: str,
        condition: str,
        now: datetime,
        values: Mapping[str, datetime | timedelta],
    ) -> datetime | None:
        """Move a lane's counter on condition, and give how it then stands; None where the condition does not hold."""
        numbers: Item = {
            name: milliseconds(value) if isinstance(value, datetime) else int(value.total_seconds() * 1000)
            for name, value in values.items()
        }
        numbers[":expires"] = int((now + _FORGOTTEN_AFTER).timestamp())
        if ":now" in condition:
            numbers[":now"] = milliseconds(now)
        write = Write(
            "Update",
            key={"pk": "PACE", "sk": lane.value},
            expression=f"{expression}, expires_at = :expires",
            condition=condition,
            values=numbers,
        )
        with suppress(ConditionFailed):
            next_at: int = self._table.update(write)["next_at"]
            return now + timedelta(milliseconds=next_at - milliseconds(now))
        return None
