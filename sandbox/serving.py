"""A WSGI application served from threads of this process, without a word on the terminal."""

import io
import logging
import socket
from http import HTTPStatus
from threading import Thread
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.exceptions import InternalServerError
from werkzeug.serving import make_server


class Server:
    """One application on one port; port 0 takes any that is free."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Bind the port at once, so that a taken one fails here.

        Raises:
            OSError: the port is taken, or the host is not an address of this machine.
        """
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        # Werkzeug ends the process when it finds the port taken; bound here, it is an error like any other.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(128)
        except OSError:
            self._socket.close()
            raise
        self.host, self.port = host, int(self._socket.getsockname()[1])
        self._open: set[socket.socket] = set()
        handler = type("Handler", (_Connection,), {"open_ones": self._open})
        self._server = make_server(
            host, self.port, app, threaded=True, request_handler=handler, fd=self._socket.fileno()
        )
        self._thread = Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"server {self.port}",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Begin to serve; requests sent before have waited in the socket."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, also those who are connected, and free the port."""
        self._server.shutdown()
        self._thread.join()
        for connection in list(self._open):
            connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._socket.close()


class _Connection(MotoRequestHandler):
    """
    Answers one request after the other on a connection, each in one piece.

    Werkzeug's own closes after each answer, so that each call of a client to AWS had to connect anew.
    """

    open_ones: set[socket.socket]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.open_ones.add(self.connection)

    def finish(self) -> None:
        self.open_ones.discard(self.connection)
        super().finish()

    def run_wsgi(self) -> None:
        """Read a request to its end and answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.environ = self.make_environ()
        if "Transfer-Encoding" not in self.headers:
            self.environ["wsgi.input"] = io.BytesIO(body)
        else:  # its end is where the application finds it
            self.close_connection = True
        try:
            status, headers, content = call(self.server.app, self.environ)
        except Exception:
            logging.getLogger("werkzeug").exception("%s failed", self.path)
            status, headers, content = call(InternalServerError(), self.environ)
        self._send(int(status.split()[0]), headers, content)

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        told = dict(headers)
        promised = next((told[name] for name in told if name.lower() == "content-length"), None)
        has_none = self.command == "HEAD" or status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if promised is None and not has_none:
            headers = [*headers, ("Content-Length", str(len(content)))]
        elif not has_none and promised != str(
            len(content)
        ):  # who waits for the rest learns that there is none
            self.close_connection = True
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self._headers_buffer.append(b"\r\n" + (b"" if has_none else content))
        self.flush_headers()


def call(app: Any, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Call a WSGI application; give the status as in "200 OK", the headers and the content."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        started[:] = status, headers

    answer = app(environ, start_response)
    try:
        content = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return started[0], started[1], content
