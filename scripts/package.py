"""
Build the artifact that the three Lambda functions run: bot/, policy.toml and what requirements.txt pins, in one zip.

The same sources give the same bytes, so a deployment that changes nothing uploads nothing. What the functions never
read is left out, and what they import is compiled (scripts/bytecode.py), where there is a Python of Lambda's version.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from deploy.programs import LAMBDA_PYTHON, lambda_python
from scripts.service_models import trim

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"

# The Lambda runtime that serverless.yml names.
PLATFORM = "manylinux2014_aarch64"

# A zip knows no earlier time.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_READABLE_FILE = 0o100644

# Of an installed package's metadata, its name, version and licence stay.
_KEPT_METADATA = ("METADATA", "LICENSE*", "NOTICE*", "licenses/*")


class PackagingError(Exception):
    """The artifact cannot be built; the message says why."""


def main() -> int:
    """Build the artifact and say how large it is."""
    parser = argparse.ArgumentParser(description="Build the artifact of the Lambda functions.")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "panopticon.zip")
    output: Path = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="panopticon-package-") as folder:
            tree = Path(folder)
            install_requirements(tree)
            check_pure(tree)
            check_pinned(tree)
            drop_unread(tree)
            copy_policy(tree)
            copy_bot(tree)
            python = lambda_python()
            if python:
                compile_with(python, tree)
            unpacked = write_zip(tree, output)
    except PackagingError as error:
        sys.stderr.write(f"No artifact was built: {error}\n")
        return 1
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, {unpacked / 1e6:.1f} MB unpacked")
    if not python:
        print(
            f"It works, but without bytecode each cold start takes seconds longer: here is no Python {LAMBDA_PYTHON} to "
            f"compile for Lambda's. Install one, so that python{LAMBDA_PYTHON} is found, and build again."
        )
    return 0


def install_requirements(tree: Path) -> None:
    """
    Install into *tree* what Lambda's platform would get, from wheels alone.

    Raises:
        PackagingError: pip failed; it has said why.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--no-compile", "--no-input"]
    command += ["--disable-pip-version-check", "--root-user-action", "ignore", "--only-binary", ":all:"]
    command += ["--platform", PLATFORM, "--python-version", LAMBDA_PYTHON, "--implementation", "cp"]
    command += ["--target", str(tree), "--requirement", str(REQUIREMENTS)]
    if subprocess.run(command, check=False).returncode:
        raise PackagingError("pip could not install requirements.txt")


def check_pure(tree: Path) -> None:
    """
    Check that all is Python, so that the tests may run on any processor what Lambda runs on its own.

    Raises:
        PackagingError: a package holds compiled code.
    """
    compiled = sorted(str(path.relative_to(tree)) for path in tree.rglob("*.so*"))
    if compiled:
        raise PackagingError(f"compiled code has come in: {', '.join(compiled)}")


def check_pinned(tree: Path) -> None:
    """
    Check that requirements.txt pins whatever came, also what came indirectly.

    Raises:
        PackagingError: a package came that it does not name.
    """
    pinned = {
        canonical_name(line.split("==")[0])
        for line in REQUIREMENTS.read_text().splitlines()
        if "==" in line and not line.startswith("#")
    }
    installed = {canonical_name(path.stem.rpartition("-")[0]) for path in tree.glob("*.dist-info")}
    if installed - pinned:
        raise PackagingError(f"requirements.txt does not pin {', '.join(sorted(installed - pinned))}")


def canonical_name(name: str) -> str:
    """Write a package's name as packages compare it (https://peps.python.org/pep-0503/#normalized-names)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def drop_unread(tree: Path) -> None:
    """Remove what no function ever reads."""
    # Command-line programs, examples, and boto3's resources, in whose place the bot has botocore's clients.
    # Of Powertools, what answers HTTP requests, with a documentation of them in JavaScript. Time zones, as the bot has UTC
    # alone. What slack_sdk was called before.
    for folder in (
        *("bin", "boto3/data", "boto3/examples", "aws_lambda_powertools/event_handler", "dateutil/zoneinfo"),
        "slack",
    ):
        shutil.rmtree(tree / folder, ignore_errors=True)
    trim(tree / "botocore" / "data")
    for metadata in tree.glob("*.dist-info"):
        for path in metadata.rglob("*"):
            name = path.relative_to(metadata)
            if path.is_file() and not any(name.match(kept) for kept in _KEPT_METADATA):
                path.unlink()


def copy_policy(tree: Path) -> None:
    """
    Copy policy.toml, if it says what it should.

    Raises:
        PackagingError: it does not; the message names the place.
    """
    sys.path.insert(0, str(ROOT))
    from bot.policy import POLICY_FILE, PolicyError, load_policy

    try:
        load_policy()
    except PolicyError as error:
        raise PackagingError(str(error)) from error
    if POLICY_FILE.exists():
        shutil.copyfile(POLICY_FILE, tree / POLICY_FILE.name)


def copy_bot(tree: Path) -> None:
    """Copy bot/ as it stands in the repository, without what running it left behind."""
    shutil.copytree(ROOT / "bot", tree / "bot", ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))


def compile_with(python: str, tree: Path) -> None:
    """
    Add the bytecode of *python* to *tree*.

    Raises:
        PackagingError: a module of ours cannot be compiled as it is; why has been said.
    """
    command = [python, "-m", "scripts.bytecode", str(tree)]
    environment = {**os.environ, "PYENV_VERSION": LAMBDA_PYTHON}
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise PackagingError("the modules could not be compiled")


def write_zip(tree: Path, output: Path) -> int:
    """Write *tree* in one order, with one time and one mode, over an earlier *output*; give its size unpacked."""
    unpacked = 0
    beside = output.with_suffix(".part")
    with zipfile.ZipFile(beside, "w") as artifact:
        for path in sorted(path for path in tree.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _LONG_AGO)
            entry.external_attr = _READABLE_FILE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = path.read_bytes()
            unpacked += len(content)
            artifact.writestr(entry, content, compresslevel=9)
    beside.replace(output)
    return unpacked


if __name__ == "__main__":
    sys.exit(main())
