"""What is said in a card's thread: what somebody must hear of, where a drawn card changes and Slack notifies nobody of that."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity


class LineKind(StrEnum):
    """What a line in the thread says."""

    ROSE = "rose"  # it is critical or high by now, and was less when it was told
    REOPENED = "reopened"  # more is known than somebody acknowledged
    CLOSED = "closed"  # what somebody acknowledged is not open any more


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A line in the thread of an alert's card; *was* is the severity that the card showed before."""

    kind: LineKind
    was: Severity

    def is_for_all(self, alert: Alert) -> bool:
        """Whether the channel is to hear it too, as it would of a new card."""
        return self.kind is not LineKind.CLOSED and alert.severity >= Severity.HIGH


def line_owed(alert: Alert) -> ThreadLine | None:
    """
    Say which line the thread of an alert's card lacks; None for none.

    A line follows from what the card showed last and what it is to show now. So nobody has to remember that it is owed:
    until the store knows that the card shows the latest, it is.
    """
    shown = alert.shown
    if shown is None or alert.message is None:
        return None
    was, severity = shown.severity, alert.severity
    match alert.status:
        case AlertStatus.OPEN:
            has_grown = alert.content_version > alert.drawn_version
            if shown.status is AlertStatus.ACKNOWLEDGED and has_grown:
                return ThreadLine(LineKind.REOPENED, was)
            if severity > was and severity >= Severity.HIGH:
                return ThreadLine(LineKind.ROSE, was)
        case AlertStatus.CLOSED if shown.status is not AlertStatus.CLOSED:
            return ThreadLine(LineKind.CLOSED, was) if alert.acknowledgement and alert.closing else None
        case _:
            pass
    return None
