"""DynamoDB Local, AWS's own emulator, as a process beside the tests."""

import contextlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO

from bot.aws.json_client import Credentials, JsonClient, Place
from sandbox.aws import REGION
from tests.processes import free_port, stop_group

EMULATOR = Path(__file__).parent.parent / "node_modules" / "amplify-dynamodb-simulator" / "emulator"

_START_SECONDS = 60
_LOOK_AGAIN_SECONDS = 0.1
_PATIENCE_SECONDS = 60


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
            raise DynamoDBLocalError(f"{java!r} is not on the PATH: `make test` installs it")
        jar = emulator / "DynamoDBLocal.jar"
        if not jar.is_file():
            raise DynamoDBLocalError(f"{jar} is missing: `make test` installs it")
        port = free_port()
        command = [
            program,
            f"-Djava.library.path={emulator / 'DynamoDBLocal_lib'}",
            "-jar",
            str(jar),
            "-inMemory",
            "-disableTelemetry",
            "-port",
            str(port),
        ]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(command, cwd=emulator, stdout=log, stderr=log, start_new_session=True)
            try:
                endpoint = f"http://127.0.0.1:{port}"
                _wait_until_it_answers(endpoint, process, log)
                yield endpoint
            finally:
                stop_group(process)


def light_dynamodb(endpoint: str) -> JsonClient:
    """Make the bot's own client of the DynamoDB at *endpoint*, several times as quick as botocore's, with patience."""
    return JsonClient(
        "dynamodb",
        Place(endpoint, REGION),
        Credentials("testing", "testing"),
        connect_timeout=_PATIENCE_SECONDS,
        read_timeout=_PATIENCE_SECONDS,
        attempts=1,
    )


def _wait_until_it_answers(endpoint: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    pause = Event()
    end = monotonic() + _START_SECONDS
    while monotonic() < end:
        if process.poll() is not None:
            log.seek(0)
            words = log.read().decode(errors="replace")[-2000:]
            raise DynamoDBLocalError(f"it ended with status {process.returncode}: {words}")
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
