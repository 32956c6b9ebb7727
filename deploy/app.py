"""The Slack app: its manifest filled in for one deployment, and the link that creates it."""

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bot.slack.http import PATH

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / "manifest.json"
FILLED = ROOT / "build" / "manifest.json"


def fill_manifest(manifest: dict[str, Any], function_url: str) -> dict[str, Any]:
    """Put the address of the deployed function into every place of *manifest* that Slack calls."""
    filled = copy.deepcopy(manifest)
    address = function_url.rstrip("/") + PATH
    for command in filled["features"]["slash_commands"]:
        command["url"] = address
    filled["settings"]["interactivity"]["request_url"] = address
    return filled


def create_link(manifest: dict[str, Any]) -> str:
    """Give the link that opens Slack's page for a new app with *manifest* in it."""
    # https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests#sharing
    short = json.dumps(manifest, separators=(",", ":"))
    query = urlencode({"new_app": 1, "manifest_json": short}, quote_via=quote)
    return f"https://api.slack.com/apps?{query}"


def load_manifest() -> dict[str, Any]:
    """Read the manifest as it stands in the repository."""
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def asked_scopes() -> frozenset[str]:
    """Name the scopes that the app asks for."""
    return frozenset(load_manifest()["oauth_config"]["scopes"]["bot"])


def write_manifest(manifest: dict[str, Any], path: Path = FILLED) -> None:
    """Write *manifest* for those who would rather paste or upload it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
