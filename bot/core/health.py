"""How Panopticon itself is doing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Health:
    """
    What /sg-changes doctor tells.

    *last_event* is the time of the newest change seen, *last_card* that of the newest alert whose card is in Slack, each
    None where there is none in this month and the last. *post_trouble* says what keeps the app from posting to the
    alert channel and what to do, None where nothing does.
    """

    last_event: datetime | None
    last_card: datetime | None
    post_trouble: str | None
