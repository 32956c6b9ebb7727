"""Who may draw an alert's card, and where that is; each is one call to the table unless it says otherwise."""

from contextlib import suppress
from datetime import datetime

from bot.aws.alert_items import read_alert
from bot.aws.burst_documents import write_gathering
from bot.aws.keys import alert_key, dump, milliseconds, time_of
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.alerts import LEASE, Alert, LeaseLost, MessageRef, NothingToDraw, Shown
from bot.core.gathering import Gathering

# Who may draw. An alert's life with two functions A and B that draw it:
#
#   time  0 s  A takes the lease: nobody holds it, and the card is behind
#         1 s  B finds it taken and leaves the card to A
#         2 s  someone acknowledges: the version moves on
#         3 s  A stores what it drew; that is not the latest any more, so A keeps the lease and draws again
#         4 s  A stores what it drew; it is the latest, and the lease is free
#   or   20 s  A has died and its lease has run out: whoever comes next takes it over
_IS_BEHIND = "attribute_exists(pk) AND drawn_version < version"
_NOBODY_DRAWS = "(attribute_not_exists(lease_until) OR lease_until < :now)"
_ITS_TURN_HAS_COME = "(attribute_not_exists(waits_until) OR waits_until <= :now)"
_I_DRAW = "lease_holder = :holder"
_I_DREW_THE_LATEST = "lease_holder = :holder AND version = :drawn"
_LEASE = "lease_holder, lease_until"
_FREE = f"{_LEASE}, lease_since"


class LeaseStore:
    """
    The leases of alerts.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table

    def lease(
        self, alert_id: str, holder: str, *, now: datetime, at_once: bool = False
    ) -> tuple[Alert, datetime | None]:
        """
        Take the right to draw an alert's card, *at_once* even if it waits for its turn.

        Gives the alert, and since when it is not known what was done for it in Slack: the start of the first lease that
        ran out and that nobody gave back; None where there is none.

        Raises:
            NothingToDraw: the card shows the latest version, somebody else draws it, it waits for its turn, or there is no
                such alert.
        """
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression=(
                "SET lease_since = if_not_exists(lease_since, :now), "
                "lease_holder = :holder, lease_until = :until"
            ),
            condition=f"{_IS_BEHIND} AND {_NOBODY_DRAWS}" + ("" if at_once else f" AND {_ITS_TURN_HAS_COME}"),
            values={
                ":holder": holder,
                ":now": milliseconds(now),
                ":until": milliseconds(now + LEASE),
            },
        )
        try:
            item = self._table.update(write)
        except ConditionFailed as failure:
            raise NothingToDraw(alert_id) from failure
        since = item["lease_since"]
        earlier = time_of(since) if since < milliseconds(now) else None
        return read_alert(item), earlier

    def mark_drawn(
        self,
        alert_id: str,
        holder: str,
        *,
        version: int,
        message: MessageRef | None,
        now: datetime,
        gathering: Gathering | None = None,
        shown: Shown | None = None,
    ) -> Alert:
        """
        Keep where the card is and that it shows *version*; free the lease if that is the latest, else renew it.

        *gathering* is None for one that tells a change alone; *message*, and *shown*, which is what it says, are None for an alert that gets no card. Gives the alert as it then is; one call, two where the alert has moved on.

        Raises:
            LeaseLost: the lease ran out and somebody else took it.
        """
        drawn: Item = {":holder": holder, ":drawn": version}
        says = "SET drawn_version = :drawn"
        if message:
            drawn |= {":channel": message.channel, ":ts": message.ts}
            says += ", channel = :channel, ts = :ts"
        if shown:
            drawn |= {
                ":at": milliseconds(shown.at),
                ":severity": int(shown.severity),
                ":status": shown.status.value,
            }
            says += ", shown_at = :at, shown_severity = :severity, shown_status = :status"
        if gathering:
            drawn[":gathering"] = dump(write_gathering(gathering))
            says += ", gathering = :gathering"
        key = alert_key(alert_id)
        finish = Write(
            "Update",
            key=key,
            expression=f"{says} REMOVE {_FREE}, waits_until, pending_pk, pending_sk",
            condition=_I_DREW_THE_LATEST,
            values=drawn,
        )
        go_on = Write(
            "Update",
            key=key,
            expression=f"{says}, lease_until = :until",
            condition=_I_DRAW,
            values={**drawn, ":until": milliseconds(now + LEASE)},
        )
        try:
            return read_alert(self._table.update(finish))
        except ConditionFailed as failure:
            if failure.item is None or failure.item.get("lease_holder") != holder:
                raise LeaseLost(alert_id) from failure
        try:
            return read_alert(self._table.update(go_on))
        except ConditionFailed as failure:
            raise LeaseLost(alert_id) from failure

    def free_lease(self, alert_id: str, holder: str, *, in_doubt: bool) -> None:
        """
        Give the lease back without having drawn anything; one that is lost is left alone.

        *in_doubt* says that it is still not known what an earlier lease did in Slack.
        """
        self._give_back(alert_id, holder, f"REMOVE {_freed(in_doubt=in_doubt)}, waits_until")

    def wait_for_turn(self, alert_id: str, holder: str, *, until: datetime, in_doubt: bool) -> None:
        """Give the lease back likewise, as it is not this alert's turn before *until*."""
        waiting = f"SET waits_until = :until REMOVE {_freed(in_doubt=in_doubt)}"
        self._give_back(alert_id, holder, waiting, {":until": milliseconds(until)})

    def _give_back(self, alert_id: str, holder: str, expression: str, values: Item | None = None) -> None:
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression=expression,
            condition=_I_DRAW,
            values={":holder": holder, **(values or {})},
        )
        with suppress(ConditionFailed):
            self._table.update(write)

    def prolong_lease(self, alert_id: str, holder: str, *, until: datetime) -> None:
        """
        Keep the lease until *until*, as it is not known what Slack did.

        Raises:
            LeaseLost: the lease ran out and somebody else took it.
        """
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression="SET lease_until = :until",
            condition=_I_DRAW,
            values={":holder": holder, ":until": milliseconds(until)},
        )
        try:
            self._table.update(write)
        except ConditionFailed as failure:
            raise LeaseLost(alert_id) from failure

    def adopt(self, alert_id: str, message: MessageRef, *, instead_of: MessageRef | None) -> bool:
        """
        Make *message* the alert's card instead of the one it had; whether that was so.

        Ends a lease: who holds it draws another message, or is in doubt about one that is found by now.
        """
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression=f"SET channel = :channel, ts = :ts REMOVE {_FREE}",
            condition="ts = :old" if instead_of else "attribute_exists(pk) AND attribute_not_exists(ts)",
            values={
                ":channel": message.channel,
                ":ts": message.ts,
                **({":old": instead_of.ts} if instead_of else {}),
            },
        )
        try:
            self._table.update(write)
        except ConditionFailed:
            return False
        return True


def _freed(*, in_doubt: bool) -> str:
    """Name what goes with a lease: the beginning of a doubt stays until it is known where the card is."""
    return _LEASE if in_doubt else _FREE
