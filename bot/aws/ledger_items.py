"""
The table's items that keep a group's ledger between its facts. See keys.py for the whole table.

    pk                            sk             what
    GROUP#account#region#group    LEDGER         the version, what it opens to the internet, who waits for it to close
                                  LEDGER#FOLDED  the ledger, folded from the facts up to some time

The two are apart because the first is written with each fact, and the second, which may hold a thousand rules, now and then.
"""

import json
import zlib
from datetime import datetime
from functools import lru_cache

from bot.aws.keys import dump, group_pk, iso
from bot.aws.ledger_documents import read_ledger, read_open, write_ledger, write_open
from bot.aws.prefix_list_store import names_changed
from bot.aws.table import Item, Write
from bot.core.changes import GroupKey
from bot.core.keeping import KeptLedger, LedgerMove
from bot.core.ledger import Ledger

EXPOSED = "EXPOSED"

MAX_NAMES_CHANGED = 60

# What is folded stays while a group changes a few times, and reading a thousand rules takes longer than all else of an event.
_LEDGERS_AT_HAND = 8


def ledger_key(key: GroupKey) -> Item:
    """Build the key of a group's ledger."""
    return {"pk": group_pk(key), "sk": "LEDGER"}


def folded_key(key: GroupKey) -> Item:
    """Build the key of the facts that are folded."""
    return {"pk": group_pk(key), "sk": "LEDGER#FOLDED"}


def read_kept_ledger(key: GroupKey, head: Item | None, folded: Item | None) -> KeptLedger | None:
    """Read a group's ledger; None where the two items were read between two writes, and are of different versions."""
    if head is None:
        return KeptLedger(key)
    if head.get("folded_version") != (folded or {}).get("version"):
        return None
    return KeptLedger(
        key=key,
        version=head["version"],
        until=datetime.fromisoformat(folded["until"]) if folded else None,
        ledger=_read_folded(folded["ledger"]) if folded else Ledger(),
        watched=tuple(json.loads(head["watched"])) if "watched" in head else (),
        names=frozenset(json.loads(head["names"])) if "names" in head else frozenset(),
        opens=tuple(map(read_open, json.loads(head["opens"]))) if "opens" in head else (),
    )


@lru_cache(_LEDGERS_AT_HAND)
def _read_folded(compressed: bytes) -> Ledger:
    return read_ledger(json.loads(zlib.decompress(compressed)))


def ledger_writes(move: LedgerMove, expires_at: int) -> list[Write]:
    """Write what a fact makes of a ledger, on condition that it is the version which the fact met; that write is the first."""
    version = move.kept.version + 1
    # A transaction has room for a hundred writes; what does not fit is made up for by the next fact.
    changed = sorted(move.names ^ move.kept.names)[:MAX_NAMES_CHANGED]
    added = [name for name in changed if name in move.names]
    removed = [name for name in changed if name not in move.names]
    names = move.kept.names.union(added).difference(removed)
    worst = max((opened.severity for opened in move.opens), default=None)
    values: Item = {
        "version": version,
        "watched": dump(move.watched),
        "names": dump(sorted(names)),
        "group_name": move.name,
        "folded_version": version if move.folded else None,
        "opens": dump([write_open(opened) for opened in move.opens]) if move.opens else None,
        "exposed_pk": EXPOSED if move.opens else None,
        "exposed_sk": exposed_position(move) if worst is not None else None,
        "expires_at": expires_at if move.is_over else None,
    }
    told = {name: value for name, value in values.items() if value is not None}
    gone = [name for name in ("opens", "exposed_pk", "exposed_sk", "expires_at") if values[name] is None]
    head = Write(
        "Update",
        key=ledger_key(move.kept.key),
        expression="SET "
        + ", ".join(f"#{name} = :{name}" for name in told)
        + (" REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""),
        condition="#version = :read" if move.kept.version else "attribute_not_exists(pk)",
        names={f"#{name}": name for name in (*told, *gone)},
        values={
            **{f":{name}": value for name, value in told.items()},
            **({":read": move.kept.version} if move.kept.version else {}),
        },
    )
    naming = names_changed(move.kept.key, added=added, removed=removed)
    if not move.folded:
        return [head, *naming]
    until, ledger = move.folded
    item = {
        **folded_key(move.kept.key),
        "version": version,
        "until": iso(until),
        "ledger": zlib.compress(dump(write_ledger(ledger)).encode(), 9),
        "expires_at": expires_at if move.is_over else None,
    }
    return [head, Write("Put", item=item), *naming]


def exposed_position(move: LedgerMove) -> str:
    """Place a group among those that are open to the internet: the most severe first, among equals the longest open."""
    worst = max(opened.severity for opened in move.opens)
    since = [opened.since.at for opened in move.opens if opened.severity is worst and opened.since]
    key = move.kept.key
    first = iso(min(since)) if since else "-"
    return f"{9 - worst}#{first}#{key.account_id}#{key.region}#{key.group_id}"
