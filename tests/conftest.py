"""The sandbox that the tests share: one process, reset before each test."""

import time
from collections.abc import Iterator

import pytest

from sandbox import Sandbox


class Clock:
    """The sandbox's clock: the real one, but for the seconds that a test lets pass at once."""

    def __init__(self) -> None:
        self.ahead_seconds = 0

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds

    def advance(self, seconds: int = 1) -> None:
        """Let time pass, for one so that two events do not fall into one second."""
        self.ahead_seconds += seconds


@pytest.fixture(scope="session")
def session_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def running_sandbox(session_clock: Clock) -> Iterator[Sandbox]:
    with Sandbox.start(clock=session_clock) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox, session_clock: Clock) -> Iterator[Sandbox]:
    """A workspace without messages and an account with its first groups; no handler may have raised at the end."""
    session_clock.ahead_seconds = 0
    running_sandbox.reset()
    yield running_sandbox
    assert running_sandbox.functions.errors == []


@pytest.fixture
def clock(sandbox: Sandbox, session_clock: Clock) -> Clock:
    return session_clock
