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

    def observe(self, key: GroupKey) -> Observation:
        """
        Read a group and keep the reading.

        Raises:
            SecurityGroupError: EC2 did not tell; nothing is kept.
        """
        now = self.clock()
        observation = self.groups.observe(key, now=now)
        self.facts.record_observation(observation, now=now)
        return observation

    def complete_alert(self, key: GroupKey, alert_id: str | None) -> None:
        """
        Read a group that nobody has told of, and put its name on the card that lacks it.

        A group that is gone by now stays without a name; a card is never held back for it.

        Raises:
            SecurityGroupError: EC2 did not tell this time, and may the next.
        """
        try:
            details = self.observe(key).group
        except GroupNotFound:
            return
        if alert_id and details.name and self.alerts.name_group(alert_id, details.name, details.vpc_id):
            self.drawing.draw(alert_id)


@dataclass(frozen=True, slots=True)
class ShowingRules:
    """Fills the modal that a person looks at with a group's rules."""

    observing: Observing
    facts: Facts
    modals: Modals
    rules_view: Callable[[Observation, str | None], View]
    notice_view: Callable[[str, str], View]

    def show(self, key: GroupKey, view_id: str) -> None:
        """
        Show the rules as EC2 has them now; where it does not tell, say why, and show them as last recorded.

        Raises:
            SlackError: the modal could not be filled; it may have been closed meanwhile.
        """
        try:
            view = self.rules_view(self.observing.observe(key), None)
        except SecurityGroupError as error:
            recorded = self.facts.latest_observation(key)
            trouble = explain(error, key)
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
