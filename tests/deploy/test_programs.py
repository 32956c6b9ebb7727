"""The programs that a deployment needs."""

from pathlib import Path

import pytest

from deploy.errors import DeployError
from deploy.programs import node_version


def program(folder: Path, says: str) -> str:
    path = folder / "node"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("version", ["v20.0.0", "v24.11.1"])
def test_a_node_that_is_new_enough_is_taken(tmp_path: Path, version: str) -> None:
    assert node_version(program(tmp_path, version)) == version


@pytest.mark.parametrize("says", ["v18.20.4", "", "what?"])
def test_another_is_said_with_what_is_needed(tmp_path: Path, says: str) -> None:
    with pytest.raises(DeployError, match=r"Node\.js is .*needs Node\.js 20 or newer"):
        node_version(program(tmp_path, says))


def test_none_is_said() -> None:
    with pytest.raises(DeployError, match=r"Node\.js is missing"):
        node_version("/nowhere/node")
