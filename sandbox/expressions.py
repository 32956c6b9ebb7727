"""
Reads DynamoDB's expressions.

As much of the language as the table is spoken to in; what is not known here is refused, not guessed.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeVar

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from sandbox.expression_meaning import (
    COMPARE,
    Bound,
    Condition,
    Item,
    KeyCondition,
    NotValid,
    Operand,
    Update,
    Value,
    added,
    begins,
    compared,
    joined,
)

T = TypeVar("T")

_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|<>|[=<>(),+-])")
_WORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "SET", "REMOVE", "ADD"})


@cache
def condition(text: str) -> Condition:
    """
    Read a condition.

    Raises:
        NotValid: it is none, or says what is not known here.
    """
    words = _Words(text)
    read = words.any_of()
    words.end()
    return read


@cache
def key_condition(text: str) -> KeyCondition:
    """
    Read which items a query asks for.

    Raises:
        NotValid: it is no condition on keys.
    """
    words = re.findall(r"[#:]?\w+", text)
    if {"OR", "NOT", "attribute_exists", "attribute_not_exists"} & {*words} or "#" in text:
        raise NotValid(f"Invalid KeyConditionExpression: {text}")
    attributes = {word for word in words if word[0] != ":" and word not in ("AND", "BETWEEN", "begins_with")}
    return KeyCondition(frozenset(attributes), dict(re.findall(r"(\w+) = (:\w+)", text)), condition(text))


@cache
def update(text: str) -> Update:
    """
    Read an update.

    Raises:
        NotValid: it is none, or says what is not known here.
    """
    words = _Words(text)
    sets: list[tuple[str, Operand]] = []
    removes: list[str] = []
    adds: list[tuple[str, str]] = []
    while words.left:
        match words.next():
            case "SET":
                for name in words.listed():
                    words.expect("=")
                    sets.append((name, words.sum()))
            case "REMOVE":
                removes += words.listed()
            case "ADD":
                adds += [(name, words.next()) for name in words.listed()]
            case other:
                raise NotValid(f"Invalid UpdateExpression: {other} in {text}")
    return Update(tuple(sets), tuple(removes), tuple(adds))


class _Words:
    """The words of an expression, read from left to right into what they mean."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.left: list[str] = []
        end = 0
        while match := _TOKEN.match(text, end):
            self.left.insert(0, match[1])
            end = match.end()
        if text[end:].strip() or not self.left:
            raise NotValid(f"Invalid expression: {text}")

    def next(self) -> str:
        if not self.left:
            raise NotValid(f"Invalid expression, it ends too soon: {self._text}")
        return self.left.pop()

    def is_next(self, *words: str) -> bool:
        return bool(self.left) and self.left[-1] in words

    def expect(self, word: str) -> None:
        if (found := self.next()) != word:
            raise NotValid(f"Invalid expression, {found} where {word} belongs: {self._text}")

    def end(self) -> None:
        if self.left:
            raise NotValid(f"Invalid expression, {self.left[-1]} behind its end: {self._text}")

    def path(self) -> str:
        word = self.next()
        if word.startswith(":") or word in _WORDS or not re.match(r"#?[A-Za-z_]", word):
            raise NotValid(f"Invalid expression, {word} where an attribute belongs: {self._text}")
        if word.upper() in _reserved():
            raise NotValid(f"Attribute name is a reserved keyword; reserved keyword: {word}")
        return word

    def listed(self) -> Iterator[str]:
        yield self.path()
        while self.is_next(","):
            self.next()
            yield self.path()

    def any_of(self) -> Condition:
        return joined(any, self._parted("OR", self.all_of))

    def all_of(self) -> Condition:
        return joined(all, self._parted("AND", self.single))

    def _parted(self, by: str, read: Callable[[], Condition]) -> list[Condition]:
        parts = [read()]
        while self.is_next(by):
            self.next()
            parts.append(read())
        return parts

    def single(self) -> Condition:
        if self.is_next("NOT"):
            self.next()
            negated = self.single()
            return lambda item, bound: not negated(item, bound)
        if self.is_next("("):
            self.next()
            inner = self.any_of()
            self.expect(")")
            return inner
        if self.is_next("attribute_exists", "attribute_not_exists"):
            wanted = self.next() == "attribute_exists"
            (name,) = self._arguments(self.path)
            return lambda item, bound: (bound.name(name) in item) is wanted
        if self.is_next("begins_with"):
            self.next()
            of, start = self._arguments(self.operand)
            return lambda item, bound: begins(of(item, bound), start(item, bound))
        return self._comparison()

    def _comparison(self) -> Condition:
        left, sign = self.operand(), self.next()
        if sign == "BETWEEN":
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            return lambda item, bound: (
                compared(left(item, bound), ">=", low(item, bound))
                & compared(left(item, bound), "<=", high(item, bound))
            )
        right = self.operand()
        if sign == "<>":
            return lambda item, bound: not compared(left(item, bound), "=", right(item, bound))
        if sign not in COMPARE:
            raise NotValid(f"Invalid expression, {sign} where a comparison belongs: {self._text}")
        return lambda item, bound: compared(left(item, bound), sign, right(item, bound))

    def sum(self) -> Operand:
        left = self.operand()
        if not self.is_next("+", "-"):
            return left
        sign = 1 if self.next() == "+" else -1
        right = self.operand()

        def result(item: Item, bound: Bound) -> Value | None:
            a, b = left(item, bound), right(item, bound)
            return None if a is None or b is None else added(a, b, sign)

        return result

    def operand(self) -> Operand:
        if self.is_next("if_not_exists"):
            self.next()
            self.expect("(")
            name = self.path()
            self.expect(",")
            other = self.operand()
            self.expect(")")

            def kept(item: Item, bound: Bound) -> Value | None:
                instead = other(item, bound)
                return item.get(bound.name(name), instead)

            return kept
        if self.left and self.left[-1].startswith(":"):
            word = self.next()
            return lambda _, bound: bound.value(word)
        attribute = self.path()
        return lambda item, bound: item.get(bound.name(attribute))

    def _arguments(self, read: Callable[[], T]) -> list[T]:
        self.expect("(")
        arguments = [read()]
        while self.is_next(","):
            self.next()
            arguments.append(read())
        self.expect(")")
        return arguments


@cache
def _reserved() -> frozenset[str]:
    return frozenset(ReservedKeywords.get_reserved_keywords())
