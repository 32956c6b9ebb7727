"""What is read from a table of policy.toml, value by value; whatever is not as it should be is refused with its place."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.core.errors import PanopticonError
from bot.policy.lines import KeyPath, line_of, path_words


class PolicyError(PanopticonError):
    """policy.toml does not say what it should; the message names the file, the line and the key."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file as it is written: its *name*, for errors, and its *text*."""

    name: str
    text: str

    def error(self, path: KeyPath, fault: str) -> PolicyError:
        """Make the error that says what is wrong at *path*."""
        line = line_of(self.text, path)
        place = f"{self.name}:{line}" if line else self.name
        return PolicyError(f"{place}: {path_words(path)}: {fault}" if path else f"{place}: {fault}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the way to it. Each value is asked for once; `close` refuses what nobody asked for."""

    source: Source
    path: KeyPath
    values: Mapping[str, Any]
    _asked: set[str] = field(default_factory=set)

    def has(self, key: str) -> bool:
        """Tell whether *key* is written."""
        return key in self.values

    def error(self, key: str | None, fault: str) -> PolicyError:
        """Make the error that says what is wrong with *key*, or with the table as a whole."""
        return self.source.error(self.path if key is None else (*self.path, key), fault)

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text, which has to be written where there is no *default*."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"expected a text, found {value!r}")
        return value.strip()

    def flag(self, key: str) -> bool:
        """Give a switch, which is off unless it is written."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"expected true or false, found {value!r}")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Give one of *choices*."""
        value = self._take(key, default)
        if value not in choices:
            raise self.error(key, f"expected one of {', '.join(choices)}, found {value!r}")
        return str(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """Give a whole number from *low* to *high*."""
        value = self._take(key, default)
        if not _is_whole(value) or not low <= value <= high:
            raise self.error(key, f"expected a whole number from {low} to {high}, found {value!r}")
        return int(value)

    def texts(self, key: str) -> list[str]:
        """Give a list of texts, of which there is one at least."""
        value = self._take(key)
        if not isinstance(value, list) or not value or not all(isinstance(entry, str) for entry in value):
            raise self.error(key, f'expected a list of texts, as ["…"], found {value!r}')
        return value

    def day(self, key: str) -> date:
        """Give a day."""
        value = self._take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, f"expected a day without quotes, as 2026-11-24, found {value!r}")
        return value

    def table(self, key: str) -> "Table":
        """Give a table within this one, empty where it is not written."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"expected a table, as [{path_words((*self.path, key))}]")
        return Table(self.source, (*self.path, key), value)

    def tables(self, key: str) -> Iterator["Table"]:
        """Give the tables of one name, none where none is written."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.error(key, f"expected tables, each as [[{path_words((*self.path, key))}]]")
        for number, entry in enumerate(value):
            yield Table(self.source, (*self.path, key, number), entry)

    def close(self) -> None:
        """
        Refuse what nobody asked for.

        Raises:
            PolicyError: something is written that is not known here.
        """
        for key in self.values:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(self._asked))}"
                raise self.error(key, f"nothing is called {key!r} here; {hint}")

    def _take(self, key: str, default: Any = None) -> Any:
        self._asked.add(key)
        value = self.values.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        return value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
