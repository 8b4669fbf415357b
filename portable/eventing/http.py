"""The HTTP trigger, such as `http.get("/photos/{name}")`, and the markers for headers and cookies."""

from __future__ import annotations

from portable.base.values import Value, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

MAX_BODY = 4_194_304
"""The default limit of a body, in bytes. Encoded in base64 it still fits every target."""


class Header(Value):
    """Marks a parameter that is read from a request header, as in `Annotated[str, http.Header("x-id")]`."""

    name: str

    def __check__(self) -> None:
        _check_token("header", self.name)


class Cookie(Value):
    """Marks a parameter that is read from a cookie, as in `Annotated[str, http.Cookie("session")]`."""

    name: str

    def __check__(self) -> None:
        _check_token("cookie", self.name)


def _check_token(what: str, name: object) -> None:
    from portable.eventing.multidict import TOKEN

    if not isinstance(name, str) or not name or not TOKEN.issuperset(name):
        raise wrong(f"{name!r} is not a valid {what} name. Use letters, digits and !#$%&'*+-.^_`|~")


class Cors(Value):
    """Who may call a path from a browser (Fetch standard).

    `origins` are sites such as `https://shop.example`, or `*` for all. `headers` are the request headers that a browser
    may send; empty means all. `expose` are the response headers that it may read. It may cache the preflight for
    `max_age` seconds. With `credentials` it may send cookies; this needs named origins. Raises DeclarationError.
    """

    origins: tuple[str, ...] = ("*",)
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int = 600
    credentials: bool = False

    def __check__(self) -> None:
        if self.credentials and "*" in self.origins:
            raise wrong("Cors(credentials=True) must name its origins. With * any site could act as the user")
        for field in ("origins", "headers", "expose"):
            values = getattr(self, field)
            if not isinstance(values, tuple) or not all(isinstance(value, str) for value in values):
                raise wrong(f"Cors({field}={values!r}) must be a tuple of text")


class HttpTrigger(Value):
    """An HTTP method and path.

    `method` is upper case, or `*` for any. `max_body` is in bytes. `auth=None` means public.
    """

    kind: ClassVar[str] = "http"
    method: str
    path: str
    cors: Cors | None = None
    max_body: int = MAX_BODY
    auth: None = None


def _trigger(method: str, path: str, cors: Cors | Sequence[str] | str | None, max_body: int, auth: None) -> HttpTrigger:
    if isinstance(cors, str):
        cors = Cors((cors,))
    elif cors is not None and not isinstance(cors, Cors):
        if not isinstance(cors, (list, tuple)):
            raise wrong(f"cors={cors!r} must be an origin, a list of origins or Cors(…)")
        cors = Cors(tuple(cors))
    return HttpTrigger(method, path, cors, max_body, auth)


def get(
    path: str, cors: Cors | Sequence[str] | str | None = None, max_body: int = MAX_BODY, auth: None = None
) -> HttpTrigger:
    """Call the function for GET and HEAD on `path`.

    In a path `{x}` is one segment, and `{x:path}` is the rest, which may be empty. `cors` is an origin, a list of
    origins or `http.Cors(…)`. A body may have `max_body` bytes (4 MiB); a larger one gets 413. `auth=None` means that
    the path is public. The other methods take the same options. Raises DeclarationError.
    """
    return _trigger("GET", path, cors, max_body, auth)


def post(
    path: str, cors: Cors | Sequence[str] | str | None = None, max_body: int = MAX_BODY, auth: None = None
) -> HttpTrigger:
    """Call the function for POST on `path`."""
    return _trigger("POST", path, cors, max_body, auth)


def put(
    path: str, cors: Cors | Sequence[str] | str | None = None, max_body: int = MAX_BODY, auth: None = None
) -> HttpTrigger:
    """Call the function for PUT on `path`."""
    return _trigger("PUT", path, cors, max_body, auth)


def patch(
    path: str, cors: Cors | Sequence[str] | str | None = None, max_body: int = MAX_BODY, auth: None = None
) -> HttpTrigger:
    """Call the function for PATCH on `path`."""
    return _trigger("PATCH", path, cors, max_body, auth)


def delete(
    path: str, cors: Cors | Sequence[str] | str | None = None, max_body: int = MAX_BODY, auth: None = None
) -> HttpTrigger:
    """Call the function for DELETE on `path`."""
    return _trigger("DELETE", path, cors, max_body, auth)


def any(  # noqa: A001
    path: str, cors: Cors | Sequence[str] | str | None = None, max_body: int = MAX_BODY, auth: None = None
) -> HttpTrigger:
    """Call the function for every method on `path` that no other function declares. OPTIONS never calls it."""
    return _trigger("*", path, cors, max_body, auth)
