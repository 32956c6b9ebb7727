"""What Slack shows of a message or a modal, as prose: the text that a reader sees, with buttons in brackets."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import Message
from sandbox.slack_objects import View

_BARS = {
    "a30200": "red",
    "e0701b": "orange",
    "daa038": "yellow",
    "3b7dd8": "blue",
    "2eb886": "green",
    "8d8d8d": "grey",
}
_WORD_JOINER = "\u2060"
_TOKEN = re.compile(r"<([^<>]*)>")
_DATE = re.compile(r"!date\^(?P<at>-?\d+)\^(?P<form>[^|^]+)\|[^|]+")
_BOLD = re.compile(rf"(?<![^\s<>])\*(?![\s{_WORD_JOINER}])([^*\n]+?)(?<!{_WORD_JOINER})\*")

# The kinds of ids that AWS and Panopticon make up anew each time.
_ID = re.compile(
    r"\b(?P<kind>sgr|sg|vpc|eni|i|pl)-[0-9a-f]{8,17}\b"
    r"|\b(?P<address>54\.214(?:\.\d{1,3}){2})\b"  # what moto takes public addresses from
    r"|(?<=\bref )(?P<ref>[0-9a-f]{4,32})\b"
    r"|\b(?P<event>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads at *now*, in UTC: people are called as in *names*."""

    now: datetime
    names: Mapping[str, str]

    def message(self, message: Message, *, indent: str = "") -> list[str]:
        """Print *message*: its headline, and the attachment beside its bar; or its blocks alone, as Slack shows them."""
        lines = [] if message.blocks else [self.mrkdwn(message.text)]
        lines += self.blocks(message.blocks)
        for attachment in message.attachments:
            bar = _BARS.get(attachment.get("color", ""), attachment.get("color"))
            lines += [*self.blocks(attachment.get("blocks", ())), f"(the bar beside it is {bar})"]
        return [f"{indent}{line}".rstrip() for line in lines]

    def modal(self, view: View) -> list[str]:
        """Print a modal."""
        body = view.body
        buttons = [body[name]["text"] for name in ("submit", "close") if body.get(name)]
        return [
            f"“{view.title}”",
            *self.blocks(view.blocks),
            " ".join(f"[{label}]" for label in buttons),
        ]

    def blocks(self, blocks: Iterable[Mapping[str, Any]]) -> list[str]:
        """Print blocks one below the other."""
        return [line for block in blocks for line in self._block(block)]

    def _block(self, block: Mapping[str, Any]) -> list[str]:
        match block["type"]:
            case "rich_text":
                return [line for part in block["elements"] for line in self._rich(part)]
            case "section":
                told = self._text(block["text"]).split("\n")
                return [*told, *([self._element(block["accessory"])] if "accessory" in block else [])]
            case "header":
                return ["", self._text(block["text"]).upper()]
            case "context":
                return [" ".join(self._text(element) for element in block["elements"])]
            case "actions":
                return [" ".join(self._element(element) for element in block["elements"])]
            case "input":
                return [f"{self._text(block['label'])}: {self._element(block['element'])}"]
            case "divider":
                return ["———"]
            case kind:
                raise ValueError(f"no words for a block of type {kind}")

    def _rich(self, part: Mapping[str, Any]) -> list[str]:
        shown = "".join(self._inline(element) for element in part["elements"])
        is_listing = part["type"] == "rich_text_preformatted"
        return [f"  {line}" if is_listing else line for line in shown.split("\n")]

    def _inline(self, element: Mapping[str, Any]) -> str:
        match element["type"]:
            case "user":
                return self._name(element["user_id"])
            case "date":
                return self.date(element["timestamp"], element["format"])
            case "link":
                return f"[{element['text']}]"
            case _:
                return str(element["text"])

    def _element(self, element: Mapping[str, Any]) -> str:
        options = ", ".join(self._text(option["text"]) for option in element.get("options", ()))
        match element["type"]:
            case "button":
                return f"[{self._text(element['text'])}]"
            case "overflow":
                return f"[…: {options}]"
            case "static_select":
                chosen = element.get("initial_option")
                first = self._text(chosen["text"] if chosen else element["placeholder"])
                return f"[{first} ▾: {options}]"
            case "checkboxes":
                return f"☐ {options}"
            case _:
                return "[          ]"

    def _text(self, text: Mapping[str, Any]) -> str:
        return self.mrkdwn(text["text"]) if text["type"] == "mrkdwn" else str(text["text"])

    def mrkdwn(self, markup: str) -> str:
        """
        Read *markup* as Slack does: bold first, then what stands in <…>, then the escapes.

        >>> reader = Reader(datetime(2026, 3, 2, 20, 7, tzinfo=UTC), {"U1": "jo"})
        >>> reader.mrkdwn("*Taken* by <@U1> &lt;!here&gt; <https://a.example|there> <!date^1772482020^{time}|-> \u2060*\u2060x")
        'Taken by @jo <!here> [there] 20:07 *x'
        """
        shown, position, plain = "", 0, _BOLD.sub(r"\1", markup)
        for token in _TOKEN.finditer(plain):
            shown += _unescaped(plain[position : token.start()]) + self._token(token[1])
            position = token.end()
        return (shown + _unescaped(plain[position:])).replace(_WORD_JOINER, "")

    def _token(self, token: str) -> str:
        if date := _DATE.fullmatch(token):
            return self.date(int(date["at"]), date["form"])
        if token.startswith("@"):
            return self._name(token[1:])
        _, _, label = token.partition("|")
        return f"[{label}]" if label else f"<{token}>"

    def _name(self, user_id: str) -> str:
        return f"@{self.names[user_id]}"

    def date(self, timestamp: int, form: str) -> str:
        """
        Show a time as Slack does: a day that is near by its name.

        >>> Reader(datetime(2026, 3, 2, 20, 7, tzinfo=UTC), {}).date(1772395620, "{date_short_pretty} {time}")
        'yesterday 20:07'
        """
        at = datetime.fromtimestamp(timestamp, UTC)
        days = (self.now.date() - at.date()) // timedelta(days=1)
        day = {0: "today", 1: "yesterday"}.get(days, f"{at.day} {at:%b %Y}")
        parts = {
            "{date_short_pretty}": day,
            "{date_short}": f"{at.day} {at:%b %Y}",
            "{date_num}": f"{at:%Y-%m-%d}",
            "{time}": f"{at:%H:%M}",
            "{time_secs}": f"{at:%H:%M:%S}",
        }
        return re.sub(r"\{[a-z_]+\}", lambda found: parts[found[0]], form)


def with_steady_ids(page: str) -> str:
    """
    Put numbers in the order in which they appear in the place of ids, which are others each time.

    >>> with_steady_ids("sg-0a1b2c3d4e5f60718, sg-0c1b2c3d4e5f60718, sg-0a1b2c3d4e5f60718 · ref 4f6c")
    'sg-1, sg-2, sg-1 · ref 1'
    """
    seen: dict[str, dict[str, int]] = {}
    return _ID.sub(_numbering(seen), page)


def _numbering(seen: dict[str, dict[str, int]]) -> Callable[[re.Match[str]], str]:
    def numbered(found: re.Match[str]) -> str:
        kind = found["kind"] or next(name for name in ("address", "ref", "event") if found[name])
        of_kind = seen.setdefault(kind, {})
        number = of_kind.setdefault(found[0], len(of_kind) + 1)
        return str(number) if kind == "ref" else f"{kind}-{number}"

    return numbered


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
