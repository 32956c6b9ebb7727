"""The artifact and the template, each made once from the sources as they stand."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.bytecode import compile_tree

ROOT = Path(__file__).parent.parent.parent


def build_artifact(output: Path) -> Path:
    """Build the artifact as `make package` does, but into *output*."""
    command = [sys.executable, "-m", "scripts.package", "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that Lambda would get."""
    return build_artifact(tmp_path_factory.mktemp("artifact") / "panopticon.zip")


@pytest.fixture(scope="session")
def unpacked(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Lambda would unpack the artifact into, with bytecode for the Python that runs here too."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(artifact) as archive:
        archive.extractall(folder)
    compile_tree(folder)
    return folder


def compile_template(folder: Path, artifact: Path, *options: str) -> Path:
    """Have osls write into *folder* what a deployment would ask of CloudFormation; give the template's path."""
    (folder / "build").mkdir()
    shutil.copy(artifact, folder / "build")
    shutil.copy(ROOT / "serverless.yml", folder)
    osls = ROOT / "node_modules" / ".bin" / "osls"
    assert osls.exists(), "osls is missing: `make test` installs it"
    # No key to any account: whatever it did with one, it would do for real.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [str(osls), "package", *options],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Warning" not in said, said
    return folder / ".serverless" / "cloudformation-template-update-stack.json"


@pytest.fixture(scope="session")
def template_path(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_template(tmp_path_factory.mktemp("template"), artifact)


@pytest.fixture(scope="session")
def template(template_path: Path) -> dict[str, Any]:
    """What CloudFormation would get, without options."""
    content: dict[str, Any] = json.loads(template_path.read_text())
    return content
