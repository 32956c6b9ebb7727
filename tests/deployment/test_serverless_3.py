"""Serverless Framework 3 compiles the same deployment; nobody here depends on it, so it is fetched for the test."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.conftest import ROOT

pytestmark = pytest.mark.slow

VERSION = "3.40.0"  # the last of version 3
FOLDER = ROOT / "build" / f"serverless-{VERSION}"


def fetch() -> Path:
    """Install it below build/, once, and give the program."""
    program = FOLDER / "node_modules" / ".bin" / "serverless"
    if not program.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"serverless@{VERSION}"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return program


@pytest.fixture(scope="module")
def compiled(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """The template, and what was said."""
    folder = tmp_path_factory.mktemp("serverless-3")
    (folder / "build").mkdir()
    shutil.copy(artifact, folder / "build")
    shutil.copy(ROOT / "serverless.yml", folder)
    done = subprocess.run(
        [str(fetch()), "package"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_EC2_METADATA_DISABLED": "true",
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    path = folder / ".serverless" / "cloudformation-template-update-stack.json"
    return json.loads(path.read_text()), said


def without_the_hour(template: dict[str, Any]) -> dict[str, Any]:
    """Leave out where the artifact is uploaded to, which has the time in it."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"].pop("S3Key", None)
    return template


def test_it_makes_the_same_template(compiled: tuple[dict[str, Any], str], template_path: Path) -> None:
    ours = without_the_hour(json.loads(template_path.read_text()))
    theirs = without_the_hour(compiled[0])
    assert theirs["Resources"] == ours["Resources"]
    assert theirs["Outputs"] == ours["Outputs"]
    assert (theirs["Parameters"], theirs["Conditions"]) == (ours["Parameters"], ours["Conditions"])


def test_the_one_thing_that_it_does_not_know_is_the_runtimes_name(
    compiled: tuple[dict[str, Any], str],
) -> None:
    _, said = compiled
    complaints = [line.strip() for line in said.splitlines() if line.strip().startswith("at '")]
    assert [complaint.split(":")[0] for complaint in complaints] == ["at 'provider.runtime'"]
