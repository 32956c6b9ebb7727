"""The sandbox's own clock: the real one, but for the time that a story lets pass at once."""

import time


class MovableClock:
    """Gives seconds since 1970, as time.time does; it goes forward only."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return time.time() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._ahead_seconds += seconds
