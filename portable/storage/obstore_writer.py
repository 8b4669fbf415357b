"""What is written to a store of obstore piece by piece: an iterator of chunks, and the writer of one object."""

from __future__ import annotations

from portable.storage.chunks import PART
from portable.storage.obstore_errors import Translated
from portable.storage.obstore_objects import AT_ONCE, native_attributes
from portable.storage.writing import ObjectWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore import WritableFile
    from obstore.store import ObjectStore

    from portable.storage.driver import Attributes


class Chunks:
    """An iterator of chunks.

    It counts their bytes and keeps the error with which it ended, because obstore wraps it.
    """

    __slots__ = ("_chunks", "error", "size")

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.size = 0
        self.error: BaseException | None = None

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise
        self.size += len(chunk)
        return chunk


class ObstoreWriter(ObjectWriter):
    """Writes one object: a small one in one request, a large one in parts."""

    def __init__(self, store: ObjectStore, bucket: str, key: str, attributes: Attributes) -> None:
        super().__init__()
        from obstore import open_writer

        self._bucket = bucket
        self._key = key
        native = native_attributes(attributes)
        with Translated(bucket, key):
            self._inner: WritableFile | None = open_writer(
                store, key, attributes=native, buffer_size=PART, max_concurrency=AT_ONCE
            )

    def _send(self, data: bytes | memoryview) -> None:
        assert self._inner is not None
        with Translated(self._bucket, self._key):
            self._inner.write(bytes(data))

    def _commit(self) -> None:
        assert self._inner is not None
        with Translated(self._bucket, self._key):
            self._inner.close()
        self._inner = None

    def _discard(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None:
            error = RuntimeError("given up")
            with Translated(self._bucket, self._key):
                inner.__exit__(RuntimeError, error, None)

    def __del__(self) -> None:
        self._inner = None  # no call is made here; the store cleans up the parts that were sent
        super().__del__()
