"""A handler and [tool.portable.http] -> who may call it: the declared value, its model, and the resources that it reads."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from portable.base.values import Value
from portable.compute.function import Function
from portable.errors import DeclarationError
from portable.eventing.auth import Auth, BasicAuth, JwtAuth, KeyAuth, SignatureAuth, SignedIn
from portable.eventing.http import INHERITED
from portable.eventing.principal import Principal
from portable.persistence.idempotency import Idempotent
from portable.persistence.table import Table
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.tooling.app.annotations import place_of
from portable.tooling.app.http_settings import HttpSettings, named_by
from portable.tooling.app.model import AuthModel, Code, FunctionModel, Grant

RECORDS = ("delete", "get", "put", "update")
"""What a function does with a table of records."""


def auth_of(mark: Function, http: HttpSettings) -> Auth | None:
    """Return who may call a function; None for everybody, and for what is no HTTP function. Raises DeclarationError."""
    auth = getattr(mark.trigger, "auth", None)
    return app_auth(http) if auth == INHERITED else auth


def app_auth(http: HttpSettings) -> Auth | None:
    """Return who may call a route that does not say it. Raises DeclarationError for a name that leads to nothing."""
    if not http.auth:
        return None
    found = named_by(http.auth)
    if not isinstance(found, Auth):
        raise DeclarationError(
            f'[tool.portable.http] auth = "{http.auth}" must name what auth= takes, such as http.jwt(…), at the top of a '
            f"module of the app; it is {found!r}"
        )
    return found


def auth_model(
    auth: Auth | None, mark: Function, home: tuple[str, str], http: HttpSettings, is_value: bool = False
) -> AuthModel | None:
    """Return the model of who may call a function whose module and name are `home`. With `is_value` a value there declares it, such as a mounted
    app. The check of signed_in is added later."""
    if auth is None:
        return None
    replays = replays_of(auth) is not None
    if mark.trigger.auth == INHERITED:
        module, _, name = http.auth.partition(":")
        return AuthModel(auth.kind, Code("", home=(module, name)), replays=replays)
    declared = '.route["auth"]' if is_value else ".__portable__.trigger.auth"
    return AuthModel(auth.kind, Code(declared, home=home), replays=replays)


def check_hidden(functions: Iterable[FunctionModel], modules: Iterable[ModuleType]) -> None:
    """Raise DeclarationError for a module of the app that hides PyJWT from functions that take tokens."""
    for module in modules:
        if module.__name__.partition(".")[0] == "jwt":
            for function in functions:
                if function.auth is not None and function.auth.kind == "jwt":
                    raise DeclarationError(
                        f"this module is called jwt and hides PyJWT, which {function.name} takes tokens with: rename it",
                        f"{module.__file__}:1",
                    )


def check_auth(auth: Auth | None, place: str | None) -> None:
    """Raise DeclarationError for a table of replays that cannot hold records."""
    table = replays_of(auth)
    if table is not None:
        check_records(table, "http.signature(replays=", place)


def check_records(table: Table, what: str, place: str | None) -> None:
    """Raise DeclarationError for a table that cannot hold records; `what` is how its declaration begins."""
    try:
        Idempotent(table)
    except DeclarationError as error:
        raise DeclarationError(error.message.replace("Idempotent(", what, 1), place) from None


def described(auth: Auth | None) -> dict[str, Any] | None:
    """Return who may call as plain data, for manifests, infrastructure and documents; None for everybody."""
    if isinstance(auth, JwtAuth):
        return {
            "kind": auth.kind,
            "issuer": _text(auth.issuer),
            "audience": [_text(each) for each in auth.audience],
            "scopes": list(auth.scopes),
            "algorithms": list(auth.algorithms),
        }
    if isinstance(auth, KeyAuth):
        return {"kind": auth.kind, "header": auth.header.lower(), "secret": auth.secret.name}
    if isinstance(auth, BasicAuth):
        return {"kind": auth.kind, "secret": auth.secret.name}
    if isinstance(auth, SignatureAuth):
        replays = {} if auth.replays is None else {"replays": auth.replays.name}
        return {"kind": auth.kind, "scheme": auth.scheme, "secret": auth.secret.name, **replays}
    if isinstance(auth, SignedIn):
        return {"kind": auth.kind, "check": getattr(auth.check, "__qualname__", repr(auth.check))}
    return None


def _text(given: str | Setting) -> str | dict[str, str]:
    return given if isinstance(given, str) else {"setting": given.name}


def auth_grants(auth: Auth | None) -> list[tuple[Value, Grant]]:
    """Return the secrets and settings that a check reads; without those of the app's own function."""
    found: list[tuple[Value, Grant]] = []
    if isinstance(auth, JwtAuth):
        settings = (each for each in (auth.issuer, *auth.audience) if isinstance(each, Setting))
        found += ((setting, Grant(setting.name, "setting", ("read",))) for setting in settings)
    secret = getattr(auth, "secret", None)
    if isinstance(secret, Secret):
        found.append((secret, Grant(secret.name, "secret", ("read",))))
    return found


def replays_of(auth: Auth | None) -> Table | None:
    """Return the table in which copies of requests are found, None without one."""
    return auth.replays if isinstance(auth, SignatureAuth) else None


def principal_type(auth: SignedIn) -> Any:
    """Return the type of who calls, by the app's own function. Raises DeclarationError if it does not say it."""
    check = auth.check
    asked = check if inspect.isroutine(check) or inspect.isclass(check) else type(check).__call__
    try:
        found = check if inspect.isclass(check) else typing.get_type_hints(asked).get("return")
    except Exception as error:
        raise DeclarationError(
            f"the return type of {_name(check)} cannot be evaluated: {error}", place_of(check)
        ) from error
    parts = [part for part in typing.get_args(found) if part is not type(None)]
    if type(None) in typing.get_args(found) and len(parts) == 1:
        found = parts[0]
    if found is None or found is type(None) or found in (Any, bool):
        raise DeclarationError(
            f"{_name(check)} must say whom it returns: annotate it with -> Principal | None, or with a class of your own",
            place_of(check),
        )
    return found


def is_who_calls(kind: Any, auth: Auth | None) -> bool:
    """Say whether a parameter of this type gets who calls."""
    if not isinstance(auth, SignedIn):
        return auth is not None and kind is Principal
    given = principal_type(auth)
    wider = isinstance(kind, type) and isinstance(given, type) and issubclass(given, kind) and kind is not object
    return bool(kind == given or (wider and issubclass(kind, Principal)))


def _name(check: Any) -> str:
    return getattr(check, "__qualname__", None) or repr(check)
