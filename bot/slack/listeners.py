"""What happens when people click on a card or in its modals: registered on Bolt, one function each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App, BoltResponse

from bot.core.alerts import Alert, AlertNotFound, AlertStatus, MessageRef, TransitionRefused, User
from bot.core.history import Listing
from bot.core.places import Places
from bot.slack.answers import (
    NOT_ACKNOWLEDGED,
    PAGE,
    already_acknowledged,
    already_closed,
    changes_view,
)
from bot.slack.cards import (
    ACKNOWLEDGE,
    MORE,
    MUTE_OPTION,
    NOTE_OPTION,
    RECENT_CHANGES,
    UNACKNOWLEDGE,
    VIEW_RULES,
    WHOLE_CHANGE,
    read_button_value,
)
from bot.slack.mute_views import mute_view
from bot.slack.views import (
    ACKNOWLEDGE_WITH_NOTE,
    NEXT_LINES,
    NEXT_RULES,
    NOTE,
    PREVIOUS_LINES,
    PREVIOUS_RULES,
    markup_view,
    note_view,
    notice_view,
    read_lines_page,
    read_note_target,
    read_rules_page,
    rules_view,
    whole_change_view,
)
from bot.slack.windows import UNKNOWN_BUTTON, Windows
from bot.workflows.acknowledge import Acknowledging
from bot.workflows.draw import Drawn, Outcome
from bot.workflows.lookup import Lookup

Body = Mapping[str, Any]

_ACKNOWLEDGED_AGAIN = "This alert was acknowledged again since the card that you see. Nothing changed."
_GONE = "This alert is not in the store any more. Nothing changed."
_NO_READING = "This reading was not kept. Close this and ask for the rules once more."
_NOT_READ_NOW = "AWS did not give the rules as they are now."
_NO_CHANGE = "The event behind this alert is not in the store any more, so the rest of it cannot be shown."
_NOTHING_TO_MUTE = "Neither the group nor the principal of this alert is known, so there is nothing to mute."
_NOTHING_TO_TAKE = "AWS refused this call, so there is nothing to acknowledge. Nothing changed."
_KEPT_QUIET = "This alert waits for nobody, so there is nothing to acknowledge. Nothing changed."
_OUTSIDER = "Only members of the workspace that Panopticon is installed in may use this. Nothing changed."
_ANYTHING = re.compile("")


@dataclass(frozen=True, slots=True)
class Listeners:
    """Answers clicks. Each one gets an answer that the clicker can see."""

    acknowledging: Acknowledging
    lookup: Lookup
    windows: Windows
    places: Places
    clock: Callable[[], datetime]

    def register(self, app: App) -> None:
        """Tell *app* which function answers what; an action that no other one takes is to go to unknown_action, last."""
        app.use(self.keep_outsiders_out)
        app.action(ACKNOWLEDGE)(self.acknowledge)
        app.action(UNACKNOWLEDGE)(self.unacknowledge)
        app.action(MORE)(self.choose_more)
        app.view(ACKNOWLEDGE_WITH_NOTE)(self.acknowledge_with_note)
        app.action(VIEW_RULES)(self.view_rules)
        app.action(PREVIOUS_RULES)(self.turn_rules)
        app.action(NEXT_RULES)(self.turn_rules)
        app.action(RECENT_CHANGES)(self.recent_changes)
        app.action(WHOLE_CHANGE)(self.whole_change)
        app.action(PREVIOUS_LINES)(self.turn_lines)
        app.action(NEXT_LINES)(self.turn_lines)

    def register_last(self, app: App) -> None:
        """Tell *app* what answers that which nothing else does."""
        app.action(_ANYTHING)(self.unknown_action)
        app.view(_ANYTHING)(self.unknown_action)

    def keep_outsiders_out(self, body: Body, ack: Ack, next_: Callable[[], BoltResponse]) -> BoltResponse:
        """Let only members of the workspace through: in a channel shared by Slack Connect, others can click too."""
        user, team = body.get("user"), body.get("team")
        if not isinstance(user, dict):  # a command, which others cannot type
            return next_()
        home = team.get("id") if isinstance(team, dict) else None
        if home is not None and user.get("team_id") in (None, home):
            return next_()
        if body.get("type") == "view_submission":
            return ack(response_action="update", view=notice_view("Sorry", _OUTSIDER))
        self.windows.tell(body, _OUTSIDER)
        return ack()

    def acknowledge(self, ack: Ack, body: Body) -> None:
        """Let the clicker take the alert; the second one is told who was first."""
        ack()
        target = self._clicked_alert(body)
        if target:
            alert_id, seen_version = target
            clicked = _message(body)
            words = self._take(alert_id, user_of(body), seen_version, clicked=clicked)
            if words is None and clicked is None:  # in a list, which does not show it
                words = "Acknowledged."
            if words:
                self.windows.tell(body, words)

    def choose_more(self, ack: Ack, body: Body) -> None:
        """Do what was chosen in a card's menu; links open by themselves."""
        ack()
        option = body["actions"][0].get("selected_option") or {}
        kind, _, value = str(option.get("value", "")).partition(":")
        if kind not in (NOTE_OPTION, MUTE_OPTION):
            return
        alert = self._alert(body, value)
        if alert is None:
            return
        if kind == MUTE_OPTION:
            form = mute_view(alert, self.places)
            self.windows.open(body, form) if form else self.windows.tell(body, _NOTHING_TO_MUTE)
            return
        if alert.status is not AlertStatus.OPEN:
            self.windows.tell(body, _explain_refusal(alert, self.clock()))
            return
        view = note_view(alert, seen=value, clicked=_message(body), places=self.places)
        self.windows.open(body, view)

    def acknowledge_with_note(self, ack: Ack, body: Body) -> None:
        """Let the writer of a note take the alert; where that is not to be, the modal says why."""
        view = body["view"]
        try:
            alert_id, seen_version, clicked = read_note_target(str(view.get("private_metadata", "")))
            written = view["state"]["values"][NOTE][NOTE].get("value") or ""
        except (ValueError, KeyError, TypeError, AttributeError):
            ack(response_action="update", view=notice_view("Not acknowledged", UNKNOWN_BUTTON))
            return
        words = self._take(
            alert_id, user_of(body), seen_version, clicked=clicked, note=written.strip() or None
        )
        ack(response_action="update", view=markup_view("Acknowledge", words)) if words else ack()

    def unacknowledge(self, ack: Ack, body: Body) -> None:
        """Open the alert again."""
        ack()
        target = self._clicked_alert(body)
        if target is None:
            return
        alert_id, seen_version = target
        try:
            outcome = self.acknowledging.unacknowledge(
                alert_id, seen_version=seen_version, clicked=_message(body)
            )
        except TransitionRefused as refused:
            self.windows.tell(body, _explain_no_reopening(refused.alert))
        except AlertNotFound:
            self.windows.tell(body, _GONE)
        else:
            if words := _late_card_words("Open again", outcome):
                self.windows.tell(body, words)

    def view_rules(self, ack: Ack, body: Body) -> None:
        """Open a modal at once, and have the worker fill it from EC2."""
        ack()
        alert = self._alert(body)
        if alert and alert.group:
            trouble = self.windows.show_rules(body, alert.group)
            if trouble:
                self.windows.tell(body, trouble)

    def turn_rules(self, ack: Ack, body: Body) -> None:
        """Show another page of the same reading of a group's rules."""
        ack()
        turned = self.windows.read_value(body, read_rules_page)
        if turned is None:
            return
        key, at, page, is_old = turned
        observation = self.lookup.observation(key, at)
        if observation:
            trouble = _NOT_READ_NOW if is_old else None
            view = rules_view(observation, places=self.places, trouble=trouble, page=page)
            self.windows.turn(body, view)
        else:
            self.windows.turn(body, notice_view("Rules", _NO_READING))

    def recent_changes(self, ack: Ack, body: Body) -> None:
        """Open a modal with what happened to the group lately."""
        ack()
        alert = self._alert(body)
        if alert and alert.group:
            page = self.lookup.changes(Listing(group=alert.group, name=alert.group_name), size=PAGE)
            self.windows.open(body, changes_view(page, self.places))

    def whole_change(self, ack: Ack, body: Body) -> None:
        """Open a modal with all that the change adds, removes and alters."""
        ack()
        alert = self._alert(body)
        if alert is None:
            return
        change = self.lookup.whole_change(alert)
        if change:
            self.windows.open(body, whole_change_view(alert, change, places=self.places))
        else:
            self.windows.tell(body, _NO_CHANGE)

    def turn_lines(self, ack: Ack, body: Body) -> None:
        """Show another page of a change."""
        ack()
        turned = self.windows.read_value(body, read_lines_page)
        if turned is None:
            return
        alert_id, number = turned
        try:
            alert = self.lookup.alert(alert_id)
        except AlertNotFound:
            change = None
        else:
            change = self.lookup.whole_change(alert)
        if change:
            self.windows.turn(body, whole_change_view(alert, change, places=self.places, page=number))
        else:
            self.windows.turn(body, notice_view("Change", _NO_CHANGE))

    def unknown_action(self, ack: Ack, body: Body) -> None:
        """Answer a click on a button of another version."""
        ack()
        self.windows.tell(body, UNKNOWN_BUTTON)

    def _take(
        self,
        alert_id: str,
        user: User,
        seen_version: int,
        *,
        clicked: MessageRef | None,
        note: str | None = None,
    ) -> str | None:
        """Acknowledge an alert; gives what there is to say, as mrkdwn, None where the card says it all."""
        try:
            outcome = self.acknowledging.acknowledge(
                alert_id, user, seen_version=seen_version, clicked=clicked, note=note
            )
        except TransitionRefused as refused:
            return _explain_refusal(refused.alert, self.clock())
        except AlertNotFound:
            return _GONE
        return _late_card_words("Acknowledged", outcome)

    def _clicked_alert(self, body: Body, value: str | None = None) -> tuple[str, int] | None:
        if value is None:
            value = str(body["actions"][0].get("value", ""))
        target = read_button_value(value)
        if target is None:
            self.windows.tell(body, UNKNOWN_BUTTON)
        return target

    def _alert(self, body: Body, value: str | None = None) -> Alert | None:
        target = self._clicked_alert(body, value)
        if target is None:
            return None
        try:
            return self.lookup.alert(target[0])
        except AlertNotFound:
            self.windows.tell(body, _GONE)
            return None


def user_of(body: Body) -> User:
    """Name who clicked."""
    team = body.get("team") or {}
    return User(body["user"]["id"], body["user"].get("team_id") or team.get("id") or "")


def _message(body: Body) -> MessageRef | None:
    """Name the message that was clicked on, if it is one that all see."""
    match body.get("container"):
        case {"is_ephemeral": False, "channel_id": str(channel), "message_ts": str(ts)}:
            return MessageRef(channel, ts)
        case _:
            return None


def _late_card_words(done: str, outcome: Outcome) -> str | None:
    """Say that the click counted where the card cannot show it now."""
    if outcome.drawn in (Drawn.PUT_OFF, Drawn.REFUSED, Drawn.FAILED):
        return f"{done}. Slack does not take the card just now; it follows."
    return None


def _explain_refusal(alert: Alert, now: datetime) -> str:
    match alert.status:
        case AlertStatus.ACKNOWLEDGED:
            return already_acknowledged(alert, now)
        case AlertStatus.CLOSED:
            return already_closed(alert)
        case AlertStatus.NOTED:
            return _KEPT_QUIET if alert.quiet else _NOTHING_TO_TAKE
        case AlertStatus.OPEN:
            return "More has happened since the card that you see. Look at it once more; nothing changed."


def _explain_no_reopening(alert: Alert) -> str:
    match alert.status:
        case AlertStatus.ACKNOWLEDGED:
            return _ACKNOWLEDGED_AGAIN
        case AlertStatus.CLOSED:
            return already_closed(alert)
        case _:
            return NOT_ACKNOWLEDGED
