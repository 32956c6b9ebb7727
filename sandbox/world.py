"""The sandbox as one object: AWS, Slack, the bot between them, and what one can do with it."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from bot import parts
from bot.core.changes import GroupKey
from bot.core.jobs import ObserveJob
from bot.policy import Policy, load_policy
from sandbox.aws import ACCOUNT_ID, REGION, AwsAccount
from sandbox.client import People
from sandbox.clock import MovableClock
from sandbox.ec2 import SecurityGroups
from sandbox.endpoint import Answer, BotEndpoint
from sandbox.faults import Faults
from sandbox.function_url import PATH
from sandbox.functions import Functions, Handler
from sandbox.knowledge import Knowledge
from sandbox.principals import ALICE, TERRAFORM, Principal
from sandbox.queues import Background, Queues
from sandbox.rates import RateLimits
from sandbox.routes import page_and_api
from sandbox.serving import Server
from sandbox.slack_objects import CHANNEL, SAM, Message, elements
from sandbox.trail import Trail
from sandbox.web_api import WebApi, granted_scopes
from sandbox.workspace import Workspace

BOT_TOKEN = "xoxb-sandbox-token"
SIGNING_SECRET = "sandbox-signing-secret"


class Sandbox:
    """
    A Slack workspace, an AWS account and the bot, in this process.

    Tests drive it without threads of its own: what they do reaches the bot at once, `drain` plays the queues. While it
    is started, the environment is the one that the three functions have in Lambda. One at a time: the bot's handlers
    keep the clients that they made.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler] | None = None,
        clock: Callable[[], float] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        scopes: frozenset[str] | None = None,
        rate_limits: bool = False,
        pass_time: Callable[[float], None] | None = None,
    ) -> None:
        """
        Bind the ports; nothing answers before `start`.

        *handlers*, by function name, takes the place of `bot.handlers`; *scopes* of those that manifest.json asks for.
        With *rate_limits* Slack limits calls as it does; without, tests need not wait. *clock* is one of the sandbox's own unless
        it is given; then *pass_time* moves it on.

        Raises:
            OSError: the port is taken.
        """
        own = MovableClock()
        clock = clock or own
        self.clock = clock
        self._advance = pass_time or own.advance
        self.aws = AwsAccount(clock)
        self.slack = Workspace(clock)
        self.functions = Functions(REGION, ACCOUNT_ID, handlers)
        self.queues = Queues(self.aws, self.functions, pass_time)
        self.trail = Trail(self.deliver, clock)
        self.groups = SecurityGroups(self.aws.ec2, self.trail.emit, clock)
        self.knowledge = Knowledge(self.aws, self.groups)
        self.endpoint = BotEndpoint(self.functions, SIGNING_SECRET, clock)
        self.restarting = RLock()
        self.people = People(self.slack, self.endpoint)
        self.limits = RateLimits(clock)
        granted = granted_scopes() if scopes is None else scopes
        self.api = WebApi(self.slack, BOT_TOKEN, granted, self.limits if rate_limits else None)
        self.faults = Faults(clock)
        self.server = Server(page_and_api(self), host, port)
        self.url = self.server.url
        self.slack.response_base = f"{self.url}/response"
        self.slack_api_url = f"{self.url}/api/"

    @classmethod
    @contextmanager
    def start(
        cls,
        *,
        history: bool = False,
        background: bool = False,
        policy: Policy | None = None,
        **options: Any,
    ) -> Iterator["Sandbox"]:
        """
        Run a sandbox for the time of a `with` block; *options* are the arguments of the class.

        With *history* something has happened before one comes: see `live_through`. With *background* threads play the
        queues and the schedule. *policy* takes the place of policy.toml.
        """
        sandbox = cls(**options)
        before = dict(os.environ)
        sandbox.functions.move()
        sandbox.aws.start()
        sandbox.server.start()
        threads = Background(sandbox.queues)
        try:
            with (
                parts.by_clock(lambda: datetime.fromtimestamp(sandbox.clock(), UTC)),
                parts.by_policy(policy or load_policy()),
            ):
                sandbox.reset()
                if history:
                    sandbox.live_through()
                if background:
                    threads.start()
                yield sandbox
        finally:
            if background:
                threads.stop()
            sandbox.server.stop()
            sandbox.aws.stop()
            os.environ.clear()
            os.environ.update(before)
            sandbox.functions.move()

    def reset(self) -> None:
        """Begin anew: an empty table, empty queues, the first groups, a channel without messages."""
        self.aws.reset(
            {
                "bot-token": ("SecureString", BOT_TOKEN),
                "signing-secret": ("SecureString", SIGNING_SECRET),
                "channel": ("String", CHANNEL),
            }
        )
        os.environ.update(self.aws.environment(self.slack_api_url))
        self.slack.reset()
        self.people.requests.clear()
        self.trail.reset()
        self.faults.reset()
        self.limits.reset()
        self.functions.start_cold()
        self.groups.build()

    def live_through(self) -> None:
        """Let pass what was before a visitor comes: groups were made, and Sam saw it; the database is open, unseen."""
        self._name_accounts()
        self.groups.record_story()
        self.drain()
        for message in self.slack.messages():
            for block in message.all_blocks:
                for element in elements(block):
                    label = element.get("text", {}).get("text")
                    if label in ("Acknowledge", "View rules"):
                        self.click(SAM, message, element["action_id"])
        self.drain()
        self.close_modal(SAM)
        self.groups.record_incident()
        self.drain()

    def start_over(self) -> None:
        """Put everything back as it is when a visitor comes; what is under way is finished first."""
        with self.restarting, self.queues.at_rest():
            self.reset()
            self.live_through()

    def _name_accounts(self) -> None:
        """Have the bot read from AWS Organizations what accounts are called, as its schedule does each day."""
        self.aws.found_organization()
        os.environ["ORGANIZATION_NAMES"] = "yes"
        self.functions.start_cold()
        parts.naming_accounts().read_due(lambda: True)

    # AWS

    def open_ssh(self, group: str = "web-prod", principal: Principal = ALICE) -> dict[str, Any]:
        """Open tcp 22 of *group* to the world and put the event on its queue; give the event."""
        return self.groups.open_ssh(group, principal)

    def close_ssh(self, group: str = "web-prod", principal: Principal = ALICE) -> dict[str, Any]:
        """Close tcp 22 of *group* to the world and put the event on its queue; give the event."""
        return self.groups.close_ssh(group, principal)

    def create_group(self, name: str, principal: Principal = TERRAFORM) -> dict[str, Any]:
        """Make a group and put the event on its queue; give the event."""
        return self.groups.create_group(name, principal)

    def delete_group(self, name: str = "old-bastion", principal: Principal = ALICE) -> dict[str, Any]:
        """Delete a group and put the event on its queue; give the event."""
        return self.groups.delete_group(name, principal)

    def ec2(self, operation: str, principal: Principal = ALICE, **parameters: Any) -> dict[str, Any]:
        """Make any known EC2 call with boto3's *parameters*, put the event on its queue; give the event."""
        return self.groups.call(operation, principal, **parameters)

    def deliver(self, event: Mapping[str, Any] | str) -> None:
        """Put an EventBridge event, or any text in its place, on the events queue."""
        body = event if isinstance(event, str) else json.dumps(event)
        self.aws.sqs.send_message(QueueUrl=self.aws.queue_urls["events"], MessageBody=body)

    def drain(self, *, hasten: bool = True, most_seconds: float = float("inf")) -> int:
        """Play both queues until they are empty; see `Queues.drain`."""
        return self.queues.drain(hasten=hasten, most_seconds=most_seconds)

    def let_pass(self, seconds: float) -> None:
        """Let time pass at once, for the clock and for what waits in the queues."""
        with self.queues.at_rest():
            self._advance(seconds)
            self.queues.wait(seconds)

    def read_group(self, name: str) -> None:
        """Have the worker read a group from EC2 here and now, as it does each day, once all events that are there are taken."""
        key = GroupKey(ACCOUNT_ID, REGION, self.groups.ids[name])
        with self.queues.at_rest():
            while self.queues.poll("events"):
                pass
            parts.jobs().send(ObserveJob(key, None))
            while self.queues.poll("jobs"):
                pass

    # Slack

    def command(self, user: str, text: str = "") -> Answer:
        """Send `/sg-changes` with *text*."""
        return self.people.command(user, text)

    def click(
        self,
        user: str,
        message: Message | str,
        action_id: str,
        value: str | None = None,
        *,
        option: str | None = None,
    ) -> Answer:
        """Click a button, or choose an option of a menu, on a message."""
        return self.people.click(user, message, action_id, value, option=option)

    def choose(self, user: str, message: Message | str, action_id: str, option: str) -> Answer:
        """Choose an option, by its value or text, of an overflow menu or a select on a message."""
        return self.people.choose(user, message, action_id, option)

    def click_in_modal(
        self, user: str, action_id: str, value: str | None = None, *, option: str | None = None
    ) -> Answer:
        """Click a button, or choose an option of a menu, in the open modal."""
        return self.people.click_in_modal(user, action_id, value, option=option)

    def submit(self, user: str, values: Mapping[str, str] | None = None) -> Answer:
        """Submit the open modal; *values* by "block_id/action_id" or by action_id alone."""
        return self.people.submit(user, values)

    def close_modal(self, user: str) -> Answer | None:
        """Close the open modal."""
        return self.people.close(user)

    def request(
        self, body: bytes, headers: Mapping[str, str], method: str = "POST", path: str = PATH, query: str = ""
    ) -> Answer:
        """Send any bytes to the Function URL."""
        return self.endpoint.request(body, headers, method, path, query)
