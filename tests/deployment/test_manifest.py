"""The app's manifest, as Slack would read it."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parent.parent.parent
MANIFEST = json.loads((ROOT / "manifest.json").read_text())
SCHEMA = json.loads((ROOT / "tests" / "schemas" / "manifest.schema.1.0.0.json").read_text())


def errors(manifest: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(manifest)]


def test_the_manifest_is_valid_by_slacks_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert errors(MANIFEST) == []


def rename(manifest: Any) -> None:
    manifest["display_information"]["name"] = "P" * 36


def misspell(manifest: Any) -> None:
    manifest["features"]["slash_command"] = manifest["features"].pop("slash_commands")


def leave_out_the_description(manifest: Any) -> None:
    del manifest["features"]["slash_commands"][0]["description"]


def say_so_in_words(manifest: Any) -> None:
    manifest["settings"]["socket_mode_enabled"] = "no"


@pytest.mark.parametrize(
    "spoil", [rename, misspell, leave_out_the_description, say_so_in_words], ids=lambda spoil: spoil.__name__
)
def test_the_schema_refuses_a_manifest_that_is_spoilt(spoil: Callable[[Any], None]) -> None:
    spoilt = copy.deepcopy(MANIFEST)
    spoil(spoilt)
    assert errors(spoilt)


def test_the_command_is_written_as_slack_takes_it() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    assert re.fullmatch(r"/[a-z][a-z0-9-]*", command["command"])


def test_slack_reaches_the_app_at_one_https_address() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    interactivity = MANIFEST["settings"]["interactivity"]
    assert interactivity["is_enabled"] is True
    assert command["url"] == interactivity["request_url"]
    assert command["url"].startswith("https://")


def test_the_app_asks_for_no_more_than_to_write_and_to_be_called() -> None:
    assert MANIFEST["oauth_config"] == {"scopes": {"bot": ["chat:write", "commands"]}}
    for switch in ("socket_mode_enabled", "token_rotation_enabled", "org_deploy_enabled"):
        assert MANIFEST["settings"][switch] is False
    assert "event_subscriptions" not in MANIFEST["settings"]
