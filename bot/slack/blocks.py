"""
Block Kit by small pure functions, one per block that Panopticon uses, with Slack's limits.

https://docs.slack.dev/reference/block-kit/blocks gives the limits. Rich text holds text in elements that parse no
markup, which is why what comes from AWS goes there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.slack.text import fallback_date, plain

Block = dict[str, Any]

MAX_HEADLINE = 1000
MAX_BUTTON_TEXT = 75
MAX_OPTION_TEXT = 75
MAX_OPTIONS = 100
MAX_MODAL_TITLE = 24


def text(value: str, limit: int = 300, **style: bool) -> Block:
    """Show *value* as it is; *style* takes bold=True, italic=True and the like."""
    element: Block = {"type": "text", "text": plain(value, limit) or " "}
    return {**element, "style": style} if style else element


def link(url: str, label: str) -> Block:
    """Lead to *url*, which is ours or the policy's."""
    return {"type": "link", "url": url, "text": plain(label, 75)}


def mention(user_id: str) -> Block:
    """Name a person in Slack."""
    return {"type": "user", "user_id": user_id}


def moment(time: datetime, form: str = "{date_short_pretty} {time}") -> Block:
    """Show *time* in each reader's own zone."""
    return {
        "type": "date",
        "timestamp": int(time.timestamp()),
        "format": form,
        "fallback": fallback_date(time),
    }


def line(*elements: Block) -> Block:
    """Put *elements* on one line of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def listing(lines: Sequence[str], limit: int = 220) -> Block:
    """Show *lines* in a fixed width, each cut to *limit*."""
    shown = "\n".join(plain(entry, limit) for entry in lines)
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": shown}]}


def rich_text(block_id: str, *parts: Block) -> Block:
    """Make a block of lines and listings."""
    return {"type": "rich_text", "block_id": block_id, "elements": list(parts)}


def header(value: str) -> Block:
    """Head a part of a modal."""
    return {"type": "header", "text": {"type": "plain_text", "text": plain(value, 150), "emoji": False}}


def context(block_id: str, markup: str) -> Block:
    """Show a grey line of mrkdwn that is already escaped."""
    element = {"type": "mrkdwn", "text": markup, "verbatim": True}
    return {"type": "context", "block_id": block_id, "elements": [element]}


def section(markup: str) -> Block:
    """Show mrkdwn that is already escaped."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": markup, "verbatim": True}}


def button(action_id: str, label: str, value: str, *, style: str | None = None) -> Block:
    """Make a button; *style* is "primary", "danger" or None."""
    element: Block = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": plain(label, MAX_BUTTON_TEXT), "emoji": False},
        "value": value,
    }
    return {**element, "style": style} if style else element


def overflow(action_id: str, *options: Block) -> Block:
    """Make a menu of one to five options; see option and link."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def menu(action_id: str, placeholder: str, options: Sequence[Block]) -> Block:
    """Make a menu of one to a hundred options from which one is picked."""
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": {"type": "plain_text", "text": plain(placeholder, 150), "emoji": False},
        "options": list(options),
    }


def option(label: str, value: str, *, url: str | None = None) -> Block:
    """Make an option of a menu; in an overflow menu it may open *url*."""
    element: Block = {
        "text": {"type": "plain_text", "text": plain(label, MAX_OPTION_TEXT), "emoji": False},
        "value": value,
    }
    return {**element, "url": url} if url else element


def text_input(block_id: str, label: str, *, hint: str, max_length: int, is_optional: bool = True) -> Block:
    """Ask for some lines of text, which may stay empty where that *is_optional*; its action_id is the block's."""
    element = {
        "type": "plain_text_input",
        "action_id": block_id,
        "multiline": True,
        "max_length": max_length,
    }
    return _input(block_id, label, element, hint, is_optional=is_optional)


def menu_input(block_id: str, label: str, options: Sequence[Block], initial: Block) -> Block:
    """Ask for one of *options*, which is *initial* at first; its action_id is the block's."""
    element = {**menu(block_id, label, options), "initial_option": initial}
    return _input(block_id, label, element, None, is_optional=False)


def checkbox_input(block_id: str, label: str, options: Sequence[Block], *, hint: str) -> Block:
    """Ask for any of *options*, or for none; its action_id is the block's."""
    element = {"type": "checkboxes", "action_id": block_id, "options": list(options)}
    return _input(block_id, label, element, hint, is_optional=True)


def _input(block_id: str, label: str, element: Block, hint: str | None, *, is_optional: bool) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "optional": is_optional,
        "label": {"type": "plain_text", "text": plain(label, 150), "emoji": False},
        **({"hint": {"type": "plain_text", "text": plain(hint, 150), "emoji": False}} if hint else {}),
        "element": element,
    }


def actions(block_id: str, *elements: Block) -> Block:
    """Put buttons in a row."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def ephemeral(summary: str, blocks: Sequence[Block]) -> Block:
    """Answer one person; *summary* is mrkdwn that is already escaped, for notifications and screen readers."""
    return {"response_type": "ephemeral", "text": summary, "blocks": list(blocks)}


def modal(title: str, blocks: Sequence[Block], *, submit: str | None = None, **more: str) -> Block:
    """
    Make a modal, which only shows unless *submit* names its button.

    *more* takes external_id, callback_id and private_metadata.
    """
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": plain(title, MAX_MODAL_TITLE), "emoji": False},
        "close": {"type": "plain_text", "text": "Cancel" if submit else "Close", "emoji": False},
        "blocks": list(blocks),
        **more,
    }
    if submit:
        view["submit"] = {"type": "plain_text", "text": plain(submit, MAX_MODAL_TITLE), "emoji": False}
    return view
