"""The alerts in the table: who may draw them, who took them, which ones wait; each is one call unless it says otherwise."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.aws.burst_documents import write_gathering
from bot.aws.documents import write_assessment, write_digest, write_reading, write_unread
from bot.aws.items import (
    OPEN,
    PENDING,
    TAKEN,
    alert_key,
    alerts_in,
    by_age,
    by_weight,
    dump,
    iso,
    milliseconds,
    month_before,
    read_alert,
    time_of,
    weight,
)
from bot.aws.ledger_documents import write_author, write_closing, write_meaning, write_rules
from bot.aws.list_documents import write_list_meaning
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.alerts import (
    LEASE,
    Acknowledgement,
    Alert,
    AlertNotFound,
    AlertStatus,
    Closing,
    LeaseLost,
    MessageRef,
    NothingToDraw,
    Shown,
    TransitionRefused,
    Unread,
)
from bot.core.behind import NotRead
from bot.core.completion import Completion
from bot.core.gathering import Gathering
from bot.core.ledger import Author
from bot.core.people import Person
from bot.core.rules import Rule

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

# Every transition raises the version and puts the alert among those whose card is behind.
_MOVE_ON = "version = version + :one, pending_pk = :pending, pending_sk = by_weight"
_MOVED_ON: Item = {":one": 1, ":pending": PENDING}

_STATUS = {"#status": "status"}  # a reserved word of DynamoDB's


class AlertStore:
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

    def acknowledge(self, alert_id: str, acknowledgement: Acknowledgement, *, now: datetime) -> Alert:
        """
        Let a person take an open alert; it then leaves the worklist, and history's time to live applies.

        Raises:
            TransitionRefused: it is not open, or more is told by now than was seen; the error says how it stands.
            AlertNotFound: there is none.
        """
        return self._transition(
            alert_id,
            before=AlertStatus.OPEN,
            seen="content_version <= :seen",
            after=AlertStatus.ACKNOWLEDGED,
            also=(
                "ack_user = :user, ack_team = :team, ack_at = :at, ack_seen = :seen, "
                "ack_version = version + :one, expires_at = :expires"
                + (", ack_note = :note" if acknowledgement.note else "")
            ),
            remove="REMOVE worklist_pk, worklist_sk",
            values={
                ":user": acknowledgement.user.user_id,
                ":team": acknowledgement.user.team_id,
                ":at": iso(acknowledgement.at),
                ":seen": acknowledgement.seen_version,
                ":expires": self._expiry(now),
                **({":note": acknowledgement.note} if acknowledgement.note else {}),
            },
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

    def complete(self, alert: Alert, completion: Completion) -> Alert | None:
        """
        Tell an alert what was read of its group; None where it tells something else by now, or is gone.

        Its place among the open ones moves with its severity. Where it is more than was seen, earlier buttons cover it no
        longer, and one that was acknowledged is open again; that takes a second call. One that is quiet stays so, with
        nothing to be drawn; where it is more, it is quiet no longer, open, and gets a card.
        """
        told = {
            "group_name": completion.group_name,
            "vpc_id": completion.vpc_id,
            "digest": dump(write_digest(completion.digest)),
            "assessment": dump(write_assessment(completion.assessment)),
            "reading": dump(write_reading(completion.reading)) if completion.reading else None,
            "meaning": dump(write_meaning(completion.meaning)) if completion.meaning else None,
            "remaining": dump(write_rules(completion.remaining)),
            "list_meaning": (
                dump(write_list_meaning(completion.list_meaning)) if completion.list_meaning else None
            ),
            "by_weight": weight(replace(alert, assessment=completion.assessment).severity, alert),
        }
        told = {name: value for name, value in told.items() if value is not None}
        # What was told together with others, or is about to be, gets a card of its own when it is more than was told there.
        over = [
            *(["unread"] if completion.is_read else []),
            *(["surroundings"] if completion.is_read and _says_unread(alert) else []),
            *(["quiet", "quiet_by"] if completion.is_more else []),
        ]
        # All of an expression is computed from the item as it was, so the new weight is named again.
        telling = f"SET {', '.join(f'{name} = :{name}' for name in told)}, worklist_sk = :by_weight, version = version + :one"
        content: Item = {
            ":content": alert.content_version,
            ":one": 1,
            **{f":{name}": value for name, value in told.items()},
        }
        if alert.quiet and alert.message is None and not completion.is_more:
            return self._complete_quietly(alert, telling, content, over)
        opening = "#status = :open_again, worklist_pk = :open"
        opened = {":open_again": AlertStatus.OPEN.value, ":open": OPEN}
        moving = f"{telling}, pending_pk = :pending, pending_sk = :by_weight" + (
            ", content_version = version + :one" if completion.is_more else ""
        )
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=moving + _removing(over),
            condition="content_version = :content" + (" AND #status <> :taken" if completion.is_more else ""),
            names=_STATUS if completion.is_more else None,
            values={
                **({":taken": AlertStatus.ACKNOWLEDGED.value} if completion.is_more else {}),
                **content,
                **_MOVED_ON,
            },
        )
        if alert.quiet and completion.is_more:
            write = replace(
                write,
                expression=f"{moving}, {opening}{_removing([TAKEN, *over])}",
                condition="content_version = :content AND attribute_exists(quiet)",
                values={**content, **_MOVED_ON, **opened},
            )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed as failure:
            was_taken = (
                completion.is_more and failure.item and failure.item["status"] == AlertStatus.ACKNOWLEDGED
            )
            if alert.quiet or not was_taken:
                return None
        again = replace(
            write,
            expression=f"{moving}, {opening}{_removing([TAKEN, *over])}",
            condition="content_version = :content AND #status = :taken",
            values={**(write.values or {}), **opened},
        )
        try:
            return read_alert(self._table.update(again))
        except ConditionFailed:
            return None

    def tell_unread(self, alert: Alert, unread: Unread) -> Alert | None:
        """
        Tell an alert why its group could not be read; None where it tells something else by now.

        It adds nothing that anybody would have to acknowledge again.
        """
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"SET unread = :unread, {_MOVE_ON}",
            condition="content_version = :content",
            values={":unread": dump(write_unread(unread)), ":content": alert.content_version, **_MOVED_ON},
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None

    def explain(self, alert: Alert, explained: tuple[Author, ...]) -> Alert | None:
        """
        Tell an alert of what was found without an event whose it was; None where it tells something else by now.

        It opens nothing more than was told, so that nobody would have to acknowledge it again.
        """
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"SET explained = :explained, {_MOVE_ON}",
            condition="content_version = :content",
            values={
                ":explained": dump([write_author(author) for author in explained]),
                ":content": alert.content_version,
                **_MOVED_ON,
            },
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None

    def tell_person(self, alert: Alert, person: Person) -> Alert | None:
        """Tell an alert who in Slack made its change; None where that is told already, or the alert is gone or has no card."""
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"SET person_id = :id, person_name = :name, {_MOVE_ON}",
            condition="attribute_exists(pk) AND attribute_not_exists(person_id) AND attribute_not_exists(quiet)",
            values={":id": person.user_id, ":name": person.name, **_MOVED_ON},
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None

    def _complete_quietly(
        self, alert: Alert, telling: str, content: Item, over: Sequence[str]
    ) -> Alert | None:
        """Tell an alert without a card what was read; it stays as far drawn as it is told."""
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"{telling}, drawn_version = version + :one{_removing(['pending_pk', 'pending_sk', *over])}",
            condition="content_version = :content AND attribute_exists(quiet)",
            values=content,
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None

    def settle(
        self, alert: Alert, remaining: tuple[Rule, ...], closing: Closing | None, *, now: datetime
    ) -> Alert | None:
        """
        Tell an alert what of the things it opened is admitted still, and close it where nothing is; None where it is closed,
        or has moved on since it was read.

        Closing wins against a click that comes later: the alert is not open any more, so there is nothing to acknowledge.
        """
        closed: Item = (
            {
                ":closing": dump(write_closing(closing)),
                ":after": AlertStatus.CLOSED.value,
                ":expires": self._expiry(now),
            }
            if closing
            else {}
        )
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=(
                f"SET {_MOVE_ON}, remaining = :remaining"
                + (", closing = :closing, #status = :after, expires_at = :expires" if closing else "")
                + (" REMOVE worklist_pk, worklist_sk" if closing else "")
            ),
            condition="content_version = :content AND (#status = :open OR #status = :taken)",
            names=_STATUS,
            values={
                ":remaining": dump(write_rules(remaining)),
                ":content": alert.content_version,
                ":open": AlertStatus.OPEN.value,
                ":taken": AlertStatus.ACKNOWLEDGED.value,
                **closed,
                **_MOVED_ON,
            },
        )
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None

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
            expression=f"SET #status = :after, {_MOVE_ON}, {also} {remove}",
            condition=f"#status = :before AND {seen}",
            names=_STATUS,
            values={":before": before.value, ":after": after.value, **_MOVED_ON, **values},
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

    def _expiry(self, now: datetime) -> int:
        return int((now + self._history).timestamp())


def _freed(*, in_doubt: bool) -> str:
    """Name what goes with a lease: the beginning of a doubt stays until it is known where the card is."""
    return _LEASE if in_doubt else _FREE


def _says_unread(alert: Alert) -> bool:
    """Whether an alert tells why what sits behind the group of its first change was not read."""
    return alert.surroundings is not None and isinstance(alert.surroundings.behind, NotRead)


def _removing(names: Sequence[str]) -> str:
    """Write the part of an expression that removes attributes; nothing for none."""
    return f" REMOVE {', '.join(names)}" if names else ""
