"""What may go wrong between the bot and Slack: Slack is away, slow, limits the rate, or takes a call and is cut off."""

import time
from collections.abc import Callable
from dataclasses import dataclass

DOWN_SECONDS = 30
SLOW_SECONDS = 4.0
RETRY_AFTER_SECONDS = 5


@dataclass(slots=True)
class Faults:
    """
    The switches; each is off until it is turned on. `wait` passes the time of a slow answer.

    *limited* is how many of the next calls are answered 429, *dropped* how many are done without an answer.
    """

    clock: Callable[[], float]
    wait: Callable[[float], None] = time.sleep
    down_until: float = 0.0
    slow_until: float = 0.0
    limited: int = 0
    dropped: int = 0

    def reset(self) -> None:
        """Turn everything off."""
        self.down_until = self.slow_until = 0.0
        self.limited = self.dropped = 0

    @property
    def seconds_down(self) -> float:
        """How long Slack stays away yet."""
        return max(0.0, self.down_until - self.clock())

    @property
    def seconds_slow(self) -> float:
        """How long Slack stays slow yet."""
        return max(0.0, self.slow_until - self.clock())

    def go_down(self) -> None:
        """Let Slack be away for half a minute."""
        self.down_until = self.clock() + DOWN_SECONDS

    def go_slow(self) -> None:
        """Let Slack take four seconds for each answer, for half a minute."""
        self.slow_until = self.clock() + DOWN_SECONDS

    def refuses(self) -> str | None:
        """
        Give the code with which Slack refuses the call that has come, if it does; takes its time if slow.

        https://docs.slack.dev/reference/methods/chat.postMessage#errors
        """
        if self.seconds_slow:
            self.wait(SLOW_SECONDS)
        if self.seconds_down:
            return "service_unavailable"
        if self.limited:
            self.limited -= 1
            return "ratelimited"
        return None

    def drops(self) -> bool:
        """Tell whether the connection breaks before the answer to the call that was done."""
        if self.dropped:
            self.dropped -= 1
            return True
        return False
