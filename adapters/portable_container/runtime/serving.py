"""The role `serve`: takes an image and what was chosen; serves its HTTP functions, and CloudEvents if they are asked for."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from functools import partial
from importlib import import_module
from threading import Thread

from portable.errors import ConfigurationError, PortableError
from portable_container.runtime.engines import Engines
from portable_container.runtime.front import Front
from portable_container.runtime.image import SERVE
from portable_container.runtime.image_engines import BUCKET
from portable_container.runtime.nats_names import stream_name
from portable_container.runtime.needs import of_functions
from portable_container.runtime.paths import EVENTS, OBJECTS
from portable_container.runtime.server import KEEP_ALIVE_SECONDS, Server
from portable_container.runtime.variables import whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.asgi import Application
    from portable_container.runtime.chosen import Chosen
    from portable_container.runtime.image import Image
    from portable_container.runtime.measures import Measures
    from portable_container.runtime.needs import Needs

WAITING = 1024
"""How many connections may wait to be accepted."""
SHUTDOWN_SECONDS = 4.0
"""How long mounted apps may take to shut down."""
_log = logging.getLogger("portable")


def role(image: Image, chosen: Chosen, measures: Measures) -> Serving:
    """Return the role. Raises ConfigurationError for a variable that cannot be read."""
    return Serving(image, chosen, measures)


class Serving:
    """The server of an image, on a loop of its own in a thread of its own."""

    name = SERVE

    def __init__(self, image: Image, chosen: Chosen, measures: Measures) -> None:
        self._image = image
        self._chosen = chosen
        self._measures = measures
        self._engines = Engines(needs_of(image, chosen))
        self._keep_alive = whole_number(os.environ, "PORTABLE_KEEP_ALIVE_SECONDS", KEEP_ALIVE_SECONDS)
        self._drain = whole_number(os.environ, "PORTABLE_DRAIN_SECONDS", 0)
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._thread: Thread | None = None
        self.port = chosen.port
        """The port that it listens on. If that is 0, it is known when it has started."""

    def start(self) -> None:
        """Import the app and begin to serve. Raises ConfigurationError if the port is taken."""
        for logger in ("uvicorn", "uvicorn.error"):  # at lower levels it tells of each request that is broken
            logging.getLogger(logger).setLevel(logging.ERROR)
        front = Front(self._application(), self.ready, self._more())
        listener = _listening(self._chosen.host, self._chosen.port)
        self.port = listener.getsockname()[1]
        loop = self._loop = asyncio.new_event_loop()
        server = self._server = Server(front, self._keep_alive, float(self._drain))
        self._thread = Thread(target=_run, args=(loop, server, listener), name="portable-serve", daemon=True)
        gc.collect()
        gc.freeze()  # what is there from the beginning need not be looked at again and again
        self._thread.start()
        while not server.serves.wait(0.1):
            if not self._thread.is_alive():
                raise PortableError("the server has ended while it started; the log says why")
        _log.info("serving on port %d", self.port)

    def ready(self) -> str | None:
        """Return what is missing, None when requests can be answered."""
        if self._stopping:
            return "it is stopping"
        if self._server is None or not self._server.serves.is_set():
            return "it has not started"
        if self._thread is None or not self._thread.is_alive():
            return "its server has ended; the log says why"
        return self._engines.missing()

    def stop(self, seconds: float) -> bool:
        """End when all that has begun is answered. Return whether it was within so many seconds."""
        self._stopping = True
        loop, server, thread = self._loop, self._server, self._thread
        if loop is None or server is None or thread is None:
            return True
        try:
            loop.call_soon_threadsafe(server.stop, seconds)
        except RuntimeError:  # the loop has ended by itself
            return False
        thread.join(seconds + 5.0)
        return server.finished

    def _application(self) -> Application | None:
        image = self._image
        served = [name for name in image.served if self._chosen.runs(name)]
        if image.http is None or not served:
            return None
        app = import_module(image.http).application
        only = None if len(served) == len(image.served) else frozenset(served)
        counted: Application = app.counted(self._measures.called, only)
        return counted

    def _more(self) -> dict[str, Application]:
        """Return what is served below `/_portable` beside probes."""
        chosen, image = self._chosen, self._image
        if not chosen.events:
            return {}
        from portable_container.runtime.events import Endpoints, of_function, of_store

        taken = [found for found in image.functions if chosen.runs(found.name)]
        takers = {
            found.name: of_function(import_module(found.module).handler, self._measures.called) for found in taken
        }
        more: dict[str, Application] = {EVENTS: Endpoints(EVENTS, takers, chosen.token)}
        if image.watched():
            from portable_container.runtime.objects_webhook import receive

            streams = {bucket: stream_name(chosen.prefix, BUCKET, bucket) for bucket in image.watched()}
            stores = {bucket: of_store(partial(receive, stream)) for bucket, stream in streams.items()}
            more[OBJECTS] = Endpoints(OBJECTS, stores, chosen.token)
        return more


def needs_of(image: Image, chosen: Chosen) -> Needs:
    """Return what the functions need that are called here.

    With `--events` alone, a store's webhook may be all that is meant: then the account need not have the rights of functions
    that events call.
    """
    called = [name for name in image.run_by(SERVE, events=chosen.events) if chosen.runs(name)]
    return of_functions(
        image,
        chosen.prefix,
        called,
        os.environ,
        takes=False,
        stores=chosen.events and chosen.functions is None,
        rightful=[name for name in called if name in image.served or chosen.functions],
    )


def _run(loop: asyncio.AbstractEventLoop, server: Server, listener: socket.socket) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(server.serve(sockets=[listener]))
    except BaseException:  # noqa: BLE001 - whatever it is, the role is not ready any more and says so
        _log.exception("the server has ended")
    finally:
        loop.run_until_complete(_end())
        loop.close()


async def _end() -> None:
    """Cancel what still runs on the loop. For a mounted app that is its shutdown."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=SHUTDOWN_SECONDS)
    await asyncio.get_running_loop().shutdown_asyncgens()


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises ConfigurationError.

    The loop sends small packets at once only on a socket that says that it is TCP: else each answer would wait 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(WAITING)
    except OSError as error:
        made.close()
        raise ConfigurationError(
            f"port {port} of {host} cannot be used ({error.strerror}): give another one by --port"
        ) from error
    return made
