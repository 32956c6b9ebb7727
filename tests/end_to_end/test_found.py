"""What CloudTrail loses is found when the groups are read, told once, and explained if the event comes after all."""

from typing import Any

import pytest

from sandbox import CHANNEL, JO, Message, Sandbox
from sandbox.stories import play
from tests.conftest import Clock

A_DAY = 25 * 3600


def read_all_groups(sandbox: Sandbox) -> None:
    sandbox.queues.run_schedule()
    sandbox.drain()


@pytest.fixture
def lost(sandbox: Sandbox, clock: Clock) -> dict[str, Any]:
    """Let an event be lost that opens a group, and the groups be read the day after; give the event."""
    sandbox.open_ssh()  # so that there is a place that events come from
    sandbox.drain()
    read_all_groups(sandbox)
    (event,) = play(sandbox, "lost", "old-bastion")
    sandbox.drain()
    clock.advance(A_DAY)
    read_all_groups(sandbox)
    return event


def found(sandbox: Sandbox) -> list[Message]:
    return [
        message for message in sandbox.slack.messages(CHANNEL) if "Found without an event" in message.text
    ]


def test_it_is_told_once_with_nobody_to_name(sandbox: Sandbox, clock: Clock, lost: dict[str, Any]) -> None:
    (card,) = found(sandbox)
    assert "SQL Server (tcp 1433) open to the internet on old-bastion" in card.text
    assert "nobody knows who, some time between" in card.plain()
    clock.advance(A_DAY)
    read_all_groups(sandbox)
    assert len(found(sandbox)) == 1


def test_one_can_acknowledge_it_and_look_at_the_rules(sandbox: Sandbox, lost: dict[str, Any]) -> None:
    (card,) = found(sandbox)
    sandbox.click(JO, card, "acknowledge")
    sandbox.drain()
    (card,) = found(sandbox)
    assert "Acknowledged by" in card.plain()
    sandbox.click(JO, card, "view_rules")
    sandbox.drain()
    sandbox.close_modal(JO)
    sandbox.click(JO, card, "recent_changes")


def test_the_event_that_comes_after_all_explains_it(sandbox: Sandbox, lost: dict[str, Any]) -> None:
    before = len(sandbox.slack.messages(CHANNEL))
    sandbox.deliver(lost)
    sandbox.drain()
    (card,) = found(sandbox)
    assert "Now explained: AuthorizeSecurityGroupIngress by alice@example.com" in card.plain()
    assert len(sandbox.slack.messages(CHANNEL)) == before
