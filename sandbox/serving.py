"""A WSGI application served from a thread of this process, without a word on the terminal."""

import logging
import socket
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class Server:
    """One application on one port; port 0 takes any that is free."""

    def __init__(
        self,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        handler: type[WSGIRequestHandler] = WSGIRequestHandler,
    ) -> None:
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
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._socket.close()
