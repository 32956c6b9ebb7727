"""Between EC2 and the events queue: what CloudTrail and EventBridge may do to an event, late, lost, twice or out of order."""

import copy
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_KEPT = 500


@dataclass(slots=True)
class Emitted:
    """An event that AWS emitted, and what became of it: "delivered", "held" or "lost"."""

    event: dict[str, Any]
    at: float
    fate: str = "delivered"
    times: int = 1

    @property
    def event_id(self) -> str:
        """CloudTrail's id of the event, which stays the same however often it is delivered."""
        return str(self.event.get("detail", {}).get("eventID"))


class Trail:
    """
    Every event that was emitted, oldest first, and the switches: the next ones may be lost, or held back.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html: CloudTrail's events come at least
    once, in no order, and as best effort.
    """

    def __init__(self, deliver: Callable[[dict[str, Any]], None], clock: Callable[[], float]) -> None:
        self._deliver = deliver
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget all events and turn the switches off."""
        self.emitted: list[Emitted] = []
        self.to_lose = 0
        self.holds = False

    @property
    def held(self) -> list[Emitted]:
        """The events that are held back, oldest first."""
        return [each for each in self.emitted if each.fate == "held"]

    def emit(self, event: dict[str, Any]) -> None:
        """Take an event from EC2 and deliver it, unless a switch says otherwise."""
        emitted = Emitted(event, self._clock())
        self.emitted = [*self.emitted[-MOST_KEPT:], emitted]
        if self.to_lose:
            self.to_lose -= 1
            emitted.fate = "lost"
        elif self.holds:
            emitted.fate = "held"
        else:
            self._deliver(event)

    def release(self) -> int:
        """Deliver what was held back, the youngest first, and hold no more; tell how many there were."""
        held, self.holds = self.held, False
        for emitted in reversed(held):
            emitted.fate = "delivered"
            self._deliver(emitted.event)
        return len(held)

    def repeat(self, event_id: str | None = None) -> Emitted:
        """
        Deliver an event again, the latest if none is named: the same CloudTrail event in a new envelope.

        Raises:
            LookupError: there is no such event.
        """
        for emitted in reversed(self.emitted):
            if event_id in (None, emitted.event_id) and emitted.fate == "delivered":
                emitted.times += 1
                self._deliver(copy.deepcopy(emitted.event) | {"id": str(uuid.uuid4())})
                return emitted
        raise LookupError("no event was delivered yet")
