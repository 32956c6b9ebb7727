"""What comes to be known of what alerts tell, and what becomes of it; each is one call to the table unless it says otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.aws.alert_items import MOVE_ON, MOVED_ON, STATUS, TAKEN, read_alert
from bot.aws.behind_documents import write_exposed
from bot.aws.documents import write_assessment, write_digest, write_reading, write_unread
from bot.aws.keys import OPEN, alert_key, dump, weight
from bot.aws.ledger_documents import write_author, write_closing, write_meaning, write_rules
from bot.aws.list_documents import write_list_meaning
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.alerts import Alert, AlertStatus, Closing, Unread
from bot.core.behind import NotRead
from bot.core.completion import Completion
from bot.core.ledger import Author
from bot.core.people import Person
from bot.core.rules import Rule


class TellingStore:
    """
    The alerts, as far as more is told by them than when they were raised.

    Each move raises the alert's version, and is None where the alert tells something else by then.
    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta

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
            "exposes": dump(write_exposed(completion.exposes)) if completion.exposes else None,
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
            names=STATUS if completion.is_more else None,
            values={
                **({":taken": AlertStatus.ACKNOWLEDGED.value} if completion.is_more else {}),
                **content,
                **MOVED_ON,
            },
        )
        if alert.quiet and completion.is_more:
            write = replace(
                write,
                expression=f"{moving}, {opening}{_removing([TAKEN, *over])}",
                condition="content_version = :content AND attribute_exists(quiet)",
                values={**content, **MOVED_ON, **opened},
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
        return self._told(again)

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
        return self._told(write)

    def tell_unread(self, alert: Alert, unread: Unread) -> Alert | None:
        """
        Tell an alert why its group could not be read; None where it tells something else by now.

        It adds nothing that anybody would have to acknowledge again.
        """
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"SET unread = :unread, {MOVE_ON}",
            condition="content_version = :content",
            values={":unread": dump(write_unread(unread)), ":content": alert.content_version, **MOVED_ON},
        )
        return self._told(write)

    def explain(self, alert: Alert, explained: tuple[Author, ...]) -> Alert | None:
        """
        Tell an alert of what was found without an event whose it was; None where it tells something else by now.

        It opens nothing more than was told, so that nobody would have to acknowledge it again.
        """
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"SET explained = :explained, {MOVE_ON}",
            condition="content_version = :content",
            values={
                ":explained": dump([write_author(author) for author in explained]),
                ":content": alert.content_version,
                **MOVED_ON,
            },
        )
        return self._told(write)

    def tell_person(self, alert: Alert, person: Person) -> Alert | None:
        """Tell an alert who in Slack made its change; None where that is told already, or the alert is gone or has no card."""
        write = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=f"SET person_id = :id, person_name = :name, {MOVE_ON}",
            condition="attribute_exists(pk) AND attribute_not_exists(person_id) AND attribute_not_exists(quiet)",
            values={":id": person.user_id, ":name": person.name, **MOVED_ON},
        )
        return self._told(write)

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
                f"SET {MOVE_ON}, remaining = :remaining"
                + (", closing = :closing, #status = :after, expires_at = :expires" if closing else "")
                + (" REMOVE worklist_pk, worklist_sk" if closing else "")
            ),
            condition="content_version = :content AND (#status = :open OR #status = :taken)",
            names=STATUS,
            values={
                ":remaining": dump(write_rules(remaining)),
                ":content": alert.content_version,
                ":open": AlertStatus.OPEN.value,
                ":taken": AlertStatus.ACKNOWLEDGED.value,
                **closed,
                **MOVED_ON,
            },
        )
        return self._told(write)

    def _told(self, write: Write) -> Alert | None:
        try:
            return read_alert(self._table.update(write))
        except ConditionFailed:
            return None

    def _expiry(self, now: datetime) -> int:
        return int((now + self._history).timestamp())


def _says_unread(alert: Alert) -> bool:
    """Whether an alert tells why what sits behind the group of its first change was not read."""
    return alert.surroundings is not None and isinstance(alert.surroundings.behind, NotRead)


def _removing(names: Sequence[str]) -> str:
    """Write the part of an expression that removes attributes; nothing for none."""
    return f" REMOVE {', '.join(names)}" if names else ""
