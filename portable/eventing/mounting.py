"""`http.asgi`, `http.wsgi` and `http.static`: take an app that exists already, or a site; return its declaration as one function."""

from __future__ import annotations

import sys

from portable.base.values import Value, check_name, wrong
from portable.eventing.site import Site, is_served

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, TypeVar

    from portable.eventing.auth import Auth
    from portable.eventing.cors import Cors
    from portable.eventing.limits import Rate

    HowOften = Rate | Sequence[Rate] | Literal["inherited"] | None
    C = TypeVar("C")

SCOPE = "portable"
"""The key of an ASGI scope under which an app finds its resources."""
ENVIRON = "portable.resources"
"""The same of a WSGI environment, in which a key without a dot stands for text (PEP 3333)."""


class Mount(Value):
    """An app that exists already, or a static site, as one function called `name`.

    `protocol` is "asgi", "wsgi" or "static"; `app` is the app itself, "module:name", or the `Site`. `prefix` is the path below which it
    answers, without a slash at its end: "" is every path. `route` are options of its trigger, `options` those of its
    function, as far as they are given. `module` and `place`, "file:line", are where it is declared.
    """

    protocol: str
    app: Any
    prefix: str
    name: str
    resources: tuple[Any, ...]
    route: Mapping[str, Any]
    options: Mapping[str, Any]
    module: str
    place: str


def asgi(
    path: str,
    app: Any,
    resources: Sequence[Any] = (),
    *,
    name: str | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    environment: Mapping[str, str] | None = None,
    concurrency: int | None = None,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int | None = None,
    auth: Auth | Literal["inherited"] | None = "inherited",
    limit: HowOften = "inherited",
) -> Mount:
    """Declare that an ASGI app answers every method of every path at and below `path`. It is one function.

    `app` is the app (FastAPI, Starlette, Litestar, Django and others), or "module:name", which is imported only when
    the function starts; "module:name()" calls it to get the app. The routes of other functions win. `resources` are
    `Annotated[<client>, <resource>]`: what `http.resource` gives to the app, and all that the app may touch. `name` is
    the function's; by default it is made of the path, "web" for "/". The other options are those of `@function` and
    `http.any`. The startup of the app runs once in each instance, before its first request. Raises DeclarationError.
    """
    route = _given({"cors": cors, "max_body": max_body}) | {"auth": auth, "limit": limit}
    options = {"memory": memory, "timeout": timeout, "environment": environment, "concurrency": concurrency}
    return _mount("asgi", path, app, resources, name, route, options)


def wsgi(
    path: str,
    app: Any,
    resources: Sequence[Any] = (),
    *,
    name: str | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    environment: Mapping[str, str] | None = None,
    concurrency: int | None = None,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int | None = None,
    auth: Auth | Literal["inherited"] | None = "inherited",
    limit: HowOften = "inherited",
) -> Mount:
    """Declare that a WSGI app (Flask, Django, Bottle and others) answers at and below `path`, as `http.asgi` does."""
    route = _given({"cors": cors, "max_body": max_body}) | {"auth": auth, "limit": limit}
    options = {"memory": memory, "timeout": timeout, "environment": environment, "concurrency": concurrency}
    return _mount("wsgi", path, app, resources, name, route, options)


def static(
    path: str,
    folder: str,
    *,
    fallback: str | None = None,
    immutable: Sequence[str] | str = (),
    cdn: bool = False,
    name: str | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    cors: Cors | Sequence[str] | str | None = None,
    auth: Auth | Literal["inherited"] | None = "inherited",
) -> Mount:
    """Declare that the files of a folder answer GET and HEAD at and below `path`. The routes of functions win.

    `folder` is a path in the app's folder. A path that ends with a slash is the `index.html` there. `fallback`, such as
    "index.html", is sent for a path that no file has, unless its last part has a dot or its first part is one that functions
    have. `immutable` names folders and files, such as "assets/", whose names change with their bytes: browsers never ask for
    them again. Names with a hash of hexadecimal digits are known as such. With `cdn` the provider's network serves the site
    where the target has one; the site's path must be "/" then, and everybody may see it. The other options are those of `http.asgi`.
    Raises DeclarationError.
    """
    place = _place(1)
    if not isinstance(folder, str) or not is_served(folder.removesuffix("/").split("/")):
        raise wrong(f'folder {folder!r} must be the path of a folder below that of the app, such as "web/"', place)
    if fallback is not None and not (isinstance(fallback, str) and is_served(fallback.split("/"))):
        raise wrong(f'fallback={fallback!r} must be the path of a file in the folder, such as "index.html"', place)
    kept = (immutable,) if isinstance(immutable, str) else tuple(immutable)
    if not all(isinstance(each, str) and each.strip("/") for each in kept):
        raise wrong(
            f'immutable={immutable!r} must be names of folders and files in the folder, such as "assets/"', place
        )
    if cdn and (path != "/" or cors is not None or auth not in (None, "inherited")):
        raise wrong('cdn=True is for a site at "/" without auth= and cors=: the network asks nobody', place)
    site = Site(folder.removesuffix("/"), fallback, kept, cdn=cdn)
    options = {"memory": memory, "timeout": timeout}
    return _mount("static", path, site, (), name, _given({"cors": cors}) | {"auth": auth, "limit": None}, options)


def _place(depth: int) -> str:
    """Return the line of the app that calls a function of this module; `depth` is how far away that call is."""
    frame = sys._getframe(depth + 1)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _mount(
    protocol: str,
    path: Any,
    app: Any,
    resources: Any,
    name: str | None,
    route: dict[str, Any],
    options: dict[str, Any],
) -> Mount:
    place = _place(2)
    if not isinstance(path, str) or path[:1] != "/" or "{" in path:
        raise wrong(f'path {path!r} must start with "/" and hold no parameters', place)
    if isinstance(resources, str) or not hasattr(resources, "__iter__"):
        raise wrong(f"resources={resources!r} must be a tuple of Annotated[<client>, <resource>]", place)
    if isinstance(app, str):
        module, colon, attribute = app.removesuffix("()").partition(":")
        if not colon or not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
            raise wrong(f'app {app!r} must be "module:name", or "module:name()" for a function that makes it', place)
    elif protocol != "static" and not callable(app):
        raise wrong(f'app {app!r} is no {protocol.upper()} app: give the app, or "module:name"', place)
    prefix = path.rstrip("/")
    named = name if name is not None else _name_of(prefix)
    check_name("function", named, "" if name is not None else '. Give it one by name="…"', place)
    module = sys._getframe(2).f_globals["__name__"]
    return Mount(protocol, app, prefix, named, tuple(resources), route, _given(options), module, place)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _name_of(prefix: str) -> str:
    """Return the name of a function that is mounted below a path: "/v1/shop" is "v1-shop", and "" is "web"."""
    return "-".join(part for part in prefix.lower().replace("_", "-").split("/") if part) or "web"


def resource(request: Any, declared: Value, client: type[C]) -> C:
    """Return the client of a resource, in an app that is mounted by `http.asgi` or `http.wsgi`.

    `request` is the request of the app's framework, an ASGI scope or a WSGI environment. `client` is the type that the
    app's `resources` declare for this resource; `str` for a secret or a setting.

    Raises PermissionDenied for what `resources` do not declare, ConfigurationError for a request that did not come
    through portable.
    """
    given = request if isinstance(request, dict) else getattr(request, "scope", None)
    if not isinstance(given, dict):
        given = getattr(request, "environ", None)
    found = given.get(SCOPE) or given.get(ENVIRON) if isinstance(given, dict) else None
    if found is None:
        from portable.errors import ConfigurationError

        raise ConfigurationError(
            f"{request!r} did not come through http.asgi or http.wsgi, so it has no resources: in a test, send it by "
            "cloud.http"
        )
    return found.get(declared, client)  # type: ignore[no-any-return]
