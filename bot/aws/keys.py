"""
The table's keys, and how times and documents stand in its items. Only this module and those of the items and the store know them.

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
    DENIED#…                      DENIED                    what AWS denied a principal of late (likewise)
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
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.aws.table import Item
from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.changes import GroupDetails, GroupKey, PrefixListEdit, SecurityGroupChange

OPEN = "OPEN"
PENDING = "PENDING"
NAMES = "NAMES"
PRINCIPALS = "PRINCIPALS"
WATCH = {"pk": "WATCH", "sk": "WATCH"}


def change_key(change: SecurityGroupChange) -> Item:
    """Build the key of the first item that keeps *change*."""
    return {"pk": change_pks(change)[0], "sk": f"CHANGE#{iso(change.time)}#{change.event_id}"}


def change_pks(change: SecurityGroupChange) -> list[str]:
    """Name the partitions under which *change* is kept."""
    where = f"{change.account_id}#{change.region}"
    if isinstance(change.effect, PrefixListEdit):
        return [f"PREFIXLIST#{where}#{change.effect.prefix_list_id}"]
    return [group_pk(key) for key in change.groups] or [f"GROUP#{where}#-"]


def principal_key(reference: str) -> Item:
    """Build the key of the item of the principal with this reference."""
    return {"pk": f"PRINCIPAL#{reference}", "sk": "PRINCIPAL"}


def principal_pk(key: str) -> str:
    """Name the list of a principal's changes."""
    return key_text(key)


def observation_key(key: GroupKey, at: datetime) -> Item:
    """Build the key of a reading."""
    return {"pk": group_pk(key), "sk": f"OBSERVED#{iso(at)}"}


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


def key_text(text: str, most: int = 1024) -> str:
    """Make *text* fit for a key: Unicode, of which a partition's takes 2,048 bytes and a position's 1,024."""
    return text.encode(errors="replace")[:most].decode(errors="ignore") or "-"
