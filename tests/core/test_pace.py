"""With what the drawing of a card takes turns."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.alerts import Alert, MessageRef
from bot.core.pace import RATES, Lane, lane_of, lanes_beside
from tests.makers import a_change, a_rule, an_alert

HARMLESS = an_alert(a_change(added=(a_rule("10.0.0.0/8"),)))
CRITICAL = an_alert()
POSTED = replace(CRITICAL, message=MessageRef("C1", "1.1"))


@pytest.mark.parametrize(
    ("alert", "lane"),
    [
        pytest.param(HARMLESS, Lane.POSTS, id="a new card"),
        pytest.param(CRITICAL, Lane.URGENT_POSTS, id="a new card of what is critical"),
        pytest.param(POSTED, Lane.EDITS, id="a card that is there"),
    ],
)
def test_a_card_takes_turns_with_its_like(alert: Alert, lane: Lane) -> None:
    assert lane_of(alert) is lane


def test_what_slack_limits_is_a_method_and_not_a_lane() -> None:
    assert lanes_beside(Lane.POSTS) == lanes_beside(Lane.URGENT_POSTS) == (Lane.URGENT_POSTS, Lane.POSTS)
    assert lanes_beside(Lane.EDITS) == (Lane.EDITS,)


@pytest.mark.parametrize(("lane", "most", "within_seconds"), [(Lane.EDITS, 50, 60), (Lane.POSTS, 1, 1)])
def test_what_goes_at_once_and_after_that_stays_below_what_slack_takes(
    lane: Lane, most: int, within_seconds: int
) -> None:
    rate = RATES[lane]
    assert (rate.ahead + timedelta(seconds=within_seconds)) / rate.gap <= most
