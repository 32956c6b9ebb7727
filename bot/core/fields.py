"""Typed fields out of JSON that nobody vouches for, with errors that name the path."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.errors import MalformedEvent

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:=+@-]{1,128}")


def is_identifier(value: str) -> bool:
    """
    Tell whether *value* can be an id that AWS gave: short, of characters that separate nothing in a key.

    >>> is_identifier("sg-0a1b2c3d"), is_identifier("a#b"), is_identifier("a/b"), is_identifier("")
    (True, False, False, False)
    """
    return _IDENTIFIER.fullmatch(value) is not None


class Fields:
    """
    A JSON object and where it stands in its document.

    CloudTrail leaves fields out, sets them to null or writes "" or {} for "nothing"; all of these read as absent.
    """

    __slots__ = ("path", "values")

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    @classmethod
    def of(cls, value: object, path: str) -> "Fields":
        """
        Take *value* as an object; absent in any of CloudTrail's ways gives one without fields.

        Raises:
            MalformedEvent: *value* is something else.
        """
        if value is None or value == "":
            return cls({}, path)
        if isinstance(value, dict):
            return cls(value, path)
        raise MalformedEvent(path or "event", "an object")

    def at(self, name: str) -> str:
        """Name the path of the field *name*."""
        return f"{self.path}.{name}" if self.path else name

    def object(self, name: str) -> "Fields":
        """Read an object; absent gives one without fields."""
        return Fields.of(self.values.get(name), self.at(name))

    def text(self, name: str) -> str | None:
        """
        Read a text; absent and "" give None. Numbers and booleans, into which AWS turns some texts, turn back.

        Newer calls write a text among others as {"tag": 1, "content": "vpc-…"}.
        """
        value = self.values.get(name)
        if isinstance(value, dict) and "content" in value:
            value = value["content"]
        if isinstance(value, str) or value is None:
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
        value = self.text(name)
        if value is not None and not is_identifier(value):
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

    def items(self, name: str) -> Iterator["Fields"]:
        """Read a list of objects, wrapped in {"items": [...]} as AWS does, or bare; absent gives nothing."""
        value = self.values.get(name)
        path = self.at(name)
        if isinstance(value, dict):
            value, path = value.get("items"), f"{path}.items"
        if value is None or value == "":
            return
        if not isinstance(value, list):
            raise MalformedEvent(path, "a list")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                raise MalformedEvent(f"{path}[{index}]", "an object")
            yield Fields(item, f"{path}[{index}]")

    def elements(self, name: str) -> Iterator["Fields"]:
        """Read what newer calls write as one object where there is one, and as a list where there are several."""
        value = self.values.get(name)
        if isinstance(value, dict) and "items" not in value:
            yield Fields(value, self.at(name))
        else:
            yield from self.items(name)
