"""What happens when people type the command or click: registered on Bolt, one function each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App

from bot.core.alerts import Alert, AlertNotFound, AlertStatus, MessageRef, TransitionRefused, User
from bot.core.changes import GroupDetails, GroupKey
from bot.core.errors import JobError, SlackError, SlackRefused
from bot.core.health import Health
from bot.core.jobs import ShowRulesJob
from bot.slack.cards import ACKNOWLEDGE, RECENT_CHANGES, UNACKNOWLEDGE, VIEW_RULES, read_button_value
from bot.slack.commands import (
    COMMAND,
    Doctor,
    GroupChanges,
    GroupRules,
    Help,
    LatestChanges,
    Misunderstood,
    Unacknowledged,
    parse_command,
)
from bot.slack.notifier import Notifier
from bot.slack.views import (
    NEWER_CHANGES,
    OLDER_CHANGES,
    PAGE,
    already_acknowledged,
    changes_answer,
    changes_view,
    groups_answer,
    health_answer,
    help_answer,
    loading_view,
    notice_view,
    open_alerts_answer,
    read_page_value,
    sentence_answer,
)
from bot.slack.wording import account_words
from bot.workflows.acknowledge import Acknowledging
from bot.workflows.draw import Drawn, Outcome
from bot.workflows.lookup import Lookup, ManyGroups, NoGroup
from bot.workflows.ports import Jobs

Body = Mapping[str, Any]
Answer = dict[str, Any]

_NOT_ACKNOWLEDGED = "This alert is not acknowledged any more. Nothing changed."
_ACKNOWLEDGED_AGAIN = "This alert was acknowledged again since the card that you see. Nothing changed."
_NO_WORKER = "The rules could not be asked for. Close this and try once more."
_GONE = "This alert is not in the store any more. Nothing changed."
_UNKNOWN_BUTTON = (
    "This button belongs to another version of Panopticon. Nothing changed. Type /sg-changes instead."
)
_EVERY_ACTION = re.compile("")


@dataclass(frozen=True, slots=True)
class Listeners:
    """Answers people. Every click and every command gets an answer that they can see."""

    acknowledging: Acknowledging
    lookup: Lookup
    jobs: Jobs
    notifier: Notifier
    clock: Callable[[], datetime]

    def register(self, app: App) -> None:
        """Tell *app* which function answers what; an action that no other one takes goes to the last."""
        app.command(COMMAND)(self.answer_command)
        app.action(ACKNOWLEDGE)(self.acknowledge)
        app.action(UNACKNOWLEDGE)(self.unacknowledge)
        app.action(VIEW_RULES)(self.view_rules)
        app.action(RECENT_CHANGES)(self.recent_changes)
        app.action(OLDER_CHANGES)(self.turn_page)
        app.action(NEWER_CHANGES)(self.turn_page)
        app.action(_EVERY_ACTION)(self.unknown_action)

    def acknowledge(self, ack: Ack, body: Body) -> None:
        """Let the clicker take the alert; the second one is told who was first."""
        ack()
        target = self._clicked_alert(body)
        if target is None:
            return
        alert_id, seen_version = target
        try:
            outcome = self.acknowledging.acknowledge(
                alert_id, _user(body), seen_version=seen_version, clicked=_message(body)
            )
        except TransitionRefused as refused:
            self._tell(body, _explain_refusal(refused.alert, self.clock()))
        except AlertNotFound:
            self._tell(body, _GONE)
        else:
            self._tell_of_a_late_card(body, "Acknowledged", outcome)

    def unacknowledge(self, ack: Ack, body: Body) -> None:
        """Open the alert again."""
        ack()
        target = self._clicked_alert(body)
        if target is None:
            return
        alert_id, seen_version = target
        try:
            outcome = self.acknowledging.unacknowledge(alert_id, seen_version=seen_version)
        except TransitionRefused as refused:
            again = refused.alert.status is AlertStatus.ACKNOWLEDGED
            self._tell(body, _ACKNOWLEDGED_AGAIN if again else _NOT_ACKNOWLEDGED)
        except AlertNotFound:
            self._tell(body, _GONE)
        else:
            self._tell_of_a_late_card(body, "Open again", outcome)

    def view_rules(self, ack: Ack, body: Body) -> None:
        """Open a modal at once, and have the worker fill it from EC2."""
        ack()
        alert = self._alert(body)
        if alert and alert.group:
            self._show_rules(body["trigger_id"], alert.group, lambda words: self._tell(body, words))

    def recent_changes(self, ack: Ack, body: Body) -> None:
        """Open a modal with what happened to the group lately."""
        ack()
        alert = self._alert(body)
        if alert is None or alert.group is None:
            return
        group = GroupDetails(alert.group, alert.group_name, alert.vpc_id)
        try:
            self.notifier.open_view(body["trigger_id"], self._changes_view(group))
        except SlackRefused as error:
            self._tell(body, _explain_modal(error))

    def turn_page(self, ack: Ack, body: Body) -> None:
        """Show the next older or newer page, where the list is: in a modal, or in an answer to a command."""
        ack()
        action = body["actions"][0]
        try:
            key, position = read_page_value(action["value"])
        except ValueError:
            self._tell(body, _UNKNOWN_BUTTON)
            return
        turn = {"after" if action["action_id"] == NEWER_CHANGES else "before": position}
        group = self.lookup.details(key) if key else None
        if "view" in body and group:
            view = body["view"]
            try:
                turned = self._changes_view(group, **turn)
                self.notifier.update_view(view["id"], turned, view_hash=view.get("hash"))
            except SlackRefused as error:
                if error.code != "hash_conflict":  # a second click while the page was turning
                    raise
        else:
            self.notifier.answer(body["response_url"], self._changes_answer(group, **turn), replace=True)

    def unknown_action(self, ack: Ack, body: Body) -> None:
        """Answer a click on a button of another version."""
        ack()
        self._tell(body, _UNKNOWN_BUTTON)

    def answer_command(self, ack: Ack, body: Body) -> None:
        """Answer the slash command in the ack itself; only a group's rules need the worker."""
        match parse_command(body.get("text", "")):
            case LatestChanges():
                answer: Answer | None = self._changes_answer(None)
            case GroupChanges(name):
                found = self._find(name)
                answer = self._changes_answer(found) if isinstance(found, GroupDetails) else found
            case GroupRules(name):
                found = self._find(name)
                answer = self._rules_answer(found, body) if isinstance(found, GroupDetails) else found
            case Unacknowledged():
                alerts, has_more = self.lookup.unacknowledged(size=PAGE)
                answer = open_alerts_answer(alerts, has_more=has_more, now=self.clock())
            case Doctor():
                answer = health_answer(self._health())
            case Help():
                answer = help_answer()
            case Misunderstood(reason, example):
                answer = sentence_answer(f"{reason} For example: {COMMAND} {example}")
        ack(**answer) if answer else ack()

    def _find(self, name: str) -> GroupDetails | Answer:
        match self.lookup.find_group(name):
            case ManyGroups(groups):
                return groups_answer(name, groups)
            case NoGroup(near):
                hint = "Panopticon learns of a group when it first changes."
                if near:
                    where = f"{account_words(near.key.account_id)}, {near.key.region}"
                    hint = f"Did you mean {near.name} ({where})?"
                return sentence_answer(f"No group called {name}. {hint}")
            case found:
                return found

    def _rules_answer(self, group: GroupDetails, body: Body) -> Answer | None:
        troubles: list[str] = []
        self._show_rules(body["trigger_id"], group.key, troubles.append)
        return sentence_answer(troubles[0]) if troubles else None

    def _show_rules(self, trigger_id: str, key: GroupKey, tell: Callable[[str], None]) -> None:
        try:
            view_id = self.notifier.open_view(trigger_id, loading_view("Rules"))
        except SlackRefused as error:
            tell(_explain_modal(error))
            return
        try:
            self.jobs.send(ShowRulesJob(key, view_id))
        except JobError:
            self.notifier.update_view(view_id, notice_view("Rules", _NO_WORKER))

    def _changes_view(
        self, group: GroupDetails, *, before: str | None = None, after: str | None = None
    ) -> dict[str, Any]:
        page = self.lookup.changes(group.key, size=PAGE, before=before, after=after)
        return changes_view(
            group, page.entries, page.alerts, has_older=page.has_older, has_newer=page.has_newer
        )

    def _changes_answer(
        self, group: GroupDetails | None, *, before: str | None = None, after: str | None = None
    ) -> Answer:
        key = group.key if group else None
        page = self.lookup.changes(key, size=PAGE, before=before, after=after)
        if not page.entries and not (before or after):
            of = f" of {group.name or group.key.group_id}" if group else " this month or last"
            return sentence_answer(f"No change{of} has been recorded.")
        title = "Latest changes"
        if group:
            where = f"{account_words(group.key.account_id)}, {group.key.region}"
            title = f"Changes of {group.name or group.key.group_id} ({where})"
        return changes_answer(
            title, key, page.entries, page.alerts, has_older=page.has_older, has_newer=page.has_newer
        )

    def _health(self) -> Health:
        last_event, last_card = self.lookup.last_event_and_card()
        return Health(last_event, last_card, self.notifier.find_post_trouble(self.clock()))

    def _tell_of_a_late_card(self, body: Body, done: str, outcome: Outcome) -> None:
        """Say that the click counted where the card cannot show it now."""
        if outcome.drawn in (Drawn.PUT_OFF, Drawn.REFUSED, Drawn.FAILED):
            self._tell(body, f"{done}. Slack does not take the card just now; it follows.")

    def _clicked_alert(self, body: Body) -> tuple[str, int] | None:
        target = read_button_value(str(body["actions"][0].get("value", "")))
        if target is None:
            self._tell(body, _UNKNOWN_BUTTON)
        return target

    def _alert(self, body: Body) -> Alert | None:
        target = self._clicked_alert(body)
        if target is None:
            return None
        try:
            return self.lookup.alert(target[0])
        except AlertNotFound:
            self._tell(body, _GONE)
            return None

    def _tell(self, body: Body, words: str) -> None:
        """Tell the clicker alone, in mrkdwn that is already escaped."""
        self.notifier.answer(body["response_url"], {"text": words})


def _user(body: Body) -> User:
    return User(body["user"]["id"], body["user"].get("team_id") or body["team"]["id"])


def _message(body: Body) -> MessageRef | None:
    """Name the message that was clicked on, if it is one that all see."""
    match body.get("container"):
        case {"is_ephemeral": False, "channel_id": str(channel), "message_ts": str(ts)}:
            return MessageRef(channel, ts)
        case _:
            return None


def _explain_refusal(alert: Alert, now: datetime) -> str:
    match alert.status:
        case AlertStatus.ACKNOWLEDGED:
            return already_acknowledged(alert, now)
        case AlertStatus.NOTED:
            return "AWS refused this call, so there is nothing to acknowledge. Nothing changed."
        case AlertStatus.OPEN:
            return "More has happened since the card that you see. Look at it once more; nothing changed."


def _explain_modal(error: SlackError) -> str:
    if error.code in ("expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"):
        return "That took longer than Slack waits. Nothing changed; please try once more."
    return f"Slack did not open the window ({error.code}). Nothing changed."
