"""Mrkdwn read back the way Slack does: first split at <…>, then unescape what is left."""

import re
from dataclasses import dataclass

WORD_JOINER = "\u2060"

_TOKEN = re.compile(r"<([^<>]*)>")
_DATE = re.compile(r"!date\^-?\d+\^[^|^]+\|(?P<fallback>[^|]+)")
_EMOJI_CODE = re.compile(r":[a-z0-9_+'-]+:")
_STYLED = re.compile(rf"(?<!\S)([*_~`])(?![\s{WORD_JOINER}])[^\n]*?(?<!{WORD_JOINER})\1")


@dataclass(frozen=True)
class Reading:
    """
    What mrkdwn comes to.

    *shown* is the text that people see, with each date as its fallback; *live* lists what would be a mention, a link or
    anything else between angle brackets but a date; *styled* lists what would be an emoji or in another type face.
    """

    shown: str
    live: tuple[str, ...]
    styled: tuple[str, ...]


def read_mrkdwn(markup: str) -> Reading:
    """
    Read *markup*.

    >>> read_mrkdwn("<@U1> wrote &lt;@U2&gt; on <!date^0^{time}|1970-01-01 00:00 UTC>")
    Reading(shown='<@U1> wrote <@U2> on 1970-01-01 00:00 UTC', live=('@U1',), styled=())
    >>> read_mrkdwn("*bold* :fire:").styled
    (':fire:', '*bold*')
    """
    live: list[str] = []
    shown = ""
    texts = ""
    position = 0
    for token in _TOKEN.finditer(markup):
        before = markup[position : token.start()]
        date = _DATE.fullmatch(token[1])
        if date is None:
            live.append(token[1])
        shown += _unescape(before) + (date["fallback"] if date else token[0])
        texts += before + " "
        position = token.end()
    shown += _unescape(markup[position:])
    texts += markup[position:]
    styled = [found[0] for found in (*_EMOJI_CODE.finditer(texts), *_STYLED.finditer(texts))]
    return Reading(shown.replace(WORD_JOINER, ""), tuple(live), tuple(styled))


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
