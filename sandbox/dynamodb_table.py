"""A table of the sandbox's DynamoDB: its items, and what its indexes list in which order."""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

from sandbox.expression_meaning import Item, NotValid

Answer = dict[str, Any]
Place = tuple[str, str]
"""The values of an item's keys."""

_MOST_BYTES = 400 * 1024


@dataclass(frozen=True, slots=True)
class Index:
    """The keys of an index, or of the table itself, and which attributes it has; None for all."""

    pk: str
    sk: str
    has: frozenset[str] | None


@dataclass(slots=True)
class Table:
    """Items, each of which is replaced and never altered."""

    keys: Index
    indexes: dict[str, Index]
    description: Answer
    items: dict[Place, Item] = field(default_factory=dict)
    # index (None: the table) -> value of its first key -> (value of its second, place), in order
    _order: dict[tuple[str | None, str], list[tuple[str, Place]]] = field(default_factory=dict)

    def place(self, key: Item) -> Place:
        """
        Give where the item with *key* is.

        Raises:
            NotValid: a key is missing, is no text or is empty.
        """
        values = [key.get(name, {}).get("S") for name in (self.keys.pk, self.keys.sk)]
        if not all(values):
            raise NotValid("The provided key element does not match the schema")
        return str(values[0]), str(values[1])

    def put(self, place: Place, item: Item | None) -> None:
        """Put *item* in the place of what is there; None takes it away."""
        before = self.items.pop(place, None)
        if item is not None:
            self.items[place] = item
        for name, index in [(None, self.keys), *self.indexes.items()]:
            old, new = _entry(index, before), _entry(index, item)
            if old == new:
                continue
            if old:
                order = self._order[name, old[0]]
                order.pop(bisect_left(order, (old[1], place)))
            if new:
                order = self._order.setdefault((name, new[0]), [])
                order.insert(bisect_left(order, (new[1], place)), (new[1], place))

    def ordered(self, index: str | None, pk: str) -> list[tuple[str, Place]]:
        """List the entries of an index with one value of its first key, by the second."""
        return self._order.get((index, pk), [])


def _entry(index: Index, item: Item | None) -> Place | None:
    """Say where *item* is in an index, if it is in it at all."""
    if item is None or index.pk not in item or index.sk not in item:
        return None
    return item[index.pk]["S"], item[index.sk]["S"]


def check_item(table: Table, item: Item) -> None:
    """
    Look whether *item* may be kept.

    Raises:
        NotValid: it is too large, or has an index's key that is empty or no text.
    """
    if size_of(item) > _MOST_BYTES:
        raise NotValid("Item size has exceeded the maximum allowed size")
    for name, value in item.items():
        if value.keys() - {"S", "N", "B"} or len(value) != 1:
            raise NotImplementedError(f"{name}: {value}")
    for name, index in table.indexes.items():
        for key in (index.pk, index.sk):
            if key in item and not item[key].get("S"):
                raise NotValid(f"A value specified for a secondary index key is not supported: {name}, {key}")


def size_of(item: Item) -> int:
    """Count bytes as DynamoDB does, but that numbers count by their digits."""
    return sum(
        len(name.encode()) + len(text.encode()) * (3 if kind == "B" else 4) // 4
        for name, value in item.items()
        for kind, text in value.items()
    )
