"""The server: a thread a connection, but never more than a few; started, and stopped for good.

It is made of the standard library, since uvicorn cannot keep these rules: it is told of a
connection after its TLS handshake, so those in it are not counted and last a minute; it sets no
time for the head of a request; and h11 answers a bad Content-Length itself, before any application.
"""

import errno
import http.server
import socket
import socketserver
import ssl
import sys
import threading
from typing import Any, Final, Self

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.server.http_handler import Handler

MAX_CONNECTIONS: Final = 32
POLL_S: Final = 0.2


class PageServer(http.server.ThreadingHTTPServer):
    """Serves while it is entered as a context."""

    daemon_threads = True
    allow_reuse_port = False
    request_queue_size = MAX_CONNECTIONS

    def __init__(
        self, address: tuple[str, int], handler: type[Handler], tls: ssl.SSLContext | None = None
    ) -> None:
        """Bind to an address.

        Raises:
            MeasurementError: the port is taken, or the address is not this machine's.
        """
        self._tls = tls
        self._room = threading.BoundedSemaphore(MAX_CONNECTIONS)
        try:
            super().__init__(address, handler)
        except OSError as problem:
            raise MeasurementError(_cannot_bind(*address, problem)) from None
        self._thread = threading.Thread(target=self.serve_forever, args=(POLL_S,), daemon=True)

    def server_bind(self) -> None:
        """Bind without asking a name server what the address is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; its handshake is left to its own thread."""
        connection, address = super().get_request()
        connection.settimeout(Handler.timeout)
        if self._tls is not None:
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread, or close it where too many are open."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a connection until it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a connection that broke, or never spoke TLS, end without a word."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and give the port back."""
        self.shutdown()
        self.server_close()


def _cannot_bind(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"the port {port} of {host} is in use, perhaps by a measurement that still runs. End "
            "that, or choose another `port=`."
        )
    if problem.errno == errno.EADDRNOTAVAIL or isinstance(problem, socket.gaierror):
        return f"{host} is no address of this machine. Correct `lan=`."
    return f"the port {port} of {host} cannot be used: {problem.strerror}. Choose another `port=`."
