"""
Slack's limits, checked on messages and views as they go out: our own list, and slackblocks' beside it.

https://docs.slack.dev/reference/block-kit/blocks gives the limits, except for the one of a whole message: Slack
answers msg_blocks_too_long near 13,200 characters of text.
"""

import json
from collections.abc import Iterator
from typing import Any

import slackblocks

Json = dict[str, Any]

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_MESSAGE_CHARACTERS = 13_000
MAX_VIEW_BYTES = 250_000
MAX_TOP_TEXT = 4_000  # Slack's advice; beyond 40,000 it cuts
MAX_METADATA_BYTES = 8_000

_MODAL_BLOCKS = frozenset(
    {
        "actions",
        "alert",
        "context",
        "divider",
        "file",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
        "video",
    }
)
_RICH_TEXT_PARTS = frozenset(
    {"rich_text_section", "rich_text_preformatted", "rich_text_list", "rich_text_quote"}
)


def find_message_problems(message: Json) -> list[str]:
    """List what Slack would not take of *message*, the arguments of chat.postMessage or an answer's body."""
    problems = list(_text_problems("text", message.get("text", ""), MAX_TOP_TEXT))
    groups = [message.get("blocks", []), *(each["blocks"] for each in message.get("attachments", []))]
    blocks = [block for group in groups for block in group]
    if len(blocks) > MAX_MESSAGE_BLOCKS:
        problems.append(f"{len(blocks)} blocks")
    for group in groups:
        problems += _block_problems(group)
    for attachment in message.get("attachments", []):
        problems += _text_problems("fallback", attachment["fallback"], MAX_TOP_TEXT)
        if len(attachment["color"]) != 7 or not attachment["color"].startswith("#"):
            problems.append(f"colour {attachment['color']}")
    characters = sum(map(len, texts_of(blocks)))
    if characters > MAX_MESSAGE_CHARACTERS:
        problems.append(f"{characters} characters in a message")
    if len(json.dumps(message.get("metadata", {}))) > MAX_METADATA_BYTES:
        problems.append("metadata too long")
    return problems


def find_view_problems(view: Json) -> list[str]:
    """List what Slack would not take of *view*, a modal."""
    problems = [] if view["type"] == "modal" else [f"type {view['type']}"]
    for name in ("title", "submit", "close"):
        if name in view:
            problems += _text_problems(name, view[name]["text"], 24)
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if len(view.get(name, "")) > most:
            problems.append(f"{name} too long")
    if not 1 <= len(view["blocks"]) <= MAX_VIEW_BLOCKS:
        problems.append(f"{len(view['blocks'])} blocks")
    problems += [
        f"{block['type']} in a modal" for block in view["blocks"] if block["type"] not in _MODAL_BLOCKS
    ]
    problems += _block_problems(view["blocks"])
    if len(json.dumps(view)) > MAX_VIEW_BYTES:
        problems.append("view too long")
    return problems


def texts_of(part: Any) -> Iterator[str]:
    """Give every text that *part* of a message or view shows or names."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("text", "fallback") and isinstance(value, str):
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(part, list):
        for entry in part:
            yield from texts_of(entry)


def _block_problems(blocks: list[Json]) -> Iterator[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id used twice"
    for block in blocks:
        if not 1 <= len(block.get("block_id", "x")) <= 255:
            yield "block_id length"
        match block["type"]:
            case "header":
                yield from _text_object_problems(block["text"], 150, ("plain_text",))
            case "section":
                yield from _text_object_problems(block["text"], 3000, ("plain_text", "mrkdwn"))
            case "context":
                if not 1 <= len(block["elements"]) <= 10:
                    yield "context elements"
                for element in block["elements"]:
                    yield from _text_object_problems(element, 3000, ("plain_text", "mrkdwn"))
            case "actions":
                if not 1 <= len(block["elements"]) <= 25:
                    yield "actions elements"
                names = [element["action_id"] for element in block["elements"]]
                if len(names) != len(set(names)):
                    yield "action_id used twice in a block"
                for element in block["elements"]:
                    yield from _button_problems(element)
            case "rich_text":
                yield from _rich_text_problems(block)
            case kind:
                yield f"a block of type {kind}, whose limits this checker does not know"
        yield from _foreign_problems(block)


def _text_problems(name: str, text: str, most: int) -> Iterator[str]:
    if not 1 <= len(text) <= most:
        yield f"{name} of {len(text)} characters, {most} at most"
    if not text.strip():
        yield f"{name} is blank"


def _text_object_problems(element: Json, most: int, kinds: tuple[str, ...]) -> Iterator[str]:
    if element["type"] not in kinds:
        yield f"text of type {element['type']}"
    if element["type"] == "plain_text" and element.get("emoji") is not False:
        yield "plain_text that turns :codes: into emoji"
    if element["type"] == "mrkdwn" and element.get("verbatim") is not True:
        yield "mrkdwn that turns names into links"
    yield from _text_problems(element["type"], element["text"], most)


def _button_problems(element: Json) -> Iterator[str]:
    if element["type"] != "button":
        yield f"an element of type {element['type']}, whose limits this checker does not know"
        return
    yield from _text_object_problems(element["text"], 75, ("plain_text",))
    if not 1 <= len(element["action_id"]) <= 255:
        yield "action_id length"
    if len(element["value"]) > 2000:
        yield "button value length"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"style {element['style']}"


def _rich_text_problems(block: Json) -> Iterator[str]:
    if not block["elements"]:
        yield "rich_text without parts"
    for part in block["elements"]:
        if part["type"] not in _RICH_TEXT_PARTS:
            yield f"rich text part {part['type']}"
        if not part["elements"]:
            yield f"{part['type']} without elements"
        for element in part["elements"]:
            match element["type"]:
                case "text":
                    if not element["text"]:
                        yield "empty rich text"
                    if not set(element.get("style", {})) <= {"bold", "italic", "strike", "code"}:
                        yield "rich text style"
                case "user":
                    if not element["user_id"].isalnum():
                        yield f"user {element['user_id']}"
                case "date":
                    if not isinstance(element["timestamp"], int) or not element["format"]:
                        yield "date"
                case kind:
                    yield f"rich text element {kind}"


def _foreign_problems(block: Json) -> Iterator[str]:
    """Have slackblocks build the same block, which knows the limits from elsewhere."""
    try:
        match block["type"]:
            case "header":
                slackblocks.HeaderBlock(
                    slackblocks.Text(block["text"]["text"], slackblocks.TextType.PLAINTEXT)
                )
            case "section":
                slackblocks.SectionBlock(slackblocks.Text(block["text"]["text"]))
            case "context":
                slackblocks.ContextBlock([slackblocks.Text(each["text"]) for each in block["elements"]])
            case "actions":
                slackblocks.ActionsBlock(
                    [
                        slackblocks.Button(each["text"]["text"], each["action_id"], value=each["value"])
                        for each in block["elements"]
                    ]
                )
    except slackblocks.InvalidUsageError as error:
        yield f"slackblocks: {error}"
