"""The programs of this machine that a deployment needs."""

import platform
import shutil
import subprocess

from deploy.errors import DeployError

_OLDEST_NODE = 20


def python_version() -> str:
    """Give this Python's version; `make` has found one that is new enough."""
    return platform.python_version()


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
