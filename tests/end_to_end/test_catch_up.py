"""The card that tells many alerts together, in Slack: its button lists those that wait."""

from dataclasses import replace

from bot.core.catch_up import caught_up
from bot.core.quiet import Quiet, QuietReason
from bot.slack.catch_up_card import LIST_UNACKNOWLEDGED, draw_catch_up
from sandbox import CHANNEL, JO, Sandbox
from sandbox.slack_objects import BOT_USER
from tests.makers import NOW, an_alert


def test_its_button_lists_the_alerts_that_wait(sandbox: Sandbox) -> None:
    sandbox.open_ssh()
    sandbox.drain()
    told = caught_up("4f6c", [replace(an_alert(), quiet=Quiet(QuietReason.CAUGHT_UP, "4f6c"))], NOW)
    assert told is not None
    message = sandbox.slack.post(CHANNEL, BOT_USER, draw_catch_up(told))

    answer = sandbox.click(JO, message, LIST_UNACKNOWLEDGED)

    assert (answer.status, answer.error) == (200, None)
    (listed,) = sandbox.slack.ephemerals(JO)
    assert "web-prod" in listed.plain()
