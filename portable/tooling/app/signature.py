"""Binds: takes a handler's annotations; returns how each of its parameters is filled, or raises DeclarationError."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

from portable.base.client import Client
from portable.base.values import Value
from portable.compute.context import Context
from portable.compute.function import Function, where
from portable.errors import DeclarationError
from portable.eventing.events import Event
from portable.eventing.http import Cookie, Header
from portable.eventing.routing import segments
from portable.tooling.app.annotations import parameter_types
from portable.tooling.app.clients import no_client
from portable.tooling.app.expressions import NoExpression, resource_expression
from portable.tooling.app.kinds.kind import TriggerKind
from portable.tooling.app.kinds.registry import EVENTS, resource_kind, trigger_kind
from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Absent, Code, Parameter
from portable.tooling.app.payloads import body_decoder, converter, is_structured, payload_decoder


def bind(handler: Callable[..., Any], modules: list[ModuleType] | None = None) -> tuple[Parameter, ...]:
    """Return how each parameter of a marked handler is filled.

    `modules` are where the names of resources are looked for; by default the handler's own module.
    """
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    inner = inspect.unwrap(handler)
    place = where(inner)
    kind = _trigger_kind(mark, handler, place)
    if modules is None:
        modules = [sys.modules[inner.__module__]]
    awaits = inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(inner)
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        raise DeclarationError(f"{handler.__name__} is a generator: return the whole response instead", place)
    binder = _Binder(handler.__name__, place, mark.trigger, kind, modules, awaits)
    parameters = tuple(binder.parameter(parameter, hint) for parameter, hint in parameter_types(handler))
    binder.check_path(parameters)
    binder.check_bodies(parameters)
    return parameters


def _trigger_kind(mark: Function, handler: Callable[..., Any], place: str | None) -> TriggerKind:
    """Return the kind of a function's trigger. Raises DeclarationError for options that are not for this kind."""
    kind = trigger_kind(mark.trigger)
    if kind is None:
        raise DeclarationError(f"{handler.__name__} has a trigger of an unknown kind: {mark.trigger!r}", place)
    try:
        kind.check(mark.trigger)
    except DeclarationError as error:
        raise DeclarationError(error.message, place) from None
    what = "HTTP" if kind.name == "http" else kind.name
    if not kind.retried and (mark.retry is not None or mark.dead_letter):
        raise DeclarationError(
            f"{handler.__name__}: {what} functions are never retried; retry= and dead_letter= are for other triggers",
            place,
        )
    if mark.dead_letter and not kind.buried:
        raise DeclarationError(f"{handler.__name__}: a {what} function has no dead letters", place)
    if mark.idempotent is not None and not kind.idempotent:
        raise DeclarationError(
            f"{handler.__name__}: idempotent= is for HTTP and message functions, not for a {what} function", place
        )
    return kind


class _Binder:
    """Binds the parameters of one handler, by the rules of its trigger."""

    def __init__(
        self,
        handler: str,
        place: str | None,
        trigger: Any,
        kind: TriggerKind,
        modules: list[ModuleType],
        awaits: bool,
    ) -> None:
        self.handler = handler
        self.place = place
        self.trigger = kind
        self.kind = kind.name
        self.modules = modules
        self.awaits = awaits
        self.path_names = {name for name, sort in segments(trigger.path) if sort} if self.kind == "http" else set()

    def refuse(self, name: str, problem: str) -> DeclarationError:
        return DeclarationError(f'parameter "{name}" of {self.handler} {problem}', self.place)

    def parameter(self, parameter: inspect.Parameter, kind: Any) -> Parameter:
        name = parameter.name
        positional = parameter.kind is inspect.Parameter.POSITIONAL_ONLY
        optional, kind = _strip_optional(kind)
        absent: Absent = "error"
        if parameter.default is not inspect.Parameter.empty:
            absent = "omit"
        elif optional:
            absent = "none"
        bound = self._bind(name, kind, absent, optional)
        if positional:
            if bound.absent == "omit":
                raise self.refuse(name, "is positional-only and has a default: make it a plain parameter")
            bound = replace(bound, positional=True)
        return bound

    def _bind(self, name: str, kind: Any, absent: Absent, optional: bool) -> Parameter:
        if typing.get_origin(kind) is typing.Annotated:
            inner, *marks = typing.get_args(kind)
            return self._annotated(name, inner, marks, absent, optional)
        if kind is Context:
            return Parameter(name, "context")
        origin = typing.get_origin(kind) or kind
        if origin in EVENTS:
            return self._event(name, origin, kind)
        items = typing.get_args(kind) if origin is list else ()
        if items and (typing.get_origin(items[0]) or items[0]) in EVENTS:
            return self._batch(name, items[0])
        if isinstance(origin, type) and issubclass(origin, Client):
            raise self.refuse(
                name, f"is a {origin.__name__} without its resource: write Annotated[{origin.__name__}, …]"
            )
        if self.kind != "http":
            raise self.refuse(
                name,
                f"cannot be bound: a {self.kind} function takes "
                f"{self._fitting()}, Context, "
                "Annotated[<client>, <resource>], Annotated[str, Secret(…)] or Annotated[str, Setting(…)]",
            )
        return self._http(name, kind, absent, optional)

    def _event(self, name: str, origin: type, kind: Any) -> Parameter:
        if origin not in self.trigger.events:
            raise self.refuse(
                name, f"is a {origin.__name__}, which a {self.kind} function does not get: use {self._fitting()}"
            )
        arguments = typing.get_args(kind)
        payload = arguments[0] if arguments else bytes
        if origin is Event and not self.trigger.payload:
            if arguments and payload is not Any and (typing.get_origin(payload) or payload) is not dict:
                raise self.refuse(
                    name, f"is an Event of {_show(payload)}, but its data is a dict: use Event[dict[str, Any]]"
                )
            return Parameter(name, "event", origin.__name__)
        if self.trigger.payload:
            decoder, decode = self._payload(name, payload)
            return Parameter(name, "event", origin.__name__, decoder, decode, longest=longest_text(payload))
        return Parameter(name, "event", origin.__name__)

    def _batch(self, name: str, item: Any) -> Parameter:
        """Bind a parameter that takes a whole batch of events."""
        if not self.trigger.batched:
            raise self.refuse(name, f"is a list, but a {self.kind} function gets one event at a time")
        origin = typing.get_origin(item) or item
        if origin is not self.trigger.events[0]:
            raise self.refuse(name, f"is a list of {origin.__name__}, but a batch is a {self._batch_name()}")
        bound = self._event(name, origin, item)
        return replace(bound, key=f"list[{bound.key}]")

    def _fitting(self) -> str:
        batches = [self._batch_name()] if self.trigger.batched else []
        return " or ".join([*(event.__name__ for event in self.trigger.events), *batches])

    def _batch_name(self) -> str:
        return f"list[{self.trigger.events[0].__name__}]"

    def _annotated(self, name: str, inner: Any, marks: list[Any], absent: Absent, optional: bool) -> Parameter:
        inside, inner = _strip_optional(inner)
        optional = optional or inside
        if optional and absent == "error":
            absent = "none"
        for mark in marks:
            if isinstance(mark, (Header, Cookie)):
                if self.kind != "http":
                    raise self.refuse(name, f"reads a {type(mark).__name__.lower()}, but the trigger is not HTTP")
                source: typing.Literal["header", "cookie"] = "header" if isinstance(mark, Header) else "cookie"
                key = mark.name.lower() if isinstance(mark, Header) else mark.name
                return self._simple(name, source, key, inner, absent)
            if isinstance(mark, Value) and hasattr(mark, "name"):
                return self._resource(name, inner, mark)
            if isinstance(mark, type) and issubclass(mark, Value):
                raise self.refuse(name, f"is marked with the class {mark.__name__}: write {mark.__name__}(…)")
            if type(mark).__module__.partition(".")[0] in ("msgspec", "pydantic", "pydantic_core", "annotated_types"):
                if self.kind == "http" and name not in self.path_names and (name == "body" or is_structured(inner)):
                    return self._body(name, typing.Annotated[(inner, *marks)], inner, absent, optional)
                raise self.refuse(name, f"has the constraint {mark!r}, which only fields of a body's type can have")
        return self._bind(name, inner, absent, optional)

    def _resource(self, name: str, inner: Any, resource: Value) -> Parameter:
        client = typing.get_origin(inner) or inner
        what = type(resource).__name__
        try:
            code = resource_expression(resource, self.modules)
        except NoExpression as error:
            raise self.refuse(name, f"has an unusable resource: {error}; define it at the top of a module") from None
        kind = resource_kind(resource)
        if kind is not None and kind.text:
            if inner is not str:
                raise self.refuse(name, f"is a {what}: annotate it Annotated[str, {what}(…)]")
            return Parameter(name, "value", kind.name, resource=code)
        if not isinstance(client, type) or not issubclass(client, Client):
            raise self.refuse(name, no_client(resource, _show(client), kind, self.awaits))
        if kind is None or client.kind != kind.name:
            named = kind.name if kind else "resource of an unknown kind"
            raise self.refuse(name, f"is a {client.__name__}, but {what}({resource.name!r}) is a {named}")  # type: ignore[attr-defined]
        if client.asynchronous and not self.awaits:
            raise self.refuse(name, f"is an {client.__name__}: make {self.handler} async def, or take the plain client")
        if self.awaits and not client.asynchronous:
            raise self.refuse(
                name,
                f"is a {client.__name__}, whose calls would stop every other call of an async def function: "
                f"use Async{client.__name__}",
            )
        if (problem := kind.problem(resource, typing.get_args(inner))) is not None:
            raise self.refuse(name, problem)
        home = (client.__module__, client.__name__)
        longest = longest_text(getattr(resource, "row", None))
        return Parameter(name, "client", resource=code, client=Code("", home=home), longest=longest)

    def _http(self, name: str, kind: Any, absent: Absent, optional: bool) -> Parameter:
        if name in self.path_names:
            return self._simple(name, "path", name, kind, "error")
        if name == "body" or is_structured(kind):
            return self._body(name, kind, kind, absent, optional)
        return self._simple(name, "query", name, kind, absent)

    def _body(self, name: str, kind: Any, inner: Any, absent: Absent, optional: bool) -> Parameter:
        nullable = optional and inner not in (bytes, str)  # null is a value in JSON
        wanted = typing.Optional[kind] if nullable else kind  # noqa: UP045
        decoder, decode = self._payload(name, wanted, body_decoder)
        return Parameter(name, "body", "body", decoder, decode, absent, longest=longest_text(kind))

    def _simple(
        self,
        name: str,
        source: typing.Literal["path", "query", "header", "cookie"],
        key: str,
        kind: Any,
        absent: Absent,
    ) -> Parameter:
        many = typing.get_origin(kind) is list and source == "query"
        try:
            decode = converter(typing.get_args(kind)[0] if many else kind)
        except NoExpression as error:
            raise self.refuse(name, f"cannot be bound: {error}") from None
        if decode is not None and many:
            return Parameter(name, source, key, "convert_many", decode, "empty" if absent == "error" else absent)
        if decode is not None:
            return Parameter(name, source, key, "convert", decode, absent)
        hint = "" if source != "query" or kind in (complex, type(None)) else "; for the body, name the parameter body"
        lists = ", a list of them" if source == "query" else ""
        raise self.refuse(
            name,
            f"cannot be bound: {_show(kind)} does not fit a {source} value, which is "
            f"str, int, float, bool, UUID, Decimal, date, datetime, an enum, a Literal{lists}{hint}",
        )

    def _payload(self, name: str, kind: Any, find: Any = payload_decoder) -> tuple[Any, Code | None]:
        try:
            return find(kind)  # type: ignore[no-any-return]
        except NoExpression as error:
            raise self.refuse(
                name, f"has a payload type that cannot be decoded: {error}; define the type at the top of a module"
            ) from None

    def check_bodies(self, parameters: tuple[Parameter, ...]) -> None:
        typed = [p for p in parameters if p.source == "body" and p.decoder in ("typed", "model", "json")]
        if len(typed) > 1:
            raise self.refuse(typed[1].name, f"reads the body, but {typed[0].name} does, too: put both into one type")

    def check_path(self, parameters: tuple[Parameter, ...]) -> None:
        for name in sorted(self.path_names - {p.key for p in parameters if p.source == "path"}):
            if not any(p.source == "event" for p in parameters):
                raise DeclarationError(
                    f"{self.handler} has {{{name}}} in its path but no parameter of that name: "
                    f'add "{name}: str" or take the Request',
                    self.place,
                )


def _strip_optional(kind: Any) -> tuple[bool, Any]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        parts = typing.get_args(kind)
        rest = [part for part in parts if part is not type(None)]
        if len(rest) == 1 and len(parts) == 2:
            return True, rest[0]
    return False, kind


def _show(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind).replace("typing.", "")
