"""The Web API answers as Slack's does, its errors by code."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox import BOT_TOKEN, CHANNEL, JO, KIM, OTHER_CHANNEL, OTHER_TEAM_ID, SAM, TEAM, Sandbox
from sandbox.slack_objects import BOT_USER, Message
from sandbox.web_api import WebApi
from sandbox.workspace import Workspace

JSON = dict[str, Any]
ALL_SCOPES = frozenset({"chat:write", "commands", "channels:history", "users:read"})
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Rules"}, "blocks": [SECTION]}


class Clock:
    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    return Workspace(clock)


@pytest.fixture
def api(workspace: Workspace) -> WebApi:
    return WebApi(workspace, BOT_TOKEN, ALL_SCOPES)


def call(api: WebApi, method: str, **arguments: Any) -> JSON:
    return api.call(method, arguments, BOT_TOKEN)


def post(api: WebApi, **content: Any) -> JSON:
    return call(api, "chat.postMessage", channel=CHANNEL, **content)


def posted(api: WebApi, workspace: Workspace, **content: Any) -> Message:
    ts = post(api, **content)["ts"]
    found = workspace.find(CHANNEL, ts)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("method", "arguments", "token", "code"),
    [
        ("auth.test", {}, None, "not_authed"),
        ("auth.test", {}, "xoxb-other", "invalid_auth"),
        ("chat.shout", {}, BOT_TOKEN, "unknown_method"),
        ("chat.postMessage", {"channel": "C0", "text": "x"}, BOT_TOKEN, "channel_not_found"),
        ("chat.postMessage", {"channel": OTHER_CHANNEL, "text": "x"}, BOT_TOKEN, "not_in_channel"),
        ("chat.postMessage", {"channel": CHANNEL}, BOT_TOKEN, "no_text"),
        ("chat.postMessage", {"channel": CHANNEL, "blocks": [{"type": "x"}]}, BOT_TOKEN, "invalid_blocks"),
        ("chat.postMessage", {"channel": CHANNEL, "blocks": "["}, BOT_TOKEN, "invalid_blocks_format"),
        (
            "chat.postMessage",
            {"channel": CHANNEL, "attachments": [{"x": 1}]},
            BOT_TOKEN,
            "invalid_attachments",
        ),
        (
            "chat.postMessage",
            {"channel": CHANNEL, "text": "x", "thread_ts": "1.2"},
            BOT_TOKEN,
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            {"channel": CHANNEL, "text": "x", "metadata": {"a": 1}},
            BOT_TOKEN,
            "invalid_metadata_format",
        ),
        (
            "chat.postEphemeral",
            {"channel": CHANNEL, "user": "U0", "text": "x"},
            BOT_TOKEN,
            "user_not_in_channel",
        ),
        ("chat.update", {"channel": CHANNEL, "ts": "1.2", "text": "x"}, BOT_TOKEN, "message_not_found"),
        ("chat.delete", {"channel": CHANNEL, "ts": "1.2"}, BOT_TOKEN, "message_not_found"),
        ("users.info", {"user": "U0"}, BOT_TOKEN, "user_not_found"),
        ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, BOT_TOKEN, "invalid_trigger_id"),
        ("views.open", {"trigger_id": "1.2.3", "view": {}}, BOT_TOKEN, "invalid_arguments"),
        ("views.update", {"view_id": "V0", "view": MODAL}, BOT_TOKEN, "not_found"),
        ("views.update", {"view": MODAL}, BOT_TOKEN, "invalid_arguments"),
        ("chat.scheduleMessage", {"channel": CHANNEL, "text": "x", "post_at": 1}, BOT_TOKEN, "time_in_past"),
        (
            "chat.deleteScheduledMessage",
            {"channel": CHANNEL, "scheduled_message_id": "Q0"},
            BOT_TOKEN,
            "invalid_scheduled_message_id",
        ),
    ],
)
def test_what_slack_refuses_is_refused_by_its_code(
    api: WebApi, workspace: Workspace, method: str, arguments: JSON, token: str | None, code: str
) -> None:
    answer = api.call(method, arguments, token)

    assert (answer["ok"], answer["error"]) == (False, code)
    assert [(noted.method, noted.error) for noted in workspace.calls] == [(method, code)]
    assert workspace.messages() == []


def test_a_method_whose_scope_was_not_granted_says_which_one_it_needs(workspace: Workspace) -> None:
    api = WebApi(workspace, BOT_TOKEN, frozenset({"chat:write"}))

    answer = call(api, "conversations.history", channel=CHANNEL)

    assert answer == {
        "ok": False,
        "error": "missing_scope",
        "needed": "channels:history",
        "provided": "chat:write",
    }


def test_messages_get_increasing_ids_even_within_one_instant(api: WebApi) -> None:
    ids = [post(api, text="x")["ts"] for _ in range(3)]

    assert ids == sorted(set(ids))


def test_a_message_too_long_in_all_is_refused(api: WebApi) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 4

    assert post(api, blocks=blocks)["ok"]
    assert post(api, blocks=[*blocks, blocks[0]])["error"] == "msg_blocks_too_long"


def test_an_update_with_text_but_no_blocks_removes_the_blocks_and_keeps_the_attachments(
    api: WebApi, workspace: Workspace
) -> None:
    message = posted(api, workspace, text="old", blocks=[SECTION], attachments=[{"blocks": [SECTION]}])

    call(api, "chat.update", channel=CHANNEL, ts=message.ts, text="new")

    assert (message.text, message.blocks, len(message.attachments)) == ("new", [], 1)
    assert message.edited is not None


def test_an_update_with_no_attachments_named_keeps_them_and_an_empty_list_clears_them(
    api: WebApi, workspace: Workspace
) -> None:
    message = posted(api, workspace, text="old", attachments=[{"blocks": [SECTION]}])

    call(api, "chat.update", channel=CHANNEL, ts=message.ts, blocks=[SECTION])
    assert len(message.attachments) == 1
    assert message.text == "old"

    call(api, "chat.update", channel=CHANNEL, ts=message.ts, attachments=[])
    assert message.attachments == []
    assert len(message.blocks) == 1


def test_an_update_keeps_metadata_that_is_not_named(api: WebApi, workspace: Workspace) -> None:
    metadata = {"event_type": "alert", "event_payload": {"id": "a1"}}
    message = posted(api, workspace, text="old", metadata=metadata)

    call(api, "chat.update", channel=CHANNEL, ts=message.ts, text="new")

    assert message.metadata == metadata


def test_an_update_of_more_than_4000_characters_is_too_long(api: WebApi, workspace: Workspace) -> None:
    message = posted(api, workspace, text="old")

    answer = call(api, "chat.update", channel=CHANNEL, ts=message.ts, text="x" * 4001)

    assert answer["error"] == "msg_too_long"


def test_the_message_of_a_person_cannot_be_updated_or_deleted(api: WebApi, workspace: Workspace) -> None:
    message = workspace.post(CHANNEL, JO, {"text": "mine"})
    where = {"channel": CHANNEL, "ts": message.ts}

    assert call(api, "chat.update", **where, text="x")["error"] == "cant_update_message"
    assert call(api, "chat.delete", **where)["error"] == "cant_delete_message"


def test_an_ephemeral_message_is_seen_by_one_and_cannot_be_updated(api: WebApi, workspace: Workspace) -> None:
    ts = call(api, "chat.postEphemeral", channel=CHANNEL, user=JO, text="psst")["message_ts"]

    assert [message.text for message in workspace.timeline(JO)] == ["psst"]
    assert workspace.timeline(SAM) == workspace.messages() == []
    assert call(api, "chat.update", channel=CHANNEL, ts=ts, text="x")["error"] == "message_not_found"


def test_a_colour_is_kept_without_its_hash_and_blocks_are_numbered(api: WebApi, workspace: Workspace) -> None:
    message = posted(api, workspace, text="x", attachments=[{"color": "#a30200", "blocks": [SECTION]}])

    (attachment,) = message.attachments
    assert (attachment["id"], attachment["color"]) == (1, "a30200")
    assert attachment["blocks"][0]["block_id"]


def test_history_is_newest_first_by_pages_and_tells_metadata_only_when_asked(
    api: WebApi, workspace: Workspace, clock: Clock
) -> None:
    stamps = []
    for number in range(3):
        clock.now += 10
        metadata = {"event_type": "alert", "event_payload": {"number": number}}
        stamps.append(post(api, text=str(number), metadata=metadata)["ts"])

    def history(**arguments: Any) -> JSON:
        return call(api, "conversations.history", channel=CHANNEL, **arguments)

    first = history(limit=2)
    assert [message["text"] for message in first["messages"]] == ["2", "1"]
    assert first["has_more"]
    assert "metadata" not in first["messages"][0]
    rest = history(limit=2, cursor=first["response_metadata"]["next_cursor"], include_all_metadata="true")
    assert [message["metadata"]["event_payload"] for message in rest["messages"]] == [{"number": 0}]
    assert not rest["has_more"]
    assert [m["text"] for m in history(oldest=stamps[0], latest=stamps[2])["messages"]] == ["1"]
    assert len(history(oldest=stamps[0], latest=stamps[2], inclusive="1")["messages"]) == 3


def test_a_scheduled_message_appears_when_its_time_comes_unless_it_was_deleted(
    api: WebApi, workspace: Workspace, clock: Clock
) -> None:
    def schedule(text: str) -> str:
        arguments = {"channel": CHANNEL, "text": text, "post_at": int(clock.now) + 60}
        return str(call(api, "chat.scheduleMessage", **arguments)["scheduled_message_id"])

    schedule("kept")
    dropped = schedule("dropped")
    assert call(api, "chat.deleteScheduledMessage", channel=CHANNEL, scheduled_message_id=dropped)["ok"]
    assert workspace.messages() == []

    clock.now += 60
    assert [message.text for message in workspace.messages()] == ["kept"]


def test_a_trigger_opens_one_modal_within_three_seconds(
    api: WebApi, workspace: Workspace, clock: Clock
) -> None:
    trigger = workspace.new_trigger(JO)
    clock.now += 3.0
    assert call(api, "views.open", trigger_id=trigger, view=MODAL)["ok"]
    assert call(api, "views.open", trigger_id=trigger, view=MODAL)["error"] == "exchanged_trigger_id"

    late = workspace.new_trigger(JO)
    clock.now += 3.1
    assert call(api, "views.open", trigger_id=late, view=MODAL)["error"] == "expired_trigger_id"
    assert workspace.modal(SAM) is None


def test_a_modal_is_updated_by_its_external_id_and_only_with_the_hash_it_has(
    api: WebApi, workspace: Workspace
) -> None:
    opened = call(api, "views.open", trigger_id=workspace.new_trigger(JO), view=MODAL | {"external_id": "e1"})
    changed = MODAL | {"title": {"type": "plain_text", "text": "Filled"}, "external_id": "e1"}
    known = {"external_id": "e1", "hash": opened["view"]["hash"]}

    assert call(api, "views.update", view=changed, **known)["ok"]
    assert call(api, "views.update", view=changed, **known)["error"] == "hash_conflict"
    view = workspace.modal(JO)
    assert view is not None
    assert view.title == "Filled"


def test_two_open_modals_cannot_share_an_external_id(api: WebApi, workspace: Workspace) -> None:
    view = MODAL | {"external_id": "e1"}

    assert call(api, "views.open", trigger_id=workspace.new_trigger(JO), view=view)["ok"]
    again = call(api, "views.open", trigger_id=workspace.new_trigger(SAM), view=view)

    assert again["error"] == "duplicate_external_id"


def test_at_most_three_modals_are_stacked(api: WebApi, workspace: Workspace) -> None:
    def push(method: str) -> JSON:
        return call(api, method, trigger_id=workspace.new_trigger(JO), view=MODAL)

    root = push("views.open")["view"]
    second = push("views.push")["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (root["id"], root["id"])
    push("views.push")
    assert push("views.push")["error"] == "push_limit_reached"


def respond(api: WebApi, url: str, body: Any) -> tuple[int, str]:
    return api.respond(url.partition("/response/")[2], body)


def test_a_response_url_answers_one_person_five_times(api: WebApi, workspace: Workspace) -> None:
    url = workspace.new_response_url(CHANNEL, JO, None)

    assert [respond(api, url, {"text": "again"}) for _ in range(5)] == [(200, "ok")] * 5
    status, body = respond(api, url, {"text": "again"})

    assert status == 404
    assert "used_url" in body
    assert len(workspace.ephemerals(JO)) == 5
    assert workspace.messages() == []


def test_a_response_url_ends_after_half_an_hour(api: WebApi, workspace: Workspace, clock: Clock) -> None:
    url = workspace.new_response_url(CHANNEL, JO, None)
    clock.now += 30 * 60 + 1

    status, body = respond(api, url, {"text": "late"})

    assert status == 404
    assert "expired_url" in body


def test_a_response_url_replaces_and_deletes_also_an_ephemeral_message(
    api: WebApi, workspace: Workspace
) -> None:
    message = workspace.post(CHANNEL, BOT_USER, {"text": "old"}, ephemeral_to=JO)
    url = workspace.new_response_url(CHANNEL, JO, message.ts)

    respond(api, url, {"text": "new", "replace_original": True})
    assert [seen.text for seen in workspace.ephemerals(JO)] == ["new"]

    respond(api, url, {"delete_original": True})
    assert workspace.ephemerals(JO) == []


def test_a_response_url_speaks_to_all_only_when_told_to(api: WebApi, workspace: Workspace) -> None:
    url = workspace.new_response_url(CHANNEL, JO, None)

    respond(api, url, {"text": "all", "response_type": "in_channel"})

    assert [message.text for message in workspace.messages()] == ["all"]


def test_a_response_url_of_an_ephemeral_message_can_share_it_with_all_and_take_it_away(
    api: WebApi, workspace: Workspace
) -> None:
    message = workspace.post(CHANNEL, BOT_USER, {"text": "for you"}, ephemeral_to=JO)
    url = workspace.new_response_url(CHANNEL, JO, message.ts)

    respond(api, url, {"text": "for all", "response_type": "in_channel", "replace_original": False})

    assert [seen.text for seen in workspace.timeline(SAM)] == ["for all"]
    assert [seen.text for seen in workspace.timeline(JO)] == ["for you", "for all"]

    respond(api, url, {"delete_original": "true"})
    assert [seen.text for seen in workspace.timeline(JO)] == ["for all"]


def test_a_response_url_replaces_a_message_that_all_see_for_all(api: WebApi, workspace: Workspace) -> None:
    message = workspace.post(CHANNEL, BOT_USER, {"text": "old"})
    url = workspace.new_response_url(CHANNEL, JO, message.ts)

    respond(api, url, {"text": "more", "replace_original": "false"})
    respond(api, url, {"text": "new", "replace_original": "true"})

    assert [seen.text for seen in workspace.timeline(SAM)] == ["new"]
    assert [seen.text for seen in workspace.timeline(JO)] == ["new", "more"]


def test_a_person_of_another_team_is_told_by_the_team_id(api: WebApi) -> None:
    teams = {person: call(api, "users.info", user=person)["user"]["team_id"] for person in (JO, KIM)}

    assert teams == {JO: TEAM["id"], KIM: OTHER_TEAM_ID}


def test_slacks_own_client_reaches_it_over_http(sandbox: Sandbox) -> None:
    client = WebClient(BOT_TOKEN, base_url=sandbox.slack_api_url)

    posted = client.chat_postMessage(channel=CHANNEL, text="hi", attachments=[{"blocks": [SECTION]}])
    client.chat_update(channel=CHANNEL, ts=str(posted["ts"]), text="changed", attachments=[])
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.chat_postMessage(channel=CHANNEL, text="x", blocks=[{"type": "sektion"}])

    (message,) = sandbox.slack.messages()
    assert (message.text, message.attachments) == ("changed", [])
    assert client.auth_test().headers["x-oauth-scopes"] == "chat:write,commands"
