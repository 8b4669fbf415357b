"""`UploadedFile`: a file of a posted form. One over `SPOOLED` bytes is in a temporary file and not in memory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from portable.eventing.spooled import Spooled

SPOOLED = 1_048_576
"""A file with more bytes than this is held in a temporary file."""

FILE_SCHEMA = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
"""The JSON Schema of a file, as OpenAPI describes a part of a form."""


class UploadedFile:
    """A file of a multipart form, or one that a test makes: `UploadedFile("a.png", "image/png", b"…")`.

    `filename` is its name on the client, so do not use it as a path without a check. `content_type` is its media type,
    which the client chose as well, and `size` the number of its bytes. A file of more than 1 MiB is in a temporary
    file, which is removed when the request is over; `open()` reads it without holding all of it in memory.
    """

    __slots__ = ("_content", "_content_type", "_filename")

    def __init__(self, filename: str, content_type: str, content: bytes) -> None:
        self._filename = filename
        self._content_type = content_type
        self._content: bytes | Spooled = content

    @property
    def filename(self) -> str:
        """The name of the file on the client. It may hold any character, also slashes."""
        return self._filename

    @property
    def content_type(self) -> str:
        """The media type that the client gave, without parameters. "text/plain" if it gave none."""
        return self._content_type

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._content)

    @property
    def content(self) -> bytes:
        """All bytes, as `read()` returns them."""
        return self.read()

    def read(self) -> bytes:
        """Return all bytes."""
        return self._content if isinstance(self._content, bytes) else self._content.read()

    def open(self) -> BinaryIO:
        """Return a new binary file for reading, at its beginning. It can be read as long as it is not closed."""
        if not isinstance(self._content, bytes):
            return self._content.open()
        from io import BytesIO

        return BytesIO(self._content)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UploadedFile):
            return NotImplemented
        return self._key() == other._key() and self.read() == other.read()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make an equal file, so that it can be copied and pickled."""
        return UploadedFile, (self._filename, self._content_type, self.read())

    def __repr__(self) -> str:
        return f"UploadedFile({self._filename!r}, {self._content_type!r}, {self.size} bytes)"

    def _key(self) -> tuple[str, str, int]:
        return self._filename, self._content_type, self.size

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        """Tell pydantic that a field of this type takes such a file as it is."""
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, str]:
        """Tell pydantic how a file is described."""
        return dict(FILE_SCHEMA)


def uploaded(filename: str, content_type: str, content: memoryview) -> UploadedFile:
    """Return a file of a form. Its bytes are copied once: to memory, or to a temporary file if they are many."""
    made = UploadedFile(filename, content_type, b"")
    made._content = bytes(content) if len(content) <= SPOOLED else _spooled(content)
    return made


def _spooled(content: memoryview) -> bytes | Spooled:
    from portable.eventing.spooled import Spooled

    try:
        return Spooled(content)
    except OSError:  # the host has no place for files, or the place is full
        return bytes(content)
