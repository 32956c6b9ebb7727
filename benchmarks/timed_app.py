"""
Stands before a handler in the measured process, and tells beside its answer how long that took and what it waited for.

It is put beside the unpacked artifact, which stays as it is: what the process sends and reads goes through the sockets of the
standard library, whatever client is above them, and there the time is taken. Lambda's own client does not use those.
"""

import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

_waited: defaultdict[int, float] = defaultdict(float)  # by the port of whom it waited for

# Slack takes one post a second. So that nobody has to wait, these seconds pass between two invocations; the clock begins so
# far in the past that it comes to the present.
_STEP = timedelta(seconds=float(os.environ.get("BENCH_STEP_SECONDS", "0")))
_STEPS = int(os.environ.get("BENCH_STEPS", "0"))
_invocations = 0
_kept = ExitStack()


def slack(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take what Slack sends."""
    return _measure("bot.handlers", "slack", event, context)


def events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take a batch of events."""
    return _measure("bot.handlers", "events", event, context)


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take what Slack sends, for the baseline."""
    return _measure("echo_app", "slack", event, context)


def _measure(module: str, name: str, event: dict[str, Any], context: Any) -> dict[str, Any]:
    global _invocations
    handler = getattr(import_module(module), name)
    if _STEPS and not _invocations:
        _kept.enter_context(import_module("bot.parts").by_clock(_clock))
    _invocations += 1
    _waited.clear()
    began = time.perf_counter()
    answer = handler(event, context)
    seconds = time.perf_counter() - began
    return {"answer": answer, "seconds": seconds, "waited": dict(_waited)}


def _clock() -> datetime:
    return datetime.now(UTC) - _STEP * (_STEPS - _invocations)


def _timed(name: str) -> Callable[..., Any]:
    of_the_library = getattr(socket.socket, name)

    def wait(self: socket.socket, *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return of_the_library(self, *arguments)
        finally:
            took = time.perf_counter() - began
            port = arguments[0][1] if name == "connect" else self.getpeername()[1]
            _waited[port] += took

    return wait


for _name in ("connect", "send", "sendall", "recv", "recv_into"):
    setattr(socket.socket, _name, _timed(_name))
