"""The benchmarks of warm functions and of the processor's part, in small: that figures are counted right."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import NotSeen
from benchmarks.pure import draw, draw_with_ledger, make_events
from benchmarks.warm import CLICK, COMMAND, ECHO, EVENT, Sample, Warm, check_counted, figures_of
from bot.core.cloudtrail import parse_change
from sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent


class InProcess:
    """A function of the sandbox where the emulator would run one."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self._sandbox, self._name = sandbox, name

    def invoke(self, event: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._sandbox.functions.invoke(self._name, event)
        return {"answer": answer, "seconds": 0.01, "waited": {}}

    def log(self) -> str:
        return ""


def samples(whole: float, calls: int, slack: int) -> list[Sample]:
    waited = {"DynamoDB": whole / 2, "Slack": whole / 10}
    return [Sample(whole, whole, waited, {"DynamoDB": calls, "Slack": slack})] * 20


def counted(*, page: int = 2, alert: int = 6, slack: int = 1) -> dict[str, list[Sample]]:
    return {
        ECHO: samples(0.005, 0, 0),
        COMMAND: samples(0.020, page, 0),
        CLICK: samples(0.040, 4, 1),
        EVENT: samples(0.060, alert, slack),
    }


def test_our_own_part_is_what_is_not_waiting() -> None:
    sample = Sample(0.030, 0.028, {"DynamoDB": 0.010, "Slack": 0.006}, {"DynamoDB": 2})
    assert sample.own == pytest.approx(0.012)


def test_figures_are_ratios_to_the_echo_of_the_same_run_and_calls_as_they_arrived() -> None:
    by_name = {figure.name: figure for figure in figures_of(counted(), counted())}
    assert by_name[f"{COMMAND}, p50"].ratio == pytest.approx(4)
    assert by_name[f"{EVENT}, p99"].ratio == pytest.approx(12)
    assert by_name[f"{CLICK}, waiting for DynamoDB"].ours == pytest.approx(50)
    own = by_name[f"{COMMAND}, our own part, p50"]
    assert own.ours == pytest.approx(8)
    assert own.is_met
    assert not by_name["DynamoDB calls for an alert"].is_met
    assert by_name["Slack calls for an alert"].is_met


@pytest.mark.parametrize(
    ("unseen", "words"),
    [
        (counted(page=0), "slash command: 20 of 20 were not seen to call DynamoDB"),
        (counted(alert=0), "event to card: 20 of 20 were not seen to call DynamoDB"),
        (counted(slack=0), "event to card: 20 of 20 were not seen to call Slack"),
        ({**counted(), CLICK: []}, "Acknowledge: 0 of 0 were not seen to call DynamoDB"),
    ],
)
def test_calls_that_were_not_seen_are_a_failure_and_not_few(
    unseen: dict[str, list[Sample]], words: str
) -> None:
    with pytest.raises(NotSeen, match=words):
        figures_of(counted(), unseen)


def test_waiting_that_was_not_seen_is_a_failure_and_not_short() -> None:
    blind = {**counted(), COMMAND: [Sample(0.02, 0.02, {}, {"DynamoDB": 1})] * 20}
    with pytest.raises(NotSeen, match="slash command: 20 of 20 were not seen to wait for DynamoDB"):
        figures_of(blind, counted())


def test_calls_are_counted_where_they_arrive(sandbox: Sandbox) -> None:
    functions = {name: InProcess(sandbox, name) for name in ("slack", "events")}
    warm = Warm(sandbox, {**functions, "echo": functions["slack"]}, {}, 10)
    for _ in range(10):  # then there is more than a page of changes
        warm.go_round()
        sandbox.let_pass(2)
    check_counted(warm.samples)
    command, event = (warm.samples[name][-1].called for name in (COMMAND, EVENT))
    assert command["DynamoDB"] in (1, 2)
    assert command["Slack"] == 0
    assert event["DynamoDB"] > 1
    assert event["Slack"] == 1


def test_what_the_bots_clients_wait_for_is_seen_at_the_sockets() -> None:
    """In a process of its own, as the sockets are altered there."""
    done = subprocess.run(
        [sys.executable, "-c", _WAITING], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    dynamodb, slack = map(float, done.stdout.split())
    assert 0.05 <= dynamodb < 5
    assert 0.05 <= slack < 5


_WAITING = """
import http.server, threading, time
from slack_sdk import WebClient
from benchmarks import timed_app
from bot.aws.json_client import Credentials, JsonClient, Place

class Slow(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.05)
        self.send_response(200)
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b'{"ok": true}')

    def log_message(self, *_):
        pass

servers = [http.server.HTTPServer(("127.0.0.1", 0), Slow) for _ in range(2)]
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
of_dynamodb, of_slack = (server.server_port for server in servers)
place, keys = Place(f"http://127.0.0.1:{of_dynamodb}", "eu-west-1"), Credentials("testing", "testing")
client = JsonClient("dynamodb", place, keys, connect_timeout=5, read_timeout=5, attempts=1)
client.get_item(TableName="table")
WebClient("xoxb-1", base_url=f"http://127.0.0.1:{of_slack}/").auth_test()
print(timed_app._waited[of_dynamodb], timed_app._waited[of_slack])
"""


def test_no_two_events_of_the_processors_benchmark_are_alike_and_each_makes_a_card() -> None:
    made = list(make_events(20))
    changes = [parse_change(event) for event, _ in made]
    assert len({json.dumps(event) for event, _ in made}) == 20
    assert {len(change.added) + len(change.removed) for change in changes} == {1, 2, 3, 4, 5}
    for event, created in made:
        assert draw(event)["text"]
        assert "before Panopticon" not in json.dumps(draw_with_ledger(event, created))
