"""The artifact, built once from the sources as they stand."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def build_artifact(output: Path) -> Path:
    """Build the artifact as `make package` does, but into *output*."""
    command = [sys.executable, str(ROOT / "scripts" / "package.py"), "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that Lambda would get."""
    return build_artifact(tmp_path_factory.mktemp("artifact") / "panopticon.zip")


@pytest.fixture(scope="session")
def unpacked(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Lambda would unpack the artifact into."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(artifact) as archive:
        archive.extractall(folder)
    return folder
