"""The sandbox as a whole: it begins anew quickly, counts the bot's calls, and says what it can of a bad start."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from sandbox import BOT_USER, CHANNEL, JO, SAM, Sandbox
from sandbox.__main__ import free_port
from sandbox.actions import ACTIONS
from sandbox.queues import Background
from sandbox.recorded import replay
from sandbox.serving import Server
from sandbox.stories import play


def test_a_reset_empties_slack_queues_table_and_world(sandbox: Sandbox) -> None:
    ids = dict(sandbox.groups.ids)
    sandbox.open_ssh()
    sandbox.slack.post(CHANNEL, JO, {"text": "hi"})

    sandbox.reset()

    assert sandbox.slack.messages() == []
    assert sandbox.drain() == 0
    assert sandbox.groups.ids.keys() == ids.keys()
    assert all(
        rule["description"] != "temp debug" for group in sandbox.groups.rules() for rule in group["rules"]
    )


def test_only_the_calls_of_the_bot_are_counted(sandbox: Sandbox) -> None:
    sandbox.open_ssh()
    assert sandbox.aws.calls == []

    sandbox.drain()
    assert {call.service for call in sandbox.aws.calls} >= {"dynamodb"}


def test_the_environment_leads_the_aws_sdk_to_this_machine(sandbox: Sandbox) -> None:
    assert os.environ["AWS_ENDPOINT_URL"] == sandbox.aws.endpoint
    assert os.environ["SLACK_API_URL"] == sandbox.slack_api_url
    assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"


def test_the_story_is_told_by_events_of_a_while_ago(sandbox: Sandbox) -> None:
    sandbox.groups.record_story()
    sandbox.drain()

    headlines = [message.text for message in sandbox.slack.messages()]
    assert len(headlines) == 2
    assert "web-prod" in headlines[0]
    assert "old-bastion" in headlines[1]


@pytest.fixture
def lived_in(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox as a visitor finds it."""
    sandbox.live_through()
    yield sandbox
    sandbox.reset()


def test_accounts_have_the_names_that_their_organisation_gives_them(lived_in: Sandbox) -> None:
    assert all(", payments-prod" in message.text for message in lived_in.slack.messages()[1:])
    lived_in.trail.emit(replay("Another account, another region", lived_in.groups.ids, lived_in.clock()))
    lived_in.drain()
    assert lived_in.slack.messages()[-1].text.endswith(", shop-dev")


def test_starting_over_puts_everything_back_while_the_queues_are_played(lived_in: Sandbox) -> None:
    def seen() -> list[str]:
        return [message.plain() for message in lived_in.slack.messages()]

    before, ids = [text.splitlines()[0] for text in seen()], lived_in.groups.ids.keys()
    background = Background(lived_in.queues)
    background.start()
    try:
        play(lived_in, "forty", "web-prod")
        lived_in.faults.go_down()
        answer = ACTIONS["start_over"](lived_in, {})
        assert answer == "All is as it was when you came."
        assert [text.splitlines()[0] for text in seen()] == before
        assert "Not acknowledged" in seen()[-1]
        assert (lived_in.groups.ids.keys(), lived_in.faults.seconds_down) == (ids, 0)
        assert lived_in.drain(hasten=False) == 0
    finally:
        background.stop()


def state(sandbox: Sandbox, user: str, since: int = -1) -> dict[str, object]:
    with urllib.request.urlopen(f"{sandbox.url}/state?user={user}&since={since}", timeout=10) as answer:
        body: dict[str, object] = json.load(answer)
    return body


def test_the_page_is_told_what_one_person_sees_and_only_when_it_has_changed(sandbox: Sandbox) -> None:
    sandbox.slack.post(CHANNEL, BOT_USER, {"text": "all"})
    sandbox.slack.post(CHANNEL, BOT_USER, {"text": "jo"}, ephemeral_to=JO)

    def texts(user: str) -> list[str]:
        messages = state(sandbox, user)["messages"]
        assert isinstance(messages, list)
        return [message["text"] for message in messages]

    assert (texts(JO), texts(SAM)) == (["all", "jo"], ["all"])
    version = state(sandbox, JO)["version"]
    assert isinstance(version, int)
    assert state(sandbox, JO, version) == {"version": version}


def test_a_taken_port_is_an_error_and_the_next_one_is_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match="in use"):
            Server(lambda *_: [], port=port)
        assert free_port("127.0.0.1", port) > port


def test_the_demo_says_one_line_when_it_is_ready_and_ends_at_once_when_told_to() -> None:
    port = free_port("127.0.0.1", 18400)
    command = [sys.executable, "-m", "sandbox", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        line = demo.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            assert b"Simulated:" in page.read()
        demo.send_signal(signal.SIGINT)
        rest, said = demo.communicate(timeout=30)

    assert line == f"Panopticon's sandbox is ready: http://127.0.0.1:{port} (Ctrl-C ends it)\n"
    assert (demo.returncode, rest, said) == (0, "", "")


def test_an_address_of_another_machine_is_a_clear_error() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "--host", "192.0.2.1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("The sandbox cannot listen on 192.0.2.1, port 8400: ")
    assert len(ended.stderr.splitlines()) == 1
