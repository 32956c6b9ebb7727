"""What is found without an event is what an event was lost of: no event that is merely late raises an alarm."""

from hypothesis import given

from bot.core.changes import GroupKey, Observation
from bot.core.fold import fold
from bot.core.found import find, shows_unexplained
from bot.core.ledger import Fact, fact_time
from tests.property.test_any_history import histories
from tests.simulation.ec2 import ACCOUNT_ID, REGION, content
from tests.simulation.histories import Fate, History
from tests.simulation.playing import Beginning, Circumstances

EVERY_BEGINNING = (Beginning.CREATED, Beginning.READ, Beginning.UNREAD)
IN_TIME = Circumstances(beginnings=EVERY_BEGINNING, twice=10, late=30, cut=10, old=50, reads=50)
SOME_LOST = Circumstances(beginnings=EVERY_BEGINNING, lost=40, late=10, old=0, reads=60, ties=False)


def facts_until(history: History, at: Observation) -> list[Fact]:
    """Give what is known when WAIT is over for a reading: every event that is only late has come by then."""
    changes = history.changes(Fate.SEEN, Fate.TWICE, Fate.LATE)
    readings = [*history.readings, *([history.last] if history.last else [])]
    return [*changes, *(reading for reading in readings if reading.at <= at.at)]


def readings_of(history: History) -> list[Observation]:
    return [*history.readings, *([history.last] if history.last else [])]


def key_of(history: History) -> GroupKey:
    return GroupKey(ACCOUNT_ID, REGION, history.group_id)


@given(histories(IN_TIME))
def test_where_every_event_comes_in_time_nothing_is_found(history: History) -> None:
    for reading in readings_of(history):
        timeline = fold(facts_until(history, reading))
        assert find(timeline, key_of(history), reading.at, None) is None


@given(histories(SOME_LOST))
def test_what_is_found_is_so_and_its_event_was_lost(history: History) -> None:
    lost = [told.done for told in history.told if told.fate is Fate.LOST and told.is_carried_out]
    opened = {content(rule) for done in lost for rule in (*done.opened, *done.after.values())}
    closed = {content(rule) for done in lost for rule in (*done.closed, *done.before.values())}
    for reading in readings_of(history):
        timeline = fold(facts_until(history, reading))
        found = find(timeline, key_of(history), reading.at, None)
        if found is None:
            continue
        assert shows_unexplained(timeline, reading.at)
        assert {content(rule) for rule in found.change.added} <= opened
        assert {content(rule) for rule in found.change.removed} <= closed
        assert found.change.time <= reading.at
        assert fact_time(found.step.fact) == reading.at
