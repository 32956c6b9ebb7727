"""Programs that tests start beside themselves: where they may listen, and how they end."""

import os
import signal
import socket
import subprocess

_STOP_SECONDS = 10


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """
    End *process* and what it started; kill what does not go by itself.

    It must have been started with `start_new_session`, so that the group is its own.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(_STOP_SECONDS)
        except ProcessLookupError:  # all of them are gone
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait(_STOP_SECONDS)
