"""Golden JSON: what cards and modals look like, beside the tests, to be reviewed as a diff."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"

MatchGolden = Callable[[str, dict[str, Any]], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/slack/golden/*.json as the code draws them"
    )


@pytest.fixture
def match_golden(request: pytest.FixtureRequest) -> MatchGolden:
    """Compare a document with golden/NAME.json, or write that file when asked to by --update-golden."""

    def match(name: str, document: dict[str, Any]) -> None:
        path = GOLDEN / f"{name}.json"
        if request.config.getoption("--update-golden", default=False):
            path.write_text(_visible(json.dumps(document, indent=2, ensure_ascii=False)) + "\n", "utf-8")
        assert document == json.loads(path.read_text("utf-8"))

    return match


def _visible(text: str) -> str:
    """Write what nobody can see (word joiners, marks of direction) as JSON's escapes, so that a reviewer does."""
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character) == "Cf" else character
        for character in text
    )
