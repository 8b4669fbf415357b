"""The markers of parameters that are read from headers and cookies. A function without them does not load this module."""

from __future__ import annotations

from portable.base.values import Value, wrong
from portable.eventing.multidict import TOKEN


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
    if not isinstance(name, str) or not name or not TOKEN.issuperset(name):
        raise wrong(f"{name!r} is not a valid {what} name. Use letters, digits and !#$%&'*+-.^_`|~")
