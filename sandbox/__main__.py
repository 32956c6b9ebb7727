"""`python -m sandbox`: the demo, until Ctrl-C."""

import argparse
import errno
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from bot.policy import load_policy
from sandbox.web_api import granted_scopes
from sandbox.world import Sandbox

_POLICY = Path(__file__).with_name("policy.toml")
# Beside the manifest's, one with which more can be shown.
_SCOPES = {"users:read.email"}
_PORTS_TO_TRY = 20


def main() -> int:
    """Start the sandbox, say where its page is, and wait."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Panopticon with neither Slack nor AWS."
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=8400,
        help="the page's port (8400); the next free one if it is taken",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    arguments = parser.parse_args()
    # The bot's logs and metrics go where Lambda would take them: not on the terminal of someone who tries it out.
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    # Blocked in every thread, so that the one that waits for them below gets them at once.
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        port = free_port(arguments.host, arguments.port)
    except OSError as error:
        where = f"{arguments.host}, port {arguments.port}"
        sys.stderr.write(f"The sandbox cannot listen on {where}: {error.strerror}\n")
        return 1
    parts: dict[str, Any] = {
        "host": arguments.host,
        "port": port,
        "rate_limits": True,
        "scopes": granted_scopes() | _SCOPES,
    }
    policy = load_policy(_POLICY)
    with Sandbox.start(history=True, background=True, policy=policy, **parts) as sandbox:
        taken = f"port {arguments.port} is taken; " if port != arguments.port else ""
        sys.stdout.write(f"Panopticon's sandbox is ready: {sandbox.url} ({taken}Ctrl-C ends it)\n")
        sys.stdout.flush()
        signal.sigwait(ends)
    return 0


def port_number(text: str) -> int:
    """
    Read a port from the command line.

    Raises:
        argparse.ArgumentTypeError: it is not between 1 and 65535.
    """
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def free_port(host: str, wanted: int) -> int:
    """
    Give the first free port from *wanted* on.

    Raises:
        OSError: none of twenty is free, or *host* is not an address of this machine.
    """
    for port in range(wanted, min(wanted + _PORTS_TO_TRY, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return port
    raise OSError(errno.EADDRINUSE, f"taken, and so are the {_PORTS_TO_TRY - 1} after it")


if __name__ == "__main__":
    sys.exit(main())
