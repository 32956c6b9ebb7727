"""What an app may send as a message or a modal, and the error that Slack answers with otherwise."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.block_kit import (
    MAX_ATTACHMENTS,
    MAX_MESSAGE_CHARACTERS,
    check_attachments,
    check_blocks,
    check_view,
    texts,
)
from sandbox.slack_objects import SlackError

MAX_TEXT = 40_000  # https://docs.slack.dev/reference/methods/chat.postMessage#truncating
MAX_VIEW_BYTES = 250_000


def check_content(content: Mapping[str, Any]) -> None:
    """
    Hold what a message is to contain against Slack's rules.

    Raises:
        SlackError: blocks, attachments or metadata are not as they must be, or too long together.
    """
    blocks, attachments, metadata = (content.get(name) for name in ("blocks", "attachments", "metadata"))
    if blocks is not None and (problems := check_blocks(blocks, "message")):
        raise SlackError("invalid_blocks", problems)
    if attachments is not None and (problems := check_attachments(attachments)):
        too_many = isinstance(attachments, list) and len(attachments) > MAX_ATTACHMENTS
        raise SlackError("too_many_attachments" if too_many else "invalid_attachments", problems)
    if sum(map(len, texts([blocks or [], attachments or []]))) > MAX_MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    if metadata:
        if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
            raise SlackError("invalid_metadata_format")
        if not isinstance(metadata.get("event_payload"), dict):
            raise SlackError("invalid_metadata_format")


def checked_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """
    Take what a new message is to contain; texts that are too long are cut, as Slack does.

    Raises:
        SlackError: it is empty, or against Slack's rules.
    """
    wanted = {name: content.get(name) for name in ("text", "blocks", "attachments", "metadata", "thread_ts")}
    if not any(wanted[name] for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    check_content(wanted)
    if wanted["text"]:
        wanted["text"] = str(wanted["text"])[:MAX_TEXT]
    return wanted


def checked_view(view: Any) -> dict[str, Any]:
    """
    Take a modal.

    Raises:
        SlackError: it is against Slack's rules.
    """
    if len(json.dumps(view)) > MAX_VIEW_BYTES:
        raise SlackError("view_too_large")
    if problems := check_view(view):
        raise SlackError("invalid_arguments", problems)
    checked: dict[str, Any] = view
    return checked
