"""The Slack app's manifest, filled in, and the link that creates it."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from deploy.app import asked_scopes, create_link, fill_manifest, load_manifest, write_manifest
from tests.deployment.test_manifest import errors

URL = "https://abc.lambda-url.eu-west-1.on.aws/"
ADDRESS = "https://abc.lambda-url.eu-west-1.on.aws/slack/events"


def test_every_address_is_the_functions_and_nothing_else_changes() -> None:
    manifest = load_manifest()
    filled = fill_manifest(manifest, URL)
    assert "your-function-url" not in json.dumps(filled)
    placeholder = manifest["settings"]["interactivity"]["request_url"]
    assert json.dumps(filled).replace(ADDRESS, placeholder) == json.dumps(manifest)
    assert manifest == load_manifest()
    assert errors(filled) == []


def test_the_link_gives_slack_the_manifest_as_it_is() -> None:
    filled = fill_manifest(load_manifest(), URL)
    link = urlsplit(create_link(filled))
    asked = parse_qs(link.query, strict_parsing=True)
    assert (link.scheme, link.netloc, link.path) == ("https", "api.slack.com", "/apps")
    assert asked["new_app"] == ["1"]
    assert json.loads(asked["manifest_json"][0]) == filled
    assert "+" not in link.query
    assert len(create_link(filled)) < 2000  # what every browser and chat takes whole


def test_the_same_is_written_as_a_file(tmp_path: Path) -> None:
    filled = fill_manifest(load_manifest(), URL)
    write_manifest(filled, tmp_path / "build" / "manifest.json")
    assert json.loads((tmp_path / "build" / "manifest.json").read_text()) == filled


def test_the_scopes_are_the_manifests() -> None:
    assert asked_scopes() == {"chat:write", "commands"}
