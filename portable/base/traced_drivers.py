"""Drivers that make a span of each call of a resource: drivers in, drivers out. Only entries of traced functions load it.

A message that is sent gets the trace context of its span, so what follows from it is below that span.
"""

from __future__ import annotations

from portable.base.spans import During, text_of, tracer
from portable.base.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from opentelemetry.trace import Span

    from portable.base.drivers import Drivers

SENDS = frozenset(("send", "send_many", "publish"))
QUIET = frozenset(("unwrap", "close", "run", "awaited", "twin_of"))
"""What is no call of the provider."""


class TracedDrivers:
    """Drivers whose calls are spans. `systems` are the provider's services, by kind of resource."""

    def __init__(self, inner: Drivers, systems: Mapping[str, str] | None = None) -> None:
        self._inner = inner
        self._systems = systems or {}
        self._made: dict[tuple[str, str], Any] = {}
        self._awaited: dict[tuple[str, str], Any] = {}

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource."""
        key = (resource.kind, resource.name)
        found = self._made.get(key)
        if found is None:
            made = Traced(self._inner.of(resource), Spans(key, self._systems))
            found = self._made.setdefault(key, made)
        return found

    def async_of(self, resource: Any) -> Any:
        """Return the async twin of the driver of a resource."""
        key = (resource.kind, resource.name)
        found = self._awaited.get(key)
        if found is None:
            made = AsyncTraced(self._inner.async_of(resource), Spans(key, self._systems))
            found = self._awaited.setdefault(key, made)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Spans:
    """Makes the spans of one resource. They hold its name and the method, and nothing that is stored or sent."""

    def __init__(self, key: tuple[str, str], systems: Mapping[str, str]) -> None:
        self._kind, self._name = key
        self._system = systems.get(self._kind, f"portable.{self._kind}")
        self._tracer = tracer()

    def start(self, method: str, arguments: tuple[Any, ...]) -> Span:
        """Return the span of a call, which has begun."""
        from opentelemetry.trace import SpanKind

        sends = method in SENDS
        found: dict[str, Any] = {
            "portable.resource.kind": self._kind,
            "portable.resource.name": self._name,
            "portable.resource.method": method,
        }
        if self._kind == "table":
            found |= {"db.system.name": self._system, "db.operation.name": method, "db.collection.name": self._name}
        elif self._kind != "bucket":
            found |= {
                "messaging.system": self._system,
                "messaging.destination.name": self._name,
                "messaging.operation.name": method,
                **({"messaging.operation.type": "send"} if sends else {}),
                **({"messaging.batch.message_count": len(arguments[0])} if method == "send_many" else {}),
            }
        name, kind = f"{method} {self._name}", SpanKind.PRODUCER if sends else SpanKind.CLIENT
        return self._tracer.start_span(name, kind=kind, attributes=found, record_exception=False)

    def given(self, method: str, arguments: tuple[Any, ...], span: Span) -> tuple[Any, ...]:
        """Return the arguments of a call. New messages get the trace context of its span."""
        trace = text_of(span) if method in SENDS else None
        if trace is None:
            return arguments
        first = arguments[0]
        if method == "send_many":
            return ([_followed(message, trace) for message in first], *arguments[1:])
        return (_followed(first, trace), *arguments[1:])


def _followed(message: Any, trace: str) -> Any:
    """Return a message with another trace. One that is sent again keeps its id, and what it belongs to."""
    return message if message.id is not None else replace(message, trace=trace)


class Traced:
    """One driver whose calls are spans."""

    def __init__(self, driver: Any, spans: Spans) -> None:
        self._driver = driver
        self._spans = spans

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._driver, method)
        if method in QUIET or not callable(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            with During(self._spans.start(method, arguments)) as span:
                return found(*self._spans.given(method, arguments, span), **options)

        return call


class AsyncTraced:
    """One driver whose calls are awaited, and are spans."""

    def __init__(self, driver: Any, spans: Spans) -> None:
        self._driver = driver
        self._spans = spans

    def __getattr__(self, method: str) -> Any:
        found: Any = getattr(self._driver, method)
        if method in QUIET or not callable(found):
            return found

        called: Callable[..., Any] = found

        async def call(*arguments: Any, **options: Any) -> Any:
            with During(self._spans.start(method, arguments)) as span:
                return await called(*self._spans.given(method, arguments, span), **options)

        return call
