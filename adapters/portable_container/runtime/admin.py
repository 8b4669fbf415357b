"""The server for probes and metrics: takes the roles of a process and what it counts; answers on a port of its own.

It has threads of its own, so it answers while all that serves is busy. Nothing that it answers is for the users of an app.
"""

from __future__ import annotations

import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread

from portable.errors import ConfigurationError
from portable_container.runtime.exposition import MEDIA_TYPE, of_process, text_of
from portable_container.runtime.paths import LIVE, METRICS, READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portable_container.runtime.measures import Measures
    from portable_container.runtime.role import Role

    Page = tuple[int, str, str]

PATIENCE_SECONDS = 10.0
"""How long a client may take to send a request."""
PLAIN = "text/plain; charset=utf-8"


class Admin:
    """The server. `port` is the one it listens on; 0 lets the system choose."""

    def __init__(self, host: str, port: int, roles: Sequence[Role], measures: Measures) -> None:
        self._at = (host, port)
        self._roles = roles
        self._measures = measures
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port. It is known when the server has started."""
        return self._at[1] if self._server is None else self._server.server_address[1]

    def start(self) -> None:
        """Begin to answer. Raises ConfigurationError if the port is taken."""
        pages = {LIVE: self._live, READY: self._ready, METRICS: self._metrics}
        try:
            self._server = _Server(self._at, pages)
        except OSError as error:
            raise ConfigurationError(
                f"the port of probes and metrics, {self._at[1]}, cannot be used ({error.strerror}): "
                "give another one by --admin-port"
            ) from error
        Thread(target=self._server.serve_forever, args=(0.1,), name="portable-admin", daemon=True).start()

    def stop(self) -> None:
        """End."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _live(self) -> Page:
        return 200, PLAIN, "alive\n"

    def _ready(self) -> Page:
        missing = [f"{role.name}: {found}" for role in self._roles if (found := role.ready()) is not None]
        return 503 if missing else 200, PLAIN, "".join(f"{line}\n" for line in missing or ["ready"])

    def _metrics(self) -> Page:
        return 200, MEDIA_TYPE, text_of([*self._measures.families(), *of_process()])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, at: tuple[str, int], pages: dict[str, Callable[[], Page]]) -> None:
        self.pages = pages
        if ":" in at[0]:
            from socket import AF_INET6

            self.address_family = AF_INET6
        super().__init__(at, _Answer)

    def server_bind(self) -> None:
        """Bind, without asking the domain name system for a name of this machine."""
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a client go away: that is no error of ours."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Answer with a page."""
        status, kind, text = self._page()
        body = text.encode()
        self.send_response_only(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _page(self) -> Page:
        assert isinstance(self.server, _Server)
        pages = self.server.pages
        page = pages.get(self.path.partition("?")[0])
        if page is None:
            return 404, PLAIN, f"there are {', '.join(pages)}\n"
        try:
            return page()
        except Exception:
            logging.getLogger("portable").exception("%s failed", self.path)
            return 500, PLAIN, "it failed; the log says why\n"

    do_HEAD = do_GET  # noqa: N815 - the name is that of the base class

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Log nothing: probes come every few seconds."""
