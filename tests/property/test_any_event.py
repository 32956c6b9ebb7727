"""Whatever comes in as an event."""

import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.alerts import raise_alert
from bot.core.assessment import assess
from bot.core.calls import CALLS, MAX_GROUPS
from bot.core.changes import ChangeKind, SecurityGroupChange, line_count
from bot.core.cloudtrail import changes_a_group, glimpse_change, parse_change
from bot.core.errors import EventError
from bot.core.fields import is_identifier
from bot.core.jobs import group_text, parse_group
from bot.slack.cards import draw_card
from tests.property.strategies import json_values
from tests.records import NOW, event, event_names, load_event
from tests.slack.limits import find_message_problems

_IN_KEYS = re.compile(r"[ -~]{1,128}")

json_objects = st.dictionaries(st.sampled_from(["detail", "account", "region", "time"]), json_values)
real_events = st.sampled_from([load_event(name) for name in event_names()])


@st.composite
def damaged_events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event of the tests in which up to three places, at any depth, are gone, or hold other JSON."""
    whole: dict[str, Any] = json.loads(json.dumps(draw(real_events)))
    for _ in range(draw(st.integers(0, 3))):
        # Most of a record is who and when; half of the damage goes where what was asked for stands.
        places = list(_places(whole))
        asked = [place for place in places if place[2] & _OF_THE_CALL]
        is_of_the_call: bool = draw(st.booleans())
        parent, key, _ = draw(st.sampled_from(asked if asked and is_of_the_call else places))
        damage: str = draw(st.sampled_from(["drop", "replace", "transplant", "omit"]))
        match damage:
            case "drop":
                del parent[key]
            case "replace":
                parent[key] = draw(json_values)
            case "transplant":  # JSON that is right, in the wrong place
                from_parent, from_key, _ = draw(st.sampled_from(places))
                parent[key] = json.loads(json.dumps(from_parent[from_key]))
            case _:
                parent[key] = {"omitted": True}
    return whole


_OF_THE_CALL = frozenset({"requestParameters", "responseElements"})


def _places(part: Any, path: frozenset[Any] = frozenset()) -> Iterator[tuple[Any, Any, frozenset[Any]]]:
    """Give every place inside *part*: what holds it, under which key, and the keys on the way there."""
    if isinstance(part, dict | list):
        for key, child in list(part.items() if isinstance(part, dict) else enumerate(part)):
            yield part, key, path | {key}
            yield from _places(child, path | {key})


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
        assert change.kind is CALLS[change.event_name]
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
        """Law: glimpse_change(json) is a change that is not understood, whose identifiers are fit for keys, and never raises."""
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


class TestAlert:
    @given(anything)
    @settings(max_examples=200)
    def test_whatever_comes_in_can_be_judged_and_told(self, event: dict[str, Any]) -> None:
        """Law: read(json), or else its glimpse, has an assessment, an alert and a card that Slack can be sent."""
        try:
            change = parse_change(event)
        except EventError:
            change = glimpse_change(event, NOW)
        alert = raise_alert(change, assess(change), details=None, now=NOW)
        assert alert.digest.count == line_count(change)
        assert find_message_problems(draw_card(alert)) == []


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
    for group in change.groups:
        assert is_identifier(group.group_id)
    assert len(change.groups) <= MAX_GROUPS
    assert change.time.tzinfo is UTC
    assert change.time.microsecond == 0
    assert change.principal.name
    assert change.principal.key


@pytest.mark.parametrize("name", event_names())
def test_the_events_that_are_damaged_are_whole_to_begin_with(name: str) -> None:
    assert load_event(name)["detail"]["eventID"]
