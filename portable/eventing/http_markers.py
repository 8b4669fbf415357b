"""The markers of parameters that are read from headers, cookies and forms. A function without them does not load this module."""

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


class Form(Value):
    """Marks a parameter that is read from a posted form: `Annotated[Signup, http.Form]`.

    The type is a class whose fields are those of the form, or that of one field: text, a number, `UploadedFile` or a
    list of one. `name` is the field of a parameter on its own, if it is not called like the parameter.

    `max_field` is the largest size of a text, `max_file` that of a file and `max_total` that of all values that the
    parameter takes, in bytes. A form that has more gets 413. A field of a class may have limits of its own:
    `Annotated[UploadedFile, http.Form(max_file=100_000)]`. The route's `max_body` holds for the whole form in any case.
    Raises DeclarationError.
    """

    name: str | None = None
    max_field: int | None = None
    max_file: int | None = None
    max_total: int | None = None

    def __check__(self) -> None:
        if self.name is not None and (not isinstance(self.name, str) or not self.name):
            raise wrong(f"http.Form({self.name!r}): the name of a field must be text")
        for option in ("max_field", "max_file", "max_total"):
            most = getattr(self, option)
            if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
                raise wrong(f"http.Form({option}={most!r}) must be a number of bytes, at least 1")


def _check_token(what: str, name: object) -> None:
    if not isinstance(name, str) or not name or not TOKEN.issuperset(name):
        raise wrong(f"{name!r} is not a valid {what} name. Use letters, digits and !#$%&'*+-.^_`|~")
