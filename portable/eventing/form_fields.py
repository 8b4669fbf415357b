"""Parameters that are read from a form: one field, or a type of several. It is loaded only for functions that have them."""

from __future__ import annotations

from portable.errors import InvalidInput, MissingInput
from portable.eventing.forms import as_file, as_text
from portable.eventing.uploads import UploadedFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from portable.eventing.forms import Form
    from portable.eventing.request import Request

    Absent = Literal["error", "omit", "none", "empty"]
    Sent = str | UploadedFile
    Decode = Callable[[Any, str], Any]

UNSENT: Any = object()
"""Stands for the value of a field that was not sent."""


def text(convert: Callable[[str, str], Any]) -> Decode:
    """Return the converter of a field that must be text."""

    def decode(value: Sent, at: str) -> Any:
        return convert(value if isinstance(value, str) else as_text(value, at), at)

    return decode


file = as_file
"""The converter of a field that must be a file."""


class Field:
    """One field of a form, with the limits of its values in bytes. A limit of 0 is none.

    What a browser sends for an input that nobody filled counts as not sent: a file without name and content, and, with
    `blank`, an empty text. `many` is for a list, whose values are all that were sent; else the last one counts.
    `absent` says what a type gets for a field that was not sent: nothing, so that its default holds ("omit"), None, an
    empty list, or an error.
    """

    def __init__(
        self,
        name: str,
        decode: Decode,
        *,
        absent: Absent = "error",
        many: bool = False,
        blank: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.name = name
        self.at = f"body.{name}"
        self.absent = absent
        self._decode = decode
        self._many = many
        self._blank = blank
        self._limits = limits

    def sent(self, request: Request) -> bool:
        """Return whether a request has a value of the field."""
        if not request.body:
            return False
        values = request.form().getlist(self.name)
        return any(not self._is_empty(value) for value in (values if self._many else values[-1:]))

    def value(self, request: Request) -> Any:
        """Return the value of a request. Raises InvalidInput: 400 for a wrong or missing value, 413 over a limit."""
        found = self.of(request.form())
        if found is not UNSENT:
            return found
        if self._many:
            return self._decode([], self.at)
        raise MissingInput(self.at)

    def of(self, form: Form) -> Any:
        """Return the value in a form, UNSENT if it has none."""
        if self._many:
            return self._all(form)
        value = form.get(self.name)
        if value is None or self._is_empty(value):
            return UNSENT
        if self._limits is not None:
            self._limits.check([(self.at, value)], self.at)
        return self._decode(value, self.at)

    def _all(self, form: Form) -> Any:
        values = [value for value in form.getlist(self.name) if not self._is_empty(value)]
        if not values:
            return UNSENT
        if self._limits is not None:
            self._limits.check([(self.at, value) for value in values], self.at)
        return self._decode(values, self.at)

    def _is_empty(self, value: Sent) -> bool:
        if isinstance(value, str):
            return self._blank and not value
        return not value.filename and not value.size


class Limits:
    """The most bytes of one text, of one file, and of all values together. 0 is no limit."""

    def __init__(self, text: int = 0, file: int = 0, total: int = 0) -> None:
        self._text = text
        self._file = file
        self._total = total

    def check(self, values: list[tuple[str, Sent]], whole: str) -> None:
        """Raise InvalidInput (413) for a value over its limit, or for all of them. Each value comes with its place."""
        together = 0
        for at, value in values:
            size = len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else value.size
            most = self._text if isinstance(value, str) else self._file
            if most and size > most:
                raise InvalidInput(f"has {size} bytes, but the limit is {most}", at, 413)
            together += size
        if self._total and together > self._total:
            raise InvalidInput(f"has {together} bytes in all, but the limit is {self._total}", whole, 413)
