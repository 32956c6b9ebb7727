"""`python -m sandbox`: the demo, until Ctrl-C."""

import argparse
import errno
import os
import signal
import socket
import sys
from threading import Event

from sandbox.world import Sandbox

_PORTS_TO_TRY = 20


def main() -> int:
    """Start the sandbox, say where its page is, and wait."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Panopticon with neither Slack nor AWS."
    )
    parser.add_argument(
        "--port", type=int, default=8400, help="the page's port (8400); the next free one if it is taken"
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    arguments = parser.parse_args()
    # The bot's logs and metrics go where Lambda would take them: not on the terminal of someone who tries it out.
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        port = free_port(arguments.host, arguments.port)
        with Sandbox.start(history=True, background=True, host=arguments.host, port=port) as sandbox:
            taken = f"port {arguments.port} is taken; " if port != arguments.port else ""
            sys.stdout.write(f"Panopticon's sandbox is ready: {sandbox.url} ({taken}Ctrl-C ends it)\n")
            sys.stdout.flush()
            stopped.wait()
    except OSError as error:
        if error.errno is None:
            raise
        sys.stderr.write(
            f"The sandbox cannot listen on {arguments.host}, port {arguments.port}: {error.strerror}\n"
        )
        return 1
    return 0


def free_port(host: str, wanted: int) -> int:
    """
    Give the first free port from *wanted* on.

    Raises:
        OSError: none of twenty is free, or *host* is not an address of this machine.
    """
    for port in range(wanted, wanted + _PORTS_TO_TRY):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or port == wanted + _PORTS_TO_TRY - 1:
                    raise
            else:
                return port
    return wanted


if __name__ == "__main__":
    sys.exit(main())
