"""Slack's rate limits: https://docs.slack.dev/apis/web-api/rate-limits has them."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

# Calls a minute by tier; a method's tier stands on its page.
_TIERS = {3: 50, 4: 100}
_TIER = {
    "chat.update": 3,
    "chat.delete": 3,
    "chat.scheduleMessage": 3,
    "chat.deleteScheduledMessage": 3,
    "chat.postEphemeral": 4,
    "conversations.history": 3,
    "users.info": 4,
    "users.lookupByEmail": 3,
    "views.open": 4,
    "views.push": 4,
    "views.update": 4,
}

POST_BURST = 4
"""A message a second to a channel, "though short bursts are allowed": how short, Slack does not say."""


class RateLimits:
    """Counts calls, of the last minute by method and of posts by channel, and says when one has to wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: dict[str, list[float]] = {}

    def reset(self) -> None:
        """Forget every call."""
        self._calls.clear()

    def wait(self, method: str, arguments: Mapping[str, Any]) -> int:
        """Count a call, and give 0; or, where it is one too many, the seconds of its Retry-After."""
        if method == "chat.postMessage":
            return self._take(f"post {arguments.get('channel')}", POST_BURST, POST_BURST)
        if method in _TIER:
            return self._take(method, _TIERS[_TIER[method]], 60)
        return 0

    def _take(self, key: str, most: int, seconds: float) -> int:
        now = self._clock()
        recent = [at for at in self._calls.get(key, ()) if at > now - seconds]
        if len(recent) >= most:
            return max(1, ceil(recent[0] + seconds - now))
        self._calls[key] = [*recent, now]
        return 0
