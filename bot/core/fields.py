"""Typed fields out of JSON that nobody vouches for, with errors that name the path."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.core.errors import MalformedEvent

_match_identifier = re.compile(r"[A-Za-z0-9._:=+@-]{1,128}").fullmatch


def is_identifier(value: str) -> bool:
    """
    Tell whether *value* can be an id that AWS gave: short, of characters that separate nothing in a key.

    >>> is_identifier("sg-0a1b2c3d"), is_identifier("a#b"), is_identifier("a/b"), is_identifier("")
    (True, False, False, False)
    """
    return _match_identifier(value) is not None


class Fields:
    """
    A JSON object and where it stands in its document.

    CloudTrail leaves fields out, sets them to null or writes "" or {} for "nothing"; all of these read as absent.
    *name* is the object's own within *parent*, or the path of the whole document.
    """

    __slots__ = ("_name", "_parent", "values")

    def __init__(self, values: Mapping[str, Any], name: str = "", parent: "Fields | None" = None) -> None:
        self.values = values
        self._name = name
        self._parent = parent

    @property
    def path(self) -> str:
        """Where it stands in its document; put together when an error asks for it, which few events do."""
        return self._parent.at(self._name) if self._parent else self._name

    @classmethod
    def of(cls, value: object, name: str, parent: "Fields | None" = None) -> "Fields":
        """
        Take *value* as an object; absent in any of CloudTrail's ways gives one without fields.

        Raises:
            MalformedEvent: *value* is something else.
        """
        if isinstance(value, dict):
            return cls(value, name, parent)
        if value is None or value == "":
            return cls({}, name, parent)
        raise MalformedEvent(cls({}, name, parent).path or "event", "an object")

    def at(self, name: str) -> str:
        """Name the path of the field *name*."""
        path = self.path
        return f"{path}.{name}" if path else name

    def object(self, name: str) -> "Fields":
        """Read an object; absent gives one without fields."""
        value = self.values.get(name)
        if value is None or isinstance(value, dict):  # as nearly all are
            return Fields(value or {}, name, self)
        return Fields.of(value, name, self)

    def text(self, name: str) -> str | None:
        """
        Read a text; absent and "" give None. Numbers and booleans, into which AWS turns some texts, turn back.

        Newer calls write a text among others as {"tag": 1, "content": "vpc-…"}.
        """
        value = self.values.get(name)
        if value is None or isinstance(value, str):  # as nearly all are
            return value or None
        if isinstance(value, dict) and "content" in value:
            value = value["content"]
        if value is None or isinstance(value, str):
            return value or None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        raise MalformedEvent(self.at(name), "a text")

    def required_text(self, name: str) -> str:
        """Read a text that must be there."""
        value = self.text(name)
        if value is None:
            raise MalformedEvent(self.at(name), "a text, found none")
        return value

    def identifier(self, name: str) -> str | None:
        """Read an id that is fit to be part of a key; see is_identifier."""
        found = self.values.get(name)
        if isinstance(found, str) and _match_identifier(found):  # as nearly all are
            return found
        value = self.text(name)
        if value is not None and _match_identifier(value) is None:
            raise MalformedEvent(self.at(name), "an id")
        return value

    def required_identifier(self, name: str) -> str:
        """Read an id that must be there."""
        value = self.identifier(name)
        if value is None:
            raise MalformedEvent(self.at(name), "an id, found none")
        return value

    def integer(self, name: str) -> int | None:
        """Read a whole number, also one written as text; absent gives None."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                pass
        raise MalformedEvent(self.at(name), "a whole number")

    def items(self, name: str) -> Iterable["Fields"]:
        """Read a list of objects, wrapped in {"items": [...]} as AWS does, or bare; absent gives nothing."""
        items, wrapper = self.values.get(name), ""
        if isinstance(items, dict):
            items, wrapper = items.get("items"), ".items"
        if items is None or items == "":
            return ()
        if not isinstance(items, list):
            raise MalformedEvent(self.at(f"{name}{wrapper}"), "a list")
        return self._objects(items, f"{name}{wrapper}")

    def _objects(self, items: list[Any], name: str) -> Iterator["Fields"]:
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise MalformedEvent(self.at(f"{name}[{index}]"), "an object")
            yield Fields(item, f"{name}[{index}]", self)

    def elements(self, name: str) -> Iterator["Fields"]:
        """Read what newer calls write as one object where there is one, and as a list where there are several."""
        value = self.values.get(name)
        if isinstance(value, dict) and "items" not in value:
            yield Fields(value, name, self)
        else:
            yield from self.items(name)
