"""On which line of a TOML text something stands, which the parser does not tell: pure."""

import re

KeyPath = tuple[str | int, ...]
"""The way to a value, as ("expected", 0, "role"); numbers count the tables of one name."""

_KEY = r"""(?:[\w-]+|"[^"\\]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(?P<brackets>\[\[?)\s*(?P<name>{_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*(?P<name>{_DOTTED})\s*=")


def line_of(text: str, path: KeyPath) -> int | None:
    r"""
    Find the line, from 1 on, of the key that *path* leads to; where that is not written, of what it would stand in.

    None where nothing of it is written. Keys that stand in an inline table are found by the key of that table.

    >>> line_of('[[expected]]\nname = "ci"\n[[expected]]\nname = "cd"', ("expected", 1, "name"))
    4
    """
    best: tuple[int, int | None] = (0, None)
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    in_text = ""
    for number, line in enumerate(text.splitlines(), 1):
        if in_text:
            in_text = "" if in_text in line else in_text
            continue
        if header := _HEADER.match(line):
            table = _keys(header["name"])
            if header["brackets"] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            elif table[:1] in counts:  # a table within the last one of several
                table = (table[0], counts[table[:1]], *table[1:])
            found = table
        elif entry := _ENTRY.match(line):
            found = (*table, *_keys(entry["name"]))
            in_text = _left_open(line)
        else:
            continue
        if found == path[: len(found)] and len(found) > best[0]:
            best = len(found), number
    return best[1]


def path_words(path: KeyPath) -> str:
    """
    Write *path* as people count.

    >>> path_words(("expected", 0, "role"))
    'expected[1].role'
    """
    words = ""
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def _keys(name: str) -> KeyPath:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, name))


def _left_open(line: str) -> str:
    """Give the quotes of a text of several lines that begins on *line* and does not end there, if one does."""
    for quotes in ('"""', "'''"):
        if line.count(quotes) == 1:
            return quotes
    return ""
