"""
EventBridge's event patterns, as far as the deployed rule uses them, matched as AWS documents.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html and, for lists of objects,
https://github.com/aws/event-ruler#json-array-matching
"""

from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = object()


class UnknownOperator(Exception):
    """The pattern uses more of the language than is matched here."""


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """
    Tell whether *event* holds what *pattern* asks for.

    Each field that the pattern names must hold one of the values listed there, letter by letter; of the alternatives under
    "$or", one must match as a whole. Where the event has a list, one element is enough, but of a list of objects one and the
    same must match in each field.

    >>> matches({"state": ["running", "pending"]}, {"state": "pending", "id": 7})
    True
    >>> matches({"state": ["running"]}, {"state": "Running"})
    False

    Raises:
        UnknownOperator: the pattern asks for something else than a value, a prefix, or that a field exists.
    """
    if isinstance(event, list):
        return any(matches(pattern, element) for element in event)
    return isinstance(event, Mapping) and all(
        any(matches(alternative, event) for alternative in wanted)
        if field == "$or"
        else _field_matches(wanted, event.get(field, _ABSENT))
        for field, wanted in pattern.items()
    )


def _field_matches(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, found)
    values = list(_values(found))
    return any(_is_wanted(one, values) for one in wanted)


def _values(found: Any) -> Iterator[Any]:
    """Give the plain values of a field; objects and empty lists hold none."""
    if isinstance(found, list):
        for element in found:
            yield from _values(element)
    elif found is not _ABSENT and not isinstance(found, Mapping):
        yield found


def _is_wanted(one: Any, values: list[Any]) -> bool:
    match one:
        case {"prefix": str(prefix), **rest} if not rest:
            return any(isinstance(value, str) and value.startswith(prefix) for value in values)
        case {"exists": bool(exists), **rest} if not rest:
            return bool(values) is exists
        case dict() | list():
            raise UnknownOperator(one)
        case _:
            return any(type(value) is type(one) and value == one for value in values)
