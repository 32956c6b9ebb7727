"""The sandbox that the tests share: one process, reset before each test."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """A workspace without messages and an account with its first groups; no handler may have raised at the end."""
    running_sandbox.reset()
    yield running_sandbox
    assert running_sandbox.functions.errors == []
