"""Why an alert is kept without a card of its own in the channel."""

from dataclasses import dataclass
from enum import StrEnum


class QuietReason(StrEnum):
    """Why nobody is notified of an alert."""

    BELOW_THRESHOLD = "below threshold"  # the channel wants to hear only of what matters more
    EXPECTED = "expected"  # its principal makes such changes as a matter of course
    UPKEEP = "upkeep"  # an AWS service did it by itself, and it lets in nobody from outside
    MUTED = "muted"  # somebody asked for that, for a time
    EXPLAINS = "explains"  # what it did had been found without its event, and is told by the alert of that
    CAUGHT_UP = "caught up"  # told together with others in one card, after Slack was away


@dataclass(frozen=True, slots=True)
class Quiet:
    """
    That an alert has no card of its own, and why.

    *by* names what decided it: the threshold's severity, the policy's name of the principal, the service, the mute's id, or
    the alert that tells it, alone or together with others.
    """

    reason: QuietReason
    by: str
