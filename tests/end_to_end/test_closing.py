"""What an alert told is closed again: the card says so, and who clicks late is told."""

import re

import pytest

from sandbox import CHANNEL, JO, SAM, Message, Sandbox
from tests.conftest import Clock


@pytest.fixture
def card(sandbox: Sandbox) -> Message:
    """The card of SSH opened to the world on web-prod."""
    sandbox.open_ssh()
    sandbox.drain()
    (message,) = sandbox.slack.messages(CHANNEL)
    return message


def close(sandbox: Sandbox, clock: Clock) -> None:
    """Let alice close SSH four minutes later."""
    clock.advance(4 * 60)  # less than what makes a signature stale
    sandbox.close_ssh()
    sandbox.drain()


def as_it_is(sandbox: Sandbox, card: Message) -> Message:
    (message,) = (message for message in sandbox.slack.messages(CHANNEL) if message.ts == card.ts)
    return message


def test_the_card_turns_green_and_says_who_closed_it_and_after_how_long(
    sandbox: Sandbox, card: Message, clock: Clock
) -> None:
    headline = card.text
    close(sandbox, clock)
    now = as_it_is(sandbox, card)
    assert headline.startswith("🔴 Critical: ")
    assert now.text == headline.replace("🔴 Critical: ", "🟢 Closed, was critical: ")
    assert now.attachments[0]["color"] == "2eb886"
    assert re.search(r"Closed .* by alice@example\.com, open 4 min", now.plain())
    assert "Not acknowledged" not in now.plain()


def test_the_change_that_closes_says_so_in_lists_and_needs_no_card_of_its_own(
    sandbox: Sandbox, card: Message, clock: Clock
) -> None:
    close(sandbox, clock)
    assert [message.ts for message in sandbox.slack.messages(CHANNEL)] == [card.ts]
    sandbox.command(JO, "quiet")
    assert "SSH is no longer open to the internet on web-prod" in sandbox.slack.ephemerals(JO)[-1].plain()


def test_who_clicks_late_is_told_who_closed_it(sandbox: Sandbox, card: Message, clock: Clock) -> None:
    old_button = card.all_blocks
    close(sandbox, clock)
    as_it_is(sandbox, card).attachments[0]["blocks"] = old_button  # Sam's screen has not caught up
    sandbox.click(SAM, card, "acknowledge")
    (told,) = sandbox.slack.ephemerals(SAM)
    assert re.fullmatch(r"Closed .* by alice@example\.com, open 4 min\. Nothing to acknowledge\.", told.text)
    assert "Acknowledged" not in as_it_is(sandbox, card).plain()


def test_what_somebody_took_stays_theirs_and_is_said_to_be_open_until_it_is_closed(
    sandbox: Sandbox, card: Message, clock: Clock
) -> None:
    sandbox.click(JO, card, "acknowledge")
    taken = as_it_is(sandbox, card)
    old_button = taken.all_blocks
    assert "Still open: any IPv4 address to tcp 22" in taken.plain()
    close(sandbox, clock)
    now = as_it_is(sandbox, card)
    assert "Still open" not in now.plain()
    assert re.search(r"Acknowledged by .*\nClosed .* by alice@example\.com, open 4 min", now.plain())

    now.attachments[0]["blocks"] = old_button
    sandbox.click(JO, card, "unacknowledge")
    (told,) = sandbox.slack.ephemerals(JO)
    assert told.text.endswith("Nothing to acknowledge.")
    assert "Acknowledged by" in as_it_is(sandbox, card).plain()
