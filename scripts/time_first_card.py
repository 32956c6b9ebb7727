"""
Time how long a newcomer waits: from `make demo` in a new clone to the first card, and from a change to its card.

    python3 scripts/time_first_card.py

Needs nothing but Python's standard library, as there is no environment yet when it starts.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

MAKE_DEMO = ("make", "--no-print-directory", "demo")

_VISITOR = "U04JOPARK01"
_STANDING = "Critical: PostgreSQL (tcp 5432) open to the internet on db-prod"
_OF_ONES_OWN = "Critical: SSH (tcp 22) open to the internet on web-prod"
_PATIENCE_SECONDS = 60
_BETWEEN_LOOKS_SECONDS = 0.1


class NoCard(Exception):
    """The demo did not come up, or a card did not; the text says which."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the start to the page with its first card, and from a change of one's own to its card."""

    first_card: float
    own_card: float


def time_first_card(command: Sequence[str] = MAKE_DEMO) -> Times:
    """
    Start the demo by *command*, look at its page until the first card stands there, then change something.

    Raises:
        NoCard: one of the two cards did not come.
    """
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        try:
            address = _address(demo)
            _wait_for(address, _STANDING)
            first = time.monotonic()
            _ask(f"{address}/do/ec2", {"user": _VISITOR, "call": "open"})
            _wait_for(address, _OF_ONES_OWN)
            return Times(first - started, time.monotonic() - first)
        finally:
            os.killpg(demo.pid, signal.SIGTERM)


def _address(demo: "subprocess.Popen[str]") -> str:
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"is ready: (http://\S+)", line):
            return found[1]
    raise NoCard("the demo ended before its page was ready")


def _wait_for(address: str, headline: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        state = _ask(f"{address}/state?user={_VISITOR}&since=-1")
        if any(headline in message["text"] for message in state["messages"]):
            return
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    raise NoCard(f"no card within {_PATIENCE_SECONDS} s: {headline}")


def _ask(url: str, body: dict[str, str] | None = None) -> dict[str, list[dict[str, str]]]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
        told: dict[str, list[dict[str, str]]] = json.load(answer)
    return told


def main() -> int:
    """Print the times; 1 where no card came."""
    try:
        times = time_first_card()
    except NoCard as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    sys.stdout.write(
        f"From `make demo` to the first card: {times.first_card:.1f} s. "
        f"From a change to its card: {times.own_card:.1f} s.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
