"""Managed prefix lists: which networks a list holds, in which version, and how long what is known of it can be relied on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.changes import PrefixListEdit
from bot.core.rules import Network, PrefixList, Rule

TRUSTED_FOR = timedelta(days=1)
"""
How long a list is taken to be as it was read.

AWS changes the lists that it manages without telling anybody, and of a list that another account shares the edits are seen in
that account alone.
"""


@dataclass(frozen=True, slots=True, order=True)
class PrefixListKey:
    """One prefix list, and the account and region from which it is seen: its owner may be another account, or AWS."""

    account_id: str
    region: str
    prefix_list_id: str


@dataclass(frozen=True, slots=True)
class PrefixListHead:
    """What a list is called and which version of it is current; *version* is None for one that AWS manages."""

    key: PrefixListKey
    name: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class PrefixListVersion:
    """
    What a list held when it was read at *read_at*, aware UTC.

    A version of a customer's list never changes. The lists that AWS manages have no versions: *version* is then None.
    """

    key: PrefixListKey
    name: str | None
    version: int | None
    networks: tuple[Network, ...]
    read_at: datetime

    @property
    def head(self) -> PrefixListHead:
        """What the list was called then, and its version."""
        return PrefixListHead(self.key, self.name, self.version)

    def is_trusted(self, now: datetime) -> bool:
        """Tell whether it can be relied on at *now* without asking EC2 which version is current."""
        return now - self.read_at < TRUSTED_FOR

    def is_current(self, head: PrefixListHead) -> bool:
        """Tell whether it is what *head*, read just now, is about; without versions, nothing but its entries tells."""
        return self.version is not None and self.version == head.version


def edited(before: PrefixListVersion, edit: PrefixListEdit, *, at: datetime) -> PrefixListVersion:
    """
    Give the version that *edit*, which names all of its entries, makes of *before*.

    AWS takes an edit whole or refuses it, and an entry that is added again gets another description only.
    """
    removed = set(edit.removed)
    kept = [network for network in before.networks if network not in removed]
    networks = dict.fromkeys([*kept, *(network for network, _ in edit.added)])
    return replace(before, version=next_version(edit), networks=tuple(networks), read_at=at)


def next_version(edit: PrefixListEdit) -> int | None:
    """Give the version that comes of *edit*; None where the record does not say which one it was made on."""
    return None if edit.version is None else edit.version + 1


def lists_named(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Name the prefix lists that *rules* have as sources, by id, in order."""
    found = {rule.source.prefix_list_id for rule in rules if isinstance(rule.source, PrefixList)}
    return tuple(sorted(found))
