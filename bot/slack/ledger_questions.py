"""What the slash command asks of ledgers, and the buttons and menus of those answers: registered on Bolt, one function each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from slack_bolt import Ack, App

from bot.core.changes import GroupDetails, GroupKey
from bot.core.history import AlertScope, Listing, decode_scope
from bot.core.jobs import parse_group
from bot.core.ledger_views import Flow
from bot.core.places import Places
from bot.slack.answers import PAGE, Answer, changes_view, shared
from bot.slack.exposed_answer import (
    CHANGES_OF_GROUP,
    MORE_EXPOSED,
    RULES_OF_GROUP,
    SHARE_EXPOSED,
    exposed_answer,
    nothing_exposed_answer,
)
from bot.slack.menus import PICK_FOR_RULES_AT, PICK_FOR_WHY, read_flow, read_moment_kept
from bot.slack.notifier import Notifier
from bot.slack.rules_at_answer import (
    NEXT_RULES_AT,
    PREVIOUS_RULES_AT,
    SHARE_RULES_AT,
    read_rules_at_page,
    rules_at_answer,
)
from bot.slack.why_answer import SHARE_WHY, read_why, why_answer
from bot.slack.windows import UNKNOWN_BUTTON, Windows
from bot.workflows.ledger_lookup import LedgerLookup
from bot.workflows.lookup import Lookup

Body = Mapping[str, Any]
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class LedgerQuestions:
    """Answers what ledgers can, from the store alone, so within the time that Slack waits."""

    lookup: Lookup
    ledgers: LedgerLookup
    notifier: Notifier
    windows: Windows
    places: Places
    clock: Callable[[], datetime]

    def register(self, app: App) -> None:
        """Tell *app* which function answers what."""
        app.action(PICK_FOR_RULES_AT)(self.pick_for_rules_at)
        app.action(PREVIOUS_RULES_AT)(self.turn_rules_at)
        app.action(NEXT_RULES_AT)(self.turn_rules_at)
        app.action(SHARE_RULES_AT)(self.share_rules_at)
        app.action(PICK_FOR_WHY)(self.pick_for_why)
        app.action(SHARE_WHY)(self.share_why)
        app.action(MORE_EXPOSED)(self.more_exposed)
        app.action(SHARE_EXPOSED)(self.share_exposed)
        app.action(RULES_OF_GROUP)(self.rules_of_group)
        app.action(CHANGES_OF_GROUP)(self.changes_of_group)

    def rules_at(self, group: GroupDetails, at: datetime, *, page: int = 0) -> Answer:
        """Answer what a group's rules were."""
        return rules_at_answer(group, self.ledgers.rules_at(group.key, at), self.places, page=page)

    def why(self, group: GroupDetails, flow: Flow) -> Answer:
        """Answer why a group admits something, or since when it does not."""
        return why_answer(group, self.ledgers.why(group.key, flow), self.places, self.clock())

    def exposed(self, scope: AlertScope) -> Answer:
        """Answer which groups admit the internet."""
        groups, more = self.ledgers.exposed(scope, size=PAGE)
        if not groups and more is None and scope.behind is None:
            return nothing_exposed_answer(scope, self.lookup.silence(Listing()), self.places)
        return exposed_answer(groups, scope, more=more, now=self.clock(), places=self.places)

    def pick_for_rules_at(self, ack: Ack, body: Body) -> None:
        """Show the rules of the group that was picked, as they were at the moment that was asked for."""
        ack()
        key, at = self.windows.read_value(body, parse_group), self._read_kept(body, read_moment_kept)
        if key and at:
            self._replace(body, self.rules_at(self.lookup.details(key), at))

    def turn_rules_at(self, ack: Ack, body: Body) -> None:
        """Show another page of the rules of that moment."""
        ack()
        if answer := self._page_of_rules(body):
            self._replace(body, answer)

    def share_rules_at(self, ack: Ack, body: Body) -> None:
        """Show everybody in the channel the rules that only one person saw."""
        ack()
        if answer := self._page_of_rules(body):
            self._share(body, answer)

    def pick_for_why(self, ack: Ack, body: Body) -> None:
        """Say why the group that was picked admits what was asked about."""
        ack()
        key, flow = self.windows.read_value(body, parse_group), self._read_kept(body, read_flow)
        if key and flow:
            self._replace(body, self.why(self.lookup.details(key), flow))

    def share_why(self, ack: Ack, body: Body) -> None:
        """Show everybody in the channel what only one person saw."""
        ack()
        asked = self.windows.read_value(body, read_why)
        if asked:
            key, flow = asked
            self._share(body, self.why(self.lookup.details(key), flow))

    def more_exposed(self, ack: Ack, body: Body) -> None:
        """Show the next groups that admit the internet."""
        ack()
        scope = self.windows.read_value(body, decode_scope)
        if scope is not None:
            self._replace(body, self.exposed(scope))

    def share_exposed(self, ack: Ack, body: Body) -> None:
        """Show everybody in the channel the groups that admit the internet."""
        ack()
        scope = self.windows.read_value(body, decode_scope)
        if scope is not None:
            self._share(body, self.exposed(scope))

    def rules_of_group(self, ack: Ack, body: Body) -> None:
        """Open a modal with a group's rules as they are now, which the worker fills from EC2."""
        ack()
        key = self.windows.read_value(body, parse_group)
        trouble = self.windows.show_rules(body, key) if key else None
        if trouble:
            self.windows.tell(body, trouble)

    def changes_of_group(self, ack: Ack, body: Body) -> None:
        """Open a modal with what happened to a group lately."""
        ack()
        key: GroupKey | None = self.windows.read_value(body, parse_group)
        if key:
            name = self.lookup.details(key).name
            page = self.lookup.changes(Listing(group=key, name=name), size=PAGE)
            self.windows.open(body, changes_view(page, self.places))

    def _page_of_rules(self, body: Body) -> Answer | None:
        asked = self.windows.read_value(body, read_rules_at_page)
        if asked is None:
            return None
        key, at, page = asked
        return self.rules_at(self.lookup.details(key), at, page=page)

    def _read_kept(self, body: Body, read: Callable[[str], _Read]) -> _Read | None:
        """Read what the menu keeps of the question; None once its clicker is told that it keeps nothing."""
        try:
            return read(str(body["actions"][0].get("block_id")))
        except ValueError:
            self.windows.tell(body, UNKNOWN_BUTTON)
            return None

    def _replace(self, body: Body, answer: Answer) -> None:
        self.notifier.answer(body["response_url"], answer, replace=True)

    def _share(self, body: Body, answer: Answer) -> None:
        self.notifier.answer(body["response_url"], shared(answer, body["user"]["id"]), to_all=True)
