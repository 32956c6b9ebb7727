"""What a person who clicks gets to see for it: modals, and words for them alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.core.changes import GroupKey
from bot.core.errors import JobError, SlackError, SlackRefused
from bot.core.jobs import ShowRulesJob
from bot.slack.commands import COMMAND
from bot.slack.notifier import Notifier
from bot.slack.views import loading_view, markup_view, notice_view
from bot.workflows.ports import Jobs

Body = Mapping[str, Any]
_Read = TypeVar("_Read")

UNKNOWN_BUTTON = (
    f"This button belongs to another version of Panopticon. Nothing changed. Type {COMMAND} instead."
)
_NO_WORKER = "The rules could not be asked for. Close this and try once more."


@dataclass(frozen=True, slots=True)
class Windows:
    """Opens and fills what only the clicker sees; *body* is always the payload of their click."""

    notifier: Notifier
    jobs: Jobs

    def tell(self, body: Body, words: str) -> None:
        """Say *words*, mrkdwn that is already escaped, beside the message or in the modal that was clicked in."""
        if body.get("response_url"):
            self.notifier.answer(body["response_url"], {"text": words})
        elif isinstance(body.get("view"), dict):
            self.notifier.update_view(body["view"]["id"], markup_view("Sorry", words))

    def open(self, body: Body, view: dict[str, Any]) -> None:
        """Open a modal, or say why that did not work."""
        try:
            self.notifier.open_view(body["trigger_id"], view)
        except SlackRefused as error:
            self.tell(body, _explain(error))

    def turn(self, body: Body, view: dict[str, Any]) -> None:
        """Show *view* in the modal that was clicked in, unless it has changed meanwhile."""
        shown = body["view"]
        try:
            self.notifier.update_view(shown["id"], view, view_hash=shown.get("hash"))
        except SlackRefused as error:
            if error.code != "hash_conflict":  # a second click while the page was turning
                raise

    def show_rules(self, body: Body, key: GroupKey) -> str | None:
        """Open a modal at once and have the worker fill it from EC2; gives what went wrong, as mrkdwn."""
        try:
            view_id = self.notifier.open_view(body["trigger_id"], loading_view("Rules"))
        except SlackRefused as error:
            return _explain(error)
        try:
            self.jobs.send(ShowRulesJob(key, view_id))
        except JobError:
            self.notifier.update_view(view_id, notice_view("Rules", _NO_WORKER))
        return None

    def read_value(self, body: Body, read: Callable[[str], _Read]) -> _Read | None:
        """Read what the clicked button or the picked option stands for; None once its clicker is told that nothing does."""
        action = body["actions"][0]
        chosen = action.get("selected_option") or action
        try:
            return read(str(chosen.get("value", "")))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.tell(body, UNKNOWN_BUTTON)
            return None


def _explain(error: SlackError) -> str:
    if error.code in ("expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"):
        return "That took longer than Slack waits. Nothing changed; please try once more."
    return f"Slack did not open the window ({error.code}). Nothing changed."
