"""What errors carry, and how they read."""

from datetime import timedelta

import pytest

from bot.core import errors
from bot.core.alerts import AlreadyRecorded, TransitionRefused
from bot.core.errors import (
    MalformedEvent,
    OrganizationDenied,
    PanopticonError,
    ReadDenied,
    ReadRoleMissing,
    SecretsMissing,
    SlackRateLimited,
    SlackRefused,
    StoreError,
)
from tests.makers import an_alert


def test_each_is_one_of_ours() -> None:
    found = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(found) > 10
    assert all(issubclass(each, PanopticonError) for each in found)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MalformedEvent("detail.eventID", "a text"), "detail.eventID: expected a text"),
        (StoreError("record_change", "LedgerMoved"), "record_change: LedgerMoved"),
        (ReadDenied("UnauthorizedOperation"), "UnauthorizedOperation"),
        (OrganizationDenied("AccessDeniedException"), "AccessDeniedException"),
        (SecretsMissing(("bot-token", "channel"), "not found"), "bot-token, channel: not found"),
        (SlackRefused("not_in_channel"), "not_in_channel"),
        (AlreadyRecorded("a1"), "already recorded, alert a1"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_it_says_what_happened(error: PanopticonError, words: str) -> None:
    assert str(error) == words


def test_it_carries_what_a_caller_acts_on() -> None:
    assert ReadRoleMissing("AccessDenied", "panopticon-read").role == "panopticon-read"
    assert SlackRateLimited(30).retry_after == timedelta(seconds=30)
    alert = an_alert()
    assert TransitionRefused(alert).alert is alert
