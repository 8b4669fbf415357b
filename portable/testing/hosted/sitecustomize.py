"""Runs first in a host process of `--artifact`: the packaged code is unchanged, but its drivers call the test's process.

There PYTHONPATH holds the folder of this file, and nothing else of the kit. Calls of handlers are reported to the test, too.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Client, Connection
from types import ModuleType
from typing import Any

from portable_kit_attempts import FAILED, Attempt, event_in, told_of  # type: ignore[import-not-found]  # it is beside this file


class Line:
    """The connection to the test's process, one for each thread."""

    def __init__(self) -> None:
        host, _, port = os.environ["PORTABLE_KIT_ADDRESS"].partition(":")
        self._address = (host, int(port))
        self._key = bytes.fromhex(os.environ["PORTABLE_KIT_KEY"])
        self._own = threading.local()

    def ask(self, *request: Any) -> Any:
        """Return the reply to a request, or raise the error that it is."""
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = Client(self._address, authkey=self._key)
        connection.send(request)
        good, answer = connection.recv()
        if not good:
            raise answer
        return answer


class Remote:
    """The driver of a resource. Streams and iterators are collected before they are sent."""

    def __init__(self, line: Line, resource: Any) -> None:
        self._ask = line.ask
        self._resource = resource

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            sent = [bytes(value) if isinstance(value, memoryview) else value for value in arguments]
            return self._ask("resource", self._resource, method, sent, options)

        return call

    def open(self, key: str) -> io.BytesIO:
        """Return a reader of the whole object."""
        return io.BytesIO(self._ask("resource", self._resource, "open", [key], {}))

    def put_stream(self, key: str, chunks: Any, attributes: Any) -> Any:
        """Send the chunks as one list."""
        return self._ask(
            "resource", self._resource, "put_stream", [key, [bytes(chunk) for chunk in chunks], attributes], {}
        )

    def writer(self, key: str, attributes: Any) -> Any:
        """Return a writer that sends the whole object when it is closed."""
        from portable.storage.writing import ObjectWriter

        remote = self

        class Writer(ObjectWriter):
            """Collects the bytes of one object."""

            def __init__(self) -> None:
                super().__init__()
                self._chunks: list[bytes] = []
                self.etag = ""

            def _send(self, data: bytes | memoryview) -> None:
                self._chunks.append(bytes(data))

            def _commit(self) -> None:
                self.etag = remote.put_stream(key, self._chunks, attributes).etag

            def _discard(self) -> None:
                self._chunks.clear()

        return Writer()

    def unwrap(self, native: type) -> None:
        """Return None: there is no provider's client."""


class AsyncRemote:
    """The driver of a resource for `async def` handlers: each of its methods is awaited."""

    def __init__(self, driver: Remote) -> None:
        self._driver = driver

    def __getattr__(self, method: str) -> Callable[..., Any]:
        async def call(*arguments: Any, **options: Any) -> Any:
            return getattr(self._driver, method)(*arguments, **options)

        return call

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a method of what the driver opened or writes to."""
        return function(*arguments)

    async def put_stream(self, key: str, chunks: Any, attributes: Any) -> Any:
        """Send the chunks as one list."""
        return self._driver.put_stream(key, [chunk async for chunk in chunks], attributes)

    def unwrap(self, native: type) -> None:
        """Return None: there is no provider's client."""


class RemoteDrivers:
    """Stands for `portable.base.drivers.LazyDrivers`: every resource is the test's."""

    def __init__(self, package: str, **_elsewhere: str) -> None:
        self._line = Line()

    def of(self, resource: Any) -> Remote:
        """Return the driver of a resource."""
        return Remote(self._line, resource)

    def async_of(self, resource: Any) -> AsyncRemote:
        """Return the async driver of a resource."""
        return AsyncRemote(self.of(resource))

    def secret(self, secret: Any) -> str:
        """Return the value of a secret in the test."""
        return str(self._line.ask("secret", secret))

    def setting(self, setting: Any) -> str:
        """Return the value of a setting in the test."""
        return str(self._line.ask("setting", setting))

    def key_set(self, issuer: str) -> list[dict[str, Any]]:
        """Return the keys of the test's identity provider."""
        found: list[dict[str, Any]] = self._line.ask("key_set", issuer)
        return found

    def signed_in(self, request: Any) -> Any:
        """Return who calls by the test's word, None for nobody."""
        sent = request.headers.get("x-portable-test-caller")
        return None if sent is None else self._line.ask("signed_in", sent)


def replace_drivers(module: ModuleType) -> None:
    """Give a process the drivers of the test."""
    module.LazyDrivers = RemoteDrivers  # type: ignore[attr-defined]


def report_calls(module: ModuleType) -> None:
    """Make every declared handler report its start and its end to the test."""
    declare = module.function
    line = Line()

    def function(*arguments: Any, **options: Any) -> Callable[[Any], Any]:
        mark = declare(*arguments, **options)
        return lambda handler: reported((marked := mark(handler)), marked.__portable__.name, line)

    module.function = function  # type: ignore[attr-defined]


def report_mounts(module: ModuleType) -> None:
    """Make every mounted app report the start and the end of its calls to the test."""
    make, line = module.handler, Line()
    module.handler = lambda app, prefix, name, held: reported(make(app, prefix, name, held), name, line)  # type: ignore[attr-defined]


def report_consumers(module: ModuleType) -> None:
    """Have every attempt at a message reported, also one that fails while its handler does not."""
    check, line = module.Consumer.__check__, Line()

    def checked(consumer: Any) -> None:
        check(consumer)
        if getattr(consumer.call, "__module__", "") == "portable.compute.records":
            return  # a record of a batch whose call has failed, and was reported
        consumer.__dict__["call"] = Attempt(consumer.call, line)

    module.Consumer.__check__ = checked


def report_events(module: ModuleType) -> None:
    """Do the same for the events that are not consumed."""
    line, once, once_async = Line(), module.event, module.event_async
    module.event = lambda call, value, context: once(Attempt(call, line), value, context)  # type: ignore[attr-defined]
    module.event_async = lambda call, value, context: once_async(Attempt(call, line), value, context)  # type: ignore[attr-defined]


def report_metrics(module: ModuleType) -> None:
    """Have a metric that was logged tell the test so."""
    log, line = module.metric, Line()
    module.metric = lambda *given: line.ask("metric", log(*given))  # type: ignore[attr-defined]


def reported(handler: Any, name: str, line: Line) -> Any:
    """Return a handler that reports its calls; `name` is its function's."""

    @contextlib.contextmanager
    def telling(options: dict[str, Any]) -> Iterator[None]:
        from portable.base.logs import current

        context = current.get()
        line.ask("begin", name, None if context is None else context.attempt, event_in(options))
        try:
            yield
        except BaseException as error:
            if (failed := FAILED.get()) is not None:
                failed.append(name)
            line.ask("end", name, told_of(error), isinstance(error, Exception) and hasattr(error, "status"))
            raise
        line.ask("end", name, None, False)

    if handler.__code__.co_flags & 0x80:  # a coroutine function

        @functools.wraps(handler)
        async def awaited(*arguments: Any, **options: Any) -> Any:
            with telling(options):
                return await handler(*arguments, **options)

        return awaited

    @functools.wraps(handler)
    def called(*arguments: Any, **options: Any) -> Any:
        with telling(options):
            return handler(*arguments, **options)

    return called


CHANGES = {
    "portable.base.drivers": replace_drivers,
    "portable.compute.function": report_calls,
    "portable.compute.consume": report_consumers,
    "portable.compute.dispatch": report_events,
    **dict.fromkeys((f"portable.compute.mounted_{kind}" for kind in ("asgi", "wsgi", "static")), report_mounts),
    "portable.compute.metrics": report_metrics,
}


class Loader:
    """Loads a module of the artifact, then changes it."""

    def __init__(self, inner: Any, change: Callable[[ModuleType], None]) -> None:
        self._inner = inner
        self._change = change

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as usual."""
        found: ModuleType | None = self._inner.create_module(spec)
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Run the module as usual, then change it."""
        self._inner.exec_module(module)
        self._change(module)


class Finder:
    """Finds the modules that are changed."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec of a module to change, or None for any other."""
        change = CHANGES.get(name)
        if change is None:
            return None
        others = (finder for finder in sys.meta_path if finder is not Finder)
        spec = next(filter(None, (finder.find_spec(name, path) for finder in others)), None)
        if spec is not None:
            spec.loader = Loader(spec.loader, change)  # type: ignore[assignment]  # all of a loader that is used
        return spec


if "PORTABLE_KIT_ADDRESS" in os.environ:
    sys.meta_path.insert(0, Finder)
