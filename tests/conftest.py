"""What tests share: the sandbox, one process that is reset before each test, and a browser."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Hypothesis without a clock: a busy machine is no reason to fail.
settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("unhurried")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, so that no process waits in the end for another's one long file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class Clock:
    """The sandbox's clock: the real one, but for the seconds that a test lets pass at once."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds

    def advance(self, seconds: float = 1) -> None:
        """Let time pass, for one so that two events do not fall into one second."""
        self.ahead_seconds += seconds


@pytest.fixture(scope="session")
def session_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def running_sandbox(session_clock: Clock) -> Iterator[Sandbox]:
    with Sandbox.start(clock=session_clock, pass_time=session_clock.advance) as sandbox:
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


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium without a window; imported here, as most tests need none."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM.exists(), "Chromium is missing: `make test` installs it (Debian package chromium)"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()
