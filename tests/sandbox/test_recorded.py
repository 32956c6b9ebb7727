"""Events that are replayed or pasted."""

import json
from typing import Any

import pytest

from sandbox import JO, Sandbox
from sandbox.recorded import RECORDED, NotAnEvent, check_pasted, read_pasted, replay
from tests.conftest import Clock

RECORD = replay("Root deletes a group", {}, 1_764_000_000)["detail"]


@pytest.mark.parametrize("name", [record["name"] for record in RECORDED])
def test_a_recorded_event_becomes_a_card_each_time(sandbox: Sandbox, clock: Clock, name: str) -> None:
    for _ in range(2):
        sandbox.deliver(replay(name, sandbox.groups.ids, sandbox.clock()))
        sandbox.drain()
        clock.advance(600)  # so that the second one gathers with nothing

    assert len(sandbox.slack.messages()) == 2
    sandbox.command(JO, "")
    listed = [block for block in sandbox.slack.ephemerals(JO)[-1].all_blocks if block["type"] == "rich_text"]
    assert len(listed) == 2


def test_a_record_is_of_now_and_of_a_group_here() -> None:
    event = replay("Too large: AWS left the rules out", {"web-prod": "sg-1"}, 1_764_000_000)

    assert event["detail"]["requestParameters"]["groupId"] == "sg-1"
    assert event["time"] == event["detail"]["eventTime"] == "2025-11-24T16:00:00Z"
    with pytest.raises(LookupError, match="no record"):
        replay("x", {}, 0)


@pytest.mark.parametrize(
    "pasted",
    [RECORD, {"Records": [RECORD]}, replay("Root deletes a group", {}, 0)],
    ids=["a record", "a log file", "an event"],
)
def test_an_event_may_be_pasted_in_each_of_its_wrappings(pasted: Any) -> None:
    event = read_pasted(json.dumps(pasted))

    check_pasted(event)
    assert event["detail"]["eventName"] == "DeleteSecurityGroup"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON: .* line 1"),
        ("[]", "is an object"),
        ("{}", '"detail" is missing'),
        ('{"Records": []}', "0 records"),
        (json.dumps(RECORD | {"requestParameters": {}}), "groupId"),
        (json.dumps(RECORD | {"eventTime": 7}), "eventTime"),
        (json.dumps(RECORD | {"eventName": "RunInstances"}), "RunInstances"),
    ],
)
def test_what_is_wrong_with_a_pasted_event_is_said_by_its_field(text: str, said: str) -> None:
    with pytest.raises(NotAnEvent, match=said):
        check_pasted(read_pasted(text))
