"""How long a newcomer waits is timed on the demo itself."""

import sys

import pytest

from scripts.time_first_card import NoCard, time_first_card


@pytest.mark.slow
def test_the_first_card_and_that_of_a_change_are_waited_for() -> None:
    times = time_first_card((sys.executable, "-m", "sandbox"))
    assert times.own_card > 0
    assert times.own_card < 60
    assert times.first_card > 0


def test_a_demo_that_does_not_come_up_is_said_so() -> None:
    with pytest.raises(NoCard, match="ended before"):
        time_first_card((sys.executable, "-c", "import time; print('sorry'); time.sleep(1)"))
