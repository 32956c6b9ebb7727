"""Slack's Web API, the methods that the bot may call, with Slack's own error codes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.content import check_content, checked_content, checked_view
from sandbox.rates import RateLimits
from sandbox.slack_objects import BOT_ID, BOT_USER, TEAM, ApiCall, Channel, Message, SlackError, User, View
from sandbox.workspace import RESPONSE_URL_USES, Workspace

MANIFEST = Path(__file__).parent.parent / "manifest.json"

MAX_UPDATE_TEXT = 4_000  # https://docs.slack.dev/reference/methods/chat.update#errors
_SCHEDULE_DAYS = 120
_JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view")


def granted_scopes(manifest: Path = MANIFEST) -> frozenset[str]:
    """Read the scopes that installing the app grants the bot."""
    return frozenset(json.loads(manifest.read_text())["oauth_config"]["scopes"]["bot"])


class WebApi:
    """The methods by name; every call is noted in the workspace's `calls`."""

    def __init__(
        self, workspace: Workspace, token: str, scopes: frozenset[str], limits: RateLimits | None = None
    ) -> None:
        """Take calls with *token*; without *limits* as many as one likes."""
        self._workspace = workspace
        self._token = token
        self._limits = limits
        self.scopes = scopes
        # name -> the method, and the scope it asks for, if any
        self._methods: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str | None]] = {
            "auth.test": (self._auth_test, None),
            "chat.postMessage": (self._post_message, "chat:write"),
            "chat.postEphemeral": (self._post_ephemeral, "chat:write"),
            "chat.update": (self._update, "chat:write"),
            "chat.delete": (self._delete, "chat:write"),
            "chat.scheduleMessage": (self._schedule_message, "chat:write"),
            "chat.deleteScheduledMessage": (self._delete_scheduled_message, "chat:write"),
            "conversations.history": (self._history, "channels:history"),
            "users.info": (self._users_info, "users:read"),
            "users.lookupByEmail": (self._users_lookup, "users:read.email"),
            "views.open": (self._views_open, None),
            "views.push": (self._views_push, None),
            "views.update": (self._views_update, None),
        }

    def call(self, method: str, arguments: Mapping[str, Any], token: str | None) -> dict[str, Any]:
        """Run *method* and give Slack's answer, which says "ok" or the error's code."""
        body: dict[str, Any]
        workspace = self._workspace
        error: str | None = None
        with workspace.lock:
            try:
                body = {"ok": True} | self._dispatch(method, _decoded(arguments), token)
            except SlackError as problem:
                error = problem.code
                body = {"ok": False, "error": error} | problem.extra
                if problem.details:
                    body["response_metadata"] = {"messages": problem.details}
            status = 429 if error == "ratelimited" else 200
            workspace.calls.append(ApiCall(method, dict(arguments), workspace.clock(), status, error))
        return json.loads(json.dumps(body)) if body["ok"] else body

    def respond(self, key: str, body: Any) -> tuple[int, str]:
        """Take a POST to the response URL *key* and give status and body of the answer."""
        workspace = self._workspace
        with workspace.lock:
            try:
                self._respond(key, body)
                status, text, error = 200, "ok", None
            except SlackError as problem:
                status, error = (404 if problem.code.endswith("_url") else 400), problem.code
                text = json.dumps({"ok": False, "error": error})
            noted = body if isinstance(body, dict) else {}
            workspace.calls.append(ApiCall("response_url", noted, workspace.clock(), status, error))
        return status, text

    def _dispatch(self, method: str, arguments: dict[str, Any], token: str | None) -> dict[str, Any]:
        if method not in self._methods:
            raise SlackError("unknown_method", req_method=method)
        token = token or arguments.pop("token", None)
        if not token:
            raise SlackError("not_authed")
        if token != self._token:
            raise SlackError("invalid_auth")
        arguments.pop("token", None)
        function, scope = self._methods[method]
        if scope is not None and scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
        if self._limits and (seconds := self._limits.wait(method, arguments)):
            raise SlackError("ratelimited", retry_after=seconds)
        return function(arguments)

    # Methods

    def _auth_test(self, _arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": f"https://{TEAM['domain']}.slack.com/",
            "team": "Sandbox",
            "team_id": TEAM["id"],
            "user": "panopticon",
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _post_message(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        content = checked_content(arguments)
        if content["thread_ts"] and self._workspace.find(channel.id, content["thread_ts"]) is None:
            raise SlackError("thread_not_found")
        message = self._workspace.post(channel.id, BOT_USER, content)
        return {"channel": channel.id, "ts": message.ts, "message": message.as_json(with_metadata=True)}

    def _post_ephemeral(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        user = arguments.get("user")
        if user not in self._workspace.users:
            raise SlackError("user_not_in_channel")
        content = checked_content(arguments)
        return {"message_ts": self._workspace.post(channel.id, BOT_USER, content, ephemeral_to=user).ts}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        message = self._own_message(channel, arguments, "cant_update_message")
        text, blocks, attachments = (arguments.get(name) for name in ("text", "blocks", "attachments"))
        if text is None and blocks is None and attachments is None:
            raise SlackError("no_text")
        if text is not None and len(text) > MAX_UPDATE_TEXT:
            raise SlackError("msg_too_long")
        check_content(arguments)
        message.before = message.all_blocks
        # With a text but no blocks the blocks go; attachments that are not named stay, [] clears them.
        # https://docs.slack.dev/reference/methods/chat.update
        if blocks is not None:
            message.blocks = self._workspace.numbered(blocks)
        elif text is not None:
            message.blocks = []
            message.edited = self._workspace.make_message(channel.id, BOT_USER, {}).ts
        if text is not None:
            message.text = text
        if attachments is not None:
            message.attachments = self._workspace.stored_attachments(attachments)
        if arguments.get("metadata") is not None:
            message.metadata = arguments["metadata"] or None
        self._workspace.changed()
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.as_json()}

    def _delete(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        message = self._own_message(channel, arguments, "cant_delete_message")
        self._workspace.remove(message)
        return {"channel": channel.id, "ts": message.ts}

    def _schedule_message(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        post_at = _whole_number(arguments, "post_at", None)
        now = self._workspace.clock()
        if post_at is None:
            raise SlackError("invalid_arguments", ["[ERROR] missing required field: post_at"])
        if post_at <= now:
            raise SlackError("time_in_past")
        if post_at > now + _SCHEDULE_DAYS * 86_400:
            raise SlackError("time_too_far")
        message = self._workspace.make_message(channel.id, BOT_USER, checked_content(arguments))
        key = f"Q04{message.ts.replace('.', '')}"
        self._workspace.scheduled[key] = (float(post_at), message)
        return {
            "channel": channel.id,
            "scheduled_message_id": key,
            "post_at": post_at,
            "message": message.as_json(),
        }

    def _delete_scheduled_message(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self._channel(arguments)
        if self._workspace.scheduled.pop(arguments.get("scheduled_message_id") or "", None) is None:
            raise SlackError("invalid_scheduled_message_id")
        return {}

    def _history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(arguments)
        limit = _whole_number(arguments, "limit", 100) or 100
        start = int(arguments.get("cursor") or 0)
        inclusive, with_metadata = _flag(arguments, "inclusive"), _flag(arguments, "include_all_metadata")
        oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
        found = [
            message
            for message in reversed(self._workspace.messages(channel.id))
            if message.thread_ts in (None, message.ts)
            and (oldest < float(message.ts) < latest or (inclusive and float(message.ts) in (oldest, latest)))
        ]
        page = found[start : start + limit]
        more = len(found) > start + limit
        return {
            "messages": [message.as_json(with_metadata=with_metadata) for message in page],
            "has_more": more,
            "pin_count": 0,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _users_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self._workspace.users.get(arguments.get("user") or "")
        if user is None:
            raise SlackError("user_not_found")
        return {"user": _as_json(user)}

    def _users_lookup(self, arguments: dict[str, Any]) -> dict[str, Any]:
        email = str(arguments.get("email") or "").lower()
        for user in self._workspace.users.values():
            if user.email == email and not (user.is_bot or user.is_outsider):
                return {"user": _as_json(user)}
        raise SlackError("users_not_found")

    def _views_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        view = checked_view(arguments.get("view"))
        user = self._workspace.exchange_trigger(arguments.get("trigger_id"))
        return {"view": self._workspace.show(user, view).as_json()}

    def _views_push(self, arguments: dict[str, Any]) -> dict[str, Any]:
        view = checked_view(arguments.get("view"))
        user = self._workspace.exchange_trigger(arguments.get("trigger_id"))
        return {"view": self._workspace.show(user, view, push=True).as_json()}

    def _views_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        body = checked_view(arguments.get("view"))
        view = self._open_view(arguments)
        if arguments.get("hash") not in (None, view.hash):
            raise SlackError("hash_conflict")
        self._workspace.redraw(view, body)
        return {"view": view.as_json()}

    # Arguments

    def _channel(self, arguments: dict[str, Any]) -> Channel:
        channel = self._workspace.channels.get(arguments.get("channel") or "")
        if channel is None:
            raise SlackError("channel_not_found")
        if not channel.bot_is_member:
            raise SlackError("not_in_channel")
        return channel

    def _own_message(self, channel: Channel, arguments: dict[str, Any], refusal: str) -> Message:
        message = self._workspace.find(channel.id, str(arguments.get("ts")))
        if message is None:
            raise SlackError("message_not_found")
        if message.user != BOT_USER:
            raise SlackError(refusal)
        return message

    def _open_view(self, arguments: dict[str, Any]) -> View:
        view_id, external_id = arguments.get("view_id"), arguments.get("external_id")
        if not view_id and not external_id:
            raise SlackError("invalid_arguments", ["[ERROR] missing required field: view_id or external_id"])
        for view in self._workspace.all_views():
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def _respond(self, key: str, body: Any) -> None:
        workspace = self._workspace
        url = workspace.response_urls.get(key)
        if url is None or workspace.clock() > url.expires:
            raise SlackError("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        target = workspace.find(url.channel, url.ts, ephemeral=True) if url.ts else None
        # https://docs.slack.dev/interactivity/handling-user-interaction#message_responses, where "true" is a text too
        if _flag(body, "delete_original"):
            if target is not None:
                workspace.remove(target)
        elif _flag(body, "replace_original") and target is not None:
            content = checked_content(body)
            target.text = content["text"] or ""
            target.blocks = workspace.numbered(content["blocks"] or [])
            target.attachments = workspace.stored_attachments(content["attachments"] or [])
            workspace.changed()
        else:
            ephemeral_to = None if body.get("response_type") == "in_channel" else url.user
            workspace.post(url.channel, BOT_USER, checked_content(body), ephemeral_to=ephemeral_to)
        url.uses += 1


def _decoded(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read the arguments that a form or a query holds as JSON text."""
    decoded = dict(arguments)
    for name in _JSON_ARGUMENTS:
        if isinstance(decoded.get(name), str):
            try:
                decoded[name] = json.loads(decoded[name])
            except ValueError:
                code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
                raise SlackError(code, [f"[ERROR] {name} is not JSON"]) from None
    return decoded


def _flag(arguments: Mapping[str, Any], name: str) -> bool:
    return str(arguments.get(name, "")).lower() in ("1", "true")


def _whole_number(arguments: Mapping[str, Any], name: str, default: int | None) -> int | None:
    try:
        return int(arguments[name]) if arguments.get(name) is not None else default
    except ValueError:
        raise SlackError("invalid_arguments", [f"[ERROR] {name} is not a number"]) from None


def _as_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "profile": {"real_name": user.real_name, "display_name": user.name},
        "deleted": False,
        "is_bot": user.is_bot,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
    }
