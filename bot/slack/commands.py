"""The text behind /sg-changes, read into a query: pure."""

import difflib
from datetime import datetime

from bot.slack.options import MAX_NAME, NEAR, take_options
from bot.slack.queries import (
    Doctor,
    Exposed,
    GroupChanges,
    GroupRules,
    GroupRulesAt,
    Help,
    KeptQuiet,
    LatestChanges,
    Muted,
    Open,
    PrincipalChanges,
    Query,
    Scope,
    Unacknowledged,
    Why,
)
from bot.slack.times import (
    LONGEST_MOMENT,
    LONGEST_PHRASE,
    Misunderstood,
    Span,
    nearest_moment,
    read_moment,
    read_time,
)
from bot.slack.traffic import take_traffic
from bot.slack.words import Word, join_words, split_words

COMMAND = "/sg-changes"

_MAX_TEXT = 2000  # characters: bounds the work before the ack, and is more than any query needs
_MOST_MISTAKES = 8

_NOW_OR_AT = "Rules are shown as they are now, or as they were at a moment."

_KEYWORDS = ("rules", "why", "exposed", "unacked", "by", "quiet", "mutes", "doctor", "help", "open")
_OTHER_NAMES = {
    "unack": "unacked",
    "unacknowledged": "unacked",
    "mute": "mutes",
    "muted": "mutes",
    "?": "help",
    "-h": "help",
    "--help": "help",
}


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
    options = take_options(split_words(text))
    if isinstance(options, Misunderstood):
        return options
    words, typed, scope = options
    keywords = [word.keyword for word in words]
    match keywords:
        case ["rules", *_]:
            return _read_rules(words[1:], typed, scope, now)
        case ["why", *_]:
            return _read_why(words[1:], typed, scope, now)
        case [first, "rules", _, *_] if first not in _KEYWORDS:
            return Misunderstood("“rules” goes first.", join_words("rules", words[0], words[2:], typed))
        case [first, *_] if "at" in keywords[:-1] and first not in _KEYWORDS:
            named = words[1:] if _nearest_keyword(first, alone="at" in keywords[:2]) else words
            return Misunderstood("A moment goes with “rules”.", join_words("rules", named, typed))
    return _read_rest(words, typed, scope, now)


def _read_rest(words: list[Word], typed: list[Word], scope: Scope, now: datetime) -> Query:
    """Read what is not about a group's ledger."""
    times = _take_time(words, now)
    if isinstance(times, Misunderstood):
        return Misunderstood(times.reason, join_words(times.example, typed))
    words, when, span = times
    if not words:
        return LatestChanges(span, scope)
    first, names = words[0], words[1:]
    keyword = first.keyword
    match keyword:
        case "doctor" | "help" | "mutes" | "open" if names or when or typed:
            return Misunderstood(f"Nothing can follow “{keyword}”.", keyword)
        case "doctor":
            return Doctor()
        case "help":
            return Help()
        case "mutes":
            return Muted()
        case "quiet" if names:
            reason = "Only a time, account: and region: can follow “quiet”."
            return Misunderstood(reason, join_words(keyword, when, typed))
        case "quiet":
            return KeptQuiet(span, scope)
        case "open":
            return Open()
        case "unacked" | "exposed" if names or when:
            reason = f"Only account: and region: can follow “{keyword}”."
            return Misunderstood(reason, join_words(keyword, typed))
        case "unacked":
            return Unacknowledged(scope)
        case "exposed":
            return Exposed(scope)
        case "rules" | "why":
            return Misunderstood(f"“{keyword}” goes first.", join_words(keyword, names, when, typed))
        case "by":
            name = _read_name(names, "By whom?", "alice")
            if isinstance(name, Misunderstood):
                return Misunderstood(name.reason, join_words(keyword, name.example, when, typed))
            return PrincipalChanges(name, span, scope)
        case _ if right := _nearest_keyword(keyword, alone=not names):
            return Misunderstood(f"There is no “{first.bare}”.", join_words(right, names, when, typed))
        case _ if names and names[-1].keyword == "rules":
            return Misunderstood("“rules” goes first.", join_words("rules", first, names[:-1], typed))
        case _:
            name = _read_name(words, "Which group?", "web-prod")
            if isinstance(name, Misunderstood):
                return Misunderstood(name.reason, join_words(name.example, when, typed))
            return GroupChanges(name, span, scope)


def _read_rules(words: list[Word], typed: list[Word], scope: Scope, now: datetime) -> Query:
    """Read what stands behind "rules": a group, and perhaps a moment, behind "at" or one that can be nothing else."""
    if [word.keyword == "at" for word in words[:2]] == [True, False]:
        return Misunderstood("Whose rules?", join_words("rules web-prod", words, typed))
    names, said = _split_at(words)
    if said is None:
        for size in range(min(LONGEST_MOMENT, len(words) - 1), 0, -1):
            moment = join_words(words[-size:])
            if read_moment(moment, now) is not None:
                names, said = words[:-size], moment
                break
    when = ""
    if said is None:
        times = _take_time(words, now)
        if isinstance(times, Misunderstood):
            return Misunderstood(_NOW_OR_AT, join_words("rules", times.example, typed))
        names, when, _ = times
    asked = join_words("at", said) if said is not None else when
    name = _read_name(names, "Whose rules?", "web-prod")
    if isinstance(name, Misunderstood):
        return Misunderstood(name.reason, join_words("rules", name.example, asked, typed))
    if when:
        return Misunderstood(_NOW_OR_AT, join_words("rules", names, "at", when, typed))
    if said is None or said.lower() == "now":
        return GroupRules(name, scope)
    at = read_moment(said, now) or nearest_moment(said, now)
    if isinstance(at, Misunderstood):
        return Misunderstood(at.reason, join_words("rules", names, "at", at.example, typed))
    return GroupRulesAt(name, at, scope)


def _split_at(words: list[Word]) -> tuple[list[Word], str | None]:
    """Part *words* at the first "at" that is no name; None where there is none."""
    for index, word in enumerate(words):
        if index and word.keyword == "at":
            return words[:index], " ".join(word.text for word in words[index + 1 :])
    return words, None


def _read_why(words: list[Word], typed: list[Word], scope: Scope, now: datetime) -> Query:
    """Read what stands behind "why": a group, and the traffic that one asks about."""
    names, at = _split_at(words)
    times = _take_time(names, now)
    if isinstance(times, Misunderstood):
        return Misunderstood(times.reason, join_words("why", times.example, typed))
    names, when, _ = times
    if when or at is not None:
        return Misunderstood("“why” tells what is so now.", join_words("why", names, typed))
    if not names:
        return Misunderstood("Why does which group admit what?", join_words("why web-prod 22", typed))
    taken = take_traffic(names)
    if isinstance(taken, Misunderstood):
        return Misunderstood(taken.reason, join_words("why", taken.example, typed))
    others, flow = taken
    name = _read_name(others, "Which group?", "web-prod")
    if isinstance(name, Misunderstood):
        rest = names[len(others) :]
        return Misunderstood(name.reason, join_words("why", name.example, rest, typed))
    return Why(name, flow, scope)


def nearest_keyword(word: str) -> str | None:
    """
    Find the keyword that a single word may have been meant to be, where no group is called so.

    >>> nearest_keyword("unaked"), nearest_keyword("web-prod")
    ('unacked', None)
    """
    return next(iter(difflib.get_close_matches(word.lower(), _KEYWORDS, n=1, cutoff=NEAR)), None)


def _nearest_keyword(word: str, *, alone: bool) -> str | None:
    """Find the keyword that *word* was meant to be; *alone* it is rather the name of a group."""
    if word in _OTHER_NAMES or alone:
        return _OTHER_NAMES.get(word)
    return next(iter(difflib.get_close_matches(word, _KEYWORDS, n=1, cutoff=NEAR)), None)


def _read_name(words: list[Word], question: str, example: str) -> str | Misunderstood:
    match words:
        case [word] if len(word.text.strip()) > MAX_NAME:
            return Misunderstood(f"No name has more than {MAX_NAME} characters.", example)
        case [word] if word.text.strip():
            return word.text.strip()
        case [] | [_]:
            return Misunderstood(question, example)
        case [first, *_] if any(word.quoted is not None for word in words):
            return Misunderstood("That is more than one name.", str(first))
        case _:
            return Misunderstood(
                "That is more than one name. One with spaces goes in quotes.", f'"{join_words(words)}"'
            )


def _take_time(words: list[Word], now: datetime) -> tuple[list[Word], str, Span] | Misunderstood:
    """Part *words* into the others and the time, as typed and as read; a quoted word is no time."""
    when, span = "", Span()
    for size in range(LONGEST_PHRASE, 0, -1):
        for start in range(len(words) - size, -1, -1):
            before, phrase, after = words[:start], words[start : start + size], words[start + size :]
            said = join_words(phrase)
            match read_time(said, now):  # which knows no quotes
                case Misunderstood(reason, example):
                    return Misunderstood(reason, join_words(before, example, after, when))
                case Span() if when:
                    return Misunderstood("One time is enough.", join_words(before, after, when))
                case Span() as read:
                    words, when, span = [*before, *after], said, read
    return words, when, span
