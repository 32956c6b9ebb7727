"""What starts from a snapshot: all that takes time is done before it is taken, and nothing that only one may have."""

import random
import sys
import time

import pytest

from bot import parts
from sandbox import Sandbox
from tests.end_to_end.own_process import first_command

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
    told = first_command(sandbox, _PROGRAM, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
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
