"""osls, which package-lock.json pins: compiles serverless.yml, and has CloudFormation carry it out."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.errors import DeployError
from deploy.target import Target

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "node_modules" / ".bin" / "osls"
COMPILED = ROOT / ".serverless" / "cloudformation-template-update-stack.json"

Run = Callable[[Sequence[str]], int]


def run_here(command: Sequence[str]) -> int:
    """Run a program in the repository, with this terminal, and give its status."""
    # Its AWS SDK warns of the next Node's version in five lines, at each start.
    quiet = {"AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true"}
    try:
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **quiet}, check=False).returncode  # noqa: S603
    except FileNotFoundError:
        raise DeployError(
            f"{command[0]} is missing. `make deploy` installs it; run make, not Python."
        ) from None


class Osls:
    """The three things that osls is asked for; *run* runs a command and gives its status."""

    def __init__(self, target: Target, region: str, run: Run = run_here) -> None:
        self._where = ["--stage", target.stage, "--region", region]
        self._run = run

    def package(self, parameters: Mapping[str, str]) -> None:
        """Compile the template; asks AWS nothing."""
        self._do("package", parameters, "compile serverless.yml")

    def deploy(self, parameters: Mapping[str, str]) -> None:
        """Make or renew the stack."""
        self._do("deploy", parameters, "deploy")

    def remove(self) -> None:
        """Take the stack away."""
        self._do("remove", {}, "remove the stack")

    def _do(self, command: str, parameters: Mapping[str, str], what: str) -> None:
        options = [f"--param={name}={value}" for name, value in sorted(parameters.items())]
        if self._run([str(PROGRAM), command, *self._where, *options]):
            raise DeployError(
                f"osls could not {what}; what it says is above. It may be run again when the cause is mended: "
                "what was there before is there still."
            )
