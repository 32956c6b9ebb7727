"""The text behind /sg-changes, read into a query: pure."""

import difflib
from dataclasses import dataclass

COMMAND = "/sg-changes"

_QUOTES = '"“”„«»'
# What a name that was copied out of a card may hold beside what one sees.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_MAX_NAME = 255  # EC2's limit for a group's name


@dataclass(frozen=True, slots=True)
class LatestChanges:
    """The latest changes of all groups."""


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """The changes of the group that *name* names: its id, its name or the start of it."""

    name: str


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of the group that *name* names, as they are now."""

    name: str


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """The alerts that wait for someone."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Whether Panopticon works."""


@dataclass(frozen=True, slots=True)
class Help:
    """What one can ask."""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A text that asks for nothing known; *reason* says why, *example* shows a right one."""

    reason: str
    example: str


Query = LatestChanges | GroupChanges | GroupRules | Unacknowledged | Doctor | Help | Misunderstood

_ALONE: dict[str, Query] = {"unacked": Unacknowledged(), "doctor": Doctor(), "help": Help()}
_KEYWORDS = (*_ALONE, "rules")


def parse_command(text: str) -> Query:
    """
    Read the text typed behind the command; every text gives a query.

    A quoted word is always a group's name, so a group that is called like a keyword can be asked for.

    >>> parse_command("rules web-prod")
    GroupRules(name='web-prod')
    >>> parse_command('"rules"')
    GroupChanges(name='rules')
    """
    words = _split(text)
    if not words:
        return LatestChanges()
    first, quoted = words[0]
    keyword = "" if quoted else first.lower()
    if keyword in _ALONE:
        if len(words) == 1:
            return _ALONE[keyword]
        return Misunderstood(f"Nothing can follow “{keyword}”.", keyword)
    if keyword == "rules":
        return _named(words[1:], GroupRules, f"{keyword} web-prod", "Whose rules?")
    if len(words) > 1 and (near := difflib.get_close_matches(keyword, _KEYWORDS, n=1)):
        example = " ".join([near[0], *(word for word, _ in words[1:])])
        return Misunderstood(f"There is no “{first}”.", example)
    return _named(words, GroupChanges, "web-prod", "Which group?")


def _named(
    words: list[tuple[str, bool]], query: type[GroupChanges] | type[GroupRules], example: str, question: str
) -> Query:
    match words:
        case [(name, _)] if name.strip() and len(name) <= _MAX_NAME:
            return query(name.strip())
        case [(name, _)] if name.strip():
            return Misunderstood(f"No group has a name of more than {_MAX_NAME} characters.", example)
        case [] | [_]:
            return Misunderstood(question, example)
        case _:
            whole = " ".join(word for word, _ in words)
            quoted = f'"{whole}"'
            prefix = "rules " if query is GroupRules else ""
            return Misunderstood(
                "That is more than one name. One with spaces goes in quotes.", prefix + quoted
            )


def _split(text: str) -> list[tuple[str, bool]]:
    """Split *text* at spaces outside of quotes, straight or curly; each word says whether it was quoted."""
    words: list[tuple[str, bool]] = []
    word = ""
    quoted = inside = False
    for character in text.translate(_INVISIBLE).strip():
        if character in _QUOTES:
            inside, quoted = not inside, True
        elif character.isspace() and not inside:
            if word or quoted:
                words.append((word, quoted))
            word, quoted = "", False
        else:
            word += character
    if word or quoted:
        words.append((word, quoted))
    return words
