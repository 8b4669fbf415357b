# Made from portable/storage/clients.py by tools/twins.py: change that file, then run the tool.
"""The clients of a bucket, one class per permission: checked arguments go to the driver of the runtime.

The type of the parameter is the permission. Keys, metadata, content types and ranges are checked here by the portable
rule (`portable.storage.keys`), before any store sees them, so what one store takes every store takes.
"""

from __future__ import annotations

from portable.base.client import Client
from portable.errors import InvalidRange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from portable.storage.chunks import AsyncData
    from portable.storage.driver import AsyncBucketDriver
    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page
    from portable.storage.opened import OpenedObject
    from portable.storage.writing import AsyncWriter

READS: dict[str, str] = dict.fromkeys(
    ("get", "open", "head", "exists", "list"), "AsyncBucketReader or AsyncBucketReadWriter"
)
WRITES: dict[str, str] = dict.fromkeys(("put", "writer", "delete"), "AsyncBucketWriter or AsyncBucketReadWriter")
COPIES: dict[str, str] = {"copy": "AsyncBucketReadWriter"}
SIGNS: dict[str, str] = dict.fromkeys(("signed_url", "signed_upload_url"), "AsyncBucketSigner")


class _Of(Client):
    __slots__ = ()
    kind = "bucket"
    asynchronous = True
    if TYPE_CHECKING:

        def _connect(self) -> AsyncBucketDriver: ...


class _Reads(_Of):
    __slots__ = ()

    async def get(self, key: str, range: Range | None = None) -> bytes:  # noqa: A002
        """Return the object's bytes, or those of a range: (start, end), (start, None), or (-n, None) for the last n.

        `end` is not included and may lie beyond the object. Raises NotFound, InvalidKey, InvalidRange.
        """
        from portable.storage.keys import check_key, check_range

        try:
            return await self._connect().get(check_key(key), check_range(range))
        except InvalidRange as error:
            error.value = range
            raise

    def open(self, key: str) -> OpenedObject:
        """Return the object to read from, in bounded memory; use it in an `async with`.

        It reads the object as it was when it was opened; Conflict is raised when that is not there any more.
        Raises NotFound, InvalidKey.
        """
        from portable.storage.keys import check_key
        from portable.storage.opened import OpenedObject

        return OpenedObject(self._connect(), check_key(key))

    async def head(self, key: str) -> ObjectInfo:
        """Return what is known of the object: size, etag, content type, metadata, time. Raises NotFound, InvalidKey."""
        from portable.storage.keys import check_key

        return await self._connect().head(check_key(key))

    async def exists(self, key: str) -> bool:
        """Return whether there is such an object. Raises InvalidKey."""
        from portable.errors import NotFound

        try:
            await self.head(key)
        except NotFound:
            return False
        return True

    async def list(
        self, prefix: str = "", delimiter: str | None = None, limit: int = 1000, page: str | None = None
    ) -> Page:
        """Return one page of the objects whose keys begin with `prefix`, in the order of their UTF-8 bytes.

        With a delimiter, keys that hold it after the prefix are folded into `prefixes`, cut behind it. `limit` (1 to
        1,000) counts both. `page` is the `next` of the page before. Raises InvalidKey, InvalidValue.
        """
        from portable.storage.keys import check_delimiter, check_limit, check_prefix

        return await self._connect().list(check_prefix(prefix), check_delimiter(delimiter), check_limit(limit), page)


class _Writes(_Of):
    __slots__ = ()

    async def put(
        self,
        key: str,
        data: AsyncData,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Store bytes, or what a binary file or a (maybe asynchronous) iterator of bytes gives (in bounded memory): whole or not at all.

        `if_absent` stores only under a free key, `if_match` only over the object with that etag: else Conflict.
        With a condition a file or iterator may have 32 MiB (TooLarge). Raises InvalidKey, InvalidValue.
        """
        from portable.storage.chunks import PART, async_pieces, async_prepend, check_whole, whole
        from portable.storage.driver import ALWAYS, check_attributes, check_condition
        from portable.storage.keys import check_key

        check_key(key)
        attributes, condition = check_attributes(content_type, metadata), check_condition(if_absent, if_match)
        octets = whole(data)
        if octets is not None:
            return await self._connect().put(key, bytes(octets), attributes, condition)
        stream = async_pieces(data)
        first = await anext(stream, b"")
        if len(first) < PART:
            return await self._connect().put(key, first, attributes, condition)
        stream = async_prepend(first, stream)
        del first  # so that it is not held while the rest is sent
        if condition is ALWAYS:
            return await self._connect().put_stream(key, stream, attributes)
        held = bytearray()
        async for piece in stream:
            held += piece
            check_whole(len(held))
        return await self._connect().put(key, bytes(held), attributes, condition)

    def writer(
        self, key: str, content_type: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> AsyncWriter:
        """Return a writer of the object, in bounded memory, for `async with` and `await writer.write(data)`.

        The object appears, whole, when the block ends; an exception in the block leaves everything as it was.
        """
        from portable.storage.driver import check_attributes
        from portable.storage.keys import check_key
        from portable.storage.writing import AsyncWriter

        return AsyncWriter(self._connect().writer(check_key(key), check_attributes(content_type, metadata)))

    async def delete(self, key: str) -> None:
        """Delete the object; a missing one is no error, on any store. Raises InvalidKey."""
        from portable.storage.keys import check_key

        await self._connect().delete(check_key(key))


class AsyncBucketReader(_Reads):
    """Reads objects."""

    __slots__ = ()
    actions = ("get", "list")
    granted_by = WRITES | COPIES | SIGNS


class AsyncBucketWriter(_Writes):
    """Writes and deletes objects; reads none."""

    __slots__ = ()
    actions = ("put", "delete")
    granted_by = READS | COPIES | SIGNS


class AsyncBucketReadWriter(_Reads, _Writes):
    """Reads, writes, deletes and copies objects."""

    __slots__ = ()
    actions = ("get", "list", "put", "delete")
    granted_by = SIGNS

    async def copy(self, source: str, target: str) -> None:
        """Copy an object with its content type and metadata within the bucket; over itself it changes nothing.

        Raises NotFound when there is no source, InvalidKey.
        """
        from portable.storage.keys import check_key

        await self._connect().copy(check_key(source), check_key(target))


class AsyncBucketSigner(_Of):
    """Makes URLs that let whoever holds them read or write one object for some time."""

    __slots__ = ()
    actions = ("sign",)
    granted_by = READS | WRITES | COPIES

    async def signed_url(self, key: str, expires: int = 3600) -> str:
        """Return a URL that answers GET with the object for `expires` seconds (1 to 604,800). Nothing is called.

        Raises InvalidKey, InvalidValue; UnsupportedError where the bucket is a folder or memory.
        """
        from portable.storage.keys import check_expires, check_key

        return await self._connect().signed_url(check_key(key), "GET", check_expires(expires))

    async def signed_upload_url(self, key: str, expires: int = 3600) -> str:
        """Return a URL that takes the object's bytes by PUT for `expires` seconds (1 to 604,800).

        Azure asks the uploader for the header `x-ms-blob-type: BlockBlob`; the others ignore it. Raises as signed_url.
        """
        from portable.storage.keys import check_expires, check_key

        return await self._connect().signed_url(check_key(key), "PUT", check_expires(expires))
