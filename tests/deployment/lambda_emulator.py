"""AWS's Lambda Runtime Interface Emulator, running one function of the unpacked artifact as a process."""

import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from tests.processes import free_port, stop_group

# AWS ships the emulator inside its SAM CLI, for both processors.
SAM_CLI = "aws-sam-cli==1.170.0"
_MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_CACHE = Path(__file__).parent.parent.parent / "build" / "lambda-emulator" / SAM_CLI.rpartition("=")[2]

# What the Lambda runtime brings and the artifact does not: its client, and what that imports.
_RUNTIME_PACKAGES = ("awslambdaric", "simplejson", "snapshot-restore-py")

_START_SECONDS = 30
_INVOKE_SECONDS = 90
_LOOK_AGAIN_SECONDS = 0.002
_TAIL_CHARACTERS = 4000


class LambdaEmulatorError(Exception):
    """The emulator cannot run here, or does not answer; the message says why."""


class FunctionFailed(Exception):
    """The function raised, timed out or could not be imported; `answer` is what Lambda reports of it."""

    def __init__(self, handler: str, answer: Mapping[str, Any], log: str) -> None:
        super().__init__(f"{handler} failed: {json.dumps(answer)}\n{log}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class LambdaEmulator:
    """One function, warm after its first invocation; it takes one invocation at a time."""

    handler: str
    port: int
    log_path: Path

    @classmethod
    @contextlib.contextmanager
    def start(
        cls, handler: str, unpacked: Path, environment: Mapping[str, str], folder: Path
    ) -> Iterator["LambdaEmulator"]:
        """
        Run *handler* of the artifact *unpacked*, with *environment* and nothing of this process's own.

        The function imports from the artifact, the standard library and the runtime's client alone: neither from the
        repository nor from what is installed beside the tests. *folder* keeps the log, which outlives the process.

        Raises:
            LambdaEmulatorError: the emulator could not be fetched, ended, or stays silent.
        """
        emulator = fetch_emulator()
        runtime = link_runtime(folder / "runtime")
        name = handler.rpartition(".")[2]
        log_path = folder / f"{name}.log"
        port = free_port()
        command = [
            str(emulator),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
            *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
            # -S: without site-packages, so that what the artifact lacks is missing here too
            *(sys.executable, "-S", "-B", "-m", "awslambdaric", handler),
        ]
        variables = {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join([str(unpacked), str(runtime)]),
            "LAMBDA_TASK_ROOT": str(unpacked),
            "AWS_LAMBDA_FUNCTION_NAME": f"panopticon-{name}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
            **environment,
        }
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=unpacked,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        function = cls(handler, port, log_path)
        try:
            function._wait_until_it_listens(process)
            yield function
        finally:
            stop_group(process)

    def invoke(self, event: Mapping[str, Any], _context: object = None) -> Any:
        """
        Invoke the function and give its answer; takes a context, and ignores it, so as to stand in for a handler.

        Raises:
            FunctionFailed: it raised, timed out or could not be imported.
        """
        url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations"
        request = urllib.request.Request(url, json.dumps(event).encode())
        # This machine's proxies have no business between two of its processes.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_INVOKE_SECONDS) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as refusal:  # the function could not even be imported
            with refusal:
                text = refusal.read().decode()
        try:
            answer = json.loads(text)
        except ValueError as error:  # a time-out is told in words
            raise FunctionFailed(self.handler, {"errorMessage": text}, self._tail()) from error
        if isinstance(answer, dict) and "errorType" in answer:
            raise FunctionFailed(self.handler, answer, self._tail())
        return answer

    def log(self) -> str:
        """Give what the function and the emulator have written so far."""
        return self.log_path.read_text(errors="replace")

    def _tail(self) -> str:
        return self.log()[-_TAIL_CHARACTERS:]

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        pause = Event()
        end = monotonic() + _START_SECONDS
        while monotonic() < end:
            if process.poll() is not None:
                raise LambdaEmulatorError(f"it ended with status {process.returncode}: {self._tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                pause.wait(_LOOK_AGAIN_SECONDS)
            else:
                return
        raise LambdaEmulatorError(f"it did not listen within {_START_SECONDS} seconds: {self._tail()}")


def fetch_emulator() -> Path:
    """
    Give the emulator for this machine, fetched once by pip and kept under build/.

    Raises:
        LambdaEmulatorError: there is none for this processor, or pip could not fetch it.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.platform != "linux":
        raise LambdaEmulatorError(f"AWS makes no emulator for {sys.platform} on {platform.machine()}")
    name = f"aws-lambda-rie-{machine}"
    program = _CACHE / name
    if program.is_file():
        return program
    _CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        done = subprocess.run(
            [*command, "--dest", folder, SAM_CLI], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LambdaEmulatorError(f"pip could not fetch {SAM_CLI}: {done.stderr.strip()}")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            part = Path(folder) / name
            part.write_bytes(archive.read(f"samcli/local/rapid/{name}"))
        part.chmod(0o755)
        part.replace(program)  # whole or not at all
    return program


def link_runtime(folder: Path) -> Path:
    """Make *folder* hold the runtime's client by links, and nothing else of what is installed beside it."""
    folder.mkdir(exist_ok=True)
    for package in _RUNTIME_PACKAGES:
        distribution = metadata.distribution(package)
        for top in {file.parts[0] for file in distribution.files or ()} - {"__pycache__", ".."}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(distribution.locate_file(top))))
    return folder
