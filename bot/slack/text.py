"""Text from AWS and from people, made to show as itself in Slack and to do nothing there."""

import re
import unicodedata
from datetime import datetime

# What Slack's mrkdwn takes as markup: &, < and >, bold, italic, strike, code, and a colon that opens an emoji's name.
# Mentions and links need < and >, as messages are sent with parse=none.
# https://docs.slack.dev/messaging/formatting-message-text
_MARKUP = re.compile(r"[*_~`&<>]|:(?=[\w+'-]+:)")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WORD_JOINER = "\u2060"  # has no width and allows no line break: markup next to it is not taken as such

# Joiners that scripts and emoji need; every other character without a shape of its own is shown by its code.
_NEEDED_JOINERS = "\u200c\u200d"


def cut(text: str, limit: int) -> str:
    """
    Keep at most *limit* characters of *text*, and show where some are gone.

    >>> cut("abcdef", 4), cut("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str, limit: int) -> str:
    r"""
    Make *text* fit for a place that parses no markup (plain_text, rich_text), in at most *limit* characters.

    What would be invisible or would move the text around it is shown by its code.

    >>> plain("web\nprod \u202e", 40)
    'web⏎prod ⟨U+202E⟩'
    >>> plain("abcdef", 4)
    'abc…'
    """
    if len(text) <= limit and text.isprintable():
        return text
    return cut(_shown(text[: limit + 1]), limit)


def mrkdwn(text: str, limit: int) -> str:
    """
    Make *text* fit for mrkdwn, in at most *limit* characters once it is escaped, and never cut within an escape.

    >>> mrkdwn("<!channel> & co", 60)
    '&lt;!channel&gt; &amp; co'
    >>> mrkdwn("<<<<", 9)
    '&lt;&lt;…'
    """
    shown = _shown(text[: limit + 1])
    whole = _MARKUP.sub(_inert, shown)
    if len(whole) <= limit:
        return whole
    markup = {match.start(): _inert(match) for match in _MARKUP.finditer(shown)}
    kept, length = [], 1
    for index, character in enumerate(shown):
        piece = markup.get(index, character)
        length += len(piece)
        if length > limit:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def date(time: datetime, form: str = "{date_short_pretty} {time}") -> str:
    """Write *time* for mrkdwn so that each reader sees it in their own zone."""
    return f"<!date^{int(time.timestamp())}^{form}|{fallback_date(time)}>"


def fallback_date(time: datetime) -> str:
    """Write *time* in UTC, for where Slack cannot put the reader's zone."""
    return f"{time.isoformat(' ')[:16]} UTC"


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


def _shown(text: str) -> str:
    """Make visible what has no shape of its own; of what can be printed, as Python has it, nothing has to be."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\n\r\u2028\u2029":
        return "⏎"
    if character == "\t":
        return " "
    # Control characters, halves of surrogate pairs, and format characters, among them the marks that turn the direction
    # of the text around them, with which "gpj.exe" can be made to look like "exe.jpg".
    if unicodedata.category(character) in ("Cc", "Cs", "Cf") and character not in _NEEDED_JOINERS:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _inert(markup: re.Match[str]) -> str:
    character = markup[0]
    return _ESCAPES.get(character) or f"{_WORD_JOINER}{character}{_WORD_JOINER}"
