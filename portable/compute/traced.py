"""Generated calls as spans: takes a call of the form `call(event, context)`; returns one that does the same inside a span.

Only entries of traced functions load this module. A span has the kind, the name and the attributes that the semantic
conventions of OpenTelemetry give to HTTP servers, consumers of messages and functions. While it runs, `Context.trace` is its
own trace context, so what the call sends belongs to it.
"""

from __future__ import annotations

from opentelemetry import context as contexts
from opentelemetry import trace

from portable.base.spans import below, failed, remote, text_of, tracer
from portable.base.trace import traceparent
from portable.errors import HTTPError, InProgress, InvalidArgument, TooLarge
from portable.eventing.response import Response, to_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from opentelemetry.trace import Span, Tracer

    Call = Callable[[Any, Any], Any]

FAULT = 500
"""The lowest status that is an error of the server."""
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"))
MOST_LINKS = 128
_FAAS = {"object": "datasource", "schedule": "timer"}


class Begun:
    """A span that runs, with what must be put back when its call returns."""

    __slots__ = ("_before", "_context", "_token", "span")

    def __init__(self, span: Span, context: Any) -> None:
        self.span = span
        self._context = context
        self._before = context._trace
        own = text_of(span)
        if own is not None:
            context._trace = own
        self._token = contexts.attach(trace.set_span_in_context(span))

    def leave(self) -> None:
        """Put back what was current before. The span goes on."""
        contexts.detach(self._token)
        self._context._trace = self._before  # a batch has one context for all its messages


class TracedRequest:
    """A call of an HTTP function as the span of a server. `route` is its template."""

    def __init__(self, call: Call, function: str, route: str) -> None:
        self._call = call
        self._function = function
        self._route = route
        self._tracer = tracer()

    def __call__(self, request: Any, context: Any) -> Any:
        """Make the call. Its span ends with the last chunk of what it replies."""
        begun = self._begin(request, context)
        try:
            return self._answered(begun.span, self._call(request, context))
        except BaseException as error:
            self._refused(begun.span, request, error)
            raise
        finally:
            begun.leave()

    def _begin(self, request: Any, context: Any) -> Begun:
        method = request.method if request.method in METHODS else "_OTHER"
        headers = request.headers
        found = {
            "http.request.method": method,
            "http.route": self._route,
            "url.path": request.path,
            "url.scheme": headers.get("x-forwarded-proto") or "https",
            "server.address": headers.get("host"),
            "user_agent.original": headers.get("user-agent"),
            **_of_call(self._function, context, "http"),
        }
        name = f"{'HTTP' if method == '_OTHER' else method} {self._route}"
        sent = context.trace or traceparent(headers.get("traceparent"))
        parent = below(remote(sent, headers.get("tracestate")))
        return Begun(_start(self._tracer, name, trace.SpanKind.SERVER, parent, found), context)

    def _answered(self, span: Span, value: Any, *, awaited: bool = False) -> Any:
        response = value if isinstance(value, Response) else to_response(value, awaited)
        span.set_attribute("http.response.status_code", response.status)
        if response.status >= FAULT:
            span.set_attribute("error.type", str(response.status))
            span.set_status(trace.StatusCode.ERROR)
        chunks = response.chunks
        if chunks is None:
            span.end()
            return response

        def over(error: BaseException | None) -> None:
            if error is not None:
                failed(span, error)
            span.end()

        chunks.listen(over)
        return response

    def _refused(self, span: Span, request: Any, error: BaseException) -> None:
        status = _status(request, error)
        span.set_attribute("http.response.status_code", status)
        if status >= FAULT:
            failed(span, error)
        span.end()


class AsyncTracedRequest(TracedRequest):
    """`TracedRequest` for a host that awaits the call of an `async def` function."""

    async def __call__(self, request: Any, context: Any) -> Any:
        """Make the call. Its span ends with the last chunk of what it replies."""
        begun = self._begin(request, context)
        try:
            return self._answered(begun.span, await self._call(request, context), awaited=True)
        except BaseException as error:
            self._refused(begun.span, request, error)
            raise
        finally:
            begun.leave()


class TracedEvent:
    """A call of any other function as the span of a consumer. `kind` is its trigger's, `source` what it listens to."""

    def __init__(self, call: Call, function: str, kind: str, source: str, system: str | None = None) -> None:
        self._call = call
        self._function = function
        self._kind = kind
        self._source = source
        self._system = system or f"portable.{kind}"
        self._tracer = tracer()
        history = getattr(call, "history", None)
        if history is not None:  # portable.compute.consume asks the call for it
            self.history = history

    def __call__(self, event: Any, context: Any) -> Any:
        """Make the call."""
        begun = self._begin(event, context)
        try:
            return self._call(event, context)
        except BaseException as error:
            _note(begun.span, error)
            raise
        finally:
            begun.leave()
            begun.span.end()

    def _begin(self, event: Any, context: Any) -> Begun:
        batch = isinstance(event, list)
        found = _of_call(self._function, context, _FAAS.get(self._kind, "pubsub"))
        if self._kind in _FAAS:
            name = self._function
            found |= {"faas.document.collection": self._source or None} if self._kind == "object" else {}
        else:
            name = f"process {self._source}"
            found |= {
                "messaging.system": self._system,
                "messaging.destination.name": self._source,
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.message.id": None if batch else getattr(event, "id", None),
                "messaging.batch.message_count": len(event) if batch else None,
            }
        links = [*_links(event)] if batch else []
        parent = below(None if batch else remote(context.trace))
        return Begun(_start(self._tracer, name, trace.SpanKind.CONSUMER, parent, found, links), context)


class AsyncTracedEvent(TracedEvent):
    """`TracedEvent` for a host that awaits the call of an `async def` function."""

    async def __call__(self, event: Any, context: Any) -> Any:
        """Make the call."""
        begun = self._begin(event, context)
        try:
            return await self._call(event, context)
        except BaseException as error:
            _note(begun.span, error)
            raise
        finally:
            begun.leave()
            begun.span.end()


def _start(tracer: Tracer, name: str, kind: Any, parent: Any, found: dict[str, Any], links: Any = ()) -> Span:
    attributes = {key: value for key, value in found.items() if value is not None}
    return tracer.start_span(name, parent, kind, attributes, links, record_exception=False)


def _of_call(function: str, context: Any, trigger: str) -> dict[str, Any]:
    return {
        "portable.function": function,
        "portable.attempt": context.attempt,
        "faas.trigger": trigger,
        "faas.invocation_id": context.request_id,
    }


def _links(records: Any) -> Iterator[Any]:
    """Return links to what sent the records of a batch, each once: they belong to several traces."""
    sent = dict.fromkeys(filter(None, (traceparent(record.trace) for record in records)))
    for text in [*sent][:MOST_LINKS]:
        found = remote(text)
        if found is not None:
            yield trace.Link(found)


def _note(span: Span, error: BaseException) -> None:
    """Note what a handler raised. That another delivery handles the message is no error."""
    if not isinstance(error, InProgress):
        failed(span, error)


def _status(request: Any, error: BaseException) -> int:
    """Return the status that the client gets for an error (portable.compute.failing)."""
    if isinstance(error, HTTPError):
        return error.status
    if isinstance(error, (InvalidArgument, TooLarge)):
        from portable.eventing.blame import answer

        found = answer(request, error)
        if found is not None:
            return found.status
    return FAULT
