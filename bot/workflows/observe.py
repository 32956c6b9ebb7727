"""Read a group from EC2: for the ledger, for a card that lacks its name, for a person who asks."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.changes import GroupKey, Observation
from bot.core.errors import GroupNotFound, ReadDenied, ReadThrottled, SecurityGroupError
from bot.workflows.draw import Drawing
from bot.workflows.ports import Alerts, Clock, Facts, Groups, Modals, View


@dataclass(frozen=True, slots=True)
class Observing:
    """Reads groups and keeps what it read, each reading a fact of its own."""

    groups: Groups
    facts: Facts
    alerts: Alerts
    drawing: Drawing
    clock: Clock

    def complete_alert(self, key: GroupKey, alert_id: str | None) -> None:
        """
        Read a group that nobody has told of, keep the reading, and put the name on the card that lacks it.

        A group that is gone by now stays without a name; a card is never held back for it.

        Raises:
            SecurityGroupError: EC2 did not tell this time, and may the next; nothing is kept.
            StoreError: the reading may not have been kept.
        """
        now = self.clock()
        try:
            observation = self.groups.observe(key, now=now)
        except GroupNotFound:
            return
        self.facts.record_observation(observation, now=now)
        details = observation.group
        if alert_id and details.name and self.alerts.name_group(alert_id, details.name, details.vpc_id):
            self.drawing.draw(alert_id)


@dataclass(frozen=True, slots=True)
class ShowingRules:
    """Fills the modal that a person looks at with a group's rules."""

    groups: Groups
    facts: Facts
    modals: Modals
    clock: Clock
    rules_view: Callable[[Observation, str | None], View]
    notice_view: Callable[[str, str], View]

    def show(self, key: GroupKey, view_id: str) -> None:
        """
        Show the rules as EC2 has them now; where it does not tell, say why, and show them as last recorded.

        Raises:
            SlackError: the modal could not be filled; it may have been closed meanwhile.
            StoreError: the reading was shown but not kept.
        """
        now = self.clock()
        try:
            observation = self.groups.observe(key, now=now)
        except SecurityGroupError as error:
            self._show_recorded(key, view_id, explain(error, key))
            return
        self.modals.update_view(view_id, self.rules_view(observation, None))
        self.facts.record_observation(observation, now=now)

    def _show_recorded(self, key: GroupKey, view_id: str, trouble: str) -> None:
        recorded = self.facts.latest_observation(key)
        if recorded:
            view = self.rules_view(recorded, trouble)
        else:
            view = self.notice_view("Rules", f"{trouble} Nothing was recorded earlier.")
        self.modals.update_view(view_id, view)


def explain(error: SecurityGroupError, key: GroupKey) -> str:
    """Say in a sentence why a group's rules could not be read."""
    match error:
        case GroupNotFound():
            return f"{key.group_id} does not exist in account {key.account_id}, {key.region} (any more)."
        case ReadDenied():
            return f"Panopticon may not read {key.group_id} in account {key.account_id} ({error.code})."
        case ReadThrottled():
            return f"AWS asks to slow down ({error.code}). Try again in a minute."
        case _:
            return f"AWS did not answer in {key.region} ({error.code}). Try again in a minute."
