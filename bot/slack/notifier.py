"""Slack's Web API: only the calls that are needed, in our words and errors."""

import http.client
import logging
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot import tls
from bot.core.alerts import MessageRef
from bot.core.errors import (
    AppShutOut,
    MessageGone,
    MessageRejected,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.core.people import Person
from bot.core.workspace import SlackSecrets

# Slack's codes, by what they mean for the caller. https://docs.slack.dev/reference/methods/chat.postMessage
_REJECTED = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_attachments",
        "too_many_attachments",
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
    }
)
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# Of these Slack says that some of the work may have been done.
_UNKNOWN = frozenset({"internal_error", "fatal_error"})
_UNAVAILABLE = frozenset({"service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"})

_CHANNEL_CODES = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
_SHUT_OUT = _CHANNEL_CODES | {
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
    "access_denied",
    "ekm_access_denied",
    "org_login_required",
    "two_factor_setup_required",
}

_HISTORY_PAGE = 200
_MAX_NAME = 80
_DEFAULT_RETRY_SECONDS = 30


class Notifier:
    """
    What Panopticon says in one Slack workspace.

    slack_sdk's own retries are off: its default one posts twice when a connection breaks after Slack took the message.
    """

    def __init__(self, secrets: Callable[[], SlackSecrets], *, api_url: str, timeout_seconds: int) -> None:
        self._secrets = secrets
        self._api_url = api_url
        self._timeout_seconds = timeout_seconds
        self._scopes: frozenset[str] = frozenset()

    @property
    def may_find_users(self) -> bool:
        """Whether Slack has said, with what it answered to a post, that the app was given the scope for that."""
        return "users:read.email" in self._scopes

    def post(self, card: dict[str, Any]) -> MessageRef:
        """
        Post *card* to the alert channel.

        Raises:
            SlackError: see _translate; only after SlackOutcomeUnknown the card may stand there all the same.
            SecretsMissing: the app is not connected to a workspace yet.
        """
        client, channel = self._client()
        answer = _call(
            lambda: client.chat_postMessage(
                channel=channel, parse="none", unfurl_links=False, unfurl_media=False, **card
            )
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self._scopes = frozenset(str(headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
        return MessageRef(answer["channel"], answer["ts"])

    def update(self, message: MessageRef, card: dict[str, Any]) -> None:
        """
        Draw *card* over *message*.

        Raises:
            MessageGone: it is not there, or in a channel that is not the alert channel any more and that the app cannot
                reach: the card is to be posted anew.
        """
        client, channel = self._client()
        try:
            _call(lambda: client.chat_update(channel=message.channel, ts=message.ts, parse="none", **card))
        except SlackRefused as error:
            if message.channel != channel and error.code in _CHANNEL_CODES:
                raise MessageGone(error.code) from error
            raise

    def reply(self, message: MessageRef, line: dict[str, Any]) -> None:
        """
        Say *line* in the thread of *message*.

        Raises:
            SlackError: as post does.
        """
        client, _ = self._client()
        _call(
            lambda: client.chat_postMessage(
                channel=message.channel, thread_ts=message.ts, parse="none", unfurl_links=False, **line
            )
        )

    def find_user(self, email: str) -> Person | None:
        """
        Find whom Slack knows by *email*; None for nobody, and for who has left.

        Raises:
            SlackError: it does not say, as without the scope users:read.email.
        """
        client, _ = self._client()
        try:
            user = _call(lambda: client.users_lookupByEmail(email=email))["user"]
        except SlackRefused as error:
            if error.code == "users_not_found":
                return None
            raise
        profile = user.get("profile") or {}
        name = profile.get("real_name") or user.get("real_name") or user.get("name")
        return None if user.get("deleted") or not name else Person(str(user["id"]), str(name)[:_MAX_NAME])

    def remove(self, message: MessageRef) -> None:
        """Take a message of the app's own out of its channel."""
        client, _ = self._client()
        _call(lambda: client.chat_delete(channel=message.channel, ts=message.ts))

    def find(self, alert_id: str, *, after: datetime, before: datetime) -> MessageRef | None:
        """
        Look in the alert channel for the message that shows an alert, by its metadata.

        None where there is none, and where the app was not given a scope to read the channel.
        """
        client, channel = self._client()
        window = {"oldest": f"{after.timestamp():.6f}", "latest": f"{before.timestamp():.6f}"}
        cursor = ""
        while True:
            read = partial(
                client.conversations_history,
                channel=channel,
                inclusive=True,
                include_all_metadata=True,
                limit=_HISTORY_PAGE,
                cursor=cursor or None,
                **window,
            )
            try:
                page = _call(read)
            except SlackRefused:
                return None
            for message in page["messages"]:
                if message.get("metadata", {}).get("event_payload", {}).get("alert_id") == alert_id:
                    return MessageRef(channel, message["ts"])
            cursor = (page.get("response_metadata") or {"next_cursor": ""}).get("next_cursor", "")
            if not cursor:
                return None

    def open_view(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Open a modal for whoever gave *trigger_id*, within three seconds of their click, and give its id."""
        client, _ = self._client()
        answer = _call(lambda: client.views_open(trigger_id=trigger_id, view=view))
        return str(answer["view"]["id"])

    def update_view(self, view_id: str, view: dict[str, Any], *, view_hash: str | None = None) -> None:
        """Show *view* in the modal *view_id*, unless it changed since *view_hash*."""
        client, _ = self._client()
        _call(lambda: client.views_update(view_id=view_id, view=view, hash=view_hash))

    def answer(
        self, response_url: str, body: dict[str, Any], *, replace: bool = False, to_all: bool = False
    ) -> None:
        """
        Answer the person who clicked through the *response_url* of their click, or *to_all* in the channel.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        response_type = "in_channel" if to_all else "ephemeral"
        webhook = WebhookClient(
            response_url,
            timeout=self._timeout_seconds,
            ssl=tls.context_for(response_url),
            retry_handlers=[],
            logger=_quiet_logger(),
        )
        try:
            answer = webhook.send_dict({**body, "replace_original": replace, "response_type": response_type})
        except (OSError, http.client.HTTPException) as error:
            raise _translate(error) from error
        if answer.status_code != 200:
            raise SlackRefused(f"response_url answered {answer.status_code}")

    def find_post_trouble(self, now: datetime) -> str | None:
        """
        Try whether a message to the alert channel would be taken, and say what keeps it from that, None for nothing.

        A message is scheduled for the next day and taken back at once: Slack checks the token, the scope, the channel
        and the membership for that as it does for a post, and nobody sees anything.
        """
        post_at = int((now + timedelta(days=1)).timestamp())
        words = "Panopticon has checked that it may post here."  # right also if it should ever be seen
        try:
            client, channel = self._client()
            scheduled = _call(
                lambda: client.chat_scheduleMessage(channel=channel, post_at=post_at, text=words)
            )
            taken = {
                "channel": scheduled["channel"],
                "scheduled_message_id": scheduled["scheduled_message_id"],
            }
            _call(lambda: client.chat_deleteScheduledMessage(**taken))
        except SlackError as error:
            return explain(error.code)
        return None

    def _client(self) -> tuple[WebClient, str]:
        """Make the client for the token as it is now, and give the alert channel beside it."""
        secrets = self._secrets()
        client = WebClient(
            token=secrets.bot_token,
            base_url=self._api_url,
            timeout=self._timeout_seconds,
            ssl=tls.context_for(self._api_url),
            retry_handlers=[],
            logger=_quiet_logger(),
        )
        return client, secrets.channel


def explain(code: str) -> str:
    """
    Say what an error code of Slack's means and what to do.

    >>> explain("not_in_channel")
    'the app is not in the alert channel: type /invite @Panopticon there'
    """
    return _EXPLANATIONS.get(code, f"Slack answers {code}")


_EXPLANATIONS = {
    "not_in_channel": "the app is not in the alert channel: type /invite @Panopticon there",
    "channel_not_found": "Slack knows no such channel, or it is private and the app is not in it",
    "is_archived": "the alert channel is archived: unarchive it, or configure another",
    "invalid_auth": "the bot token is not valid: store the one from the app's page",
    "not_authed": "the bot token is not valid: store the one from the app's page",
    "token_revoked": "the bot token was revoked: install the app again and store the new one",
    "account_inactive": "the app was removed from the workspace: install it again and store the new token",
    "missing_scope": "a scope is missing: install the app again with the manifest as it is now",
    "token_expired": "the bot token has expired: install the app again and store the new one",
    "no_permission": "the bot token may not do this: install the app again with the manifest as it is now",
    "not_allowed_token_type": "the token is not a bot token: store the one that begins with xoxb-",
    "team_access_not_granted": "the app may not use this workspace of the organisation: an admin of it has to approve the app",
    "restricted_action": "a workspace setting keeps the app from posting to the alert channel",
    "restricted_action_read_only_channel": "the alert channel is read-only for the app: allow it there, or configure another",
    "restricted_action_thread_only_channel": "in the alert channel the app may only reply: allow it to post, or configure another",
    "ratelimited": "Slack asks to slow down; try again in a minute",
}


def _call(request: Callable[[], SlackResponse]) -> SlackResponse:
    try:
        return request()
    except (SlackClientError, OSError, http.client.HTTPException) as error:
        raise _translate(error) from error


def _translate(error: Exception) -> SlackError:
    """
    Turn what slack_sdk raises into ours, by one question: can Slack have carried the call out?

    It did not when it said so, or when no connection was made. After a time-out, a connection that broke, or a server
    error nobody knows.
    """
    if isinstance(error, SlackApiError):
        return _translate_answer(error)
    if isinstance(error, SlackRequestError):
        return SlackOutcomeUnknown(type(error).__name__)
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError | socket.gaierror):
        return SlackUnreachable(type(reason).__name__)
    return SlackOutcomeUnknown(type(reason).__name__)


def _translate_answer(error: SlackApiError) -> SlackError:
    response = error.response
    status = getattr(response, "status_code", 200)
    if status == 429:
        after = str(response.headers.get("Retry-After", response.headers.get("retry-after", "")))
        return SlackRateLimited(int(after) if after.isdecimal() else _DEFAULT_RETRY_SECONDS)
    code = response.get("error") if hasattr(response, "get") else None
    if (
        not isinstance(code, str) or not code.isidentifier()
    ):  # slack_sdk puts a text there for an answer without JSON
        return SlackOutcomeUnknown(f"http_{status}")
    if status >= 500 or code in _UNKNOWN:
        return SlackOutcomeUnknown(code)
    for codes, kind in (
        (_REJECTED, MessageRejected),
        (_GONE, MessageGone),
        (_UNAVAILABLE, SlackUnreachable),
        (_SHUT_OUT, AppShutOut),
    ):
        if code in codes:
            return kind(code)
    if code == "ratelimited":
        return SlackRateLimited(_DEFAULT_RETRY_SECONDS)
    return SlackRefused(code)


def _quiet_logger() -> logging.Logger:
    """Give slack_sdk a logger that keeps requests and answers, which hold tokens and response_urls, out of the log."""
    logger = logging.getLogger("slack_sdk.quiet")
    logger.setLevel(logging.CRITICAL)
    return logger
