"""
Every story is told word for word as the book has it.

`pytest tests/golden --regenerate` writes the book anew; the difference is for people to read.
"""

from pathlib import Path

import pytest

from bot import parts
from sandbox import Sandbox
from tests.golden.book import Story, stories
from tests.golden.stage import Clock, Stage

FOLDER = Path(__file__).parent / "stories"


@pytest.mark.parametrize("story", list(stories()), ids=lambda story: story.name)
def test_a_story_is_told_as_the_book_has_it(
    story: Story, story_sandbox: Sandbox, story_clock: Clock, request: pytest.FixtureRequest
) -> None:
    path = FOLDER / f"{story.name}.txt"
    with parts.by_policy(story.policy):
        stage = Stage(story_sandbox, story_clock)
        story.play(stage)
        page = stage.page(story.title)

    if request.config.getoption("--regenerate", default=False):
        path.write_text(page, encoding="utf-8")
    assert story_sandbox.functions.errors == []
    assert page == path.read_text(encoding="utf-8")


def test_the_book_holds_no_page_that_no_story_tells(request: pytest.FixtureRequest) -> None:
    told = {f"{story.name}.txt" for story in stories()}
    for path in FOLDER.iterdir():
        if path.name not in told and request.config.getoption("--regenerate", default=False):
            path.unlink()
    assert {path.name for path in FOLDER.iterdir()} == told
