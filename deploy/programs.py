"""The programs of this machine that a deployment needs."""

import os
import platform
import shutil
import subprocess
import sys

from deploy.errors import DeployError

LAMBDA_PYTHON = "3.13"
"""The version of Python that the functions run on, as serverless.yml names it."""

_OLDEST_NODE = 20


def python_version() -> str:
    """Give this Python's version; `make` has found one that is new enough."""
    return platform.python_version()


def lambda_python() -> str | None:
    """Find a Python of the version that Lambda runs, whose bytecode it takes; None where there is none."""
    # pyenv has a program for each version, and runs one of them when asked so.
    environment = {**os.environ, "PYENV_VERSION": LAMBDA_PYTHON}
    for name in (sys.executable, f"python{LAMBDA_PYTHON}"):
        program = shutil.which(name)
        if program:
            command = [program, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
            if said.stdout.strip() == LAMBDA_PYTHON:
                return program
    return None


def node_version(node: str = "node") -> str:
    """
    Give the version of Node.js, which osls runs on.

    Raises:
        DeployError: it is absent or too old.
    """
    advice = (
        f"Panopticon is deployed by osls, which needs Node.js {_OLDEST_NODE} or newer (https://nodejs.org)."
    )
    program = shutil.which(node)
    if program is None:
        raise DeployError(f"Node.js is missing. {advice}")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = done.stdout.strip()
    major = version.removeprefix("v").split(".")[0]
    if not major.isdecimal() or int(major) < _OLDEST_NODE:
        raise DeployError(f"Node.js is {version or 'not working'}. {advice}")
    return version
