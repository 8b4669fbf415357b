"""The parameters of one function of the app -> how each is filled, by the rules of the trigger that it runs for."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from portable.base.client import Client
from portable.base.values import Value
from portable.compute.around import AsyncCall, Call
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
from portable.tooling.app.expressions import NoExpression
from portable.tooling.app.forms import form_parameter, is_form
from portable.tooling.app.kinds.kind import TriggerKind
from portable.tooling.app.kinds.registry import EVENTS
from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Absent, Parameter, Provider
from portable.tooling.app.payloads import is_structured
from portable.tooling.app.places import relative
from portable.tooling.app.provided import called, form_of, named
from portable.tooling.app.request_values import Place, body_value, payload_of, simple_value
from portable.tooling.app.resource_parameters import Unfit, bound_resource, shown
from portable.tooling.app.simple import is_constraint, unconstrained
from portable.tooling.app.unions import strip_optional


class Scope(Struct, frozen=True):
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
    folder: Path | None = None
    """The folder of the app, to which the places of providers are relative."""

    @property
    def path_names(self) -> set[str]:
        """The names in the path of an HTTP function."""
        return {name for name, sort in segments(self.declared.path) if sort} if self.kind.name == "http" else set()


def bind_parameters(subject: Callable[..., Any], scope: Scope) -> tuple[Parameter, ...]:
    """Return how the parameters of the handler itself are filled. Raises DeclarationError."""
    return _Binder(scope, scope.handler, place_of(subject), ()).parameters(subject)


def bind_provider(
    subject: Callable[..., Any], scope: Scope, place: str | None, takes: Literal["", "call", "error"] = ""
) -> Provider:
    """Return how a function that runs besides the handler is called; `place` is where it is named. Raises DeclarationError.

    `takes` says what it may get besides what a provider gets: the call that it wraps, or the error that it answers.
    """
    try:
        return _Binder(scope, scope.handler, place, ()).provider(subject, takes)
    except (Unfit, NoExpression) as error:
        raise DeclarationError(f"{called(subject)} {error}", place) from None


class _Binder:
    """Binds the parameters of one handler or provider. `inside` are the providers around it, the outermost first."""

    def __init__(
        self, scope: Scope, called: str, place: str | None, inside: tuple[Callable[..., Any], ...], takes: str = ""
    ) -> None:
        self.scope = scope
        self.takes = takes
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

    def provider(self, subject: Callable[..., Any], takes: str = "") -> Provider:
        """Return how a provider is called. Raises Unfit for what cannot be one here."""
        if any(each is subject for each in self.inside):
            names = [called(each) for each in (*self.inside, subject)]
            raise Unfit(f"depends on itself: {' → '.join(names)}")
        form = form_of(subject)
        if form in ("await", "async generator") and not self.scope.awaits:
            handler = self.scope.handler
            raise Unfit(f"is async, but {handler} is def: make {handler} async def, or {called(subject)} a plain def")
        code, place = named(subject, self.scope.modules), place_of(subject) or self.place
        name = f"{called(subject)} (for {self.scope.handler})"
        binder = _Binder(self.scope, name, place, (*self.inside, subject), takes)
        where = place if place is None or self.scope.folder is None else relative(place, self.scope.folder)
        return Provider(code, binder.parameters(subject), form, where or "")

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
        if origin in (Call, AsyncCall):
            return self._call(name, origin)
        if self.takes == "error" and is_error(kind):
            return Parameter(name, "error")
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

    def _call(self, name: str, origin: type) -> Parameter:
        if self.takes != "call":
            raise Unfit(f"is {_an(origin.__name__)}, which only a wrapper gets: an @around, or one in around=")
        fitting = AsyncCall if self.scope.awaits else Call
        if origin is not fitting:
            kind = "async def" if self.scope.awaits else "def"
            raise Unfit(f"is {_an(origin.__name__)}, but {self.scope.handler} is {kind}: use {_an(fitting.__name__)}")
        return Parameter(name, "call")

    def _event(self, name: str, origin: type, kind: Any) -> Parameter:
        if origin not in self.trigger.events:
            raise Unfit(f"is a {origin.__name__}, which a {self.kind} function does not get: use {self._fitting()}")
        arguments = typing.get_args(kind)
        payload = arguments[0] if arguments else bytes
        if self.trigger.payload:
            return Parameter(name, "event", origin.__name__, *payload_of(payload), longest=longest_text(payload))
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
                return simple_value(name, source, key, ruled, absent)
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
            return simple_value(name, "path", name, kind, "error")
        if name == "body" or is_structured(unconstrained(kind)):
            return body_value(name, kind, absent, optional)
        if unconstrained(kind) is UploadedFile:
            raise Unfit("is an UploadedFile, which only a form has: write Annotated[UploadedFile, http.Form]")
        return simple_value(name, "query", name, kind, absent)


def is_error(kind: Any) -> bool:
    """Say whether a type is a class of errors, or a union of such."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return all(map(is_error, typing.get_args(kind)))
    return isinstance(kind, type) and issubclass(kind, Exception)


def _an(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
