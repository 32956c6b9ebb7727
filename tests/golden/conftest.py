"""The sandbox by the stories' own clock, and the flag that writes the book anew."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.golden.stage import Clock


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden stories anew")


@pytest.fixture(scope="module")
def story_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def story_sandbox(story_clock: Clock) -> Iterator[Sandbox]:
    with Sandbox.start(clock=story_clock, pass_time=story_clock.advance) as sandbox:
        yield sandbox
