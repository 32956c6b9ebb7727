"""How often Slack is called, so that it need not say "later": rates, in lanes that do not hold up one another."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.core.alerts import Alert
from bot.core.assessment import Severity

CARD_GAP = timedelta(seconds=5)
"""A card is drawn again no sooner than this, however often what it tells grows; what a person did is drawn at once."""

LONGEST_WAIT = timedelta(minutes=1)
"""How far ahead turns are given out; who would wait for longer is left to the sweep, which begins with the most severe."""


class Lane(StrEnum):
    """What takes turns with its like."""

    URGENT_POSTS = "urgent posts"  # of what is critical or high, which is not to wait behind the rest
    POSTS = "posts"
    EDITS = "edits"


@dataclass(frozen=True, slots=True)
class Rate:
    """A call every *gap* in the long run; *ahead* is how far a burst may run ahead of that."""

    gap: timedelta
    ahead: timedelta = timedelta()


# https://docs.slack.dev/apis/web-api/rate-limits: one message a second to a channel, and short bursts above that; chat.update
# fifty times a minute. A burst of edits and forty a minute after it stay below.
RATES = {
    Lane.URGENT_POSTS: Rate(timedelta(seconds=1)),
    Lane.POSTS: Rate(timedelta(seconds=1)),
    Lane.EDITS: Rate(timedelta(seconds=1.5), ahead=timedelta(seconds=9)),
}

POSTING = (Lane.URGENT_POSTS, Lane.POSTS)
"""The lanes of chat.postMessage."""


def lane_of(alert: Alert) -> Lane:
    """Say with what the next drawing of *alert* takes turns."""
    if alert.message:
        return Lane.EDITS
    return Lane.URGENT_POSTS if alert.severity >= Severity.HIGH else Lane.POSTS


def lanes_beside(lane: Lane) -> tuple[Lane, ...]:
    """Name the lanes of the method of Slack's that *lane* is of, itself among them: where it says "later", it means all."""
    return POSTING if lane in POSTING else (lane,)
