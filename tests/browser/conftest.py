"""The demo as `make demo` starts it, and its page."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def running() -> Iterator[str]:
    """Run the demo, and give the address that it prints when it is ready."""
    with socket.socket() as probe:  # two that begin at once would both find the usual port free
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "sandbox", "--port", port]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http://"))
        process.terminate()


@pytest.fixture
def demo() -> Iterator[str]:
    """The address of a demo for one test."""
    with running() as address:
        yield address


@pytest.fixture(scope="module")
def shared_demo() -> Iterator[str]:
    """The address of a demo that the tests of a module visit one after another."""
    with running() as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """What opens a page in a browser of its own; nothing in any of them may have gone wrong at the end."""
    contexts = []
    errors: list[str] = []

    def go(address: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(address)
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(demo: str, visit: Callable[..., Page]) -> Page:
    """The page of a demo for one test."""
    return visit(demo, viewport={"width": 1280, "height": 900})
