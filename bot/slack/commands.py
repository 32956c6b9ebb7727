"""The text behind /sg-changes, read into a query: pure."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.slack.times import ANY_TIME, LONGEST_PHRASE, Misunderstood, Span, read_time

COMMAND = "/sg-changes"

_DOUBLE_QUOTES = '"“”„«»'
_SINGLE_QUOTES = "'‘’‚"  # quotes only where a word begins: o'neil is a name
# What a name that was copied out of a card may hold beside what one sees.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_MAX_NAME = 255  # EC2's limit for a group's name; no name of an account or a principal is longer
_MAX_TEXT = 2000  # characters: bounds the work before the ack, and is more than any query needs
_NEAR = 0.72  # takes "acct" for "account", but not "app-group" for "group"
_MOST_MISTAKES = 8

_KEYWORDS = ("rules", "unacked", "by", "doctor", "help", "open")
_OTHER_NAMES = {"unack": "unacked", "unacknowledged": "unacked", "?": "help", "-h": "help", "--help": "help"}
_OPTIONS = {"account": "payments-prod", "region": "ap-northeast-2", "group": "web-prod"}
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look, as typed: *account* is an id or a name. None means everywhere."""

    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class LatestChanges:
    """The latest changes of all groups."""

    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """The changes of the group that *name* names: its id, its name or the start of it."""

    name: str
    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of the group that *name* names, as they are now."""

    name: str
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """The alerts that wait for someone."""

    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class PrincipalChanges:
    """What the principal that *name* names changed."""

    name: str
    span: Span = ANY_TIME
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Doctor:
    """Whether Panopticon works."""


@dataclass(frozen=True, slots=True)
class Help:
    """What one can ask."""


@dataclass(frozen=True, slots=True)
class Open:
    """No command: it could mean the alerts that wait, or the groups that are open to the internet."""


Query = (
    LatestChanges
    | GroupChanges
    | GroupRules
    | Unacknowledged
    | PrincipalChanges
    | Doctor
    | Help
    | Open
    | Misunderstood
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as typed: *bare* stood before its first quote, *quoted* from there on; None without a quote."""

    bare: str
    quoted: str | None = None

    def __str__(self) -> str:
        return self.bare if self.quoted is None else f'{self.bare}"{self.quoted}"'

    @property
    def text(self) -> str:
        return self.bare + (self.quoted or "")

    @property
    def keyword(self) -> str:
        return self.bare.lower() if self.quoted is None else ""


def parse_command(text: str, now: datetime) -> Query:
    """
    Read the text typed behind the command; every text gives a query.

    A word that is quoted, or stands behind "group:", is always a name, so a group that is called like a keyword
    can be asked for. Days are those of UTC; 7d counts from *now*, which is aware.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    >>> parse_command("rules web-prod", now)
    GroupRules(name='web-prod', scope=Scope(account=None, region=None))
    >>> parse_command('"rules"', now) == parse_command("group:rules", now) == GroupChanges("rules")
    True
    >>> parse_command("acount:dev web-prod 7 days", now)
    Misunderstood(reason='There is no “acount:”.', example='web-prod 7d account:dev')
    """
    # Slack sends what one typed with these three escaped, as it does everywhere.
    for escape, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escape, character)
    query = _read(text, now)
    if not isinstance(query, Misunderstood):
        return query
    # An example may hold the text's next mistake: mend that too, so that what is shown can be pasted.
    example = query.example
    for _ in range(_MOST_MISTAKES):
        again = _read(example, now)
        if not isinstance(again, Misunderstood):
            return Misunderstood(query.reason, example)
        example = again.example
    return Misunderstood(query.reason, "help")


def _read(text: str, now: datetime) -> Query:
    """Read *text*, or tell its first mistake with an example in which that one is mended."""
    if len(text) > _MAX_TEXT:
        return Misunderstood(f"That is more than {_MAX_TEXT} characters.", "help")
    options = _take_options(_split(text))
    if isinstance(options, Misunderstood):
        return options
    words, typed, scope = options
    times = _take_time(words, now)
    if isinstance(times, Misunderstood):
        return Misunderstood(times.reason, _join(times.example, typed))
    words, when, span = times
    if not words:
        return LatestChanges(span, scope)
    first, names = words[0], words[1:]
    keyword = first.keyword
    match keyword:
        case "doctor" | "help" | "open" if names or when or typed:
            return Misunderstood(f"Nothing can follow “{keyword}”.", keyword)
        case "doctor":
            return Doctor()
        case "help":
            return Help()
        case "open":
            return Open()
        case "unacked" if names or when:
            reason = "Only account: and region: can follow “unacked”."
            return Misunderstood(reason, _join(keyword, typed))
        case "unacked":
            return Unacknowledged(scope)
        case "rules":
            name = _read_name(names, "Whose rules?", "web-prod")
            if isinstance(name, Misunderstood):
                return Misunderstood(name.reason, _join(keyword, name.example, typed))
            if when:
                return Misunderstood("Rules are shown as they are now.", _join(keyword, names, typed))
            return GroupRules(name, scope)
        case "by":
            name = _read_name(names, "By whom?", "alice")
            if isinstance(name, Misunderstood):
                return Misunderstood(name.reason, _join(keyword, name.example, when, typed))
            return PrincipalChanges(name, span, scope)
        case _ if right := _nearest_keyword(keyword, alone=not names):
            return Misunderstood(f"There is no “{first.bare}”.", _join(right, names, when, typed))
        case _ if names and names[-1].keyword == "rules":
            return Misunderstood("“rules” goes first.", _join("rules", first, names[:-1], typed))
        case _:
            name = _read_name(words, "Which group?", "web-prod")
            if isinstance(name, Misunderstood):
                return Misunderstood(name.reason, _join(name.example, when, typed))
            return GroupChanges(name, span, scope)


def nearest_keyword(word: str) -> str | None:
    """
    Find the keyword that a single word may have been meant to be, where no group is called so.

    >>> nearest_keyword("unaked"), nearest_keyword("web-prod")
    ('unacked', None)
    """
    return next(iter(difflib.get_close_matches(word.lower(), _KEYWORDS, n=1, cutoff=_NEAR)), None)


def _nearest_keyword(word: str, *, alone: bool) -> str | None:
    """Find the keyword that *word* was meant to be; *alone* it is rather the name of a group."""
    if word in _OTHER_NAMES or alone:
        return _OTHER_NAMES.get(word)
    return next(iter(difflib.get_close_matches(word, _KEYWORDS, n=1, cutoff=_NEAR)), None)


def _read_name(words: list[_Word], question: str, example: str) -> str | Misunderstood:
    match words:
        case [word] if len(word.text.strip()) > _MAX_NAME:
            return Misunderstood(f"No name has more than {_MAX_NAME} characters.", example)
        case [word] if word.text.strip():
            return word.text.strip()
        case [] | [_]:
            return Misunderstood(question, example)
        case [first, *_] if any(word.quoted is not None for word in words):
            return Misunderstood("That is more than one name.", str(first))
        case _:
            return Misunderstood(
                "That is more than one name. One with spaces goes in quotes.", f'"{_join(words)}"'
            )


def _take_options(words: list[_Word]) -> tuple[list[_Word], list[_Word], Scope] | Misunderstood:
    """Part *words* into the others and the options, and read these; what stands behind "group:" becomes quoted."""
    others: list[_Word] = []
    typed: list[_Word] = []
    values: dict[str, str] = {}
    for index, word in enumerate(words):
        before, after = words[:index], words[index + 1 :]
        key, colon, start = word.bare.partition(":")
        option, value = key.lower(), (start + (word.quoted or "")).strip()
        near = difflib.get_close_matches(option, _OPTIONS, n=1, cutoff=_NEAR) if colon else []
        if not near:
            others.append(word)
        elif option not in _OPTIONS:
            mended = _Word(f"{near[0]}:{start}", word.quoted)
            return Misunderstood(f"There is no “{key}:”.", _join(before, mended, after))
        elif option in values:
            return Misunderstood(f"“{option}:” is given twice.", _join(before, after))
        elif not value and after and ":" not in after[0].bare:
            reason = f"No space goes behind “{option}:”."
            return Misunderstood(reason, _join(before, f"{option}:{after[0]}", after[1:]))
        elif fault := _find_fault(option, value):
            return Misunderstood(fault.reason, _join(before, f"{option}:{fault.example}", after))
        else:
            values[option] = value
            (others if option == "group" else typed).append(_Word("", value) if option == "group" else word)
    return others, typed, Scope(values.get("account"), values.get("region", "").lower() or None)


def _find_fault(option: str, value: str) -> Misunderstood | None:
    """Tell why *value* cannot be one of *option*, with one that can."""
    if not value:
        return Misunderstood(f"Which {option}?", _OPTIONS[option])
    if len(value) > _MAX_NAME:
        return Misunderstood(f"No {option} has a name of more than {_MAX_NAME} characters.", _OPTIONS[option])
    digits = value.replace("-", "")  # the console writes 1111-2222-3333
    if option == "account" and re.fullmatch("[0-9]+", digits) and not re.fullmatch("[0-9]{12}", value):
        return Misunderstood("An account's id is 12 digits.", digits.zfill(12)[:12])
    if option == "region" and not _REGION.fullmatch(value):
        near = _REGION.match(re.sub(r"[\W_]+", "-", value))
        return Misunderstood(f"“{value}” is not a region's name.", near[0] if near else _OPTIONS[option])
    return None


def _take_time(words: list[_Word], now: datetime) -> tuple[list[_Word], str, Span] | Misunderstood:
    """Part *words* into the others and the time, as typed and as read; a quoted word is no time."""
    when, span = "", Span()
    for size in range(LONGEST_PHRASE, 0, -1):
        for start in range(len(words) - size, -1, -1):
            before, phrase, after = words[:start], words[start : start + size], words[start + size :]
            said = _join(phrase)
            match read_time(said, now):  # which knows no quotes
                case Misunderstood(reason, example):
                    return Misunderstood(reason, _join(before, example, after, when))
                case Span() if when:
                    return Misunderstood("One time is enough.", _join(before, after, when))
                case Span() as read:
                    words, when, span = [*before, *after], said, read
    return words, when, span


def _join(*parts: str | _Word | Iterable[_Word]) -> str:
    """Write *parts* as one would type them, without those that are empty."""
    lists = ([part] if isinstance(part, str | _Word) else part for part in parts)
    return " ".join(text for part in lists for text in map(str, part) if text)


def _split(text: str) -> list[_Word]:
    """Split *text* at spaces outside of quotes, straight or curly; a quote that is never closed ends with it."""
    words: list[_Word] = []
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
            words.append(_Word(bare, quoted))
            bare, quoted = "", None
    if bare or quoted is not None:
        words.append(_Word(bare, quoted))
    return words
