"""The demo as `make demo` starts it, and its page."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def demo() -> Iterator[str]:
    """The address that the demo prints when it is ready."""
    command = [sys.executable, "-m", "sandbox"]  # takes the next free port
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http://"))
        process.terminate()


@pytest.fixture
def page(browser: Browser, demo: str) -> Iterator[Page]:
    """The page; nothing in it may have gone wrong at the end."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.goto(demo)
    yield opened
    opened.close()
    assert errors == []
