"""The clients of a bucket, one class per permission: they check arguments and call the driver of the runtime.

The type of the parameter is the permission. Keys, metadata, content types and ranges are checked by the portable rules
(`portable.storage.keys`) before any driver is called. So what works on one store works on every store.
"""

from __future__ import annotations

from portable.base.client import Client
from portable.errors import InvalidRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from portable.storage.chunks import Data
    from portable.storage.driver import BucketDriver
    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page
    from portable.storage.writing import ObjectWriter

READS: dict[str, str] = dict.fromkeys(("get", "open", "head", "exists", "list"), "BucketReader or BucketReadWriter")
WRITES: dict[str, str] = dict.fromkeys(("put", "writer", "delete"), "BucketWriter or BucketReadWriter")
COPIES: dict[str, str] = {"copy": "BucketReadWriter"}
SIGNS: dict[str, str] = dict.fromkeys(("signed_url", "signed_upload_url"), "BucketSigner")


class _Of(Client):
    __slots__ = ()
    kind = "bucket"
    if TYPE_CHECKING:

        def _connect(self) -> BucketDriver: ...


class _Reads(_Of):
    __slots__ = ()

    def get(self, key: str, range: Range | None = None, if_match: str | None = None) -> bytes:  # noqa: A002
        """Return the bytes of the object, or of a range: (start, end), (start, None), or (-n, None) for the last n.

        `end` is not included. It may be beyond the object. With `if_match`, Conflict is raised unless the object has this
        etag. Raises NotFound, InvalidKey, InvalidRange, InvalidValue.
        """
        from portable.storage.keys import check_etag, check_key, check_range

        try:
            return self._connect().get(check_key(key), check_range(range), check_etag(if_match))
        except InvalidRange as error:
            error.value = range
            raise

    def open(self, key: str) -> BinaryIO:
        """Return a seekable binary file that reads the object in bounded memory. Use it in a `with` block.

        It reads the object as it was when it was opened. If the object was replaced or deleted and the old bytes are
        gone, Conflict is raised. Raises NotFound, InvalidKey.
        """
        from portable.storage.keys import check_key

        return self._connect().open(check_key(key))

    def head(self, key: str) -> ObjectInfo:
        """Return the object's size, etag, content type, metadata and time. Raises NotFound, InvalidKey."""
        from portable.storage.keys import check_key

        return self._connect().head(check_key(key))

    def exists(self, key: str) -> bool:
        """Return whether the object exists. Raises InvalidKey."""
        from portable.errors import NotFound

        try:
            self.head(key)
        except NotFound:
            return False
        return True

    def list(self, prefix: str = "", delimiter: str | None = None, limit: int = 1000, page: str | None = None) -> Page:
        """Return one page of the objects whose keys begin with `prefix`, in the order of their UTF-8 bytes.

        With a delimiter, keys that contain it after the prefix are grouped in `prefixes`, each up to and including the
        delimiter. `limit` (1 to 1,000) counts objects and prefixes together. `page` is the `next` of the previous page.
        Raises InvalidKey, InvalidValue.
        """
        from portable.storage.keys import check_delimiter, check_limit, check_prefix

        return self._connect().list(check_prefix(prefix), check_delimiter(delimiter), check_limit(limit), page)


class _Writes(_Of):
    __slots__ = ()

    def put(
        self,
        key: str,
        data: Data,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Store bytes, or the bytes of a binary file or an iterator (in bounded memory): all of them or nothing.

        `if_absent` stores only if the key is free. `if_match` stores only if the object still has that etag. Else
        Conflict is raised. With a condition, a file or iterator may have at most 32 MiB (TooLarge). Raises InvalidKey,
        InvalidValue.
        """
        from portable.storage.chunks import PART, check_whole, pieces, prepend, whole
        from portable.storage.driver import ALWAYS, check_attributes, check_condition
        from portable.storage.keys import check_key

        check_key(key)
        attributes, condition = check_attributes(content_type, metadata), check_condition(if_absent, if_match)
        octets = whole(data)
        if octets is not None:
            return self._connect().put(key, octets, attributes, condition)
        stream = pieces(data)
        first = next(stream, b"")
        if len(first) < PART:
            return self._connect().put(key, first, attributes, condition)
        stream = prepend(first, stream)
        del first  # frees its memory while the rest is sent
        if condition is ALWAYS:
            return self._connect().put_stream(key, stream, attributes)
        held = bytearray()
        for piece in stream:
            held += piece
            check_whole(len(held))
        return self._connect().put(key, bytes(held), attributes, condition)

    def writer(
        self, key: str, content_type: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> ObjectWriter:
        """Return a binary file that writes the object in bounded memory. Use it in a `with` block.

        The whole object appears when the block ends. If the block raises, nothing is changed.
        """
        from portable.storage.driver import check_attributes
        from portable.storage.keys import check_key

        return self._connect().writer(check_key(key), check_attributes(content_type, metadata))

    def delete(self, key: str) -> None:
        """Delete the object. It is not an error if the object does not exist. Raises InvalidKey."""
        from portable.storage.keys import check_key

        self._connect().delete(check_key(key))


class BucketReader(_Reads):
    """Reads objects."""

    __slots__ = ()
    actions = ("get", "list")
    granted_by = WRITES | COPIES | SIGNS


class BucketWriter(_Writes):
    """Writes and deletes objects. It cannot read."""

    __slots__ = ()
    actions = ("put", "delete")
    granted_by = READS | COPIES | SIGNS


class BucketReadWriter(_Reads, _Writes):
    """Reads, writes, deletes and copies objects."""

    __slots__ = ()
    actions = ("get", "list", "put", "delete")
    granted_by = SIGNS

    def copy(self, source: str, target: str) -> None:
        """Copy an object with its content type and metadata within the bucket. A copy to the same key changes nothing.

        Raises NotFound if the source does not exist, InvalidKey.
        """
        from portable.storage.keys import check_key

        self._connect().copy(check_key(source), check_key(target))


class BucketSigner(_Of):
    """Makes URLs that allow anyone who has them to read or write one object for a limited time."""

    __slots__ = ()
    actions = ("sign",)
    granted_by = READS | WRITES | COPIES

    def signed_url(self, key: str, expires: int = 3600) -> str:
        """Return a URL that returns the object for GET during `expires` seconds (1 to 604,800). No service is called.

        Raises InvalidKey, InvalidValue; UnsupportedError if the bucket is a folder or in memory.
        """
        from portable.storage.keys import check_expires, check_key

        return self._connect().signed_url(check_key(key), "GET", check_expires(expires))

    def signed_upload_url(self, key: str, expires: int = 3600) -> str:
        """Return a URL that stores the object by PUT during `expires` seconds (1 to 604,800).

        On Azure the uploader must send the header `x-ms-blob-type: BlockBlob`; other providers ignore it. Raises the
        errors of signed_url.
        """
        from portable.storage.keys import check_expires, check_key

        return self._connect().signed_url(check_key(key), "PUT", check_expires(expires))
