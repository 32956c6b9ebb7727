"""
Slack's rules for blocks, views and attachments, as Slack enforces them when a message or a modal is sent.

The numbers stand at https://docs.slack.dev/reference/block-kit/blocks, .../block-elements, .../composition-objects and
https://docs.slack.dev/reference/views. What Slack knows and the page cannot draw is refused here too, so that it is
noticed at once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.block_elements import ANY_TEXT, FILLED_IN, ElementChecker, Surface

MAX_BLOCKS = {"message": 50, "modal": 100}  # https://docs.slack.dev/reference/block-kit/blocks
MAX_ATTACHMENTS = 100  # https://docs.slack.dev/messaging/formatting-message-text#attachments
# Undocumented; https://github.com/slackapi/bolt-js/issues/2509 measured it.
MAX_MESSAGE_CHARACTERS = 13_200

_VIEW_KEYS = {
    "type",
    "title",
    "blocks",
    "close",
    "submit",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
    "external_id",
}
_RICH_TEXT_PARTS = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")
_ATTACHMENT_KEYS = {"color", "fallback", "blocks", "id"}
_OLD_ATTACHMENT_KEYS = {
    "color",
    "fallback",
    "id",
    "text",
    "pretext",
    "title",
    "title_link",
    "footer",
    "ts",
    "mrkdwn_in",
}


def check_blocks(blocks: Any, surface: Surface, path: str = "/blocks") -> list[str]:
    """List what Slack would refuse in *blocks*, each with the JSON pointer to it; nothing when they are fine."""
    checker = _Checker(surface)
    checker.blocks(blocks, path)
    return checker.problems


def check_view(view: Any) -> list[str]:
    """List what Slack would refuse in a modal."""
    checker = _Checker("modal")
    checker.view(view)
    return checker.problems


def check_attachments(attachments: Any) -> list[str]:
    """List what Slack would refuse in a message's attachments."""
    checker = _Checker("message")
    checker.attachments(attachments)
    return checker.problems


def texts(value: Any) -> Iterable[str]:
    """Give every text that a reader would see in *value*, blocks or a part of them, in order; rich text by the line."""
    if isinstance(value, Mapping) and value.get("type") in _RICH_TEXT_PARTS:
        yield "".join(map(_rich_text, value["elements"]))
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name in ("text", "alt_text") and isinstance(member, str):
                yield member
            elif name not in ("confirm", "options") and isinstance(member, Mapping | list):
                yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def _rich_text(element: Mapping[str, Any]) -> str:
    if element["type"] == "user":
        return f"<@{element['user_id']}>"
    if element["type"] == "emoji":
        return f":{element['name']}:"
    return str(element.get("text") or element.get("fallback") or element.get("url") or "")


class _Checker(ElementChecker):
    """Checks blocks, and what is made of them."""

    def blocks(self, value: Any, path: str) -> None:
        for block, at in self.members(value, path, MAX_BLOCKS[self.surface], least=0):
            kind = block.get("type") if isinstance(block, dict) else None
            if kind not in _BLOCKS:
                self.error(f"{at}/type", f"unsupported type: {kind}")
                continue
            block_id = block.get("block_id")
            self.string(block_id, f"{at}/block_id", 255)
            if block_id in self.block_ids:
                self.error(f"{at}/block_id", f'`block_id` "{block_id}" already exists')
            if block_id is not None:
                self.block_ids.add(block_id)
            getattr(self, f"block_{kind}")(block, at)

    def block_section(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/section-block
        self.known(block, path, {"type", "block_id", "text", "fields", "accessory", "expand"})
        if block.get("text") is None and block.get("fields") is None:
            self.error(path, "missing required field: text or fields")
        self.text(block.get("text"), f"{path}/text", 3000, ANY_TEXT)
        if block.get("fields") is not None:
            for item, at in self.members(block["fields"], f"{path}/fields", 10):
                self.text(item, at, 2000, ANY_TEXT)
        if block.get("accessory") is not None:
            self.element(
                block["accessory"], f"{path}/accessory", ("button", "overflow", "static_select", "image")
            )

    def block_divider(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/divider-block
        self.known(block, path, {"type", "block_id"})

    def block_header(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/header-block
        self.known(block, path, {"type", "block_id", "text"}, ("text",))
        self.text(block.get("text"), f"{path}/text", 150)

    def block_context(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/context-block
        self.known(block, path, {"type", "block_id", "elements"}, ("elements",))
        for item, at in self.members(block.get("elements"), f"{path}/elements", 10):
            if isinstance(item, dict) and item.get("type") == "image":
                self.element_image(item, at)
            else:
                self.text(item, at, 3000, ANY_TEXT)

    def block_actions(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/actions-block
        self.known(block, path, {"type", "block_id", "elements"}, ("elements",))
        seen: set[str] = set()
        for item, at in self.members(block.get("elements"), f"{path}/elements", 25):
            self.element(item, at, ("button", "overflow", "static_select"))
            action_id = item.get("action_id") if isinstance(item, dict) else None
            if action_id in seen:
                self.error(f"{at}/action_id", f'`action_id` "{action_id}" already exists for block_id')
            seen.add(action_id or "")
            seen.discard("")

    def block_input(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/input-block
        keys = {"type", "block_id", "label", "element", "hint", "optional"}
        self.known(block, path, keys, ("label", "element"))
        self.text(block.get("label"), f"{path}/label", 2000)
        self.text(block.get("hint"), f"{path}/hint", 2000)
        self.element(block.get("element"), f"{path}/element", FILLED_IN)

    def block_image(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/image-block
        keys = {"type", "block_id", "image_url", "alt_text", "title"}
        self.known(block, path, keys, ("image_url", "alt_text"))
        self.string(block.get("image_url"), f"{path}/image_url", 3000)
        self.string(block.get("alt_text"), f"{path}/alt_text", 2000)
        self.text(block.get("title"), f"{path}/title", 2000)

    def block_rich_text(self, block: dict[str, Any], path: str) -> None:
        # https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
        self.known(block, path, {"type", "block_id", "elements"}, ("elements",))
        for item, at in self.members(block.get("elements"), f"{path}/elements", 1000, least=0):
            kind = item.get("type") if isinstance(item, dict) else None
            if kind == "rich_text_list":
                self.known(
                    item,
                    at,
                    {"type", "elements", "style", "indent", "offset", "border"},
                    ("elements", "style"),
                )
                for entry, entry_at in self.members(item.get("elements"), f"{at}/elements", 1000, least=0):
                    self.rich_text_part(entry, entry_at, ("rich_text_section",))
            else:
                self.rich_text_part(item, at, _RICH_TEXT_PARTS)

    def rich_text_part(self, value: Any, path: str, allowed: tuple[str, ...]) -> None:
        kind = str(value.get("type")) if isinstance(value, dict) else None
        if kind not in allowed:
            self.error(f"{path}/type", f"unsupported type: {kind}")
            return
        self.known(value, path, {"type", "elements", "border", "language"}, ("elements",))
        for item, at in self.members(value.get("elements"), f"{path}/elements", 1000, least=0):
            item_kind = item.get("type") if isinstance(item, dict) else None
            keys = _RICH_TEXT.get(item_kind or "")
            if keys is None:
                self.error(f"{at}/type", f"unsupported type: {item_kind}")
                continue
            names = {key.rstrip("?") for key in keys}
            self.known(item, at, {"type", "style"} | names, [key for key in keys if not key.endswith("?")])
            if item_kind == "text":
                self.string(item.get("text"), f"{at}/text", MAX_MESSAGE_CHARACTERS)

    # Whole payloads

    def view(self, view: Any) -> None:
        # https://docs.slack.dev/reference/views/modal-views
        values = self.known(view, "/view", _VIEW_KEYS, ("type", "title", "blocks"))
        if values.get("type") != "modal":
            self.error("/view/type", f"unsupported type: {values.get('type')}")
        for name in ("title", "submit", "close"):
            self.text(values.get(name), f"/view/{name}", 24)
        self.string(values.get("private_metadata"), "/view/private_metadata", 3000, least=0)
        self.string(values.get("callback_id"), "/view/callback_id", 255, least=0)
        self.string(values.get("external_id"), "/view/external_id", 255, least=0)
        blocks = values.get("blocks")
        self.blocks(blocks, "/view/blocks")
        has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks or ())
        if has_input and values.get("submit") is None:
            self.error(
                "/view/submit", "missing required field: submit (a modal with an input block needs it)"
            )

    def attachments(self, value: Any) -> None:
        for attachment, at in self.members(value, "/attachments", MAX_ATTACHMENTS, least=0):
            if isinstance(attachment, dict) and "blocks" in attachment:
                # Blocks beside the old fields are refused. https://github.com/slack-go/slack/issues/826
                self.known(attachment, at, _ATTACHMENT_KEYS)
                self.blocks(attachment["blocks"], f"{at}/blocks")
            else:
                self.known(attachment, at, _OLD_ATTACHMENT_KEYS)


_BLOCKS = {"section", "divider", "header", "context", "actions", "input", "image", "rich_text"}
# member names by type; "?" says it may be missing
_RICH_TEXT: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("url", "text?", "unsafe?"),
    "emoji": ("name", "unicode?", "skin_tone?"),
    "user": ("user_id",),
    "date": ("timestamp", "format", "url?", "fallback?"),
}
