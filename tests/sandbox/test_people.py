"""What people do arrives at the bot as Slack would send it, and its answers do what Slack would do."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

from sandbox import (
    BOT_TOKEN,
    BOT_USER,
    CHANNEL,
    JO,
    KIM,
    OTHER_TEAM_ID,
    SAM,
    SIGNING_SECRET,
    TEAM,
    NotSubmitted,
)
from sandbox.client import People
from sandbox.endpoint import BotEndpoint
from sandbox.function_url import signature
from sandbox.functions import Functions
from sandbox.web_api import WebApi
from sandbox.workspace import Workspace

JSON = dict[str, Any]
OK: JSON = {"statusCode": 200, "headers": {}, "body": ""}


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def answered(body: JSON) -> JSON:
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


@dataclass
class Bot:
    """Answers every request in the same way, and keeps what it got."""

    answer: Callable[[], JSON] = lambda: OK
    events: list[JSON] = field(default_factory=list)

    def __call__(self, event: JSON, context: Any) -> JSON:
        self.events.append(event)
        return self.answer()

    @property
    def form(self) -> dict[str, str]:
        body = base64.b64decode(self.events[-1]["body"]).decode()
        return {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}

    @property
    def payload(self) -> JSON:
        payload: JSON = json.loads(self.form["payload"])
        return payload


class Clock:
    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return Workspace(clock)


@pytest.fixture
def people(workspace: Workspace, bot: Bot, clock: Clock) -> People:
    functions = Functions("ap-northeast-2", "123456789012", {"slack": bot})
    return People(workspace, BotEndpoint(functions, SIGNING_SECRET, clock))


CARD: JSON = {
    "text": "Critical",
    "attachments": [
        {
            "color": "#a30200",
            "blocks": [
                {
                    "type": "actions",
                    "block_id": "do",
                    "elements": [
                        {"type": "button", "action_id": "ack", "text": plain("Acknowledge"), "value": "a1.3"},
                        {
                            "type": "overflow",
                            "action_id": "more",
                            "options": [{"text": plain("Note"), "value": "note"}],
                        },
                    ],
                }
            ],
        }
    ],
}
HOUR: JSON = {"text": plain("an hour"), "value": "1"}
DAY: JSON = {"text": plain("a day"), "value": "24"}
SELECT: JSON = {
    "type": "static_select",
    "action_id": "mute",
    "placeholder": plain("Mute for"),
    "options": [HOUR, DAY],
}
MODAL: JSON = {
    "type": "modal",
    "title": plain("Note"),
    "submit": plain("Save"),
    "callback_id": "note",
    "private_metadata": "a1",
    "blocks": [
        {
            "type": "input",
            "block_id": "note",
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "until",
            "label": plain("Until"),
            "optional": True,
            "element": {
                "type": "static_select",
                "action_id": "hours",
                "options": [{"text": plain("an hour"), "value": "1"}],
            },
        },
        {
            "type": "actions",
            "elements": [{"type": "button", "action_id": "next", "text": plain("Next"), "value": "2"}],
        },
    ],
}


def test_a_command_comes_signed_as_a_function_url_event_in_base64(people: People, bot: Bot) -> None:
    people.command(JO, "rules payload-service & more")

    event = bot.events[-1]
    body = base64.b64decode(event["body"])
    assert SignatureVerifier(SIGNING_SECRET, FixedClock()).is_valid_request(body, event["headers"])
    assert (event["version"], event["isBase64Encoded"]) == ("2.0", True)
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/slack/events"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert all(name == name.lower() for name in event["headers"])
    assert bot.form["command"] == "/sg-changes"
    assert bot.form["text"] == "rules payload-service & more"
    assert (bot.form["user_id"], bot.form["channel_id"]) == (JO, CHANNEL)
    assert bot.form["trigger_id"]
    assert bot.form["response_url"].startswith("http")


class FixedClock(SlackClock):
    """The verifier's clock: the time at which these tests play."""

    def now(self) -> float:
        return 1_764_000_000.0


def test_a_signature_is_that_of_slacks_own_example() -> None:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    signed = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)

    assert signed == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_the_answer_to_a_command_is_seen_by_the_one_who_asked(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    bot.answer = lambda: answered({"text": "Latest changes"})

    answer = people.command(JO)

    assert answer.error is None
    assert [message.text for message in workspace.ephemerals(JO)] == ["Latest changes"]
    assert workspace.timeline(SAM) == []


def test_an_empty_answer_to_a_command_shows_nothing(people: People, workspace: Workspace) -> None:
    assert people.command(JO).error is None
    assert workspace.timeline(JO) == []


def test_a_command_can_answer_to_all(people: People, workspace: Workspace, bot: Bot) -> None:
    bot.answer = lambda: answered({"text": "Hello", "response_type": "in_channel"})

    people.command(JO)

    assert [message.text for message in workspace.messages()] == ["Hello"]


def failing() -> JSON:
    raise ValueError("a bug")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: {"statusCode": 401, "body": "no"}, "http_client_error"),
        (lambda: {"statusCode": 503, "body": "later"}, "http_service_error"),
        (failing, "http_service_error"),
        (lambda: answered({"blocks": [{"type": "sektion"}]}), "invalid_command_response"),
        (lambda: answered({}) | {"body": "["}, "invalid_command_response"),
    ],
)
def test_a_command_that_fails_says_so_to_the_one_who_asked(
    people: People, workspace: Workspace, bot: Bot, answer: Callable[[], JSON], error: str
) -> None:
    bot.answer = answer

    assert people.command(JO).error == error
    assert workspace.ephemerals(JO)[-1].text == f'/sg-changes failed with the error "{error}"'


def test_an_answer_after_three_seconds_is_too_late(
    people: People, workspace: Workspace, bot: Bot, clock: Clock
) -> None:
    def slow() -> JSON:
        clock.now += 3.2
        return answered({"text": "Latest changes"})

    bot.answer = slow

    assert people.command(JO).error == "operation_timeout"
    assert [message.text for message in workspace.ephemerals(JO)] == [
        '/sg-changes failed with the error "operation_timeout"'
    ]


def test_a_click_on_a_card_names_user_card_button_and_value(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    card = workspace.post(CHANNEL, BOT_USER, CARD)

    people.click(SAM, card, "ack")

    payload = bot.payload
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == SAM
    assert payload["container"] == {
        "type": "message_attachment",
        "message_ts": card.ts,
        "attachment_id": 1,
        "channel_id": CHANNEL,
        "is_ephemeral": False,
        "is_app_unfurl": False,
    }
    assert payload["message"]["ts"] == card.ts
    (action,) = payload["actions"]
    assert (action["type"], action["action_id"], action["block_id"]) == ("button", "ack", "do")
    assert action["value"] == "a1.3"
    assert action["action_ts"]


def test_a_choice_from_an_overflow_menu_names_the_option(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    card = workspace.post(CHANNEL, BOT_USER, CARD)

    people.click(JO, card, "more", option="note")

    (action,) = bot.payload["actions"]
    assert action.pop("action_ts")
    assert action == {
        "type": "overflow",
        "action_id": "more",
        "block_id": "do",
        "selected_option": {"text": plain("Note"), "value": "note"},
    }
    assert bot.payload["state"] == {"values": {}}


def test_an_option_with_a_link_is_sent_with_its_link(people: People, workspace: Workspace, bot: Bot) -> None:
    event = {"text": plain("Open event"), "value": "event", "url": "https://example.com/event"}
    menu = {"type": "overflow", "action_id": "more", "options": [event]}
    message = workspace.post(CHANNEL, BOT_USER, {"blocks": [{"type": "actions", "elements": [menu]}]})

    people.choose(JO, message, "more", "Open event")

    assert bot.payload["actions"][0]["selected_option"] == event


@pytest.mark.parametrize("wanted", ["24", "a day"])
@pytest.mark.parametrize(
    "block",
    [
        {"type": "actions", "block_id": "do", "elements": [SELECT]},
        {"type": "section", "block_id": "do", "text": plain("Mute"), "accessory": SELECT},
    ],
)
def test_a_choice_from_a_select_names_the_option_and_is_in_the_state(
    people: People, workspace: Workspace, bot: Bot, block: JSON, wanted: str
) -> None:
    message = workspace.post(CHANNEL, BOT_USER, {"blocks": [block]})

    people.choose(JO, message, "mute", wanted)

    (action,) = bot.payload["actions"]
    assert action.pop("action_ts")
    assert action == {
        "type": "static_select",
        "action_id": "mute",
        "block_id": "do",
        "selected_option": DAY,
        "placeholder": plain("Mute for"),
    }
    assert bot.payload["state"]["values"] == {
        "do": {"mute": {"type": "static_select", "selected_option": DAY}}
    }


def test_menus_of_one_action_id_are_told_apart_by_option_or_block(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    def row(name: str, *options: JSON) -> JSON:
        return {"type": "actions", "block_id": name, "elements": [SELECT | {"options": list(options)}]}

    message = workspace.post(CHANNEL, BOT_USER, {"blocks": [row("a", HOUR), row("b", HOUR, DAY)]})

    people.choose(JO, message, "mute", "24")
    assert bot.payload["actions"][0]["block_id"] == "b"
    people.click(JO, message, "mute", option="1", block_id="b")
    assert bot.payload["actions"][0]["block_id"] == "b"


def test_a_person_of_another_team_clicks_under_the_team_of_the_app(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    card = workspace.post(CHANNEL, BOT_USER, CARD)

    people.click(KIM, card, "ack")

    assert (bot.payload["user"]["id"], bot.payload["user"]["team_id"]) == (KIM, OTHER_TEAM_ID)
    assert bot.payload["team"]["id"] == TEAM["id"]
    people.click(JO, card, "ack")
    assert bot.payload["user"]["team_id"] == TEAM["id"]


def test_a_person_of_another_team_has_no_command(people: People, bot: Bot) -> None:
    with pytest.raises(LookupError, match="is not a command of"):
        people.command(KIM)
    assert bot.events == []


def test_an_ephemeral_message_is_clicked_without_saying_what_it_holds(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    whispered = workspace.post(CHANNEL, BOT_USER, CARD, ephemeral_to=JO)

    people.choose(JO, whispered, "more", "Note")

    assert bot.payload["container"]["is_ephemeral"] is True
    assert bot.payload["response_url"].startswith("http")
    assert "message" not in bot.payload


def test_what_is_not_there_cannot_be_clicked(people: People, workspace: Workspace, bot: Bot) -> None:
    card = workspace.post(CHANNEL, BOT_USER, CARD)
    whispered = workspace.post(CHANNEL, BOT_USER, CARD, ephemeral_to=JO)

    with pytest.raises(LookupError, match="no element 'revert'"):
        people.click(JO, card, "revert")
    with pytest.raises(LookupError, match="no option"):
        people.click(JO, card, "more", option="mute")
    with pytest.raises(LookupError, match="sees no message"):
        people.click(SAM, whispered, "ack")
    assert bot.events == []


def test_what_an_edit_has_just_taken_away_is_clicked_as_it_was(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    card = workspace.post(CHANNEL, BOT_USER, CARD)
    api = WebApi(workspace, BOT_TOKEN, frozenset({"chat:write"}))
    button = {"type": "button", "action_id": "unack", "text": plain("Unacknowledge")}
    after = [{"blocks": [{"type": "actions", "elements": [button]}]}]
    api.call("chat.update", {"channel": CHANNEL, "ts": card.ts, "text": "x", "attachments": after}, BOT_TOKEN)

    people.click(SAM, card, "ack", "a1.3")

    assert bot.payload["actions"][0]["value"] == "a1.3"
    assert bot.payload["container"]["type"] == "message_attachment"
    assert bot.payload["message"]["attachments"][0]["blocks"][0]["elements"] == [button]


def test_a_click_that_fails_says_so(people: People, workspace: Workspace, bot: Bot) -> None:
    card = workspace.post(CHANNEL, BOT_USER, CARD)
    bot.answer = lambda: {"statusCode": 500, "body": ""}

    assert people.click(JO, card, "ack").error == "http_service_error"
    assert "http_service_error" in workspace.ephemerals(JO)[-1].text


def test_a_click_in_a_modal_carries_the_view(people: People, workspace: Workspace, bot: Bot) -> None:
    view = workspace.show(JO, MODAL)

    people.click_in_modal(JO, "next", "2")

    payload = bot.payload
    assert payload["container"] == {"type": "view", "view_id": view.id}
    assert payload["view"]["private_metadata"] == "a1"
    assert payload["view"]["hash"] == view.hash
    assert "message" not in payload
    assert "response_url" not in payload


def test_a_submission_carries_what_was_filled_in_and_closes_the_modal(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    view = workspace.show(JO, MODAL)

    people.submit(JO, {"note/text": "vendor session", "hours": "an hour"})

    payload = bot.payload
    assert payload["type"] == "view_submission"
    assert (payload["user"]["id"], payload["user"]["team_id"]) == (JO, TEAM["id"])
    assert payload["team"]["id"] == TEAM["id"]
    assert payload["view"]["id"] == view.id
    assert payload["view"]["hash"] == view.hash
    assert payload["view"]["callback_id"] == "note"
    assert payload["view"]["private_metadata"] == "a1"
    assert payload["view"]["state"]["values"] == {
        "note": {"text": {"type": "plain_text_input", "value": "vendor session"}},
        "until": {
            "hours": {"type": "static_select", "selected_option": {"text": plain("an hour"), "value": "1"}}
        },
    }
    assert workspace.modal(JO) is None


def test_errors_in_the_answer_to_a_submission_stay_on_the_modal(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    view = workspace.show(JO, MODAL)
    bot.answer = lambda: answered({"response_action": "errors", "errors": {"note": "Too short"}})

    assert people.submit(JO, {"text": "x"}).error is None
    assert workspace.modal(JO) is view
    assert view.errors == {"note": "Too short"}


def test_a_modal_with_a_gap_is_not_sent_and_says_so_at_the_input(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    view = workspace.show(JO, MODAL)

    with pytest.raises(NotSubmitted) as caught:
        people.submit(JO, {"hours": "1"})

    assert caught.value.gaps == view.errors == {"note": "Please complete this required field."}
    assert bot.events == []

    people.submit(JO, {"text": "now it is"})
    assert bot.payload["view"]["state"]["values"]["until"]["hours"]["selected_option"] == HOUR
    assert workspace.modal(JO) is None


def test_a_modal_without_submit_button_cannot_be_submitted(people: People, workspace: Workspace) -> None:
    workspace.show(JO, {name: MODAL[name] for name in ("type", "title")} | {"blocks": []})

    with pytest.raises(LookupError, match="no submit button"):
        people.submit(JO)


def test_an_answer_to_a_submission_after_three_seconds_is_too_late(
    people: People, workspace: Workspace, bot: Bot, clock: Clock
) -> None:
    def slow() -> JSON:
        clock.now += 3.2
        return OK

    view = workspace.show(JO, MODAL)
    bot.answer = slow

    assert people.submit(JO, {"text": "x"}).error == "operation_timeout"
    assert workspace.modal(JO) is view
    assert view.errors == {"": "We had some trouble connecting. Try again?"}


def test_a_click_in_a_modal_carries_what_is_filled_in_so_far(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    workspace.show(JO, MODAL | {"blocks": [*MODAL["blocks"], {"type": "actions", "elements": [SELECT]}]})

    people.click_in_modal(JO, "mute", option="a day", values={"text": "half a"})

    assert bot.payload["view"]["state"]["values"]["note"]["text"]["value"] == "half a"
    people.submit(JO)
    states = bot.payload["view"]["state"]["values"].values()
    assert {"mute": {"type": "static_select", "selected_option": DAY}} in states


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        ({"response_action": "update", "view": MODAL | {"title": plain("Done")}}, ["Done"]),
        ({"response_action": "push", "view": MODAL | {"title": plain("Next")}}, ["Note", "Next"]),
        ({"response_action": "clear"}, []),
    ],
)
def test_the_answer_to_a_submission_updates_pushes_or_clears(
    people: People, workspace: Workspace, bot: Bot, body: JSON, titles: list[str]
) -> None:
    workspace.show(JO, MODAL)
    bot.answer = lambda: answered(body)

    assert people.submit(JO, {"text": "x"}).error is None
    assert [view.title for view in workspace.views.get(JO, [])] == titles


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {"no such block": "x"}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "dance"},
        ["a list"],
    ],
)
def test_an_answer_to_a_submission_that_slack_cannot_follow_leaves_the_modal_open(
    people: People, workspace: Workspace, bot: Bot, body: Any
) -> None:
    view = workspace.show(JO, MODAL)
    bot.answer = lambda: answered(body)

    assert people.submit(JO, {"text": "x"}).error is not None
    assert workspace.modal(JO) is view
    assert view.errors == {"": "We had some trouble connecting. Try again?"}


def test_a_fourth_modal_on_top_is_no_answer_to_a_submission(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    for _ in range(3):
        workspace.show(JO, MODAL, push=True)
    bot.answer = lambda: answered({"response_action": "push", "view": MODAL})

    assert people.submit(JO, {"text": "x"}).error == "push_limit_reached"
    assert len(workspace.views[JO]) == 3


def test_closing_a_modal_tells_the_app_only_when_it_asked(
    people: People, workspace: Workspace, bot: Bot
) -> None:
    workspace.show(JO, MODAL)
    assert people.close(JO) is None

    workspace.show(JO, MODAL | {"notify_on_close": True})
    people.close(JO)

    assert [len(bot.events), bot.payload["type"]] == [1, "view_closed"]
    assert workspace.modal(JO) is None
