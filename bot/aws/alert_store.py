"""The alerts in the table: which ones wait, and who took them; each is one call unless it says otherwise."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.aws.alert_items import MOVE_ON, MOVED_ON, STATUS, TAKEN, read_alert, taking
from bot.aws.keys import OPEN, PENDING, alert_key, alerts_in, by_age, by_weight, iso, month_before
from bot.aws.lease_store import LeaseStore
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.aws.telling_store import TellingStore
from bot.core.alerts import Acknowledgement, Alert, AlertNotFound, AlertStatus, TransitionRefused


class AlertStore(LeaseStore, TellingStore):
    """
    The alerts.

    Lists that come from an index may lack what was written a moment ago; what they do show is as last written.
    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    def __init__(self, table: Table, history: timedelta) -> None:
        self._table = table
        self._history = history

    def alert(self, alert_id: str) -> Alert:
        """
        Give an alert.

        Raises:
            AlertNotFound: there is none.
        """
        item = self._table.get(alert_key(alert_id))
        if item is None:
            raise AlertNotFound(alert_id)
        return read_alert(item)

    def alerts(self, alert_ids: Iterable[str]) -> dict[str, Alert]:
        """Give those of the alerts that are there, by id."""
        keys = [alert_key(alert_id) for alert_id in dict.fromkeys(alert_ids)]
        found = (read_alert(item) for item in (self._table.get_all(keys) if keys else ()))
        return {alert.alert_id: alert for alert in found}

    def open_alerts_page(self, *, limit: int, behind: str | None = None) -> tuple[list[Alert], str | None]:
        """
        Give of the next *limit* alerts that are listed as open those that are, and where the list goes on, None at its end.

        Most severe first, among equals the oldest; fewer where the index lags; two calls. *behind* is a place to go on from.
        """
        listed = self._table.query(
            "worklist_pk = :list AND worklist_sk > :from",
            {":list": OPEN, ":from": behind or " "},
            limit=limit,
            index="worklist",
        )
        found = self.alerts(item["pk"].removeprefix("ALERT#") for item in listed).values()
        still_open = (alert for alert in found if alert.status is AlertStatus.OPEN)
        more = listed[-1]["worklist_sk"] if len(listed) == limit else None
        return sorted(still_open, key=by_weight), more

    def place_of(self, alert: Alert) -> str:
        """Say where in the list of open alerts *alert* stands."""
        return by_weight(alert)

    def position_of(self, alert: Alert) -> str:
        """Say where in the list of all alerts *alert* stands."""
        return by_age(alert)

    def alerts_behind(self, *, limit: int) -> list[Alert]:
        """Give up to *limit* alerts whose card does not show their latest version, most severe first; two calls."""
        found = self._alerts_listed("pending", "pending_pk = :list", PENDING, limit=limit)
        return sorted((alert for alert in found if alert.is_behind), key=by_weight)

    def latest_alerts(self, *, limit: int, now: datetime) -> list[Alert]:
        """Give up to *limit* alerts of this month and the last, newest first; two calls for each month."""
        found: list[Alert] = []
        for month in (now, month_before(now)):
            found += self._alerts_listed(
                "feed", "feed_pk = :list", alerts_in(month), limit=limit - len(found), newest_first=True
            )
            if len(found) >= limit:
                break
        return sorted(found, key=lambda alert: alert.created_at, reverse=True)

    def alerts_between(
        self, since: datetime, until: datetime, *, limit: int, behind: str | None = None
    ) -> tuple[list[Alert], str | None]:
        """
        Give up to *limit* of the alerts raised from *since* until *until*, newest first, and where the list goes on, None at
        its end; two calls for each month that it looks into. *behind* is a place to go on from.
        """
        found: list[Item] = []
        month = (
            datetime.fromisoformat(behind.partition("#")[0]) if behind else until - timedelta(microseconds=1)
        )
        while len(found) < limit and (month.year, month.month) >= (since.year, since.month):
            found += self._table.query(
                "feed_pk = :list AND feed_sk BETWEEN :low AND :high",
                {":list": alerts_in(month), ":low": iso(since), ":high": behind or iso(until)},
                limit=limit - len(found) + 1,  # the place that it goes on from is included
                index="feed",
                newest_first=True,
            )
            found = [item for item in found if item["feed_sk"] != behind][:limit]
            month = month_before(month)
        alerts = self.alerts(item["pk"].removeprefix("ALERT#") for item in found)
        shown = (alerts.get(item["pk"].removeprefix("ALERT#")) for item in found)
        more = found[-1]["feed_sk"] if len(found) == limit else None
        return [alert for alert in shown if alert], more

    def acknowledge(self, alert_id: str, acknowledgement: Acknowledgement, *, now: datetime) -> Alert:
        """
        Let a person take an open alert; it then leaves the worklist, and history's time to live applies.

        Raises:
            TransitionRefused: it is not open, or more is told by now than was seen; the error says how it stands.
            AlertNotFound: there is none.
        """
        words, values = taking(acknowledgement, self._expiry(now))
        return self._transition(
            alert_id,
            before=AlertStatus.OPEN,
            seen="content_version <= :seen",
            after=AlertStatus.ACKNOWLEDGED,
            also=words,
            remove="REMOVE worklist_pk, worklist_sk",
            values=values,
        )

    def unacknowledge(self, alert_id: str, *, seen_version: int) -> Alert:
        """
        Open an acknowledged alert again.

        Raises:
            TransitionRefused: it is not acknowledged, or was anew since *seen_version*; the error says how it stands.
            AlertNotFound: there is none.
        """
        return self._transition(
            alert_id,
            before=AlertStatus.ACKNOWLEDGED,
            after=AlertStatus.OPEN,
            seen="ack_version <= :seen",
            also="worklist_pk = :open, worklist_sk = by_weight",
            remove=f"REMOVE {TAKEN}",
            values={":open": OPEN, ":seen": seen_version},
        )

    def _transition(
        self,
        alert_id: str,
        *,
        before: AlertStatus,
        after: AlertStatus,
        seen: str,
        also: str,
        remove: str,
        values: Item,
    ) -> Alert:
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression=f"SET #status = :after, {MOVE_ON}, {also} {remove}",
            condition=f"#status = :before AND {seen}",
            names=STATUS,
            values={":before": before.value, ":after": after.value, **MOVED_ON, **values},
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed as failure:
            if failure.item is None:
                raise AlertNotFound(alert_id) from failure
            raise TransitionRefused(read_alert(failure.item)) from failure

    def _alerts_listed(
        self,
        index: str,
        condition: str,
        name: str,
        *,
        limit: int,
        newest_first: bool = False,
    ) -> list[Alert]:
        """Read the alerts that an index lists, by key: the index may lag behind them."""
        listed = self._table.query(
            condition, {":list": name}, limit=limit, index=index, newest_first=newest_first
        )
        return list(self.alerts(item["pk"].removeprefix("ALERT#") for item in listed).values())
