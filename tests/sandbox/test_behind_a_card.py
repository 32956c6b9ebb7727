"""What stands behind a card: its event, the requests that people sent, the calls that drew it."""

import json
import urllib.request
from typing import Any

import pytest

from sandbox import JO, SAM, Sandbox


def behind(sandbox: Sandbox, ts: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{sandbox.url}/card?ts={ts}", timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def do(sandbox: Sandbox, action: str, **asked: Any) -> dict[str, Any]:
    body = json.dumps({"user": JO} | asked).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{sandbox.url}/do/{action}", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def test_a_card_tells_its_event_its_click_and_its_calls(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    sandbox.drain()
    (card,) = sandbox.slack.messages()
    sandbox.click(SAM, card, "acknowledge")

    told = behind(sandbox, card.ts)

    assert [each["event"] for each in told["events"]] == [event]
    assert told["seconds"] >= 0
    (request,) = told["requests"]
    assert (request["user"], request["what"], request["status"]) == (SAM, "acknowledge", 200)
    assert request["event"]["headers"]["x-slack-signature"].startswith("v0=")
    assert request["form"]["payload"]["actions"][0]["action_id"] == "acknowledge"
    methods = [call["method"] for call in told["calls"]]
    assert (methods[0], methods[-1]) == ("chat.postMessage", "chat.update")
    assert told["message"]["attachments"] == card.as_json()["attachments"]


def test_what_happened_to_other_cards_is_not_told(sandbox: Sandbox) -> None:
    sandbox.open_ssh()
    sandbox.open_ssh("bastion")
    sandbox.drain()
    first, second = sandbox.slack.messages()
    sandbox.click(JO, second, "acknowledge")

    told = behind(sandbox, first.ts)

    assert told["requests"] == []
    assert len(told["events"]) == 1


def test_delivered_again_an_event_changes_nothing(sandbox: Sandbox) -> None:
    event_id = sandbox.open_ssh()["detail"]["eventID"]
    sandbox.drain()
    (before,) = sandbox.slack.messages()
    text = before.plain()

    said = do(sandbox, "again", event_id=event_id)["said"]
    sandbox.drain()

    assert "2 times" in said
    (after,) = sandbox.slack.messages()
    assert after.plain() == text
    assert behind(sandbox, after.ts)["events"][0]["times"] == 2


@pytest.mark.parametrize(
    ("action", "asked", "field"),
    [
        (
            "fill_in",
            {"operation": "CreateSecurityGroup", "principal": "erin", "fields": {"name": ""}},
            "name",
        ),
        ("paste", {"text": "{"}, "text"),
    ],
)
def test_what_cannot_be_done_is_said_at_its_field(
    sandbox: Sandbox, action: str, asked: dict[str, Any], field: str
) -> None:
    told = do(sandbox, action, **asked)

    assert told["field"] == field
    assert told["error"]
    assert sandbox.trail.emitted == []


def test_what_panopticon_cannot_read_is_sent_when_that_is_wanted(sandbox: Sandbox) -> None:
    event = {"eventSource": "ec2.amazonaws.com", "eventName": "DeleteSecurityGroup", "eventID": "e-1"}
    text = json.dumps(event | {"eventTime": "2026-03-02T20:07:41Z"})
    assert "error" in do(sandbox, "paste", text=text)

    do(sandbox, "paste", text=text, anyway=True)
    sandbox.drain()

    (card,) = sandbox.slack.messages()
    assert "Not understood" in card.text
