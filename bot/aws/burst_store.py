"""
What gathers in bursts, in the table; each method is one call unless it says otherwise. See keys.py for the whole table.

    pk                         sk                       what
    BURSTS#account#region#…    BURSTS                   the latest bursts of a session, and which alerts gather them
    DENIED#…                   DENIED                   when AWS denied a principal something of late
    ALERT#burst_id             PART#version#event_id    a further change of a burst, in the version in which it joined

The first change of an alert is in the alert's own item, so that most alerts, which tell one, need no other.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.aws.alert_items import STATUS, TAKEN, alert_item, taking
from bot.aws.alert_store import AlertStore
from bot.aws.burst_documents import read_bursts, read_part, write_bursts, write_part
from bot.aws.keys import OPEN, PENDING, alert_key, by_weight, dump, milliseconds, time_of, weight
from bot.aws.table import CONFLICT, ConditionFailed, Item, Write
from bot.core.alerts import (
    Acknowledgement,
    Alert,
    AlertStatus,
    Share,
    TransitionRefused,
    alert_id_for,
    as_told_by,
    part_of,
)
from bot.core.bursts import Attempts, Bursts, SessionKey
from bot.core.completion import Completion
from bot.core.errors import StoreError
from bot.core.meaning import what_it_let_in
from bot.core.parts import AlertRef, Part
from bot.core.severity import Severity

_MOST_PARTS = 3000
_MOST_STEPS = 20  # from an alert to the one that came after it
_ATTEMPTS = 8
_KEPT_FOR = timedelta(days=1)


class BurstStore(AlertStore):
    """
    The alerts, and what they gather.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    def bursts(self, key: SessionKey) -> Bursts:
        """Give the latest bursts of a session."""
        found = self._table.get_all(session_keys(key))
        return read_session(key, {item["pk"]: item for item in found})

    def parts(self, alert: Alert) -> list[Part]:
        """Give all changes that *alert* gathers as of its version, in the order in which they joined; no call for one alone."""
        return [part_of(alert), *(self._parts(alert.share) if alert.share and alert.is_gathered else ())]

    def part(self, alert: Alert, version: int, event_id: str) -> Part | None:
        """Give one of the changes that *alert* gathers, that of an event which joined in *version*."""
        if alert.share is None:
            return None
        item = self._table.get({"pk": f"ALERT#{alert.share.burst_id}", "sk": _part_sk(version, event_id)})
        return _read_part(item) if item else None

    def alerts_telling(self, told: Mapping[str, AlertRef]) -> dict[str, Alert]:
        """
        Give the alerts that tell changes by now, by the names that *told* gives them.

        What somebody acknowledged stays with its alert; what came after that has moved on to the next one.
        """
        found: dict[str, Alert] = {}
        wanted = dict(told)
        for _ in range(_MOST_STEPS):
            alerts = self.alerts(ref.alert_id for ref in wanted.values())
            further: dict[str, AlertRef] = {}
            for name, ref in wanted.items():
                alert = alerts.get(ref.alert_id)
                share = alert.share if alert else None
                if share and share.until is not None and ref.version > share.until and share.next_alert_id:
                    further[name] = AlertRef(share.next_alert_id, ref.version)
                elif alert:
                    found[name] = alert
            if not further:
                break
            wanted = further
        return found

    def alerts_of_events(self, event_ids: Iterable[str]) -> dict[str, Alert]:
        """Give the alerts that tell events, by the events' ids; two calls for each hundred."""
        keys = [{"pk": f"EVENT#{event_id}", "sk": "EVENT"} for event_id in dict.fromkeys(event_ids)]
        items = self._table.get_all(keys) if keys else []
        return self.alerts_telling(
            {
                item["pk"].removeprefix("EVENT#"): AlertRef(item["alert_id"], item.get("alert_version", 1))
                for item in items
                if item.get("alert_id")
            }
        )

    def split(self, alert_id: str, acknowledgement: Acknowledgement, *, now: datetime) -> Alert:
        """
        Let a person take what they saw of an alert; what joined since is told by a new alert. A few calls.

        Gives the alert that was taken.

        Raises:
            TransitionRefused: it is not open, or what is told of what was seen has changed; the error says how it stands.
            AlertNotFound: there is none.
        """
        seen = acknowledgement.seen_version
        words, values = taking(acknowledgement, self._expiry(now))
        for _ in range(_ATTEMPTS):
            alert = self.alert(alert_id)
            joined = self._parts(alert.share) if alert.share else []
            after = [part for part in joined if part.version > seen]
            is_grown = bool(after) and alert.content_version == after[-1].version
            if alert.status is not AlertStatus.OPEN or not is_grown:
                raise TransitionRefused(alert)
            rest = _rest_of(alert, after, now)
            stay = [part for part in joined if part.version <= seen]
            taken = Write(
                "Update",
                key=alert_key(alert_id),
                expression=(
                    f"SET #status = :taken, version = version + :one, content_version = :seen, {words}, "
                    "changes = :changes, joined = :joined, burst_until = :seen, burst_next = :next, "
                    "burst_over = :one, by_weight = :by_weight, pending_pk = :pending, pending_sk = :by_weight "
                    "REMOVE worklist_pk, worklist_sk, redraw_due"
                ),
                condition="version = :version AND #status = :open",
                names=STATUS,
                values={
                    ":taken": AlertStatus.ACKNOWLEDGED.value,
                    ":open": AlertStatus.OPEN.value,
                    ":version": alert.version,
                    **values,
                    ":changes": 1 + len(stay),
                    ":joined": _worst(stay).name,
                    ":next": rest.alert_id,
                    ":by_weight": weight(max(alert.own_severity, _worst(stay)), alert),
                    ":pending": PENDING,
                },
            )
            new = alert_item(rest, self._expiry(now))
            try:
                self._table.transact([taken, Write("Put", item=new, condition="attribute_not_exists(pk)")])
            except ConditionFailed:
                continue
            except StoreError as error:
                if error.code != CONFLICT:  # of somebody who clicks this very moment
                    raise
                continue
            return self.alert(alert_id)
        raise StoreError("split", "AlertMoves")

    def complete_part(self, alert: Alert, part: Part, completion: Completion) -> Alert | None:
        """
        Tell an alert what was read of one of the changes that it gathers; None where it has moved on meanwhile, or is gone.

        Where that is more than was seen, earlier buttons cover it no longer, and an alert that was acknowledged, or quiet, is
        open.
        """
        told = replace(
            part,
            digest=completion.digest,
            assessment=completion.assessment,
            meaning=completion.meaning,
            reading=completion.reading,
            group_name=completion.group_name,
            vpc_id=completion.vpc_id,
        )
        severity = max(alert.severity, told.assessment.severity)
        opens = completion.is_more and (alert.status is AlertStatus.ACKNOWLEDGED or alert.quiet is not None)
        is_open = opens or alert.status is AlertStatus.OPEN
        by_new_weight = weight(severity, alert)
        move = Write(
            "Update",
            key=alert_key(alert.alert_id),
            expression=(
                "SET version = version + :one, joined = :joined, by_weight = :by_weight, "
                "pending_pk = :pending, pending_sk = :by_weight"
                + (", content_version = version + :one" if completion.is_more else "")
                + (", worklist_pk = :open, worklist_sk = :by_weight" if is_open else "")
                + (", #status = :opened" if opens else "")
                + (f" REMOVE {TAKEN}, quiet, quiet_by" if opens else "")
            ),
            condition="version = :version",
            names=STATUS if opens else None,
            values={
                ":one": 1,
                ":version": alert.version,
                ":joined": max(
                    told.assessment.severity, alert.joined_severity or told.assessment.severity
                ).name,
                ":by_weight": by_new_weight,
                ":pending": PENDING,
                **({":open": OPEN} if is_open else {}),
                **({":opened": AlertStatus.OPEN.value} if opens else {}),
            },
        )
        if alert.share is None:
            return None
        kept = part_write(told, alert.share, self._expiry(alert.created_at))
        try:
            self._table.transact([move, kept])
        except ConditionFailed:
            return None
        return self.alert(alert.alert_id)

    def finish(self, alert_id: str, *, content_version: int) -> bool:
        """Keep that a burst is over, if nothing has joined its alert since *content_version*; whether that was so."""
        write = Write(
            "Update",
            key=alert_key(alert_id),
            expression=(
                "SET version = version + :one, burst_over = :one, pending_pk = :pending, pending_sk = by_weight"
            ),
            condition="content_version = :content AND attribute_not_exists(burst_over)",
            values={":one": 1, ":content": content_version, ":pending": PENDING},
        )
        try:
            self._table.update(write)
        except ConditionFailed:
            return False
        return True

    def _parts(self, share: Share) -> list[Part]:
        last = _LAST_VERSION if share.until is None else share.until
        if last <= share.after:  # DynamoDB refuses to look between the two
            return []
        found = self._table.query(
            "pk = :pk AND sk BETWEEN :low AND :high",
            {
                ":pk": f"ALERT#{share.burst_id}",
                ":low": _part_sk(share.after + 1, ""),
                ":high": _part_sk(last, "~"),
            },
            limit=_MOST_PARTS,
        )
        return [_read_part(item) for item in found]


def session_keys(key: SessionKey) -> list[Item]:
    """Build the keys of what is kept of a session, and of its principal where that matters."""
    bursts = {"pk": f"BURSTS#{key.account_id}#{key.region}#{_hashed(key.session)}", "sk": "BURSTS"}
    return [bursts, *([_denied_key(key.denied_to)] if key.denied_to else [])]


def read_session(key: SessionKey, found: Mapping[str, Item]) -> Bursts:
    """Read the bursts of a session from items *found*, by their pk; there may be none yet."""
    item, attempts = found.get(session_keys(key)[0]["pk"]), None
    if key.denied_to:
        denied = found.get(_denied_key(key.denied_to)["pk"])
        times = json.loads(denied["times"]) if denied else []
        attempts = Attempts(key.denied_to, denied["version"] if denied else 0, tuple(map(time_of, times)))
    if item is None:
        return Bursts(key, attempts=attempts)
    return Bursts(key, item["version"], read_bursts(json.loads(item["bursts"])), attempts)


def bursts_writes(bursts: Bursts, now: datetime) -> list[Write]:
    """Write the bursts of a session, and what its principal was denied, on condition that they are as they were read."""
    expires_at = int((now + _KEPT_FOR).timestamp())
    kept, *denied = session_keys(bursts.key)
    writes = [_versioned({**kept, "bursts": dump(write_bursts(bursts.bursts))}, bursts.version, expires_at)]
    if denied and bursts.attempts:
        times = dump([milliseconds(time) for time in bursts.attempts.times])
        writes.append(_versioned({**denied[0], "times": times}, bursts.attempts.version, expires_at))
    return writes


def _versioned(item: Item, version: int, expires_at: int) -> Write:
    return Write(
        "Put",
        item={**item, "version": version + 1, "expires_at": expires_at},
        condition="version = :version" if version else "attribute_not_exists(pk)",
        values={":version": version} if version else None,
    )


def _denied_key(principal: str) -> Item:
    return {"pk": f"DENIED#{_hashed(principal)}", "sk": "DENIED"}


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def joining_writes(alert: Alert, part: Part, expires_at: int) -> list[Write]:
    """Write that *part* joins: *alert* as it is with that, on condition that it is the version before."""
    share = alert.share or Share(alert.alert_id, after=1)
    is_open = alert.status is AlertStatus.OPEN
    values = {
        "version": alert.version,
        "content_version": alert.content_version,
        "drawn_version": None if alert.is_behind else alert.version,
        "attempts": alert.attempts or None,
        "changes": alert.changes,
        "joined": (alert.joined_severity or part.assessment.severity).name,
        "status": alert.status.value,
        "by_weight": by_weight(alert),
        "worklist_pk": OPEN if is_open else None,
        "worklist_sk": by_weight(alert) if is_open else None,
        "pending_pk": PENDING if alert.is_behind else None,
        "pending_sk": by_weight(alert) if alert.is_behind else None,
        "expected": alert.expected,
        "quiet": alert.quiet.reason.value if alert.quiet else None,
        "quiet_by": alert.quiet.by if alert.quiet else None,
        "burst_id": share.burst_id,
        "burst_after": share.after,
        "redraw_due": milliseconds(alert.redraw_due) if alert.redraw_due else None,
    }
    told = {name: value for name, value in values.items() if value is not None}
    gone = [
        name for name in ("expected", "quiet", "quiet_by", "worklist_pk", "worklist_sk") if name not in told
    ]
    gone += ["burst_over", *(["expires_at"] if is_open else [])]
    move = Write(
        "Update",
        key=alert_key(alert.alert_id),
        expression=f"SET {', '.join(f'#{name} = :{name}' for name in told)} REMOVE {', '.join(gone)}",
        condition="#version = :before",
        names={f"#{name}": name for name in told},
        values={":before": alert.version - 1, **{f":{name}": value for name, value in told.items()}},
    )
    return [move, part_write(part, share, expires_at)]


def part_write(part: Part, share: Share, expires_at: int) -> Write:
    """Write one of the changes that gather."""
    event_id = part.digest.change.event_id
    return Write(
        "Put",
        item={
            "pk": f"ALERT#{share.burst_id}",
            "sk": _part_sk(part.version, event_id),
            "part": zlib.compress(dump(write_part(part)).encode(), 9),
            "expires_at": expires_at,
        },
    )


_LAST_VERSION = 10**8 - 1


def _part_sk(version: int, event_id: str) -> str:
    return f"PART#{version:08d}#{event_id}"


def _read_part(item: Item) -> Part:
    _, version, _ = item["sk"].split("#", 2)
    return read_part(json.loads(zlib.decompress(item["part"])), int(version))


def _rest_of(alert: Alert, after: list[Part], now: datetime) -> Alert:
    """Make the alert that tells what joined *alert* after somebody saw it: *after*, at least one."""
    first, *others = after
    event_id = first.digest.change.event_id
    return replace(
        as_told_by(first, alert),
        alert_id=alert_id_for(event_id),
        drawn_version=0,
        created_at=now,
        remaining=what_it_let_in(first.meaning),
        closing=None,
        quiet=None,
        expected=None,
        message=None,
        shown=None,
        waits_until=None,
        lease=None,
        redraw_due=None,
        changes=len(after),
        share=Share(alert.share.burst_id if alert.share else alert.alert_id, after=first.version),
        joined_severity=_worst(others) if others else None,
    )


def _worst(parts: Iterable[Part]) -> Severity:
    return max((part.assessment.severity for part in parts), default=Severity.INFORMATIONAL)
