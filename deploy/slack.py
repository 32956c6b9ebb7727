"""Slack, asked before anything is stored: whose token it is, what it may do, and whether it may post to the channel."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.workspace import SlackSecrets
from bot.slack.notifier import Notifier, explain
from deploy.errors import DeployError

_TIMEOUT_SECONDS = 10
_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{6,20}")
_OTHER_TOKENS = {
    "xoxp-": "a user's token",
    "xapp-": "an app-level token",
    "xoxe": "a token that is rotated",
}


@dataclass(frozen=True, slots=True)
class App:
    """Whose token it is: the workspace, the app's name there, and its scopes, None where Slack does not say."""

    workspace: str
    name: str
    scopes: frozenset[str] | None


def read_token(text: str) -> str:
    """
    Check that *text* looks like a bot's token.

    Raises:
        DeployError: it is something else; the words say what, and never repeat it.
    """
    if text.startswith("xoxb-") and text.isascii() and text.isprintable():
        return text
    other = next(
        (what for prefix, what in _OTHER_TOKENS.items() if text.startswith(prefix)), "something else"
    )
    raise DeployError(
        f"That is {other}. The bot token begins with xoxb-: on the app's page, OAuth & Permissions, "
        "Bot User OAuth Token (there once the app is installed)."
    )


def read_signing_secret(text: str) -> str:
    """
    Check that *text* looks like a signing secret; only a request of Slack's can show that it is the right one.

    Raises:
        DeployError: it does not.
    """
    if not _SIGNING_SECRET.fullmatch(text):
        raise DeployError(
            "That is not a signing secret, which has 32 of the characters 0-9 and a-f: on the app's page, "
            "Basic Information, App Credentials, Signing Secret (not the client secret or the verification token)."
        )
    return text


def read_channel(text: str) -> str:
    """
    Read a channel's id, alone or at the end of its link.

    >>> read_channel("https://example.slack.com/archives/C0123456789")
    'C0123456789'

    Raises:
        DeployError: it is something else, perhaps its name.
    """
    last = text.rstrip("/").rpartition("/")[2]
    if not _CHANNEL.fullmatch(last):
        raise DeployError(
            f"{text!r} is not a channel's id, as C0123456789. In Slack: the channel's name, About, at the bottom; "
            "or Copy link, which will do too."
        )
    return last


def ask_whose(token: str, api_url: str) -> App:
    """
    Ask Slack whose token it is.

    Raises:
        DeployError: Slack does not take it, or was not reached.
    """
    client = WebClient(token=token, base_url=api_url, timeout=_TIMEOUT_SECONDS, retry_handlers=[])
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        raise DeployError(
            f"Slack does not take this token: {explain(str(error.response['error']))}."
        ) from None
    except (SlackClientError, OSError) as error:
        raise DeployError(f"Slack was not reached at {api_url} ({type(error).__name__}).") from None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = headers.get("x-oauth-scopes")
    scopes = None if granted is None else frozenset(re.split(r",\s*", granted.strip())) - {""}
    return App(str(answer.get("team")), str(answer.get("user")), scopes)


def check_scopes(app: App, asked: frozenset[str]) -> None:
    """
    Check that the app was given every scope that it asks for.

    Raises:
        DeployError: one is missing.
    """
    if app.scopes is not None and (missing := sorted(asked - app.scopes)):
        raise DeployError(
            f"The app lacks the scope {', '.join(missing)}. On the app's page, App Manifest: paste build/manifest.json, "
            "save, install the app again, and give the token anew."
        )


def check_channel(token: str, channel: str, api_url: str, clock: Callable[[], datetime]) -> None:
    """
    Try whether the app may post to *channel*, which nobody there sees.

    Raises:
        DeployError: it may not; the words say what to do.
    """
    notifier = Notifier(
        lambda: SlackSecrets(token, (), channel), api_url=api_url, timeout_seconds=_TIMEOUT_SECONDS
    )
    trouble = notifier.find_post_trouble(clock())
    if trouble:
        raise DeployError(f"No card could be posted to {channel}: {trouble}.")
