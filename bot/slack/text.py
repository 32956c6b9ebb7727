"""Text from AWS and from people, made to show as itself in Slack and to do nothing there."""

import unicodedata
from datetime import datetime

# Characters that Slack's mrkdwn takes as markup beside &, < and >: bold, italic, strike, code, quote, emoji codes, and
# the "@" and "#" that older clients may turn into mentions. https://docs.slack.dev/messaging/formatting-message-text
_MARKUP = "*_~`:@#"
_WORD_JOINER = "\u2060"  # has no width and allows no line break: markup next to it is not taken as such

# Marks that turn the direction of the text around them, with which "gpj.exe" can be made to look like "exe.jpg".
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str, limit: int) -> str:
    r"""
    Make *text* fit for a place that parses no markup (plain_text, rich_text), in at most *limit* characters.

    What would be invisible or would move the text around it is shown by its code.

    >>> plain("web\nprod \u202e", 40)
    'web⏎prod ⟨U+202E⟩'
    >>> plain("abcdef", 4)
    'abc…'
    """
    shown = "".join(_visible(character) for character in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def mrkdwn(text: str, limit: int) -> str:
    """
    Make *text* fit for mrkdwn, showing at most *limit* characters; escaping adds to its length.

    >>> mrkdwn("<!channel> & co", 40)
    '&lt;!channel&gt; &amp; co'
    """
    return "".join(_inert(character) for character in plain(text, limit))


def date(time: datetime, form: str = "{date_short_pretty} {time}") -> str:
    """Write *time* for mrkdwn so that each reader sees it in their own zone."""
    return f"<!date^{int(time.timestamp())}^{form}|{fallback_date(time)}>"


def fallback_date(time: datetime) -> str:
    """Write *time* in UTC, for where Slack cannot put the reader's zone."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> str:
    """
    Say how long *seconds* are, roughly.

    >>> duration(5), duration(125), duration(7300), duration(200000)
    ('5 s', '2 min', '2 h', '2 days')
    """
    whole = max(int(seconds), 0)
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if whole >= length * (2 if unit == "days" else 1):
            return f"{whole // length} {unit}"
    return f"{whole} s"


def counted(count: int, noun: str) -> str:
    """
    Count a noun that takes an "s".

    >>> counted(1, "rule"), counted(20, "rule")
    ('1 rule', '20 rules')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _visible(character: str) -> str:
    if character in "\n\r\u2028\u2029":
        return "⏎"
    if character == "\t":
        return " "
    if character in _DIRECTION_MARKS or unicodedata.category(character) in ("Cc", "Cs"):
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _inert(character: str) -> str:
    match character:
        case "&":
            return "&amp;"
        case "<":
            return "&lt;"
        case ">":
            return "&gt;"
        case _ if character in _MARKUP:
            return f"{_WORD_JOINER}{character}{_WORD_JOINER}"
        case _:
            return character
