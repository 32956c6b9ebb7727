"""Facts as items of the table: changes and readings, and what groups and principals are called. See keys.py for the whole table."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.aws.documents import read_digest, read_rule, write_digest, write_rule
from bot.aws.keys import (
    PRINCIPALS,
    change_pks,
    changes_in,
    dump,
    iso,
    key_text,
    observation_key,
    principal_key,
)
from bot.aws.table import Item
from bot.core.alerts import digest_of
from bot.core.changes import (
    PERSON,
    ROLE,
    SESSION,
    Digest,
    GroupDetails,
    GroupKey,
    Observation,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.history import HistoryEntry, KnownPrincipal
from bot.core.parts import AlertRef
from bot.core.rules import Rule

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
        "principal_pk": key_text(change.principal.key),
        "principal_sk": position,
    }
    first, *others = ({"pk": pk, **kept} for pk in change_pks(change))
    return [{**first, **listed}, *others]


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
        "name_sk": f"{key_text(principal.name.lower()[:255], 900)}#{principal.reference}",
    }


def read_known_principal(item: Item) -> KnownPrincipal:
    """Read a principal's item."""
    return KnownPrincipal(
        key=item["principal_key"],
        name=item["name"],
        kind=PrincipalKind(item["kind"]),
        account_id=item.get("account"),
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
