"""The state of a Slack workspace: messages, modals, triggers, response URLs, and what was called."""

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Any

from sandbox.slack_objects import (
    ALICE,
    BOT_USER,
    CHANNEL,
    JO,
    KIM,
    LEE,
    OTHER_CHANNEL,
    OTHER_TEAM_ID,
    SAM,
    SLACKBOT,
    TEAM,
    ApiCall,
    Channel,
    Message,
    SlackError,
    User,
    View,
    elements,
)

# https://docs.slack.dev/interactivity/handling-user-interaction: a trigger is used once and expires in 3 seconds, a
# response_url is used up to 5 times within 30 minutes.
TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5
MAX_VIEWS = 3  # https://docs.slack.dev/surfaces/modals: a view stack holds up to three


@dataclass(slots=True)
class _Trigger:
    user: str
    expires: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where the app may answer one interaction: in *channel*, to *user*, about the message *ts* if there is one."""

    channel: str
    user: str
    ts: str | None
    expires: float
    uses: int = 0


class Workspace:
    """
    Everything that Slack would remember.

    `version` rises with each change that someone could see. All methods may be called from several threads.
    """

    def __init__(self, clock: Callable[[], float], response_base: str = "http://127.0.0.1/response") -> None:
        self.clock = clock
        self.lock = RLock()
        self.response_base = response_base
        self.version = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but the people and the channels."""
        with self.lock:
            self.users = {
                user.id: user
                for user in (
                    User(JO, "jo", "Jo Park"),
                    User(SAM, "sam", "Sam Lee"),
                    User(KIM, "kim", "Kim Ray", team_id=OTHER_TEAM_ID),
                    User(LEE, "lee", "Lee Cho", is_guest=True),
                    User(ALICE, "alice", "Alice Kim"),
                    User(BOT_USER, "panopticon", "Panopticon", is_bot=True),
                    User(SLACKBOT, "slackbot", "Slackbot", is_bot=True),
                )
            }
            self.channels = {
                CHANNEL: Channel(CHANNEL, "security-groups", bot_is_member=True),
                OTHER_CHANNEL: Channel(OTHER_CHANNEL, "general", bot_is_member=False),
            }
            self.calls: list[ApiCall] = []
            self.views: dict[str, list[View]] = {}
            self.triggers: dict[str, _Trigger] = {}
            self.response_urls: dict[str, ResponseUrl] = {}
            self.scheduled: dict[str, tuple[float, Message]] = {}
            self._messages: list[Message] = []
            self._last_ts = 0
            self._numbers = itertools.count(1)
            self.changed()

    # Messages

    def messages(self, channel: str = CHANNEL) -> list[Message]:
        """List the messages that all see, oldest first."""
        with self.lock:
            self.post_due()
            return [m for m in self._messages if m.channel == channel and m.ephemeral_to is None]

    def ephemerals(self, user: str, channel: str = CHANNEL) -> list[Message]:
        """List the messages that only *user* sees, oldest first."""
        with self.lock:
            return [m for m in self._messages if m.channel == channel and m.ephemeral_to == user]

    def timeline(self, user: str, channel: str = CHANNEL) -> list[Message]:
        """List what *user* sees in the channel, oldest first."""
        with self.lock:
            self.post_due()
            return [m for m in self._messages if m.channel == channel and m.ephemeral_to in (None, user)]

    def find(self, channel: str, ts: str, *, ephemeral: bool = False) -> Message | None:
        """Find a message by its id; ephemeral ones only on demand, as the Web API cannot reach them."""
        with self.lock:
            for message in self._messages:
                if (message.channel, message.ts) == (channel, ts) and (
                    ephemeral or message.ephemeral_to is None
                ):
                    return message
        return None

    def post(
        self, channel: str, user: str, content: dict[str, Any], *, ephemeral_to: str | None = None
    ) -> Message:
        """Add a message; *content* holds text, blocks, attachments, metadata and thread_ts, all optional."""
        with self.lock:
            message = self.make_message(channel, user, content, ephemeral_to)
            self._messages.append(message)
            self.changed()
            return message

    def make_message(
        self, channel: str, user: str, content: dict[str, Any], ephemeral_to: str | None = None
    ) -> Message:
        """Make a message with the next id, without showing it."""
        with self.lock:
            return Message(
                ts=self._next_ts(),
                channel=channel,
                user=user,
                text=content.get("text") or "",
                blocks=self.numbered(content.get("blocks") or []),
                attachments=self.stored_attachments(content.get("attachments") or []),
                metadata=copy.deepcopy(content.get("metadata")) or None,
                ephemeral_to=ephemeral_to,
                thread_ts=content.get("thread_ts"),
            )

    def post_due(self) -> None:
        """Post the scheduled messages whose time has come."""
        for key, (post_at, message) in list(self.scheduled.items()):
            if post_at <= self.clock():
                del self.scheduled[key]
                message.ts = self._next_ts()
                self._messages.append(message)
                self.changed()

    def remove(self, message: Message) -> None:
        """Take a message away."""
        with self.lock:
            self._messages.remove(message)
            self.changed()

    def numbered(self, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Copy *blocks* and give those without a block_id one, and their elements an action_id, as Slack does."""
        copied = copy.deepcopy(blocks)
        for block in copied:
            block.setdefault("block_id", f"b{next(self._numbers):04x}")
            for element in elements(block):
                element.setdefault("action_id", f"a{next(self._numbers):04x}")
        return copied

    def stored_attachments(self, attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Copy *attachments* as Slack keeps them: numbered, colours without "#", with a fallback."""
        stored = []
        for number, attachment in enumerate(attachments, 1):
            kept: dict[str, Any] = {"id": number, "fallback": "[no preview available]"} | copy.deepcopy(
                attachment
            )
            kept["id"] = number
            if "color" in kept:
                kept["color"] = kept["color"].lstrip("#")
            if "blocks" in kept:
                kept["blocks"] = self.numbered(kept["blocks"])
            stored.append(kept)
        return stored

    # What an app is given to answer with

    def new_trigger(self, user: str) -> str:
        """Make a trigger id, good once and for three seconds."""
        with self.lock:
            trigger_id = f"{next(self._numbers)}.{int(self.clock())}.sandbox"
            self.triggers[trigger_id] = _Trigger(user, self.clock() + TRIGGER_SECONDS)
            return trigger_id

    def exchange_trigger(self, trigger_id: Any) -> str:
        """
        Use a trigger id up and tell whose it is.

        Raises:
            SlackError: it is unknown, used or too old.
        """
        with self.lock:
            trigger = self.triggers.get(trigger_id)
            if trigger is None:
                raise SlackError("invalid_trigger_id")
            if trigger.used:
                raise SlackError("exchanged_trigger_id")
            if self.clock() > trigger.expires:
                raise SlackError("expired_trigger_id")
            trigger.used = True
            return trigger.user

    def new_response_url(self, channel: str, user: str, ts: str | None) -> str:
        """Make an address for answers, good five times within half an hour."""
        with self.lock:
            key = f"{TEAM['id']}/{next(self._numbers)}/sandbox"
            self.response_urls[key] = ResponseUrl(channel, user, ts, self.clock() + RESPONSE_URL_SECONDS)
            return f"{self.response_base}/{key}"

    # Modals

    def modal(self, user: str) -> View | None:
        """Give the modal that *user* sees, the topmost."""
        with self.lock:
            stack = self.views.get(user)
            return stack[-1] if stack else None

    def all_views(self) -> Iterator[View]:
        """Give every open view, covered ones too."""
        return itertools.chain.from_iterable(self.views.values())

    def show(self, user: str, body: dict[str, Any], *, push: bool = False) -> View:
        """
        Open a modal, or put one on top of those that are open.

        Raises:
            SlackError: three are open already, or the external id is in use.
        """
        with self.lock:
            stack = self.views.get(user, []) if push else []
            if len(stack) >= MAX_VIEWS:
                raise SlackError("push_limit_reached")
            view_id = f"V04{next(self._numbers):08X}"
            root, previous = (stack[0].id, stack[-1].id) if stack else (view_id, None)
            view = View(view_id, user, self._checked_body(body, None), self._next_hash(), root, previous)
            self.views[user] = [*stack, view]
            self.changed()
            return view

    def redraw(self, view: View, body: dict[str, Any]) -> None:
        """Replace what an open modal shows; values of inputs that stay are kept."""
        with self.lock:
            view.body = self._checked_body(body, view)
            view.hash = self._next_hash()
            view.errors = {}
            kept = {block["block_id"] for block in view.blocks}
            view.values = {block_id: value for block_id, value in view.values.items() if block_id in kept}
            self.changed()

    def close(self, user: str, *, all_views: bool = False) -> None:
        """Close the topmost modal of *user*, or all of them."""
        with self.lock:
            stack = self.views.pop(user, [])
            if len(stack) > 1 and not all_views:
                self.views[user] = stack[:-1]
            self.changed()

    def changed(self) -> None:
        """Note that someone could see a difference."""
        self.version += 1

    def _checked_body(self, body: dict[str, Any], own: View | None) -> dict[str, Any]:
        external_id = body.get("external_id")
        if external_id and any(
            v is not own and v.body.get("external_id") == external_id for v in self.all_views()
        ):
            raise SlackError("duplicate_external_id")
        return copy.deepcopy(body) | {"blocks": self.numbered(body["blocks"])}

    def _next_hash(self) -> str:
        return f"{int(self.clock())}.{next(self._numbers):08x}"

    def _next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"
