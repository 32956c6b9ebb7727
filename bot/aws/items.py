"""
The table's items: their keys, their attributes, and the facts they hold. Only this module and those of the store know them.

    pk                            sk                        what
    EVENT#event_id                EVENT                     that an event was taken, and its alert
    PRINCIPAL#reference           PRINCIPAL                 what a principal is called
    WATCH                         WATCH                     since when changes are kept
    PLACES                        account#region            when events came from there (baseline_store)
    BASELINES                     account#region            how far all its groups have been read (likewise)
    ORGANIZATION                  ACCOUNTS                  what AWS Organizations calls the accounts (organization_store)
    PERSON#email                  PERSON                    whom Slack knows by an e-mail address (people_store)
    ID#group                      account#region            what the group is called
    GROUP#account#region#group    CHANGE#time#event_id      one fact per event: the record, and a digest for lists
                                  OBSERVED#time             one fact per complete reading of the rules
    PREFIXLIST#account#region#id  CHANGE#time#event_id      likewise, of a prefix list
    LIST#id                       CURRENT                   a prefix list's entries as they were read last
                                  ENTRIES#version           the entries of one version, which never change
    NAMED#id                      account#region#group      that a rule of the group names this prefix list, or this group
    ALERT#alert_id                ALERT                     an alert
    ALERT#burst_id                PART#version#event_id     a further change that gathers in a burst (burst_store)
    BURSTS#account#region#…       BURSTS                    which alerts gather what a session changes (likewise)
    MUTES                         MUTE#mute_id, HIDDEN#…    a mute, and how many alerts it hid (mute_store)
    DIGESTS                       day                       that what was quiet on that day has been told (digest_store)
    CATCH_UP                      CATCH_UP                  the catch-up under way (catch_up_store)
    PACE                          lane                      when the next call of a kind to Slack is due (pace_store)

Indexes: `feed` (changes, and alerts, by month), `by_principal`,
`by_name` (groups, and principals), `worklist` (open alerts, worst first), `pending` (alerts whose card is behind).

Times in keys are UTC as ISO 8601 with a fixed width, so that the order of text is the order of time. A change whose group
is not known stands under the group "-" of its account and region; one that touches several stands under each, and once in
the lists that an index gives. A prefix list's entries are the same from wherever one sees it, and its id is like no other's:
as rules name it by that alone, so do the keys of what is looked up for rules.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.aws.behind_documents import read_exposed, read_surroundings, write_exposed, write_surroundings
from bot.aws.burst_documents import read_gathering
from bot.aws.documents import (
    read_assessment,
    read_digest,
    read_reading,
    read_rule,
    read_unread,
    write_assessment,
    write_digest,
    write_reading,
    write_rule,
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
from bot.core.alerts import (
    LEASE,
    Acknowledgement,
    Alert,
    AlertStatus,
    Lease,
    MessageRef,
    Share,
    Shown,
    User,
    digest_of,
)
from bot.core.assessment import Severity
from bot.core.changes import (
    PERSON,
    ROLE,
    SESSION,
    Digest,
    GroupDetails,
    GroupKey,
    Observation,
    PrefixListEdit,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.history import HistoryEntry, KnownPrincipal
from bot.core.parts import AlertRef
from bot.core.people import Person
from bot.core.quiet import Quiet, QuietReason
from bot.core.rules import Rule

OPEN = "OPEN"
PENDING = "PENDING"
NAMES = "NAMES"
PRINCIPALS = "PRINCIPALS"
TAKEN = "ack_user, ack_team, ack_at, ack_seen, ack_note, ack_version, expected, expires_at"
"""What an alert has once somebody has taken it."""

WATCH = {"pk": "WATCH", "sk": "WATCH"}

_RULES_IN_LIST = 2
_DESCRIPTION_IN_LIST = 40


def event_item(event_id: str, told: AlertRef | None, expires_at: int) -> Item:
    """Build the item that marks an event as taken, and names the alert that tells it."""
    return {
        "pk": f"EVENT#{event_id}",
        "sk": "EVENT",
        "alert_id": told.alert_id if told else None,
        "alert_version": told.version if told else None,
        "expires_at": expires_at,
    }


def change_items(
    change: SecurityGroupChange,
    event: Mapping[str, Any],
    *,
    told: AlertRef | None,
    received_at: datetime,
    expires_at: int,
) -> list[Item]:
    """
    Build the items that keep *change*, one for each group that it touches, the first of them for the indexes.

    Each has the *event* itself, from which the change can be read again, and a digest for lists. A thousand rules fit: a
    record of 100 KB, CloudTrail's limit, compresses to about a tenth.
    """
    position = f"{iso(change.time)}#{change.event_id}"
    kept = {
        "sk": f"CHANGE#{position}",
        "event": zlib.compress(json.dumps(event, separators=(",", ":")).encode(), 9),
        "summary": dump(write_digest(_for_list(change))),
        "received_at": iso(received_at),
        "feed_sk": position,
        "alert_id": told.alert_id if told else None,
        "alert_version": told.version if told else None,
        "expires_at": expires_at,
    }
    listed = {
        "feed_pk": changes_in(change.time),
        "principal_pk": _key_text(change.principal.key),
        "principal_sk": position,
    }
    first, *others = ({"pk": pk, **kept} for pk in change_pks(change))
    return [{**first, **listed}, *others]


def change_key(change: SecurityGroupChange) -> Item:
    """Build the key of the first item that keeps *change*."""
    return {"pk": change_pks(change)[0], "sk": f"CHANGE#{iso(change.time)}#{change.event_id}"}


def change_pks(change: SecurityGroupChange) -> list[str]:
    """Name the partitions under which *change* is kept."""
    where = f"{change.account_id}#{change.region}"
    if isinstance(change.effect, PrefixListEdit):
        return [f"PREFIXLIST#{where}#{change.effect.prefix_list_id}"]
    return [group_pk(key) for key in change.groups] or [f"GROUP#{where}#-"]


def read_event(item: Item) -> dict[str, Any]:
    """Read the event that a change's item keeps."""
    event: dict[str, Any] = json.loads(zlib.decompress(item["event"]))
    return event


def principal_item(principal: KnownPrincipal, event_id: str, now: datetime) -> Item:
    """Build the item by which a principal is found by name, and that says by which event it was seen, and when."""
    return {
        **principal_key(principal.reference),
        "name": principal.name,
        "principal_key": principal.key,
        "kind": principal.kind.value,
        "account": principal.account_id,
        "seen_at": iso(now),
        "seen_event": event_id,
        "name_pk": PRINCIPALS,
        "name_sk": f"{_key_text(principal.name.lower()[:255], 900)}#{principal.reference}",
    }


def principal_key(reference: str) -> Item:
    """Build the key of the item of the principal with this reference."""
    return {"pk": f"PRINCIPAL#{reference}", "sk": "PRINCIPAL"}


def principal_pk(key: str) -> str:
    """Name the list of a principal's changes."""
    return _key_text(key)


def read_known_principal(item: Item) -> KnownPrincipal:
    """Read a principal's item."""
    return KnownPrincipal(
        key=item["principal_key"],
        name=item["name"],
        kind=PrincipalKind(item["kind"]),
        account_id=item.get("account"),
    )


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


def read_history_entry(item: Item, position: str) -> HistoryEntry:
    """Read a change's item, whole or from an index, for a list in which it stands at *position*."""
    return HistoryEntry(read_digest(json.loads(item["summary"])), read_told(item), position)


def read_told(item: Item) -> AlertRef | None:
    """Read which alert a change was told by when it came; None for none."""
    alert_id = item.get("alert_id")
    return AlertRef(alert_id, item.get("alert_version", 1)) if alert_id else None


def observation_item(observation: Observation, expires_at: int) -> Item:
    """Build the item that keeps a complete reading of a group's rules."""
    document = {
        "name": observation.group.name,
        "vpc_id": observation.group.vpc_id,
        "description": observation.group.description,
        "rules": [write_rule(rule) for rule in observation.rules],
        "tags": [list(tag) for tag in observation.tags],
    }
    return {
        **observation_key(observation.group.key, observation.at),
        "observation": zlib.compress(dump(document).encode(), 9),
        "expires_at": expires_at,
    }


def observation_key(key: GroupKey, at: datetime) -> Item:
    """Build the key of a reading."""
    return {"pk": group_pk(key), "sk": f"OBSERVED#{iso(at)}"}


def read_observation(key: GroupKey, item: Item) -> Observation:
    """Read an observation's item."""
    document = json.loads(zlib.decompress(item["observation"]))
    return Observation(
        group=GroupDetails(key, document["name"], document["vpc_id"], document["description"]),
        at=datetime.fromisoformat(item["sk"].removeprefix("OBSERVED#")),
        rules=tuple(read_rule(rule) for rule in document["rules"]),
        tags=tuple((key, value) for key, value in document["tags"]),
    )


def read_group(item: Item) -> GroupDetails:
    """Read a group's item, whole or from the index of names."""
    account_id, region = item["sk"].split("#")
    key = GroupKey(account_id, region, item["pk"].removeprefix("ID#"))
    tags = tuple((name, value) for name, value in json.loads(item["tags"])) if "tags" in item else None
    return GroupDetails(key, item.get("name"), item.get("vpc_id"), item.get("description"), tags)


def alert_key(alert_id: str) -> Item:
    """Build the key of an alert."""
    return {"pk": f"ALERT#{alert_id}", "sk": "ALERT"}


def id_pk(group_id: str) -> str:
    """Build the partition of the groups with this id, in whichever account and region."""
    return f"ID#{group_id}"


def group_key(key: GroupKey) -> Item:
    """Build the key of a group's item."""
    return {"pk": id_pk(key.group_id), "sk": f"{key.account_id}#{key.region}"}


def group_pk(key: GroupKey) -> str:
    """Build the partition of a group, which holds its facts."""
    return f"GROUP#{key.account_id}#{key.region}#{key.group_id}"


def name_position(details: GroupDetails) -> str | None:
    """Place a group among the names, which are looked up without regard to case; None for one without a name."""
    if not details.name:
        return None
    key = details.key
    return f"{details.name.lower()[:255]}#{key.account_id}#{key.region}#{key.group_id}"


def by_weight(alert: Alert) -> str:
    """Place an alert among those that wait: the most severe first, among equals the oldest."""
    return weight(alert.severity, alert)


def by_age(alert: Alert) -> str:
    """Place an alert among those of its month."""
    return f"{iso(alert.created_at)}#{alert.alert_id}"


def weight(severity: Severity, alert: Alert) -> str:
    """Place *alert* as if it were of this severity."""
    return f"{max(Severity) - severity}#{iso(alert.created_at)}#{alert.alert_id}"


def changes_in(time: datetime) -> str:
    """Name the feed of changes for the month of *time*."""
    return f"CHANGES#{time:%Y-%m}"


def alerts_in(time: datetime) -> str:
    """Name the feed of alerts for the month of *time*."""
    return f"ALERTS#{time:%Y-%m}"


def month_before(time: datetime) -> datetime:
    """Give a time in the month before that of *time*."""
    return time.replace(day=1) - timedelta(days=1)


def month_after(time: datetime) -> datetime:
    """Give a time in the month after that of *time*."""
    return time.replace(day=28) + timedelta(days=4)


def iso(time: datetime) -> str:
    """Write *time* with a fixed width, down to microseconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def milliseconds(time: datetime) -> int:
    """Write *time* as milliseconds since 1970."""
    return int(time.timestamp() * 1000)


def time_of(milliseconds_since_1970: int) -> datetime:
    """Read what milliseconds wrote."""
    return datetime.fromtimestamp(milliseconds_since_1970 / 1000, UTC)


def _for_list(change: SecurityGroupChange) -> Digest:
    """Cut *change* to what a line in a list shows, since each index holds a copy: about 1 KB at most."""
    digest = digest_of(change, _RULES_IN_LIST)

    def shorten(rule: Rule) -> Rule:
        description = rule.description[:_DESCRIPTION_IN_LIST] if rule.description else None
        return replace(rule, description=description, rule_id=None)

    kept = digest.change
    short = replace(
        kept,
        added=tuple(shorten(rule) for rule in kept.added),
        removed=tuple(shorten(rule) for rule in kept.removed),
        modified=tuple(shorten(rule) for rule in kept.modified),
        principal=replace(
            kept.principal, name=kept.principal.name[:64], key=_kind_of_key(kept.principal.key), session=""
        ),
    )
    return replace(digest, change=short)


def _kind_of_key(key: str) -> str:
    """Keep of a principal's *key* only what tells whether it is a person's, a role's or a session's."""
    return next((start for start in (PERSON, ROLE, SESSION) if key.startswith(start)), "")


def dump(document: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write *document* as short JSON."""
    # Halves of surrogate pairs, which JSON may hold and UTF-8 may not, are the one thing that has to stay escaped.
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text if text.isascii() or _is_unicode(text) else json.dumps(document, separators=(",", ":"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _key_text(text: str, most: int = 1024) -> str:
    """Make *text* fit for a key: Unicode, of which a partition's takes 2,048 bytes and a position's 1,024."""
    return text.encode(errors="replace")[:most].decode(errors="ignore") or "-"
