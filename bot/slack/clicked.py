"""Which alert a click is about: pure, from Slack's payload."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot.slack.cards import NOTE_OPTION, read_button_value
from bot.slack.views import ACKNOWLEDGE_WITH_NOTE, read_note_target


def clicked_alert_id(body: Mapping[str, Any]) -> str | None:
    """
    Name the alert whose button, option or modal the payload *body* is about; None for one that is about none.

    >>> clicked_alert_id({"actions": [{"action_id": "acknowledge", "value": "4f6c.2"}]})
    '4f6c'
    """
    with suppress(ValueError, KeyError, TypeError, AttributeError, IndexError):
        view = body.get("view") or {}
        if view.get("callback_id") == ACKNOWLEDGE_WITH_NOTE:
            return read_note_target(view["private_metadata"])[0]
        action = body["actions"][0]
        chosen = action.get("selected_option") or action
        target = read_button_value(chosen["value"].removeprefix(f"{NOTE_OPTION}:"))
        return target[0] if target else None
    return None


def clicked_on(body: Mapping[str, Any]) -> str:
    """
    Name what was clicked on or typed, by Panopticon's own names alone; what people write is not among them.

    >>> clicked_on({"actions": [{"action_id": "acknowledge"}]}), clicked_on({"command": "/sg-changes", "text": "secret"})
    ('acknowledge', '/sg-changes')
    """
    with suppress(KeyError, TypeError, AttributeError, IndexError):
        return str(body["actions"][0]["action_id"])[:80]
    view = body.get("view")
    named = body.get("command") or (view.get("callback_id") if isinstance(view, Mapping) else None)
    return str(named or body.get("type"))[:80]
