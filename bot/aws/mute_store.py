"""
The mutes in the table, and what they hid; each method is one call.

All of them stand in one partition, as each function that tells of changes reads them every half minute:

    MUTES   MUTE#mute_id            a mute that people asked for in Slack; those of the policy's file are not kept
            HIDDEN#mute_id#part     how many alerts it hid, one of the file likewise; in parts, so that changes
                                    that come at once do not wait for each other
"""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

from bot.aws.keys import group_pk, iso
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.changes import GroupKey
from bot.core.mutes import Mute, MutedPrincipal, MuteSubject

_MUTES = "MUTES"
_MOST = 1000
_PARTS = 16
_KEPT_AFTER = timedelta(
    days=1
)  # DynamoDB takes its time with what has expired, and who reads leaves that out


class MuteStore:
    """
    The mutes.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta

    def add_mute(self, mute: Mute) -> None:
        """Keep a mute; the same one again changes nothing, also where it was ended meanwhile."""
        with suppress(ConditionFailed):
            self._table.put(Write("Put", item=_item(mute), condition="attribute_not_exists(pk)"))

    def mutes(self, now: datetime) -> list[Mute]:
        """Give the mutes that hold at *now*, those that end first before the others; not what they hid."""
        found = self._table.query(
            "pk = :mutes AND begins_with(sk, :mute)", {":mutes": _MUTES, ":mute": "MUTE#"}, limit=_MOST
        )
        mutes = (_read(item) for item in found if "ended_at" not in item)
        return sorted((mute for mute in mutes if mute.is_running(now)), key=lambda mute: mute.until)

    def hidden_by_mutes(self) -> Counter[str]:
        """Count what each mute hid, by its id."""
        hidden: Counter[str] = Counter()
        found = self._table.query(
            "pk = :mutes AND begins_with(sk, :hidden)",
            {":mutes": _MUTES, ":hidden": "HIDDEN#"},
            limit=_MOST * _PARTS,
        )
        for item in found:
            hidden[item["sk"].split("#")[1]] += item["hidden_count"]
        return hidden

    def end_mute(self, mute_id: str, user_id: str, now: datetime) -> Mute | None:
        """End a mute, and keep who did; None where it has ended already, or never was."""
        try:
            item = self._table.update(
                Write(
                    "Update",
                    key=_key(mute_id),
                    expression="SET ended_at = :now, ended_by = :user",
                    condition="attribute_exists(pk) AND attribute_not_exists(ended_at) AND until_at > :now",
                    values={":now": iso(now), ":user": user_id},
                )
            )
        except ConditionFailed:
            return None
        return _read(item)


def hidden_write(mute_id: str, event_id: str, expires_at: int) -> Write:
    """Count one more alert as hidden by a mute, in the transaction that keeps the event."""
    part = sum(event_id.encode(errors="replace")) % _PARTS
    return Write(
        "Update",
        key={"pk": _MUTES, "sk": f"HIDDEN#{mute_id}#{part:02d}"},
        expression="SET expires_at = :expires ADD hidden_count :one",
        values={":expires": expires_at, ":one": 1},
    )


def _key(mute_id: str) -> Item:
    return {"pk": _MUTES, "sk": f"MUTE#{mute_id}"}


def _item(mute: Mute) -> Item:
    subject = mute.subject
    group, principal = subject.group, subject.principal
    return {
        **_key(mute.mute_id),
        "owner": mute.owner,
        "reason": mute.reason,
        "since_at": iso(mute.since),
        "until_at": iso(mute.until),
        "also_critical": 1 if mute.also_critical else None,
        "muted_group": group_pk(group) if group else None,
        "group_name": subject.group_name,
        "principal_key": principal.key if principal else None,
        "principal_name": principal.name if principal else None,
        "principal_account": principal.account_id if principal else None,
        "finding": subject.finding,
        "expires_at": int((mute.until + _KEPT_AFTER).timestamp()),
    }


def _read(item: Item) -> Mute:
    group = GroupKey(*item["muted_group"].split("#")[1:]) if "muted_group" in item else None
    principal = None
    if "principal_name" in item:
        principal = MutedPrincipal(
            item["principal_name"], item.get("principal_account"), item.get("principal_key")
        )
    return Mute(
        mute_id=item["sk"].removeprefix("MUTE#"),
        subject=MuteSubject(group, item.get("group_name"), principal, item.get("finding")),
        owner=item["owner"],
        reason=item["reason"],
        since=datetime.fromisoformat(item["since_at"]),
        until=datetime.fromisoformat(item["until_at"]),
        also_critical="also_critical" in item,
    )
