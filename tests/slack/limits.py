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
_CLICKED = ("button", "overflow", "static_select")
_FILLED_IN = ("plain_text_input", "static_select", "checkboxes")
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
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        problems.append("an input without a submit button")
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
                if "accessory" in block:
                    yield from _element_problems(block["accessory"], _CLICKED)
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
                    yield from _element_problems(element, _CLICKED)
            case "input":
                yield from _text_object_problems(block["label"], 2000, ("plain_text",))
                if "hint" in block:
                    yield from _text_object_problems(block["hint"], 2000, ("plain_text",))
                yield from _element_problems(block["element"], _FILLED_IN)
            case "divider":
                pass
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


def _element_problems(element: Json, allowed: tuple[str, ...]) -> Iterator[str]:
    if element["type"] not in allowed:
        yield f"an element of type {element['type']}, which is not allowed there or not known to this checker"
        return
    if not 1 <= len(element["action_id"]) <= 255:
        yield "action_id length"
    if "placeholder" in element:
        yield from _text_object_problems(element["placeholder"], 150, ("plain_text",))
    match element["type"]:
        case "button":
            yield from _text_object_problems(element["text"], 75, ("plain_text",))
            if len(element["value"]) > 2000:
                yield "button value length"
            if element.get("style", "primary") not in ("primary", "danger"):
                yield f"style {element['style']}"
        case "overflow":
            yield from _option_problems(element["options"], 5)
        case "static_select":
            yield from _option_problems(element["options"], 100)
            if any("url" in option for option in element["options"]):
                yield "a link in a select"
            if element.get("initial_option", element["options"][0]) not in element["options"]:
                yield "initial_option is none of the options"
        case "checkboxes":
            yield from _option_problems(element["options"], 10)
        case "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if not 0 <= least <= most <= 3000 or most < 1:
                yield f"an input of {least} to {most} characters"
            if len(element.get("initial_value", "")) > most:
                yield "initial_value longer than the input"


def _option_problems(options: list[Json], most: int) -> Iterator[str]:
    if not 1 <= len(options) <= most:
        yield f"{len(options)} options, {most} at most"
    values = [option["value"] for option in options]
    if len(values) != len(set(values)):
        yield "two options of one value"
    for option in options:
        yield from _text_object_problems(option["text"], 75, ("plain_text",))
        yield from _text_problems("option value", option["value"], 150)
        if "url" in option:
            yield from _text_problems("url", option["url"], 3000)


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
                case "link":
                    yield from _text_problems("link", element["text"], 75)
                    if not element["url"].startswith("https://"):
                        yield f"link to {element['url']}"
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
                slackblocks.ActionsBlock([_foreign_element(each) for each in block["elements"]])
            case "input":
                slackblocks.InputBlock(
                    _foreign_plain(block["label"]),
                    _foreign_element(block["element"]),
                    hint=_foreign_plain(block["hint"]) if "hint" in block else None,
                )
    except slackblocks.InvalidUsageError as error:
        yield f"slackblocks: {error}"


def _foreign_element(element: Json) -> slackblocks.Element:
    action_id, placeholder = element["action_id"], element.get("placeholder")
    options = [
        slackblocks.Option(_foreign_plain(each["text"]), each["value"], url=each.get("url"))
        for each in element.get("options", ())
    ]
    match element["type"]:
        case "overflow":
            return slackblocks.OverflowMenu(action_id, options)
        case "static_select":
            shown = placeholder and _foreign_plain(placeholder)
            return slackblocks.StaticSelectMenu(action_id, options, placeholder=shown)
        case "checkboxes":
            return slackblocks.CheckboxGroup(action_id, options)
        case "plain_text_input":
            return slackblocks.PlainTextInput(
                action_id,
                min_length=element.get("min_length"),
                max_length=element.get("max_length"),
                placeholder=placeholder and _foreign_plain(placeholder),
            )
        case _:
            return slackblocks.Button(element["text"]["text"], action_id, value=element["value"])


def _foreign_plain(element: Json) -> slackblocks.Text:
    return slackblocks.Text(element["text"], slackblocks.TextType.PLAINTEXT)
