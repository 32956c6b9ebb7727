"""An alert as an item of the table. See keys.py for the whole table."""

import json
from datetime import UTC, datetime

from bot.aws.behind_documents import read_exposed, read_surroundings, write_exposed, write_surroundings
from bot.aws.burst_documents import read_gathering
from bot.aws.documents import (
    read_assessment,
    read_digest,
    read_reading,
    read_unread,
    write_assessment,
    write_digest,
    write_reading,
)
from bot.aws.keys import (
    OPEN,
    PENDING,
    alert_key,
    alerts_in,
    by_age,
    by_weight,
    dump,
    iso,
    milliseconds,
    time_of,
)
from bot.aws.ledger_documents import (
    read_author,
    read_closing,
    read_meaning,
    read_rules,
    write_meaning,
    write_rules,
)
from bot.aws.list_documents import read_list_meaning
from bot.aws.table import Item
from bot.core.alerts import LEASE, Acknowledgement, Alert, AlertStatus, Lease, MessageRef, Share, Shown, User
from bot.core.assessment import Severity
from bot.core.people import Person
from bot.core.quiet import Quiet, QuietReason

TAKEN = "ack_user, ack_team, ack_at, ack_seen, ack_note, ack_version, expected, expires_at"
"""What an alert has once somebody has taken it."""

# Every transition raises the version and puts the alert among those whose card is behind.
MOVE_ON = "version = version + :one, pending_pk = :pending, pending_sk = by_weight"
MOVED_ON: Item = {":one": 1, ":pending": PENDING}

STATUS = {"#status": "status"}  # a reserved word of DynamoDB's


def alert_item(alert: Alert, expires_at: int) -> Item:
    """Build the item of an alert that is told for the first time; one that is open does not expire."""
    return {
        **alert_key(alert.alert_id),
        "alert_id": alert.alert_id,
        "version": alert.version,
        "content_version": alert.content_version,
        "drawn_version": alert.drawn_version,
        "status": alert.status.value,
        "assessment": dump(write_assessment(alert.assessment)),
        "digest": dump(write_digest(alert.digest)),
        "reading": dump(write_reading(alert.reading)) if alert.reading else None,
        "meaning": dump(write_meaning(alert.meaning)) if alert.meaning else None,
        "remaining": dump(write_rules(alert.remaining)) if alert.remaining else None,
        "surroundings": dump(write_surroundings(alert.surroundings)) if alert.surroundings else None,
        "exposes": dump(write_exposed(alert.exposes)) if alert.exposes else None,
        "group_name": alert.group_name,
        "vpc_id": alert.vpc_id,
        "created_at": iso(alert.created_at),
        "lease_holder": alert.lease.holder if alert.lease else None,
        "lease_since": milliseconds(alert.lease.until - LEASE) if alert.lease else None,
        "lease_until": milliseconds(alert.lease.until) if alert.lease else None,
        # Kept apart from the index keys, so that a transition can copy them there without reading the item first.
        "by_weight": by_weight(alert),
        "worklist_pk": OPEN if alert.status is AlertStatus.OPEN else None,
        "worklist_sk": by_weight(alert) if alert.status is AlertStatus.OPEN else None,
        "pending_pk": PENDING if alert.is_behind else None,
        "pending_sk": by_weight(alert) if alert.is_behind else None,
        "quiet": alert.quiet.reason.value if alert.quiet else None,
        "quiet_by": alert.quiet.by if alert.quiet else None,
        "attempts": alert.attempts or None,
        "changes": alert.changes if alert.is_gathered else None,
        "joined": alert.joined_severity.name if alert.joined_severity is not None else None,
        "burst_id": alert.share.burst_id if alert.share else None,
        "burst_after": alert.share.after if alert.share else None,
        "expected": alert.expected,
        "first": 1 if alert.is_first else None,
        "ack_version": alert.version if alert.expected else None,
        "feed_pk": alerts_in(alert.created_at),
        "feed_sk": by_age(alert),
        "expires_at": None if alert.status is AlertStatus.OPEN else expires_at,
    }


def read_alert(item: Item) -> Alert:
    """Read an alert's item."""
    acknowledgement = message = lease = shown = None
    if "ack_user" in item:
        user = User(item["ack_user"], item["ack_team"])
        at = datetime.fromisoformat(item["ack_at"])
        acknowledgement = Acknowledgement(user, at, item["ack_seen"], item.get("ack_note"))
    if "ts" in item:
        message = MessageRef(item["channel"], item["ts"])
    if "lease_holder" in item:
        lease = Lease(item["lease_holder"], time_of(item["lease_until"]))
    if "shown_at" in item:
        severity, status = Severity(item["shown_severity"]), AlertStatus(item["shown_status"])
        shown = Shown(time_of(item["shown_at"]), severity, status)
    return Alert(
        alert_id=item["alert_id"],
        version=item["version"],
        content_version=item["content_version"],
        drawn_version=item["drawn_version"],
        status=AlertStatus(item["status"]),
        assessment=read_assessment(json.loads(item["assessment"])),
        digest=read_digest(json.loads(item["digest"])),
        reading=read_reading(json.loads(item["reading"])) if "reading" in item else None,
        meaning=read_meaning(json.loads(item["meaning"])) if "meaning" in item else None,
        remaining=read_rules(json.loads(item["remaining"])) if "remaining" in item else (),
        closing=read_closing(json.loads(item["closing"])) if "closing" in item else None,
        list_meaning=read_list_meaning(json.loads(item["list_meaning"])) if "list_meaning" in item else None,
        unread=read_unread(json.loads(item["unread"])) if "unread" in item else None,
        surroundings=read_surroundings(json.loads(item["surroundings"])) if "surroundings" in item else None,
        exposes=read_exposed(json.loads(item["exposes"])) if "exposes" in item else None,
        explained=tuple(map(read_author, json.loads(item["explained"]))) if "explained" in item else (),
        group_name=item.get("group_name"),
        vpc_id=item.get("vpc_id"),
        created_at=datetime.fromisoformat(item["created_at"]),
        acknowledgement=acknowledgement,
        message=message,
        lease=lease,
        attempts=item.get("attempts", 0),
        changes=item.get("changes", 1),
        share=(
            Share(item["burst_id"], item["burst_after"], item.get("burst_until"), item.get("burst_next"))
            if "burst_id" in item
            else None
        ),
        joined_severity=Severity[item["joined"]] if "joined" in item else None,
        gathering=read_gathering(json.loads(item["gathering"])) if "gathering" in item else None,
        redraw_due=(datetime.fromtimestamp(item["redraw_due"] / 1000, UTC) if "redraw_due" in item else None),
        is_over="burst_over" in item,
        shown=shown,
        waits_until=time_of(item["waits_until"]) if "waits_until" in item else None,
        quiet=Quiet(QuietReason(item["quiet"]), item["quiet_by"]) if "quiet" in item else None,
        expected=item.get("expected"),
        is_first="first" in item,
        person=Person(item["person_id"], item["person_name"]) if "person_id" in item else None,
    )


def taking(acknowledgement: Acknowledgement, expires_at: int) -> tuple[str, Item]:
    """Write the part of an expression by which somebody takes an alert, with its values; history's time to live then applies."""
    note = acknowledgement.note
    words = (
        "ack_user = :user, ack_team = :team, ack_at = :at, ack_seen = :seen, ack_version = version + :one, "
        "expires_at = :expires" + (", ack_note = :note" if note else "")
    )
    values: Item = {
        ":one": 1,
        ":user": acknowledgement.user.user_id,
        ":team": acknowledgement.user.team_id,
        ":at": iso(acknowledgement.at),
        ":seen": acknowledgement.seen_version,
        ":expires": expires_at,
    }
    return words, {**values, ":note": note} if note else values
