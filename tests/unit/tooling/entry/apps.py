"""Apps written by a test: source in, what `collect` makes of it and the generated entry, executed, out."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from itertools import count
from pathlib import Path
from time import time
from typing import Any

from portable.compute import dispatch
from portable.compute.context import Context
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import RouteTable
from portable.tooling.app.collect import collect
from portable.tooling.app.handlers import loaded_modules
from portable.tooling.app.http_settings import PLAIN, HttpSettings
from portable.tooling.app.model import AppModel
from portable.tooling.entry.call_source import call_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import assemble, entry_parts
from portable.tooling.entry.routes import Late, paths

_NUMBERS = count()
HEAD = """
from typing import Annotated, Any, Literal
from portable import (
    Bucket, BucketReader, BucketWriter, Context, Event, HTTPError, Message, Queue, Request, Response, Retry, StoredObject,
    Tick, Topic, function, http, schedule,
)
"""


@dataclass(frozen=True)
class Entry:
    """A generated entry, executed: `namespace` holds the calls and `_table`."""

    app: AppModel
    namespace: dict[str, Any]
    source: str
    awaited: bool = False

    def call(self, name: str, event: Any, context: Context | None = None) -> Any:
        """Call a function's generated call."""
        return self.namespace[f"_call_{name.replace('-', '_')}"](event, context or make_context())

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        body: bytes = b"",
    ) -> Response:
        """Send an HTTP request through the route table."""
        table: RouteTable = self.namespace["_table"]
        request = Request(method, path, query, headers, body)
        if self.awaited:
            return asyncio.run(dispatch.http_async(table, request, make_context()))
        return dispatch.http(table, request, make_context())


def make_context() -> Context:
    """Return the context of a call."""
    return Context("request-1", "function", time() + 30)


@contextmanager
def imported(
    folder: Path, source: str, head: str = HEAD, settings: HttpSettings = PLAIN, **files: str
) -> Iterator[AppModel]:
    """Write an app of one module (and further files), import it and give what `collect` makes of it."""
    name = f"written_app_{next(_NUMBERS)}"
    home = folder.resolve() / name
    home.mkdir()
    (home / f"{name}.py").write_text(head + textwrap.dedent(source), encoding="utf-8")
    for file, text in files.items():
        (home / f"{file}.py").parent.mkdir(parents=True, exist_ok=True)
        (home / f"{file}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    sys.path.insert(0, str(home))
    before = set(sys.modules)
    invalidate_caches()
    try:
        import_module(name)
        yield collect("written", home, loaded_modules(home), (), settings)
    finally:
        sys.path.remove(str(home))
        for module in set(sys.modules) - before:
            if str(getattr(sys.modules[module], "__file__", "") or "").startswith(str(home)):
                del sys.modules[module]


@contextmanager
def served(
    folder: Path,
    source: str,
    head: str = HEAD,
    drivers: Any = None,
    awaited: bool = False,
    settings: HttpSettings = PLAIN,
    **files: str,
) -> Iterator[Entry]:
    """Give the generated entry of an app, executed; `awaited` is how a host that awaits its handlers calls it."""
    with imported(folder, source, head, settings, **files) as app:
        names = Names()
        calls = {function.name: call_source(function, names, awaited) for function in app.functions}
        targets: dict[str, str | Late] = {name: call.name for name, call in calls.items()}
        parts = entry_parts("An entry.", None, names, tuple(calls.values()), (), paths(app.http()), targets)
        text = assemble(parts, here=True)
        namespace: dict[str, Any] = {
            "_drivers": drivers,
            "_run": asyncio.run,
            "_observed": lambda _function, call: call,
            "_table": RouteTable([]),
        }
        exec(compile(text, "<entry>", "exec"), namespace)
        yield Entry(app, namespace, text, awaited)
