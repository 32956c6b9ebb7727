"""What a Slack workspace is made of: users, channels, messages, modals, and the errors it answers with."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.block_kit import texts

TEAM = {"id": "T04PANOPTIC", "domain": "sandbox"}
OTHER_TEAM_ID = "T04PARTNER0"
APP_ID = "A04PANOPTIC"
BOT_ID = "B04PANOPTIC"
BOT_USER = "U04PANOPTIC"
SLACKBOT = "USLACKBOT"
CHANNEL = "C04SECGROUPS"
OTHER_CHANNEL = "C04GENERAL0"
JO = "U04JOPARK01"
SAM = "U04SAMLEE02"
KIM = "U04KIMRAY03"
LEE = "U04LEEGUE04"
ALICE = "U04ALICEK05"


class SlackError(Exception):
    """An error that Slack answers with, by its code; *details* are its sentences, *extra* further fields."""

    def __init__(self, code: str, details: list[str] | None = None, **extra: Any) -> None:
        super().__init__(code, *(details or ()))
        self.code = code
        self.details = details or []
        self.extra = extra


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot; one of another team is in the channel by Slack Connect, a guest is in no other channel."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    team_id: str = TEAM["id"]
    is_guest: bool = False

    @property
    def email(self) -> str:
        """The address that they signed up with."""
        return f"{self.name}@example.com"

    @property
    def is_outsider(self) -> bool:
        """Whether they are of another team than the app."""
        return self.team_id != TEAM["id"]


@dataclass(frozen=True, slots=True)
class Channel:
    """A public channel; the bot posts only where it is a member."""

    id: str
    name: str
    bot_is_member: bool


@dataclass(slots=True)
class Message:
    """
    A message; `ephemeral_to` is the one user who sees it, None means all. `ts` is its id within the channel.

    `before` are all of its blocks as they were before the last edit, which somebody may still be looking at.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    metadata: dict[str, Any] | None = None
    ephemeral_to: str | None = None
    edited: str | None = None
    thread_ts: str | None = None
    before: list[dict[str, Any]] = field(default_factory=list)

    @property
    def all_blocks(self) -> list[dict[str, Any]]:
        """The blocks of the message itself, then those of its attachments."""
        return [*self.blocks, *(block for item in self.attachments for block in item.get("blocks", ()))]

    def plain(self) -> str:
        """Give the text that a reader sees, marks included, a line for each piece; the headline first."""
        return "\n".join([self.text, *texts(self.blocks), *texts(self.attachments)])

    def as_json(self, *, with_metadata: bool = False) -> dict[str, Any]:
        """Write the message as Slack's payloads hold it."""
        body: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.user == BOT_USER:
            body |= {"bot_id": BOT_ID, "app_id": APP_ID, "team": TEAM["id"]}
        if self.blocks:
            body["blocks"] = self.blocks
        if self.attachments:
            body["attachments"] = self.attachments
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edited:
            body["edited"] = {"user": self.user, "ts": self.edited}
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return copy.deepcopy(body)


@dataclass(slots=True)
class View:
    """An open modal of one user; `body` is what the app sent, `values` what the user has filled in."""

    id: str
    user: str
    body: dict[str, Any]
    hash: str
    root: str
    previous: str | None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The title as text."""
        return str(self.body["title"]["text"])

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks."""
        blocks: list[dict[str, Any]] = self.body["blocks"]
        return blocks

    def plain(self) -> str:
        """Give the text that a reader sees, marks included, a line for each piece; the title first."""
        return "\n".join([self.title, *texts(self.blocks)])

    def as_json(self) -> dict[str, Any]:
        """Write the view as Slack's payloads hold it."""
        defaults = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "close": None,
            "submit": None,
        }
        own = {
            "id": self.id,
            "team_id": TEAM["id"],
            "state": {"values": self.values},
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM["id"],
            "bot_id": BOT_ID,
        }
        return copy.deepcopy(defaults | self.body | own)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A Web API call, or a POST to a response URL (`method` "response_url"); `error` is None when it was done."""

    method: str
    arguments: dict[str, Any]
    at: float
    status: int
    error: str | None


def elements(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the interactive elements of a block."""
    if block["type"] == "actions":
        yield from block["elements"]
    elif block["type"] == "input":
        yield block["element"]
    elif block["type"] == "section" and block.get("accessory", {}).get("type", "image") != "image":
        yield block["accessory"]
