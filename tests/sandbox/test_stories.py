"""Every story plays through, and Panopticon tells of it."""

import pytest

from sandbox import Sandbox
from sandbox.stories import APPS, STORIES, play

REFUSED = {"denied"}


@pytest.mark.parametrize("key", [key for key in STORIES if key != "forty"])
def test_a_story_plays_twice_and_reaches_the_channel(sandbox: Sandbox, key: str) -> None:
    events = play(sandbox, key, "old-bastion")

    assert events
    assert any("errorCode" in event["detail"] for event in events) is (key in REFUSED)
    sandbox.drain()
    assert sandbox.slack.messages() or key == "lost"
    play(sandbox, key, "old-bastion")
    sandbox.drain()
    assert sandbox.trail.held == []
    assert sandbox.trail.to_lose == 0


def test_what_a_lost_event_did_is_found_within_the_story(sandbox: Sandbox) -> None:
    play(sandbox, "found", "old-bastion")
    sandbox.drain(hasten=False)
    (message,) = sandbox.slack.messages()
    assert message.text.startswith("🔴 Critical: Found without an event: VNC (tcp 5500) open to the internet")


def test_terraform_makes_forty_groups_and_forty_more(sandbox: Sandbox) -> None:
    assert len(play(sandbox, "forty", "old-bastion")) == 2 * APPS

    events = play(sandbox, "forty", "old-bastion")

    assert not any("errorCode" in event["detail"] for event in events)
    assert len([name for name in sandbox.groups.ids if name.startswith("app-")]) == 2 * APPS + 1


def test_a_story_needs_a_group_that_is_there(sandbox: Sandbox) -> None:
    with pytest.raises(LookupError, match="no group"):
        play(sandbox, "halves", "nowhere")
