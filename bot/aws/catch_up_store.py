"""The catch-up that is under way, in the table, and which alerts are its; each method is one call."""

from contextlib import suppress
from datetime import datetime

from bot.aws.keys import alert_key, milliseconds, time_of
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.alerts import LEASE, NothingToDraw
from bot.core.catch_up import CatchUp
from bot.core.quiet import QuietReason

_KEY: Item = {"pk": "CATCH_UP", "sk": "CATCH_UP"}
_NOBODY_IS_AT_IT = "attribute_exists(pk) AND (attribute_not_exists(lease_until) OR lease_until < :now)"
_I_AM_AT_IT = "lease_holder = :holder"

# An alert may be told together with others as long as nobody has posted its card, or may have, and it is not critical.
_HAS_NO_CARD = (
    "attribute_exists(pk) AND attribute_not_exists(ts) AND attribute_not_exists(lease_since) "
    "AND NOT begins_with(by_weight, :critical) AND (attribute_not_exists(quiet) OR quiet_by = :by)"
)
_CRITICAL = "0#"  # how the place of a critical alert among those that wait begins (items.weight)


class CatchUpStore:
    """
    The catch-up that is under way; there is one at most.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table

    def catch_up(self) -> CatchUp | None:
        """Give the catch-up that is under way."""
        item = self._table.get(_KEY)
        return _read(item) if item else None

    def begin_catch_up(self, catch_up: CatchUp) -> bool:
        """Begin a catch-up; False where one is under way."""
        item = {**_KEY, "catch_up_id": catch_up.catch_up_id, "alert_ids": " ".join(catch_up.alert_ids)}
        with suppress(ConditionFailed):
            self._table.put(Write("Put", item=item, condition="attribute_not_exists(pk)"))
            return True
        return False

    def lease_catch_up(self, holder: str, *, now: datetime) -> tuple[CatchUp, datetime | None]:
        """
        Take the right to carry on with it; beside it comes since when it is not known what was done for it in Slack.

        Raises:
            NothingToDraw: somebody else is at it, or none is under way.
        """
        write = Write(
            "Update",
            key=_KEY,
            expression=(
                "SET lease_since = if_not_exists(lease_since, :now), "
                "lease_holder = :holder, lease_until = :until"
            ),
            condition=_NOBODY_IS_AT_IT,
            values={":holder": holder, ":now": milliseconds(now), ":until": milliseconds(now + LEASE)},
        )
        try:
            item = self._table.update(write)
        except ConditionFailed as failure:
            raise NothingToDraw("catch-up") from failure
        since = item["lease_since"]
        return _read(item), time_of(since) if since < milliseconds(now) else None

    def widen_catch_up(self, catch_up: CatchUp, holder: str) -> None:
        """
        Keep that it is to tell more.

        Raises:
            NothingToDraw: somebody else is at it by now.
        """
        self._change(holder, "SET alert_ids = :alert_ids", {":alert_ids": " ".join(catch_up.alert_ids)})

    def free_catch_up(self, holder: str) -> None:
        """Give it back without having posted anything."""
        with suppress(NothingToDraw):
            self._change(holder, "REMOVE lease_holder, lease_until, lease_since")

    def prolong_catch_up(self, holder: str, *, until: datetime) -> None:
        """
        Keep others off it until *until*.

        Raises:
            NothingToDraw: somebody else is at it by now.
        """
        self._change(holder, "SET lease_until = :until", {":until": milliseconds(until)})

    def end_catch_up(self, holder: str) -> None:
        """Forget it, as it is told."""
        with suppress(ConditionFailed):
            write = Write("Delete", key=_KEY, condition=_I_AM_AT_IT, values={":holder": holder})
            self._table.transact([write])

    def tell_in_catch_up(self, alert_id: str, catch_up_id: str) -> bool:
        """Leave the telling of an alert to a catch-up; whether that is so, as it may have a card, or be critical by now."""
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression=(
                "SET quiet = :reason, quiet_by = :by, drawn_version = version "
                "REMOVE waits_until, pending_pk, pending_sk"
            ),
            condition=_HAS_NO_CARD,
            values={":reason": QuietReason.CAUGHT_UP.value, ":by": catch_up_id, ":critical": _CRITICAL},
        )
        with suppress(ConditionFailed):
            self._table.update(write)
            return True
        return False

    def _change(self, holder: str, expression: str, values: Item | None = None) -> None:
        write = Write(
            "Update",
            key=_KEY,
            expression=expression,
            condition=_I_AM_AT_IT,
            values={":holder": holder, **(values or {})},
        )
        try:
            self._table.update(write)
        except ConditionFailed as failure:
            raise NothingToDraw("catch-up") from failure


def _read(item: Item) -> CatchUp:
    return CatchUp(item["catch_up_id"], tuple(item["alert_ids"].split()))
