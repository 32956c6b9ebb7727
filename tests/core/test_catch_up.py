"""Which alerts are told together after an outage."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import LEASE, Alert, Lease, MessageRef
from bot.core.assessment import Assessment, Severity
from bot.core.catch_up import MOST_CARDS, MOST_TOLD, OVERDUE, CatchUp, caught_up, overdue
from bot.core.quiet import Quiet, QuietReason
from tests.makers import NOW, a_change, an_alert

LATER = NOW + OVERDUE
LOW = Assessment(Severity.LOW)


def an_alert_late(number: int, **more: Any) -> Alert:
    return replace(an_alert(a_change(f"event-{number}")), assessment=LOW, **more)


MANY = tuple(an_alert_late(number) for number in range(MOST_CARDS + 1))


def test_many_that_have_waited_long_are_told_together_and_few_are_not() -> None:
    assert overdue(MANY, LATER) == MANY
    assert overdue(MANY[:-1], LATER) == ()
    assert overdue(MANY, LATER - timedelta(seconds=1)) == ()


@pytest.mark.parametrize(
    "other",
    [
        {"assessment": Assessment(Severity.CRITICAL)},
        {"message": MessageRef("C1", "1.0")},
        {"quiet": Quiet(QuietReason.MUTED, "m1")},
        {"lease": Lease("somebody", NOW + LEASE)},
    ],
    ids=["critical", "shown", "quiet", "being drawn"],
)
def test_one_that_gets_its_own_card_or_may_have_one_is_not_among_them(other: dict[str, Any]) -> None:
    assert overdue((replace(MANY[0], **other), *MANY[1:]), LATER) == ()


def test_more_can_join_one_that_is_settled_up_to_what_a_message_tells() -> None:
    catch_up = CatchUp("c1", (MANY[0].alert_id,))
    assert catch_up.widened(MANY[:2]).alert_ids == (MANY[0].alert_id, MANY[1].alert_id)
    too_many = tuple(an_alert_late(number) for number in range(MOST_TOLD + 1))
    assert len(catch_up.widened(too_many).alert_ids) == MOST_TOLD


def test_it_tells_its_own_the_worst_first() -> None:
    own = Quiet(QuietReason.CAUGHT_UP, "c1")
    low, high = replace(MANY[0], quiet=own), replace(MANY[1], quiet=own, assessment=Assessment(Severity.HIGH))
    told = caught_up(
        "c1", (low, replace(MANY[2], quiet=Quiet(QuietReason.CAUGHT_UP, "c2")), MANY[3], high), LATER
    )
    assert told
    assert (told.alerts, told.since, told.until) == ((high, low), NOW, LATER)
    assert caught_up("c3", (low, high), LATER) is None
