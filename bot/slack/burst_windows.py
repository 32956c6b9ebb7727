"""What happens when people ask which groups a burst changed: registered on Bolt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App

from bot.core.alerts import AlertNotFound
from bot.core.gathering import net_of
from bot.core.places import Places
from bot.slack.blocks import Block
from bot.slack.cards import VIEW_GROUPS, read_button_value
from bot.slack.gathered_view import NEXT_GROUPS, PREVIOUS_GROUPS, groups_view
from bot.slack.views import notice_view, read_lines_page
from bot.slack.windows import Windows
from bot.workflows.lookup import Lookup

Body = Mapping[str, Any]

_GONE = "This alert is not in the store any more."


@dataclass(frozen=True, slots=True)
class BurstWindows:
    """Shows what an alert gathers."""

    lookup: Lookup
    windows: Windows
    places: Places

    def register(self, app: App) -> None:
        """Tell *app* which function answers what."""
        app.action(VIEW_GROUPS)(self.view_groups)
        app.action(PREVIOUS_GROUPS)(self.turn_groups)
        app.action(NEXT_GROUPS)(self.turn_groups)

    def view_groups(self, ack: Ack, body: Body) -> None:
        """Open a modal with the groups that a burst changed."""
        ack()
        target = self.windows.read_value(body, _read_target)
        if target:
            self.windows.open(body, self._page(target, 0))

    def turn_groups(self, ack: Ack, body: Body) -> None:
        """Show another page of them."""
        ack()
        turned = self.windows.read_value(body, read_lines_page)
        if turned:
            self.windows.turn(body, self._page(*turned))

    def _page(self, alert_id: str, page: int) -> Block:
        try:
            alert = self.lookup.alert(alert_id)
        except AlertNotFound:
            return notice_view("Groups", _GONE)
        return groups_view(alert, net_of(self.lookup.parts(alert)), places=self.places, page=page)


def _read_target(value: str) -> str:
    target = read_button_value(value)
    if target is None:
        raise ValueError(value)
    return target[0]
