"""What people do in Slack, carried to the bot as Slack's servers do, and what Slack makes of the answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sandbox.block_kit import check_view
from sandbox.content import checked_content
from sandbox.endpoint import Answer, BotEndpoint
from sandbox.inputs import chosen, filled_in, find_element, find_gaps, find_option
from sandbox.slack_objects import (
    APP_ID,
    BOT_USER,
    CHANNEL,
    SLACKBOT,
    TEAM,
    Message,
    SlackError,
    View,
)
from sandbox.workspace import Workspace

COMMAND = "/sg-changes"


class NotSubmitted(Exception):
    """Slack did not send the modal to the app: `gaps` says, by block_id, what the person is shown at the input."""

    def __init__(self, gaps: Mapping[str, str]) -> None:
        super().__init__(dict(gaps))
        self.gaps = gaps


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a person's doing sent to the bot, about the message *ts* if there is one, and the answer."""

    user: str
    what: str
    ts: str | None
    at: float
    answer: Answer


class People:
    """The people of the workspace: each method is one thing that a user does, and gives the bot's answer."""

    def __init__(self, workspace: Workspace, endpoint: BotEndpoint) -> None:
        self._workspace = workspace
        self._endpoint = endpoint
        self.requests: list[Request] = []

    def command(self, user: str, text: str = "", *, command: str = COMMAND, channel: str = CHANNEL) -> Answer:
        """
        Send a slash command; its answer appears to the user alone unless it says "in_channel".

        Raises:
            LookupError: the user is of another team, which has not installed the app and so has no such command.
        """
        if self._workspace.users[user].is_outsider:
            raise LookupError(f"{command} is not a command of {user}'s team")
        payload = {
            "token": "sandbox-verification-token",
            "team_id": TEAM["id"],
            "team_domain": TEAM["domain"],
            "channel_id": channel,
            "channel_name": self._workspace.channels[channel].name,
            "user_id": user,
            "user_name": self._workspace.users[user].name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._workspace.new_response_url(channel, user, None),
            "trigger_id": self._workspace.new_trigger(user),
        }
        answer = self._post(payload, user, f"{command} {text}".strip(), None)
        error = answer.error or self._show_command_answer(answer, user, channel)
        if error is not None:
            notice = f'{command} failed with the error "{error}"'
            self._workspace.post(channel, SLACKBOT, {"text": notice}, ephemeral_to=user)
        return replace(answer, error=error)

    def click(
        self,
        user: str,
        message: Message | str,
        action_id: str,
        value: str | None = None,
        *,
        option: str | None = None,
        block_id: str | None = None,
        channel: str = CHANNEL,
    ) -> Answer:
        """
        Click a button, or choose the *option* (its value or text) of a menu, on a message; *message* may be its ts.

        *value*, or the *block_id*, tells apart elements of one action id. What an edit has just taken away can be clicked
        still, by one whose page is a moment behind.

        Raises:
            LookupError: there is no such message or element, or the user does not see it.
        """
        ts = message if isinstance(message, str) else message.ts
        found = self._workspace.find(channel, ts, ephemeral=True)
        if found is None or found.ephemeral_to not in (None, user):
            raise LookupError(f"{user} sees no message {ts}")
        container: dict[str, Any] = {"type": "message", "message_ts": ts, "channel_id": channel}
        shown = found.all_blocks
        try:
            block, element = find_element(shown, action_id, value, option, block_id)
        except LookupError:
            if not found.before:
                raise
            shown = found.before
            block, element = find_element(shown, action_id, value, option, None)
        action = self._action(block, element, option)
        for attachment in found.attachments:
            if block in attachment.get("blocks", ()) or (shown is found.before and block not in found.blocks):
                container |= {
                    "type": "message_attachment",
                    "attachment_id": attachment["id"],
                    "is_app_unfurl": False,
                }
        container["is_ephemeral"] = found.ephemeral_to is not None
        payload = self._interaction("block_actions", user) | {
            "container": container,
            "channel": {"id": channel, "name": self._workspace.channels[channel].name},
            "state": {"values": filled_in(shown, {}, chosen(action))},
            "response_url": self._workspace.new_response_url(channel, user, ts),
            "actions": [action],
        }
        if found.ephemeral_to is None:  # Slack does not say what an ephemeral message holds
            payload["message"] = found.as_json(with_metadata=True)
        return self._send(payload)

    def choose(self, user: str, message: Message | str, action_id: str, option: str) -> Answer:
        """
        Choose an option, by its value or text, of an overflow menu or a select on a message.

        Raises:
            LookupError: there is no such message, menu or option, or the user does not see it.
        """
        return self.click(user, message, action_id, option=option)

    def click_in_modal(
        self,
        user: str,
        action_id: str,
        value: str | None = None,
        *,
        option: str | None = None,
        block_id: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Click a button, or choose the *option* of a menu, in the modal that *user* has open.

        *values* is what the inputs hold meanwhile, as for `submit`.

        Raises:
            LookupError: no modal is open, or it has no such element.
        """
        view = self._open_modal(user)
        block, element = find_element(view.blocks, action_id, value, option, block_id)
        action = self._action(block, element, option)
        view.values = filled_in(view.blocks, view.values, {**(values or {}), **chosen(action)})
        payload = self._interaction("block_actions", user) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view.as_json(),
            "actions": [action],
        }
        return self._send(payload)

    def submit(self, user: str, values: Mapping[str, str] | None = None) -> Answer:
        """
        Submit the modal that *user* has open.

        *values* fills inputs and selects, by "block_id/action_id" or by action_id alone, with a text or with an option's
        value or text; the others keep what they hold.

        Raises:
            LookupError: no modal is open, it has no submit button, or no such input or option.
            NotSubmitted: an input is empty that must not be, or its text too short or too long.
        """
        view = self._open_modal(user)
        if view.body.get("submit") is None:
            raise LookupError(f"the modal {view.title!r} has no submit button")
        view.values = filled_in(view.blocks, view.values, values)
        view.errors = find_gaps(view.blocks, view.values)
        if view.errors:
            self._workspace.changed()
            raise NotSubmitted(view.errors)
        payload = self._interaction("view_submission", user) | {"view": view.as_json(), "response_urls": []}
        answer = self._send(payload)
        error = answer.error or self._follow_submission(answer, view)
        if error is not None:
            view.errors = {"": "We had some trouble connecting. Try again?"}
            self._workspace.changed()
        return replace(answer, error=error)

    def close(self, user: str) -> Answer | None:
        """Close the modal that *user* has open; the bot hears of it only if it asked to."""
        view = self._open_modal(user)
        self._workspace.close(user, all_views=bool(view.body.get("clear_on_close")))
        if not view.body.get("notify_on_close"):
            return None
        payload = self._interaction("view_closed", user) | {"view": view.as_json(), "is_cleared": False}
        del payload["trigger_id"]
        return self._send(payload)

    # What Slack makes of answers

    def _send(self, payload: dict[str, Any]) -> Answer:
        what = payload["actions"][0]["action_id"] if "actions" in payload else payload["type"]
        ts = payload.get("container", {}).get("message_ts")
        answer = self._post({"payload": json.dumps(payload)}, payload["user"]["id"], what, ts)
        if answer.error and payload["type"] == "block_actions":
            # Slack draws a warning sign at the element; a line of its own is easier to see.
            notice = f'That click failed with the error "{answer.error}"'
            self._workspace.post(CHANNEL, SLACKBOT, {"text": notice}, ephemeral_to=payload["user"]["id"])
        return answer

    def _post(self, form: dict[str, Any], user: str, what: str, ts: str | None) -> Answer:
        at = self._workspace.clock()
        answer = self._endpoint.post(urlencode(form).encode())
        self.requests.append(Request(user, what, ts, at, answer))
        self._workspace.changed()
        return answer

    def _show_command_answer(self, answer: Answer, user: str, channel: str) -> str | None:
        if not answer.body.strip():
            return None
        content: Any = {"text": answer.body}
        if answer.is_json:
            try:
                content = json.loads(answer.body)
                if not isinstance(content, dict):
                    return "invalid_command_response"
                content = {**content, **checked_content(content)}
            except (ValueError, SlackError):
                return "invalid_command_response"
        ephemeral_to = None if content.get("response_type") == "in_channel" else user
        self._workspace.post(channel, BOT_USER, content, ephemeral_to=ephemeral_to)
        return None

    def _follow_submission(self, answer: Answer, view: View) -> str | None:
        """
        Do what the answer to a submission asks for; give what is wrong with it, if anything.

        https://docs.slack.dev/surfaces/modals#updating_views
        """
        if not answer.body.strip():
            self._workspace.close(view.user)
            return None
        try:
            body = json.loads(answer.body)
        except ValueError:
            return "invalid_response"
        action = body.get("response_action") if isinstance(body, dict) else "not an object"
        if action is None and not body:
            self._workspace.close(view.user)
        elif action == "clear":
            self._workspace.close(view.user, all_views=True)
        elif action == "errors" and isinstance(body.get("errors"), dict) and body["errors"]:
            inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
            if not body["errors"].keys() <= inputs:
                return "invalid_errors"
            view.errors = dict(body["errors"])
            self._workspace.changed()
        elif action in ("update", "push"):
            if check_view(body.get("view")):
                return "invalid_view"
            try:
                if action == "update":
                    self._workspace.redraw(view, body["view"])
                else:
                    self._workspace.show(view.user, body["view"], push=True)
            except SlackError as problem:
                return problem.code
        else:
            return "invalid_response_action"
        return None

    # Payloads

    def _interaction(self, kind: str, user: str) -> dict[str, Any]:
        person = self._workspace.users[user]
        return {
            "type": kind,
            # The team beside it is the app's, also when the person is of another.
            # https://github.com/slackapi/java-slack-sdk/issues/1041
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": person.team_id},
            "api_app_id": APP_ID,
            "token": "sandbox-verification-token",
            "trigger_id": self._workspace.new_trigger(user),
            "team": dict(TEAM),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, block: dict[str, Any], element: dict[str, Any], option: str | None) -> dict[str, Any]:
        now = self._workspace.clock()
        action = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": f"{now:.6f}",
        }
        if element["type"] == "button":
            shared = ("text", "value", "style", "url")
            return action | {name: element[name] for name in shared if name in element}
        # https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
        action["selected_option"] = find_option(element, option)
        return action | {name: element[name] for name in ("placeholder",) if name in element}

    def _open_modal(self, user: str) -> View:
        view = self._workspace.modal(user)
        if view is None:
            raise LookupError(f"{user} has no modal open")
        return view
