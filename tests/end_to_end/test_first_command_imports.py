"""What the first slash command imports, as a person waits for that: each name below was weighed (docs/performance.md)."""

import sys
from collections import Counter

import pytest

from sandbox import Sandbox
from tests.end_to_end.own_process import ROOT, first_command

# All that is not of Python itself, with how many modules of it may come. Of botocore, its errors alone.
PACKAGES = {
    "aws_lambda_powertools": 40,
    "bot": 180,
    "botocore": 8,
    "jmespath": 8,
    "slack_bolt": 120,
    "slack_sdk": 65,
    "typing_extensions": 1,
}

# What only the other functions need, and who asks for something else than the latest changes.
NOT_OF_OURS = (
    *("bot.work", "bot.aws.network_interfaces", "bot.aws.organizations", "bot.aws.prefix_lists"),
    *("bot.aws.read_roles", "bot.aws.security_groups", "bot.workflows.baseline", "bot.workflows.catch_up"),
    *("bot.workflows.digest", "bot.workflows.sweep"),
)

_PROGRAM = """
import json, sys
before = set(sys.modules)
from bot.handlers import slack
answer = slack(json.load(sys.stdin), None)
loaded = sorted(set(sys.modules) - before)
print("", json.dumps({"answer": answer, "loaded": loaded}), sep="\\n")
"""


@pytest.fixture
def loaded(sandbox: Sandbox) -> list[str]:
    """The modules that are loaded once a function of its own process has answered its first command."""
    sandbox.open_ssh()
    sandbox.drain()
    told = first_command(sandbox, _PROGRAM)
    assert "web-prod" in told["answer"]["body"], "the store was not read"
    names: list[str] = told["loaded"]
    return names


def test_the_first_command_imports_what_is_listed_and_no_more(sandbox: Sandbox, loaded: list[str]) -> None:
    found = Counter(name.partition(".")[0] for name in loaded)
    of_others = {name: count for name, count in found.items() if name not in sys.stdlib_module_names}
    assert of_others.keys() == PACKAGES.keys()
    assert {name: count for name, count in of_others.items() if count > PACKAGES[name]} == {}


def test_of_the_bot_it_imports_nothing_that_only_the_worker_needs(loaded: list[str]) -> None:
    assert [name for name in NOT_OF_OURS if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []
    assert set(NOT_OF_OURS) & set(loaded) == set()
