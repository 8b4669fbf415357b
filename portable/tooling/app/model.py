"""`AppModel`: what an app declares, as frozen values that can be written as JSON. It is the same for all providers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from portable.tooling.app.site_model import SiteModel

Source = Literal[
    "event", "path", "query", "header", "cookie", "body", "form", "context", "client", "value",
    "provided", "principal", "call", "error",
]  # fmt: skip
Absent = Literal["error", "omit", "none", "empty"]
Decoder = Literal["raw", "text", "json", "typed", "model", "convert", "convert_many"]
Checker = Literal["", "msgspec", "pydantic"]
"""The library that checks the constraints of a simple value, or makes the value of a form."""


class Code(Struct, frozen=True):
    """A Python expression, with the lines that import what it names.

    With a `home`, the module and the name of an object, the expression is what follows that object: a generated
    module imports it under an alias that is free there.
    """

    expression: str
    imports: tuple[str, ...] = ()
    home: tuple[str, str] | None = None


class Parameter(Struct, frozen=True):
    """How one parameter of a handler is filled.

    `key` is its name in the request; `decoder` how its text or bytes become the value and `decode` the expression that
    makes the decoder; `absent` what happens when it was not sent; `resource` is the declared object of a client, whose
    class is `client`, or of a `value` such as a secret, whose kind is the key. `longest` is the field of its type that may
    hold the longest text by its declaration, with that length; None where nothing is declared. `provider` gives the value of
    a `provided` one. `checker` is the library that checks a simple value or makes the value of a form. A `call` is what an `around` wrapper goes on with, an `error` what an `errors` function answers.
    """

    name: str
    source: Source
    key: str = ""
    decoder: Decoder = "raw"
    decode: Code | None = None
    absent: Absent = "error"
    positional: bool = False
    resource: Code | None = None
    client: Code | None = None
    longest: tuple[str, int] | None = None
    provider: Provider | None = None
    checker: Checker = ""


class Provider(Struct, frozen=True):
    """A function of the app that is called with bound parameters, as a handler is: a provider, a wrapper, an error reply.

    `call` names it in a generated module; equal codes are the same object of the app. `form` says how its value is got:
    an "await" one is `async def`, a generator yields the value once. `where` is "file:line".
    """

    call: Code
    parameters: tuple[Parameter, ...]
    form: Literal["call", "await", "generator", "async generator"]
    where: str


class ErrorReply(Struct, frozen=True):
    """The function that answers errors of one class, which is that of the `error` parameter of `provider`."""

    error: Code
    provider: Provider


class AuthModel(Struct, frozen=True):
    """Who may call a function. `kind` is that of the declared value, which `value` names in a generated module.

    `check` is the app's own function of a "signed-in" one. `replays` says that exact copies of a request are refused.
    """

    kind: str
    value: Code
    check: Provider | None = None
    replays: bool = False


class Grant(Struct, frozen=True):
    """The permissions of a function on a resource: portable actions, such as ("get", "list") of a bucket."""

    resource: str
    kind: str
    actions: tuple[str, ...]


class MountModel(Struct, frozen=True):
    """An app that exists already, or a static site, and is one function: its protocol, the path below which it answers, and how it is named.

    With `factory` the code of `app` is a function that makes it. A static site has `site`, and `app` is empty.
    """

    protocol: Literal["asgi", "wsgi", "static"]
    prefix: str
    app: Code
    factory: bool = False
    site: SiteModel | None = None

    def answers(self, template: str) -> bool:
        """Return whether the mount answers on the path of a function, for methods that the function does not have."""
        below = f"{template}/".startswith(f"{self.prefix}/")
        return below and (self.site is None or template == self.prefix or template in self.site.beside)


class ServedModel(Struct, frozen=True):
    """The OpenAPI document of the app or its page, which is all that a function serves.

    `packed` is its text by `zlib` and base64, "" until it is made. `page` is the path of the page, `document` that of the
    document; `policy` is the Content-Security-Policy of the page.
    """

    part: Literal["document", "page"]
    document: str
    page: str | None
    packed: str = ""
    policy: str = ""


class ResourceModel(Struct, frozen=True):
    """A declared resource: its kind, name and the options that differ from a bare one."""

    kind: str
    name: str
    options: dict[str, Any]


class FunctionModel(Struct, frozen=True):
    """A declared function. `trigger` is {"kind": …} and the trigger's own fields; `where` is "file:line".

    `around` are its wrappers, the outermost first, and `before` what is asked before its parameters are read. `errors` are
    in the order in which they are compared: a class stands before the classes that it is made of. `limit` is what its route
    declares of its calls, `streams` says whether the handler streams its replies, and `traced` whether each call is a span.
    """

    name: str
    module: str
    attribute: str
    where: str
    asynchronous: bool
    trigger: dict[str, Any]
    parameters: tuple[Parameter, ...]
    grants: tuple[Grant, ...]
    memory: int = 256
    timeout: int = 30
    attempts: int = 3
    backoff: float | None = None
    dead_letter: bool = False
    idempotent: Code | None = None
    environment: tuple[tuple[str, str], ...] = ()
    concurrency: int | None = None
    before: tuple[Provider, ...] = ()
    around: tuple[Provider, ...] = ()
    errors: tuple[ErrorReply, ...] = ()
    auth: AuthModel | None = None
    limit: Code | None = None
    invalid_status: int = 400
    replies: tuple[str, ...] = ()
    """What is done with every reply of an HTTP function: "msgpack", "compress", "problems"."""
    streams: bool = False
    mount: MountModel | None = None
    served: ServedModel | None = None
    traced: bool = False

    @property
    def identifier(self) -> str:
        """The name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def site(self) -> SiteModel | None:
        """The static site that the function serves, None for any other function."""
        return None if self.mount is None else self.mount.site


class NeededImport(Struct, frozen=True):
    """A module of others that the app imports: its first name and the place, "file:line".

    `distributions` provide it where the app was read; `found` says whether it was there at all. `names` are all dotted
    names below it that the app imports, the last part of which may be no module. An import that only stands in for others
    when they are missing has these in `unless`, each by the names of what provides it.
    """

    module: str
    where: str
    distributions: tuple[str, ...]
    found: bool
    names: tuple[str, ...] = ()
    unless: tuple[tuple[str, ...], ...] = ()


class AppModel(Struct, frozen=True):
    """An app: its functions in order of declaration, its resources, and the modules its folder holds."""

    name: str
    functions: tuple[FunctionModel, ...]
    resources: tuple[ResourceModel, ...]
    modules: tuple[str, ...]
    uses: tuple[str, ...] = ()
    """Modules outside the app's folder that its code imports, by first name: what tells an unused dependency."""
    imports: tuple[NeededImport, ...] = ()
    """Those of them that the app's modules cannot do without."""
    reached: tuple[str, ...] = ()
    """The app's own modules that its code imports, also those that only a handler does when it is called."""
    version: str = ""
    """The version that the project's settings give, "" for none."""
    domain: str = ""
    """The domain of the app's HTTP functions, "" for none."""

    def imported(self) -> frozenset[str]:
        """Return every name that may be a module of the app's folder: loaded, imported later, or not there yet."""
        return frozenset((*self.modules, *self.reached, *(name for needed in self.imports for name in needed.names)))

    def http(self) -> tuple[FunctionModel, ...]:
        """Return the HTTP functions."""
        return tuple(function for function in self.functions if function.trigger["kind"] == "http")

    def module_place(self, name: str) -> str:
        """Return "file:1" of a module or package at the top of the app's folder."""
        inside = f"{name}."
        is_package = any(module.startswith(inside) for module in (*self.modules, *self.reached))
        return f"{name}/__init__.py:1" if is_package else f"{name}.py:1"

    def place(self, kind: str, name: str) -> str | None:
        """Return "file:line" of the function that a resource belongs to: the one it feeds, else the first that uses it."""
        fed = (f.where for f in self.functions if f.trigger["kind"] == kind and f.trigger.get(kind) == name)
        held = (f.where for f in self.functions for g in f.grants if (g.kind, g.resource) == (kind, name))
        return next(fed, None) or next(held, None)

    def places(self) -> dict[tuple[str, str], str]:
        """Return the place of every resource by kind and name: the first function that it fires, else that uses it."""
        found: dict[tuple[str, str], str] = {}
        for function in self.functions:
            for kind, name in function.trigger.items():
                if isinstance(name, str):
                    found.setdefault((kind, name), function.where)
        for function in self.functions:
            for grant in function.grants:
                found.setdefault((grant.kind, grant.resource), function.where)
        return found


def providers_of(function: FunctionModel) -> tuple[Provider, ...]:
    """Return every function of the app that runs for a function besides its handler, each once: nested providers first."""
    found: dict[Code, Provider] = {}
    for provider in (*_checks(function), *function.around, *function.before):
        _add(found, provider)
    _add_all(found, function.parameters)
    for reply in function.errors:
        _add(found, reply.provider)
    return tuple(found.values())


def _checks(function: FunctionModel) -> tuple[Provider, ...]:
    return () if function.auth is None or function.auth.check is None else (function.auth.check,)


def parameters_of(function: FunctionModel) -> tuple[Parameter, ...]:
    """Return all parameters that are filled for a function: the handler's own, then those of all its providers."""
    return (*function.parameters, *(p for provider in providers_of(function) for p in provider.parameters))


def with_providers(parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """Return parameters, and those of the providers that they depend on."""
    found: dict[Code, Provider] = {}
    _add_all(found, parameters)
    return (*parameters, *(p for provider in found.values() for p in provider.parameters))


def _add(found: dict[Code, Provider], provider: Provider) -> None:
    if provider.call not in found:
        _add_all(found, provider.parameters)
        found[provider.call] = provider


def _add_all(found: dict[Code, Provider], parameters: Iterable[Parameter]) -> None:
    for parameter in parameters:
        if parameter.provider is not None:
            _add(found, parameter.provider)
