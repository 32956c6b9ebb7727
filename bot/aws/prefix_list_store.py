"""The prefix lists in the table, and which groups name them; each method is one call unless it says otherwise."""

import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_network

from bot.aws.keys import iso
from bot.aws.table import ConditionFailed, Item, Table, Write
from bot.core.changes import GroupKey
from bot.core.prefix_lists import PrefixListKey, PrefixListVersion
from bot.core.rules import Network

_CURRENT = "CURRENT"

# Which version is the latest. An edit of version 3 comes in:
#
#   time  0 s  it is told, and makes version 4 of what is known of version 3: higher, so the latest
#         2 s  EC2 is asked, and still says 3: not believed, as it makes versions in its own time
#   or   10 s  an event that came late makes version 3 of version 2: lower, so not the latest
#   or    1 d  EC2 is asked, and says 3, as it could not carry the edit out after all: believed
_IS_HIGHER = "attribute_not_exists(pk) OR version < :version"
_IS_READ_LATER = "attribute_not_exists(pk) OR read_at <= :read_at"
_IS_STILL_SO = f"{_IS_HIGHER} OR (read_at <= :read_at AND (version = :version OR read_at < :settled))"
_SETTLED_AFTER = timedelta(minutes=10)


class PrefixListStore:
    """
    What rules name: prefix lists with their entries, and the groups whose rules name a list or another group.

    Each method raises StoreError when DynamoDB does not answer as it should.
    """

    _table: Table
    _history: timedelta

    def prefix_lists(self, prefix_list_ids: Iterable[str]) -> dict[str, tuple[Network, ...]]:
        """Give the entries of those of the lists that are known, as they were read last, by id."""
        known = self.known_prefix_lists(prefix_list_ids)
        return {prefix_list_id: version.networks for prefix_list_id, version in known.items()}

    def known_prefix_lists(self, prefix_list_ids: Iterable[str]) -> dict[str, PrefixListVersion]:
        """Give those of the lists that are known, as they were read last, by id."""
        keys = [_list_key(prefix_list_id) for prefix_list_id in dict.fromkeys(prefix_list_ids)]
        found = (_read_list(item) for item in (self._table.get_all(keys) if keys else ()))
        return {version.key.prefix_list_id: version for version in found}

    def prefix_list(self, prefix_list_id: str, version: int | None = None) -> PrefixListVersion | None:
        """Give what is known of a list in this *version*, or as it was read last."""
        item = self._table.get(_list_key(prefix_list_id, version))
        return _read_list(item) if item else None

    def record_prefix_list(self, version: PrefixListVersion, *, is_current: bool = False) -> None:
        """
        Keep what a list holds, as its latest state unless a later one is known; two calls for a list with versions.

        *is_current* says that EC2 gave it as what the list holds now; else it is one version among others.
        """
        item = {
            **_list_key(version.key.prefix_list_id),
            "account": version.key.account_id,
            "region": version.key.region,
            "name": version.name,
            "version": version.version,
            "networks": zlib.compress(json.dumps([str(network) for network in version.networks]).encode(), 9),
            "read_at": iso(version.read_at),
        }
        values: Item = {":version": version.version}
        condition = _IS_HIGHER
        if version.version is None:
            condition, values = _IS_READ_LATER, {":read_at": item["read_at"]}
        elif is_current:
            condition = _IS_STILL_SO
            values |= {":read_at": item["read_at"], ":settled": iso(version.read_at - _SETTLED_AFTER)}
        if version.version is not None:
            expires_at = int((version.read_at + self._history).timestamp())
            of_version = {**_list_key(version.key.prefix_list_id, version.version), "expires_at": expires_at}
            self._table.put(Write("Put", item={**item, **of_version}))
        with suppress(ConditionFailed):
            self._table.put(Write("Put", item=item, condition=condition, values=values))

    def groups_naming(self, name: str, *, limit: int, behind: GroupKey | None = None) -> list[GroupKey]:
        """Give the next *limit* groups, in steady order, whose rules name this prefix list or group, by its id."""
        found = self._table.query(
            "pk = :pk AND sk > :behind",
            {":pk": _named_pk(name), ":behind": _naming_sk(behind) if behind else " "},
            limit=limit,
        )
        return [GroupKey(*item["sk"].split("#")) for item in found]


def names_changed(key: GroupKey, *, added: Iterable[str], removed: Iterable[str]) -> list[Write]:
    """Write that a group's rules have come to name the lists and groups *added*, by id, and no longer name *removed*."""
    put = [Write("Put", item={"pk": _named_pk(name), "sk": _naming_sk(key)}) for name in added]
    return put + [Write("Delete", key={"pk": _named_pk(name), "sk": _naming_sk(key)}) for name in removed]


def _list_key(prefix_list_id: str, version: int | None = None) -> Item:
    sk = _CURRENT if version is None else f"ENTRIES#{version:08d}"
    return {"pk": f"LIST#{prefix_list_id}", "sk": sk}


def _named_pk(name: str) -> str:
    return f"NAMED#{name}"


def _naming_sk(key: GroupKey) -> str:
    return f"{key.account_id}#{key.region}#{key.group_id}"


def _read_list(item: Item) -> PrefixListVersion:
    return PrefixListVersion(
        key=PrefixListKey(item["account"], item["region"], item["pk"].removeprefix("LIST#")),
        name=item.get("name"),
        version=item.get("version"),
        networks=tuple(map(ip_network, json.loads(zlib.decompress(item["networks"])))),
        read_at=datetime.fromisoformat(item["read_at"]),
    )
