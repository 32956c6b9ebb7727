"""
The packaged artifact and the apps that it is measured beside, unpacked as Lambda would unpack them, their bytecode compiled.

Building them takes most of a minute. Where the variable APPS_FOLDER names a folder they are left there, and found there by the
next benchmark.
"""

import compileall
import contextlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from scripts.bytecode import compile_tree
from tests.deployment.conftest import build_artifact

APPS_FOLDER = "BENCH_APPS_FOLDER"

_HERE = Path(__file__).parent
_MEGABYTE = 1e6

# What the usual app needs of what is installed here.
_USUAL_PACKAGES = (
    *("slack-bolt", "slack-sdk", "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six"),
    "urllib3",
)
_USUAL_MODULES = ("usual_app.py", "floor_app.py", "echo_app.py", "timed_app.py")


@dataclass(frozen=True, slots=True)
class Apps:
    """Where the artifact is unpacked (*ours*) and where the others are (*usual*); logs may be kept in *folder*."""

    folder: Path
    ours: Path
    usual: Path
    megabytes: float  # of the artifact, zipped


@contextlib.contextmanager
def unpacked_apps() -> Iterator[Apps]:
    """Give the apps; folder and logs are gone at the end, unless APPS_FOLDER names it."""
    with contextlib.ExitStack() as stack:
        named = os.environ.get(APPS_FOLDER)
        folder = Path(named or stack.enter_context(tempfile.TemporaryDirectory(prefix="panopticon-apps-")))
        yield _found(folder) if (folder / "done").exists() else _make(folder)


def _found(folder: Path) -> Apps:
    megabytes = (folder / "panopticon.zip").stat().st_size / _MEGABYTE
    return Apps(folder, folder / "ours", folder / "usual", megabytes)


def _make(folder: Path) -> Apps:
    apps = _found(build_artifact(folder / "panopticon.zip").parent)
    with zipfile.ZipFile(folder / "panopticon.zip") as archive:
        archive.extractall(apps.ours)
    compile_tree(apps.ours)  # as in the artifact, but by the Python that runs here
    shutil.copy(_HERE / "timed_app.py", apps.ours)
    apps.usual.mkdir()
    for name in _USUAL_MODULES:
        shutil.copy(_HERE / name, apps.usual)
    for package in _USUAL_PACKAGES:
        distribution = metadata.distribution(package)
        for top in {file.parts[0] for file in distribution.files or ()} - {"__pycache__", ".."}:
            (apps.usual / top).symlink_to(Path(str(distribution.locate_file(top))))
    compileall.compile_dir(apps.usual, quiet=2, workers=0)
    (folder / "done").touch()  # whole or not at all
    return apps
