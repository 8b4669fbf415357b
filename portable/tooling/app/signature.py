"""Takes a handler; returns how each of its parameters is filled, or raises DeclarationError."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct, structs
from msgspec.structs import replace

from portable.compute.function import Function, where
from portable.errors import DeclarationError
from portable.eventing.auth import Auth, SignedIn
from portable.tooling.app.auth import auth_of, principal_type
from portable.tooling.app.binder import Scope, bind_parameters, bind_provider
from portable.tooling.app.http_settings import PLAIN, HttpSettings
from portable.tooling.app.kinds.kind import TriggerKind
from portable.tooling.app.kinds.registry import trigger_kind
from portable.tooling.app.marked import Marked, is_async
from portable.tooling.app.model import AuthModel, ErrorReply, Parameter, Provider, with_providers
from portable.tooling.app.mounts import bind_mount
from portable.tooling.app.stand_in import mounted
from portable.tooling.app.wrapping import bind_around, bind_before, bind_errors


class Bound(Struct, frozen=True):
    """What is called for a handler: its own parameters, its guards, its wrappers, the answers to its errors."""

    parameters: tuple[Parameter, ...]
    before: tuple[Provider, ...]
    around: tuple[Provider, ...]
    errors: tuple[ErrorReply, ...]


def bind(
    handler: Callable[..., Any], modules: list[ModuleType] | None = None, http: HttpSettings = PLAIN
) -> tuple[Parameter, ...]:
    """Return how each parameter of a marked handler is filled.

    `modules` are where the names of resources are looked for; by default the handler's own module. `http` is what holds
    for all routes.
    """
    return bind_all(handler, modules, Marked(), None, http).parameters


def bind_all(
    handler: Callable[..., Any],
    modules: list[ModuleType] | None,
    marked: Marked,
    folder: Path | None,
    http: HttpSettings,
) -> Bound:
    """Return everything that is called for a marked handler. `marked` is what its app declares for all of its functions.

    Places are relative to `folder`; `http` is what holds for all routes.
    """
    inner = inspect.unwrap(handler)
    place = where(inner)
    scope = _scope(handler, modules, folder, http)
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        raise DeclarationError(f"{handler.__name__} is a generator: return the whole response instead", place)
    mount = mounted(handler)
    found = Bound(
        bind_parameters(handler, scope) if mount is None else bind_mount(mount, handler, scope),
        bind_before(handler, scope, place),
        bind_around(handler, marked, scope, place),
        bind_errors(marked, scope, place),
    )
    others = (*found.around, *found.before, *(answer.provider for answer in found.errors))
    inside = [parameter for provider in others for parameter in with_providers(provider.parameters)]
    _check_path(scope, (*with_providers(found.parameters), *inside), place)
    _check_bodies(scope, found.parameters, inside, place)
    return found


def bind_auth(
    handler: Callable[..., Any],
    modules: list[ModuleType],
    folder: Path,
    auth: Auth | None,
    model: AuthModel | None,
) -> AuthModel | None:
    """Return the model of who may call a handler with its check, if that is the app's own function. Raises DeclarationError."""
    if model is None or not isinstance(auth, SignedIn):
        return model
    principal_type(auth)
    scope = structs.replace(_scope(handler, modules, folder, PLAIN), auth=None)
    check = bind_provider(auth.check, scope, where(inspect.unwrap(handler)))
    if check.form not in ("call", "await"):
        raise DeclarationError(
            f"{handler.__name__}: the check of http.signed_in is a generator: return who calls", check.where
        )
    return replace(model, check=check)


def _scope(
    handler: Callable[..., Any], modules: list[ModuleType] | None, folder: Path | None, http: HttpSettings
) -> Scope:
    """Return what everything that runs for a handler is bound with. Raises DeclarationError for a trigger that cannot be."""
    mark: Function = handler.__portable__  # type: ignore[attr-defined]
    inner = inspect.unwrap(handler)
    kind = _trigger_kind(mark, handler, where(inner))
    if modules is None:
        modules = [sys.modules[inner.__module__]]
    return Scope(handler.__name__, mark.trigger, kind, modules, is_async(handler), auth_of(mark, http), folder)


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


def _check_bodies(scope: Scope, own: tuple[Parameter, ...], others: list[Parameter], place: str | None) -> None:
    """Refuse a handler that decodes the body twice, and a provider that decodes it as another type."""
    read = (*with_providers(own), *others)
    typed = [p for p in read if p.source == "body" and p.decoder in ("typed", "model", "json")]
    form = next((p for p in read if p.source == "form"), None)
    if typed and form is not None:
        problem = f"reads the body as JSON, but {form.name} reads it as a form: a request is one of them"
        raise DeclarationError(f'parameter "{typed[0].name}" of {scope.handler} {problem}', place)
    count = sum(each in typed for each in own)
    for index, other in enumerate(typed[1:], 1):
        if index < count or other.decode != typed[0].decode:
            problem = f"reads the body, but {typed[0].name} does, too: put both into one type"
            raise DeclarationError(f'parameter "{other.name}" of {scope.handler} {problem}', place)


def _check_path(scope: Scope, read: tuple[Parameter, ...], place: str | None) -> None:
    """Refuse a name in the path that nobody reads."""
    for name in sorted(scope.path_names - {p.key for p in read if p.source == "path"}):
        if not any(p.source == "event" for p in read):
            raise DeclarationError(
                f"{scope.handler} has {{{name}}} in its path but no parameter of that name: "
                f'add "{name}: str" or take the Request',
                place,
            )
