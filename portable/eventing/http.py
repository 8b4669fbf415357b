"""The HTTP trigger, such as `http.get("/photos/{name}")`.

`Cors`, the markers for headers and cookies, and what `auth=` takes are imported when they are first used.
"""

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any, ClassVar, Literal

    from portable.eventing.api_document import openapi as openapi
    from portable.eventing.auth import Auth
    from portable.eventing.auth import api_key as api_key
    from portable.eventing.auth import basic as basic
    from portable.eventing.auth import jwt as jwt
    from portable.eventing.auth import signature as signature
    from portable.eventing.auth import signed_in as signed_in
    from portable.eventing.cors import Cors as Cors
    from portable.eventing.http_errors import errors as errors
    from portable.eventing.http_group import Group as Group
    from portable.eventing.http_markers import Cookie as Cookie
    from portable.eventing.http_markers import Form as Form
    from portable.eventing.http_markers import Header as Header
    from portable.eventing.limits import Rate
    from portable.eventing.limits import rate as rate
    from portable.eventing.mounting import asgi as asgi
    from portable.eventing.mounting import resource as resource
    from portable.eventing.mounting import static as static
    from portable.eventing.mounting import wsgi as wsgi
    from portable.eventing.server_events import ServerEvent as ServerEvent

    WhoMayCall = Auth | Literal["inherited"] | None
    HowOften = Rate | Sequence[Rate] | Literal["inherited"] | None

MAX_BODY = 4_194_304
"""The default limit of a body, in bytes. Encoded in base64 it still fits every target."""
INHERITED: Literal["inherited"] = "inherited"


class HttpTrigger(Value):
    """An HTTP method and path.

    `method` is upper case, or `*` for any. `max_body` is in bytes. `auth` says who may call: None is everybody,
    "inherited" is what the group or the app says. `group` is the `http.group` that the route was made by. `limit` says how
    many calls are let in, in the same words as `auth`.
    """

    kind: ClassVar[str] = "http"
    method: str
    path: str
    cors: Cors | None = None
    max_body: int = MAX_BODY
    auth: WhoMayCall = INHERITED
    group: Any = None
    limit: HowOften = INHERITED


def _trigger(
    method: str,
    path: str,
    cors: Cors | Sequence[str] | str | None,
    max_body: int,
    auth: WhoMayCall,
    limit: HowOften,
) -> HttpTrigger:
    if isinstance(limit, list):
        limit = tuple(limit)
    if cors is None:
        return HttpTrigger(method, path, None, max_body, auth, None, limit)
    from portable.eventing.cors import made

    return HttpTrigger(method, path, made(cors), max_body, auth, None, limit)


def get(
    path: str,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int = MAX_BODY,
    auth: WhoMayCall = INHERITED,
    limit: HowOften = INHERITED,
) -> HttpTrigger:
    """Call the function for GET and HEAD on `path`.

    In a path `{x}` is one segment, and `{x:path}` is the rest, which may be empty. `cors` is an origin, a list of
    origins or `http.Cors(…)`. A body may have `max_body` bytes (4 MiB); a larger one gets 413. `auth` says who may
    call: `http.jwt`, `http.api_key`, `http.basic`, `http.signature` or `http.signed_in`; None is everybody. Without it,
    what the group says holds, else `[tool.portable.http] auth`, else the path is public. `limit` says how many calls are
    let in: `http.rate`, a list of these, or None. Without it, the group or `[tool.portable.http] limit` says it. The other
    methods take the same options. Raises DeclarationError.
    """
    return _trigger("GET", path, cors, max_body, auth, limit)


def post(
    path: str,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int = MAX_BODY,
    auth: WhoMayCall = INHERITED,
    limit: HowOften = INHERITED,
) -> HttpTrigger:
    """Call the function for POST on `path`."""
    return _trigger("POST", path, cors, max_body, auth, limit)


def put(
    path: str,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int = MAX_BODY,
    auth: WhoMayCall = INHERITED,
    limit: HowOften = INHERITED,
) -> HttpTrigger:
    """Call the function for PUT on `path`."""
    return _trigger("PUT", path, cors, max_body, auth, limit)


def patch(
    path: str,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int = MAX_BODY,
    auth: WhoMayCall = INHERITED,
    limit: HowOften = INHERITED,
) -> HttpTrigger:
    """Call the function for PATCH on `path`."""
    return _trigger("PATCH", path, cors, max_body, auth, limit)


def delete(
    path: str,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int = MAX_BODY,
    auth: WhoMayCall = INHERITED,
    limit: HowOften = INHERITED,
) -> HttpTrigger:
    """Call the function for DELETE on `path`."""
    return _trigger("DELETE", path, cors, max_body, auth, limit)


def any(  # noqa: A001
    path: str,
    cors: Cors | Sequence[str] | str | None = None,
    max_body: int = MAX_BODY,
    auth: WhoMayCall = INHERITED,
    limit: HowOften = INHERITED,
) -> HttpTrigger:
    """Call the function for every method on `path` that no other function declares.

    HEAD goes to the function that has GET, if there is one. OPTIONS calls this function too, unless a function of the
    path has `cors`: then a preflight is answered without a call.
    """
    return _trigger("*", path, cors, max_body, auth, limit)


def group(
    prefix: str,
    auth: WhoMayCall = INHERITED,
    cors: Cors | Sequence[str] | str | None = None,
    tags: Sequence[str] = (),
    before: Sequence[Callable[..., Any]] = (),
    around: Sequence[Callable[..., Any]] = (),
    limit: HowOften = INHERITED,
) -> Group[HttpTrigger]:
    """Return a group: `v1 = http.group("/v1")` has `v1.get("/orders")` and the other verbs, which are triggers.

    `prefix` goes before the path of each route; it may hold parameters. `auth`, `cors` and `limit` are those of `http.get`,
    for every route that does not give its own. `tags` are the tags of its operations in an OpenAPI document. `before` and
    `around` are those of `function`, for every function of the group. Raises DeclarationError.
    """
    found: Group[HttpTrigger] = _late("group").made(HttpTrigger, prefix, auth, cors, tags, before, around, limit)
    return found


_LATE = {
    "Header": "http_markers",
    "Cookie": "http_markers",
    "Form": "http_markers",
    "Cors": "cors",
    "ServerEvent": "server_events",
    "jwt": "auth",
    "api_key": "auth",
    "basic": "auth",
    "signature": "auth",
    "signed_in": "auth",
    "rate": "limits",
    "errors": "http_errors",
    "Group": "http_group",
    "group": "http_group",
    "asgi": "mounting",
    "wsgi": "mounting",
    "static": "mounting",
    "resource": "mounting",
    "openapi": "api_document",
}
"""Public names that few functions use, and what they need. These modules ship only with an app that names them."""


def _late(name: str) -> ModuleType:
    from importlib import import_module

    return import_module(f"portable.eventing.{_LATE[name]}")


def __getattr__(name: str) -> object:
    """Import a name of `_LATE` when it is first used (PEP 562). Packaging knows them by `_LATE`, too."""
    if name not in _LATE:
        raise AttributeError(f"module 'portable.eventing.http' has no attribute {name!r}")
    return getattr(_late(name), name)


def __dir__() -> list[str]:
    """List the names, those of `_LATE` included."""
    return sorted({*globals(), *_LATE})
