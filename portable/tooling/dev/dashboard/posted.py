"""What a form of a page sent: takes a request; returns its fields and files."""

from __future__ import annotations

from starlette.requests import Request

from portable.errors import InvalidInput, PortableError
from portable.eventing import forms
from portable.eventing.request import Request as Sent
from portable.eventing.uploads import UploadedFile

MOST = 64 * 1024 * 1024
"""The most bytes that a form may bring, a file included."""


class TooMuch(PortableError):
    """A form brings more than a page takes."""


class Form:
    """The fields and files of a form."""

    def __init__(self, found: forms.Form) -> None:
        self._found = found

    def text(self, name: str, default: str = "") -> str:
        """Return a field, with the ends of lines that this machine has."""
        value = self._found.get(name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else default

    def given(self, name: str) -> bool:
        """Return whether a field was sent, as a ticked box is."""
        return self._found.get(name) is not None

    def pairs(self, name: str, mark: str) -> list[tuple[str, str]]:
        """Return the names and values of a field with one of them on each line. Raises InvalidInput."""
        found = []
        for line in filter(None, map(str.strip, self.text(name).splitlines())):
            key, given, value = line.partition(mark)
            if not given or not key.strip():
                raise InvalidInput(f"{line!r} must have the form name{mark}value", name)
            found.append((key.strip(), value.strip()))
        return found

    def file(self, name: str) -> UploadedFile | None:
        """Return a file, None if none was chosen."""
        return next(iter(self.files(name)), None)

    def files(self, name: str) -> list[UploadedFile]:
        """Return the files of a field; a browser sends an empty one without a name if none was chosen."""
        found = self._found.getlist(name)
        return [each for each in found if isinstance(each, UploadedFile) and (each.filename or each.size)]


NOTHING = Form(forms.Form([]))
"""What a form has that was not sent yet."""


async def read_form(request: Request) -> Form:
    """Return the form of a request. Raises InvalidInput for one that cannot be read, TooMuch for one that is too large."""
    parts, count = [], 0
    async for part in request.stream():
        count += len(part)
        if count > MOST:
            raise TooMuch(
                f"a form may bring at most {MOST // 1024 // 1024} MB; send a larger file with `portable bucket`"
            )
        parts.append(part)
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    return Form(Sent("POST", "/", "", pairs, b"".join(parts), "").form())
