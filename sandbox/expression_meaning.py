"""
What DynamoDB's expressions mean once they are read: of an item, whether something holds; of an update, the item that comes of it.

For attributes that are texts, numbers and bytes.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = dict[str, str]
"""{"S": …}, {"N": …} or {"B": …}, as they cross the wire."""
Item = Mapping[str, Value]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotValid(Exception):
    """DynamoDB answers ValidationException; the message says why."""


@dataclass(slots=True)
class Bound:
    """What the words of an expression stand for in one request, and which of them it has used."""

    names: Mapping[str, str]
    values: Mapping[str, Value]
    used: set[str] = field(default_factory=set)

    def name(self, word: str) -> str:
        """Give the attribute that *word* is or stands for."""
        if not word.startswith("#"):
            return word
        self.used.add(word)
        if word not in self.names:
            raise NotValid(f"An expression attribute name used in the document path is not defined: {word}")
        return self.names[word]

    def value(self, word: str) -> Value:
        """Give the value that *word* stands for."""
        self.used.add(word)
        if word not in self.values:
            raise NotValid(f"An expression attribute value used in expression is not defined: {word}")
        return self.values[word]

    def check_all_used(self) -> None:
        """
        Refuse what stands for nothing.

        Raises:
            NotValid: no expression of the request uses a name or a value that it brings.
        """
        if unused := {*self.names, *self.values} - self.used:
            raise NotValid(f"Value provided in ExpressionAttribute… unused in expressions: {sorted(unused)}")


Operand = Callable[[Item, Bound], Value | None]
Condition = Callable[[Item, Bound], bool]


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """
    Which items a query asks for.

    *equals* are those of the *attributes* that are to have a value, with the word of the value; *holds* says it of an item as a whole.
    """

    attributes: frozenset[str]
    equals: Mapping[str, str]
    holds: Condition


@dataclass(frozen=True, slots=True)
class Update:
    """What is set, removed and added, by the words of attributes."""

    sets: tuple[tuple[str, Operand], ...]
    removes: tuple[str, ...]
    adds: tuple[tuple[str, str], ...]

    def apply(self, item: Item, bound: Bound) -> dict[str, Value]:
        """
        Make the item that comes of *item*; everything is read before anything is written.

        Raises:
            NotValid: it reads an attribute that is not there, or touches one twice.
        """
        touched = [bound.name(word) for word in (*(to for to, _ in self.sets), *self.removes)]
        touched += [bound.name(word) for word, _ in self.adds]
        if len(set(touched)) < len(touched):
            raise NotValid("Invalid UpdateExpression: Two document paths overlap with each other")
        made = {}
        for word, operand in self.sets:
            value = operand(item, bound)
            if value is None:
                raise NotValid(
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            made[bound.name(word)] = value
        for word, value_word in self.adds:
            name = bound.name(word)
            made[name] = added(item.get(name, {"N": "0"}), bound.value(value_word), 1)
        gone = {bound.name(word) for word in self.removes}
        return {**{name: value for name, value in item.items() if name not in gone}, **made}


def joined(join: Callable[[list[bool]], bool], parts: list[Condition]) -> Condition:
    """Make one condition of several, by `all` or `any`."""
    if len(parts) == 1:
        return parts[0]
    # Each part is looked at, so that a word which stands for nothing is refused wherever it is.
    return lambda item, bound: join([part(item, bound) for part in parts])


def compared(left: Value | None, sign: str, right: Value | None) -> bool:
    """Compare values of one kind; an attribute that is not there compares with nothing."""
    if left is None or right is None:
        return False
    ((kind, a),), ((other, b),) = left.items(), right.items()
    if kind != other:
        return False
    return COMPARE[sign](int(a), int(b)) if kind == "N" else COMPARE[sign](a.encode(), b.encode())


def begins(value: Value | None, start: Value | None) -> bool:
    """Say whether a text that is there begins with another."""
    return value is not None and start is not None and value["S"].startswith(start["S"])


def added(left: Value, right: Value, sign: int) -> Value:
    """
    Add numbers, or subtract them.

    Raises:
        NotValid: one is no number.
    """
    if not left.keys() == right.keys() == {"N"}:
        raise NotValid(
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: +"
        )
    return {"N": str(int(left["N"]) + sign * int(right["N"]))}
