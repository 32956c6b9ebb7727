"""Ledgers for tests: entries and authors as facts would make them, with what matters to a test said by it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from bot.core.changes import ChangeKind
from bot.core.ledger import Acceptance, Author, Entry, Ledger, Moment
from bot.core.rules import Direction
from tests.records import rule

NOW = datetime(2026, 11, 24, 20, 54, 10, tzinfo=UTC)
OPENED = datetime(2026, 11, 24, 20, 7, 31, tzinfo=UTC)
READ = datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
JO = Acceptance("U04JOPARK01", OPENED + timedelta(minutes=4), "vendor session until 21:00")

_EVENTS = {
    ChangeKind.AUTHORIZE: "AuthorizeSecurityGroupIngress",
    ChangeKind.REVOKE: "RevokeSecurityGroupIngress",
    ChangeKind.MODIFY: "ModifySecurityGroupRules",
    ChangeKind.CREATE: "CreateSecurityGroup",
    ChangeKind.DELETE: "DeleteSecurityGroup",
}


def by(
    name: str = "alice@example.com",
    at: datetime = OPENED,
    kind: ChangeKind = ChangeKind.AUTHORIZE,
    **more: Any,
) -> Moment:
    """Make the moment of a change that was seen."""
    event_id = f"{kind}-{crc32(name.encode(errors='replace'))}-{at:%d%H%M%S}"
    return Moment(at, Author(event_id, _EVENTS[kind], kind, at, name, **more))


def unseen(at: datetime, after: datetime | None = None) -> Moment:
    """Make the moment of an event that was not seen."""
    return Moment(at, None, after)


SSH = Entry(rule(description="temp debug", rule_id="sgr-0f"), by(), OPENED)
WEB = Entry(rule(ports=(443, 443), rule_id="sgr-01"), unseen(READ - timedelta(days=90)), READ, described=None)
EGRESS = Entry(
    rule("-1", (None, None), direction=Direction.EGRESS, rule_id="sgr-02"),
    by("erin", READ - timedelta(days=400), ChangeKind.CREATE),
    READ,
)


def a_ledger(*live: Entry, **more: Any) -> Ledger:
    """Make the ledger of a group that was read, and holds *live*."""
    return Ledger(**{"live": live, "is_known": True, "read": READ, **more})


def closed(entry: Entry, moment: Moment) -> Entry:
    """Close an entry."""
    return replace(entry, closed=moment)
