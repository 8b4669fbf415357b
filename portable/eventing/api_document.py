"""`http.openapi`: takes the paths of an app's OpenAPI document and of its page; returns what declares both."""

from __future__ import annotations

import sys

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal

    from portable.eventing.auth import Auth
    from portable.eventing.cors import Cors


class ApiDocument(Value):
    """The OpenAPI document of an app at `path`, and its page at `page`, if that is not None.

    Each is a function: `name`, and `name` with `-page`. `route` are options of their triggers, `options` those of the
    functions, as far as they are given. `module` and `place`, "file:line", are where it is declared.
    """

    path: str
    page: str | None
    name: str
    route: Mapping[str, Any]
    options: Mapping[str, Any]
    module: str
    place: str


def page_name(name: str) -> str:
    """Return the name of the function of a page, by that of its document."""
    return f"{name}-page"


def openapi(
    path: str = "/openapi.json",
    *,
    page: str | None = None,
    name: str = "openapi",
    memory: int | None = None,
    timeout: int | None = None,
    cors: Cors | Sequence[str] | str | None = None,
    auth: Auth | Literal["inherited"] | None = "inherited",
) -> ApiDocument:
    """Declare that the OpenAPI document of the app answers GET at `path`, and a page that shows it at `page`.

    The document is made when the app is packaged. It describes the functions of the app, and not itself. `name` is that
    of its function; the page's is `name` with `-page`. `cors` and `auth` are those of `http.get`, `memory` and `timeout`
    those of `@function`. Raises DeclarationError.
    """
    frame = sys._getframe(1)
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    for given in (path, page):
        if given is not None and (not isinstance(given, str) or given[:1] != "/" or "{" in given):
            raise wrong(f'path {given!r} of an OpenAPI document must start with "/" and hold no parameters', place)
    if path == page:
        raise wrong(f"the document and its page cannot have the same path {path!r}", place)
    for wanted in (name, *([] if page is None else [page_name(name)])):
        check_name("function", wanted, "", place)
    route = {"auth": auth, "limit": None} if cors is None else {"auth": auth, "limit": None, "cors": cors}
    options = {key: value for key, value in (("memory", memory), ("timeout", timeout)) if value is not None}
    return ApiDocument(path, page, name, route, options, frame.f_globals["__name__"], place)
