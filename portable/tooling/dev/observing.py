"""Takes the generated calls of an app; returns them so that each call is noted, and known as the cause of what it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from portable.base.trace import traceparent
from portable.compute.context import end_at, follow, followed
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev.live import Live, Note, active, cause, made

Call = Callable[[Any, Any], Any]


class Observer:
    """Observes the calls of one app. `note` takes note of a call that begins or ends."""

    def __init__(self, functions: Mapping[str, FunctionModel], folder: Path, note: Note) -> None:
        self._functions = functions
        self._folder = folder
        self._note = note

    def on(self, wire: str = "") -> Callable[[str, Call], Call]:
        """Return what generated modules call `_observed`, for events that come over a wire."""

        def observed(name: str, call: Call) -> Call:
            kind = self._functions[name].trigger["kind"]
            run = self._request(name, wire, call) if kind == "http" else self._event(name, kind, wire, call)
            history = getattr(call, "history", None)
            if history is not None:  # portable.compute.consume asks the call for it
                run.history = history  # type: ignore[attr-defined]
            return run

        return observed

    def _request(self, name: str, wire: str, call: Call) -> Call:
        note, timeout = self._note, self._functions[name].timeout
        is_site = self._functions[name].site is not None

        def run(request: Any, context: Any) -> Any:
            live = active.get()
            if live is not None:  # a request is live before it has found its route
                live.function, live.event = name, request
                follow(context, live.traceparent)
                if not wire:  # else the host of the wire has told it
                    end_at(context, live.began + timeout)
                live.quiet = is_site and not live.fired
                if not live.quiet:
                    note(live)
            return call(request, context)

        return run

    def _event(self, name: str, kind: str, wire: str, call: Call) -> Call:
        note, folder = self._note, self._folder

        def run(event: Any, context: Any) -> Any:
            live = Live(kind, name, event, traceparent(followed(context) or cause.get()), wire)
            live.attempt = context.attempt
            follow(context, live.traceparent)
            begun = made.get()
            if begun is not None:
                begun.append(live)
            token = active.set(live)
            note(live)
            try:
                result = call(event, context)
            except BaseException as error:
                live.failed(error, folder)
                live.ended("failed")
                note(live)
                raise
            finally:
                active.reset(token)
            live.ended("done")
            note(live)
            return result

        return run
