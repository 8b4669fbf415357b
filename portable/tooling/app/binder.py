"""The parameters of one function of the app -> how each is filled, by the rules of the trigger that it runs for."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from portable.base.client import Client
from portable.base.values import Value
from portable.compute.context import Context
from portable.compute.depends import Depends
from portable.errors import DeclarationError
from portable.eventing.auth import Auth
from portable.eventing.events import Event
from portable.eventing.http import Cookie, Header
from portable.eventing.principal import Principal
from portable.eventing.routing import segments
from portable.eventing.uploads import UploadedFile
from portable.tooling.app.annotations import parameter_types, place_of
from portable.tooling.app.auth import is_who_calls
from portable.tooling.app.bodies import body_decoder
from portable.tooling.app.expressions import NoExpression
from portable.tooling.app.forms import form_parameter, is_form
from portable.tooling.app.kinds.kind import TriggerKind
from portable.tooling.app.kinds.registry import EVENTS
from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Absent, Code, Decoder, Parameter, Provider
from portable.tooling.app.payloads import is_structured, payload_decoder
from portable.tooling.app.provided import called, form_of, named
from portable.tooling.app.resource_parameters import Unfit, bound_resource, shown
from portable.tooling.app.simple import is_constraint, many, simple, unconstrained
from portable.tooling.app.unions import strip_optional

Place = typing.Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What everything that is bound for one declared function has in common.

    `handler` is its name in Python, `modules` are where the names of resources are looked for, and `awaits` says whether it
    is `async def`. `auth` is who may call it, None for everybody.
    """

    handler: str
    declared: Any
    kind: TriggerKind
    modules: list[ModuleType]
    awaits: bool
    auth: Auth | None = None

    @property
    def path_names(self) -> set[str]:
        """The names in the path of an HTTP function."""
        return {name for name, sort in segments(self.declared.path) if sort} if self.kind.name == "http" else set()


def bind_parameters(subject: Callable[..., Any], scope: Scope) -> tuple[Parameter, ...]:
    """Return how the parameters of the handler itself are filled. Raises DeclarationError."""
    return _Binder(scope, scope.handler, place_of(subject), ()).parameters(subject)


def bind_provider(subject: Callable[..., Any], scope: Scope, place: str | None) -> Provider:
    """Return how a function that runs besides the handler is called; `place` is where it is named. Raises DeclarationError."""
    try:
        return _Binder(scope, scope.handler, place, ()).provider(subject)
    except (Unfit, NoExpression) as error:
        raise DeclarationError(f"{called(subject)} {error}", place) from None


class _Binder:
    """Binds the parameters of one handler or provider. `inside` are the providers around it, the outermost first."""

    def __init__(self, scope: Scope, called: str, place: str | None, inside: tuple[Callable[..., Any], ...]) -> None:
        self.scope = scope
        self.called = called
        self.place = place
        self.inside = inside
        self.trigger = scope.kind
        self.kind = scope.kind.name
        self.path_names = scope.path_names

    def parameters(self, subject: Callable[..., Any]) -> tuple[Parameter, ...]:
        try:
            found = parameter_types(subject)
        except DeclarationError as error:
            raise DeclarationError(error.message, error.where or self.place) from None
        return tuple(self.parameter(parameter, hint) for parameter, hint in found)

    def provider(self, subject: Callable[..., Any]) -> Provider:
        """Return how a provider is called. Raises Unfit for what cannot be one here."""
        if any(each is subject for each in self.inside):
            names = [called(each) for each in (*self.inside, subject)]
            raise Unfit(f"depends on itself: {' → '.join(names)}")
        form = form_of(subject)
        if form in ("await", "async generator") and not self.scope.awaits:
            handler = self.scope.handler
            raise Unfit(f"is async, but {handler} is def: make {handler} async def, or {called(subject)} a plain def")
        code, place = named(subject, self.scope.modules), place_of(subject) or self.place
        binder = _Binder(self.scope, f"{called(subject)} (for {self.scope.handler})", place, (*self.inside, subject))
        return Provider(code, binder.parameters(subject), form, place or "")

    def parameter(self, parameter: inspect.Parameter, kind: Any) -> Parameter:
        optional, kind = strip_optional(kind)
        absent: Absent = "error"
        if isinstance(parameter.default, Depends):
            raise self.refused(parameter.name, "has Depends(…) as its default: write Annotated[<type>, Depends(…)]")
        if parameter.default is not inspect.Parameter.empty:
            absent = "omit"
        elif optional:
            absent = "none"
        try:
            bound = self._bind(parameter.name, kind, absent, optional)
        except Unfit as error:
            raise self.refused(parameter.name, str(error)) from None
        if parameter.kind is not inspect.Parameter.POSITIONAL_ONLY:
            return bound
        if bound.absent == "omit":
            raise self.refused(parameter.name, "is positional-only and has a default: make it a plain parameter")
        return replace(bound, positional=True)

    def refused(self, name: str, problem: str) -> DeclarationError:
        return DeclarationError(f'parameter "{name}" of {self.called} {problem}', self.place)

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
            raise Unfit(f"is a {origin.__name__} without its resource: write Annotated[{origin.__name__}, …]")
        if is_who_calls(kind, self.scope.auth):
            return Parameter(name, "principal")
        if isinstance(origin, type) and issubclass(origin, Principal):
            raise Unfit(self._nobody(origin))
        if self.kind != "http":
            raise Unfit(
                f"cannot be bound: a {self.kind} function takes {self._fitting()}, Context, "
                "Annotated[<client>, <resource>], Annotated[<type>, Depends(…)], Annotated[str, Secret(…)] or "
                "Annotated[str, Setting(…)]"
            )
        return self._http(name, kind, absent, optional)

    def _nobody(self, wanted: type) -> str:
        """Return why a parameter for who calls cannot be filled."""
        if self.kind != "http":
            return (
                f"is a {wanted.__name__}, but nobody calls a {self.kind} function: only HTTP functions know who calls"
            )
        if self.inside and self.scope.auth is None:
            return f"is a {wanted.__name__}, but what it is asked for is who calls, or the route has no auth="
        if self.scope.auth is None:
            return f"is a {wanted.__name__}, but the route has no auth=: say who may call, such as auth=http.jwt(…)"
        return f"is a {wanted.__name__}, but who calls is something else by auth={self.scope.auth!r}"

    def _event(self, name: str, origin: type, kind: Any) -> Parameter:
        if origin not in self.trigger.events:
            raise Unfit(f"is a {origin.__name__}, which a {self.kind} function does not get: use {self._fitting()}")
        arguments = typing.get_args(kind)
        payload = arguments[0] if arguments else bytes
        if self.trigger.payload:
            return Parameter(name, "event", origin.__name__, *self._payload(payload), longest=longest_text(payload))
        if origin is Event and arguments and payload is not Any and (typing.get_origin(payload) or payload) is not dict:
            raise Unfit(f"is an Event of {shown(payload)}, but its data is a dict: use Event[dict[str, Any]]")
        return Parameter(name, "event", origin.__name__)

    def _batch(self, name: str, item: Any) -> Parameter:
        """Bind a parameter that takes a whole batch of events."""
        if not self.trigger.batched:
            raise Unfit(f"is a list, but a {self.kind} function gets one event at a time")
        origin = typing.get_origin(item) or item
        if origin is not self.trigger.events[0]:
            raise Unfit(f"is a list of {origin.__name__}, but a batch is a {self._batch_name()}")
        bound = self._event(name, origin, item)
        return replace(bound, key=f"list[{bound.key}]")

    def _fitting(self) -> str:
        batches = [self._batch_name()] if self.trigger.batched else []
        return " or ".join([*(event.__name__ for event in self.trigger.events), *batches])

    def _batch_name(self) -> str:
        return f"list[{self.trigger.events[0].__name__}]"

    def _annotated(self, name: str, inner: Any, marks: list[Any], absent: Absent, optional: bool) -> Parameter:
        inside, inner = strip_optional(inner)
        optional = optional or inside
        if optional and absent == "error":
            absent = "none"
        rules = [mark for mark in marks if is_constraint(mark)]
        ruled = typing.Annotated[(inner, *rules)] if rules else inner
        for mark in marks:
            if isinstance(mark, Depends):
                return self._provided(name, mark.provider)
            if isinstance(mark, (Header, Cookie)):
                self._check_http(f"reads a {type(mark).__name__.lower()}")
                source: Place = "header" if isinstance(mark, Header) else "cookie"
                key = mark.name.lower() if isinstance(mark, Header) else mark.name
                return self._simple(name, source, key, ruled, absent)
            if is_form(mark):
                self._check_http("reads a form")
                return self._form(name, ruled, mark, absent)
            if isinstance(mark, Value) and hasattr(mark, "name"):
                return bound_resource(name, inner, mark, self.scope.modules, self.scope.awaits, self.scope.handler)
            if isinstance(mark, type) and issubclass(mark, Value):
                raise Unfit(f"is marked with the class {mark.__name__}: write {mark.__name__}(…)")
        if not rules:
            return self._bind(name, inner, absent, optional)
        if self.kind != "http":
            raise Unfit(
                f"has the constraint {rules[0]!r}, which only values of a request and fields of a type can have"
            )
        return self._http(name, ruled, absent, optional)

    def _check_http(self, what: str) -> None:
        if self.kind != "http":
            raise Unfit(f"{what}, but the trigger is not HTTP")

    def _form(self, name: str, kind: Any, mark: Any, absent: Absent) -> Parameter:
        if self.scope.declared.method == "GET":
            raise Unfit("reads a form, but a GET request has no body: use POST, or read query parameters")
        try:
            return form_parameter(name, kind, mark, absent)
        except NoExpression as error:
            raise Unfit(f"cannot be bound: {error}") from None

    def _provided(self, name: str, subject: Callable[..., Any]) -> Parameter:
        try:
            return Parameter(name, "provided", provider=self.provider(subject))
        except (Unfit, NoExpression) as error:
            raise Unfit(f"depends on {called(subject)}, which {error}") from None

    def _http(self, name: str, kind: Any, absent: Absent, optional: bool) -> Parameter:
        if name in self.path_names:
            return self._simple(name, "path", name, kind, "error")
        if name == "body" or is_structured(unconstrained(kind)):
            return self._body(name, kind, absent, optional)
        if unconstrained(kind) is UploadedFile:
            raise Unfit("is an UploadedFile, which only a form has: write Annotated[UploadedFile, http.Form]")
        return self._simple(name, "query", name, kind, absent)

    def _body(self, name: str, kind: Any, absent: Absent, optional: bool) -> Parameter:
        nullable = optional and unconstrained(kind) not in (bytes, str)  # null is a value in JSON
        wanted = typing.Optional[kind] if nullable else kind  # noqa: UP045
        try:
            decoder, decode, checker = body_decoder(wanted)
        except NoExpression as error:
            raise self._undecodable(error) from None
        return Parameter(name, "body", "body", decoder, decode, absent, longest=longest_text(kind), checker=checker)

    def _simple(self, name: str, source: Place, key: str, kind: Any, absent: Absent) -> Parameter:
        several = typing.get_origin(unconstrained(kind)) is list and source == "query"
        try:
            found = many(kind) if several else simple(kind)
        except NoExpression as error:
            raise Unfit(f"cannot be bound: {error}") from None
        if found is not None:
            decode, checker = found
            decoder: Decoder = "convert_many" if several else "convert"
            if several and absent == "error":
                absent = "empty"
            return Parameter(name, source, key, decoder, decode, absent, checker=checker)
        hint = "" if source != "query" or kind in (complex, type(None)) else "; for the body, name the parameter body"
        lists = ", a list of them" if source == "query" else ""
        raise Unfit(
            f"cannot be bound: {shown(kind)} does not fit a {source} value, which is "
            f"str, int, float, bool, UUID, Decimal, date, datetime, an enum, a Literal{lists}{hint}"
        )

    def _payload(self, kind: Any) -> tuple[Decoder, Code | None]:
        try:
            return payload_decoder(kind)
        except NoExpression as error:
            raise self._undecodable(error) from None

    def _undecodable(self, error: NoExpression) -> Unfit:
        return Unfit(f"has a payload type that cannot be decoded: {error}; define the type at the top of a module")
