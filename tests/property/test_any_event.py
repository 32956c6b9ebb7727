"""Whatever comes in as an event."""

import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.cloudtrail import READ_CALLS, changes_a_group, glimpse_change, parse_change
from bot.core.errors import EventError
from bot.core.fields import is_identifier
from bot.core.jobs import group_text, parse_group
from tests.property.strategies import json_values
from tests.records import NOW, event, event_names, load_event

_IN_KEYS = re.compile(r"[ -~]{1,128}")

json_objects = st.dictionaries(st.sampled_from(["detail", "account", "region", "time"]), json_values)
real_events = st.sampled_from([load_event(name) for name in event_names()])


@st.composite
def damaged_events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event of the tests in which up to three fields, at any depth, are something else or gone."""
    whole: dict[str, Any] = json.loads(json.dumps(draw(real_events)))
    for _ in range(draw(st.integers(0, 3))):
        parent, key = draw(st.sampled_from(list(_places(whole))))
        if draw(st.booleans()):
            del parent[key]
        else:
            parent[key] = draw(json_values)
    return whole


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Give every place inside *part*: what holds it, and under which key."""
    if isinstance(part, dict | list):
        for key, child in list(part.items() if isinstance(part, dict) else enumerate(part)):
            yield part, key
            yield from _places(child)


anything = json_objects | damaged_events()


class TestParse:
    @given(anything)
    @settings(max_examples=400)
    def test_any_json_object_gives_a_change_or_an_event_error(self, event: dict[str, Any]) -> None:
        """Law: parse_change(json) is a SecurityGroupChange fit for keys, or raises an EventError, and nothing else."""
        try:
            change = parse_change(event)
        except EventError:
            return
        assert isinstance(change, SecurityGroupChange)
        assert change.kind is READ_CALLS[change.event_name]
        _assert_fit_for_keys(change)

    @given(real_events, st.sampled_from(["errorMessage", "requestID", "somethingNew"]), json_values)
    def test_a_field_that_is_not_needed_changes_nothing(
        self, event: dict[str, Any], name: str, value: Any
    ) -> None:
        """Law: parse(e) = parse(e with any value in a field that nobody reads)."""
        try:
            expected = parse_change(event)
        except EventError:
            return
        assert parse_change({**event, "detail": {**event["detail"], name: value}}) == expected


class TestGlimpse:
    @given(anything)
    @settings(max_examples=400)
    def test_a_glimpse_never_fails_and_is_fit_for_keys(self, event: dict[str, Any]) -> None:
        """Law: glimpse_change(json) is a change that is not understood, whose identifiers are fit for keys."""
        change = glimpse_change(event, NOW)
        assert change.kind is ChangeKind.NOT_UNDERSTOOD
        _assert_fit_for_keys(change)

    @given(anything, st.text(max_size=20))
    def test_the_same_record_gives_the_same_id_in_any_envelope(
        self, event: dict[str, Any], envelope_id: str
    ) -> None:
        """Law: the event id of glimpse(e) depends on the record alone."""
        again = {**event, "id": envelope_id}
        assert glimpse_change(event, NOW).event_id == glimpse_change(again, NOW.replace(year=2027)).event_id


class TestKeys:
    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20))
    def test_the_group_of_any_change_finds_its_way_through_a_queue_and_a_button(self, region: str) -> None:
        """Law: parse_group(group_text(g)) = g for the group of every change that is read."""
        try:
            change = parse_change(event(awsRegion=region))
        except EventError:
            return
        assert change.group
        assert parse_group(group_text(change.group)) == change.group


class TestRecognition:
    @given(st.dictionaries(st.text(max_size=10), json_values) | anything)
    def test_recognising_never_fails(self, event: dict[str, Any]) -> None:
        """Law: changes_a_group(json) is a truth value."""
        assert changes_a_group(event) in (True, False)


def _assert_fit_for_keys(change: SecurityGroupChange) -> None:
    for identifier in (change.event_id, change.event_name, change.account_id, change.region):
        assert is_identifier(identifier)
        assert _IN_KEYS.fullmatch(identifier)
    assert change.group_id is None or is_identifier(change.group_id)
    assert change.time.tzinfo is UTC
    assert change.time.microsecond == 0
    assert change.principal.name
    assert change.principal.key


@pytest.mark.parametrize("name", event_names())
def test_the_events_that_are_damaged_are_whole_to_begin_with(name: str) -> None:
    assert load_event(name)["detail"]["eventID"]
