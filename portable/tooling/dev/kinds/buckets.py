"""A bucket whose changes fire the functions that wait for them, and whose signed URLs this server answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from portable.base.threads import Threads
from portable.storage.asynchronous import AsyncBucket
from portable.storage.driver import Attributes, Condition
from portable.storage.objects import ObjectInfo
from portable.storage.writing import ObjectWriter
from portable.tooling.dev.kinds.outbox import Outbox, head
from portable.tooling.dev.kinds.signing import Signer

THREADS = 8


class EventedBucket:
    """A `BucketDriver` over another one."""

    def __init__(self, driver: Any, name: str, outbox: Outbox, signer: Signer) -> None:
        self._driver = driver
        self._name = name
        self._outbox = outbox
        self._signer = signer

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        """Store, then send the event."""
        return self._created(key, lambda: self._driver.put(key, data, attributes, condition))

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        """Store, then send the event."""
        return self._created(key, lambda: self._driver.put_stream(key, chunks, attributes))

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        """Return a writer. The event is sent when it has stored the object."""
        return _Writer(self._driver.writer(key, attributes), lambda store: self._created(key, store), self, key)

    def copy(self, source: str, target: str) -> None:
        """Copy, then send the event."""

        def store() -> ObjectInfo:
            self._driver.copy(source, target)
            return self._driver.head(target)  # type: ignore[no-any-return]

        self._created(target, store)

    def delete(self, key: str) -> None:
        """Delete, then send the event, when there was an object."""
        known = head(self._driver, key) if self._outbox.waits(self._name, key, "deleted") else None
        if known is None:
            self._driver.delete(key)
        else:
            self._outbox.changing(self._name, key, "deleted", known.etag, lambda: self._driver.delete(key))

    def signed_url(self, key: str, method: str, expires: int) -> str:
        """Return a URL that this server answers."""
        return self._signer.url(self._name, key, method, expires)

    def awaited(self) -> Any:
        """Return the async twin of this driver."""
        return self.twin_of(self)

    @staticmethod
    def twin_of(driver: Any) -> AsyncBucket:
        """Return the async twin of a driver that stands over this one."""
        return AsyncBucket(driver, Threads(THREADS).run)

    def _created(self, key: str, store: Callable[[], ObjectInfo]) -> ObjectInfo:
        if not self._outbox.waits(self._name, key, "created"):
            return store()
        known = head(self._driver, key)
        found = self._outbox.changing(self._name, key, "created", None if known is None else known.etag, store)
        assert found is not None
        return found

    def __getattr__(self, method: str) -> Any:
        return getattr(self._driver, method)


class _Writer(ObjectWriter):
    """Passes chunks on. `created(store)` stores and sends the event."""

    def __init__(
        self, inner: ObjectWriter, created: Callable[[Callable[[], ObjectInfo]], ObjectInfo], bucket: Any, key: str
    ) -> None:
        super().__init__()
        self._inner = inner
        self._created = created
        self._bucket = bucket
        self._key = key

    def _send(self, data: bytes | memoryview) -> None:
        self._inner.write(data)

    def _commit(self) -> None:
        def store() -> ObjectInfo:
            self._inner.close()
            return self._bucket.head(self._key)  # type: ignore[no-any-return]

        self._created(store)
        self.etag = self._inner.etag

    def _discard(self) -> None:
        self._inner.abort()


class EventedDrivers:
    """The drivers of an app, its buckets with events and signed URLs. They are not observed."""

    def __init__(self, inner: Any, outbox: Outbox, signer: Signer) -> None:
        self._inner = inner
        self._outbox = outbox
        self._signer = signer
        self._made: dict[str, EventedBucket] = {}

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource."""
        driver = self._inner.of(resource)
        if resource.kind != "bucket":
            return driver
        return self._made.setdefault(resource.name, EventedBucket(driver, resource.name, self._outbox, self._signer))

    def async_of(self, resource: Any) -> Any:
        """Return the async twin of the driver of a resource."""
        from portable.base.awaited import awaited

        return awaited(self.of(resource))

    def secret(self, secret: Any) -> str:
        """Return the value of a secret."""
        return str(self._inner.secret(secret))

    def setting(self, setting: Any) -> str:
        """Return the value of a setting."""
        return str(self._inner.setting(setting))
