"""A first slash command, answered by a function in a process of its own: what that imports can be told from what tests did."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sandbox import CHANNEL, JO, SIGNING_SECRET, TEAM, Sandbox
from sandbox.client import COMMAND
from sandbox.function_url import function_url_event, signed_headers

ROOT = Path(__file__).parent.parent.parent


def first_command(sandbox: Sandbox, program: str, **environment: str) -> dict[str, Any]:
    """
    Run *program*, which gets a signed `/sg-changes` on its standard input as Lambda gives it, and give what it tells.

    It tells an object as JSON on its last line, of which "answer" is the function's answer.
    """
    fields = {"command": COMMAND, "text": "", "user_id": JO, "team_id": TEAM["id"], "channel_id": CHANNEL}
    body = urlencode(fields).encode()
    now = sandbox.clock()
    event = function_url_event(body, signed_headers(SIGNING_SECRET, now, body), now)
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=ROOT,
        env={"PATH": os.defpath, **environment, **sandbox.aws.environment(sandbox.slack_api_url)},
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["answer"]["statusCode"] == 200
    return told
