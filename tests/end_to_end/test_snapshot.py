"""What starts from a snapshot: all that takes time is done before it is taken, and nothing that only one may have."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot import parts
from sandbox import CHANNEL, JO, SIGNING_SECRET, TEAM, Sandbox
from sandbox.client import COMMAND
from sandbox.function_url import function_url_event, signed_headers

ROOT = Path(__file__).parent.parent.parent

_PROGRAM = """
import json, socket, sys
class Closed(socket.socket):
    def connect(self, address):
        raise SystemExit(f"connects to {address} before the snapshot")
opened, socket.socket = socket.socket, Closed
from bot.handlers import slack
socket.socket = opened
before = set(sys.modules)
answer = slack(json.load(sys.stdin), None)
print("", json.dumps({"answer": answer, "late": sorted(set(sys.modules) - before)}), sep="\\n")
"""


def test_all_is_imported_before_the_snapshot_and_nothing_is_connected(sandbox: Sandbox) -> None:
    fields = {"command": COMMAND, "text": "", "user_id": JO, "team_id": TEAM["id"], "channel_id": CHANNEL}
    body = urlencode(fields).encode()
    now = sandbox.clock()
    event = function_url_event(body, signed_headers(SIGNING_SECRET, now, body), now)
    environment = {
        "PATH": os.defpath,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        **sandbox.aws.environment(sandbox.slack_api_url),
    }
    done = subprocess.run(
        [sys.executable, "-B", "-c", _PROGRAM],
        cwd=ROOT,
        env=environment,
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["answer"]["statusCode"] == 200
    assert [name for name in told["late"] if name.partition(".")[0] not in sys.stdlib_module_names] == []


def test_what_goes_on_from_one_snapshot_gives_other_ids_and_waits_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    ids = set()
    for _ in range(2):
        random.seed(1)  # what Python's own chance goes by is in the snapshot
        ids.add(parts.new_id())
        parts.pause(1)
    assert len(ids) == len(set(waits)) == 2
