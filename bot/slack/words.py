"""The words of a text that people type, with their quotes: pure."""

from collections.abc import Iterable
from dataclasses import dataclass

_DOUBLE_QUOTES = '"“”„«»'
_SINGLE_QUOTES = "'‘’‚"  # quotes only where a word begins: o'neil is a name
# What a name that was copied out of a card may hold beside what one sees.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed: *bare* stood before its first quote, *quoted* from there on; None without a quote."""

    bare: str
    quoted: str | None = None

    def __str__(self) -> str:
        return self.bare if self.quoted is None else f'{self.bare}"{self.quoted}"'

    @property
    def text(self) -> str:
        """What it says."""
        return self.bare + (self.quoted or "")

    @property
    def keyword(self) -> str:
        """What it says as part of a command, in small letters: nothing where it is quoted."""
        return self.bare.lower() if self.quoted is None else ""


def join_words(*parts: str | Word | Iterable[Word]) -> str:
    """Write *parts* as one would type them, without those that are empty."""
    lists = ([part] if isinstance(part, str | Word) else part for part in parts)
    return " ".join(text for part in lists for text in map(str, part) if text)


def split_words(text: str) -> list[Word]:
    """
    Split *text* at spaces outside of quotes, straight or curly; a quote that is never closed ends with it.

    >>> [str(word) for word in split_words("rules “my group”")]
    ['rules', '"my group"']
    """
    words: list[Word] = []
    bare, quoted, closing = "", None, ""
    for character in text.translate(_INVISIBLE):
        if closing and character not in closing:
            quoted = f"{quoted or ''}{character}"
        elif closing:
            closing = ""
        elif character in _DOUBLE_QUOTES:
            quoted, closing = quoted or "", _DOUBLE_QUOTES
        elif character in _SINGLE_QUOTES and quoted is None and bare[-1:] in ("", ":"):
            quoted, closing = "", _SINGLE_QUOTES
        elif not character.isspace():
            bare, quoted = (bare + character, None) if quoted is None else (bare, quoted + character)
        elif bare or quoted is not None:
            words.append(Word(bare, quoted))
            bare, quoted = "", None
    if bare or quoted is not None:
        words.append(Word(bare, quoted))
    return words
