"""What handlers are given: memory drivers under watch. A resource in, a driver that tells each of its calls out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from portable.errors import Unavailable
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.storage.bucket import Bucket
from portable.storage.driver import Attributes, Condition
from portable.storage.memory import MemoryBucket
from portable.storage.objects import ObjectInfo
from portable.storage.writing import ObjectWriter
from portable.testing.world.kinds.registry import RESOURCES
from portable.testing.world.stores import Stores

EFFECTS = frozenset((kind.name, method) for kind in RESOURCES.values() for method in kind.effects)
"""Calls that change something."""
PARTIAL = frozenset((kind.name, method) for kind in RESOURCES.values() for method in kind.partial)
"""Calls that may be done in part."""
_QUIET = ("unwrap", "close", "snapshot", "restore")


class Watch(Protocol):
    """Called for each call of a resource. It may raise an error instead of the call."""

    def waiting(self) -> Awaitable[None] | None:
        """Return what is awaited before the next call of an `async def` handler, None when it may go on."""
        ...

    def before(self, kind: str, name: str, method: str) -> bool:
        """Called before the call, which may pause here. Return True to do it only in part."""
        ...

    def after(self, kind: str, name: str, method: str) -> None:
        """Called after the call. An error raised here stands for a lost reply."""
        ...

    def changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Called when an object was created or deleted."""
        ...


Where = Callable[[], tuple[Stores, Watch]]
"""Returns the stores and the watch of a call: those of the test that runs now."""


def is_effect(call: tuple[str, str, str]) -> bool:
    """Say whether a resource call (kind, name, method) changes something."""
    return (call[0], call[2]) in EFFECTS


def in_part(call: Callable[..., Any], method: str, items: Sequence[Any]) -> Any:
    """Do a call of many items with half of them, and say of the rest what a provider would.

    What is sent keeps its order, so that is the first half. Rows are written in any order: the last half, which are the
    deletions where rows are put and deleted.
    """
    half = len(items) // 2
    left = Unavailable("the service was not available for this part")
    if method == "send_many":
        return [*(call(items[:half]) if half else []), *(left for _ in items[half:])]
    if half:
        call(items[-half:])
    raise left


class Watched:
    """Any driver under watch."""

    kind = ""

    def __init__(self, resource: Any, where: Where, kind: str = "") -> None:
        self._resource = resource
        self._where = where
        self._kind = kind or self.kind
        self._name: str = resource.name

    def __getattr__(self, method: str) -> Any:
        stores, watch = self._where()
        found = getattr(stores.driver(self._kind, self._resource), method)
        if method in _QUIET or not callable(found):
            return found
        kind, name = self._kind, self._name

        def call(*arguments: Any, **options: Any) -> Any:
            partly = watch.before(kind, name, method)
            result = in_part(found, method, arguments[0]) if partly else found(*arguments, **options)
            watch.after(kind, name, method)
            return result

        return call


class WatchedBucket(Watched):
    """A bucket under watch; its changes are events."""

    kind = "bucket"

    def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
        """Store, then tell."""
        inner, watch = self._inner("put")
        return self._told(watch, "put", key, inner.put(key, data, attributes, condition))

    def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
        """Store, then tell."""
        inner, watch = self._inner("put_stream")
        return self._told(watch, "put_stream", key, inner.put_stream(key, chunks, attributes))

    def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
        """Return a writer that tells when the object is stored."""
        return _WatchedWriter(self, key, attributes)

    def copy(self, source: str, target: str) -> None:
        """Copy, then tell."""
        inner, watch = self._inner("copy")
        inner.copy(source, target)
        self._told(watch, "copy", target, inner.head(target))

    def delete(self, key: str) -> None:
        """Delete, then tell, when there was an object."""
        inner, watch = self._inner("delete")
        known = any(item.key == key for item in inner.list(key, None, 1, None))
        inner.delete(key)
        if known:
            watch.changed(self._name, key, "deleted", None)
        watch.after("bucket", self._name, "delete")

    def signed_url(self, key: str, method: str, expires: int) -> str:
        """Return a URL that names what it grants. No server answers there."""
        self._inner("signed_url")
        return f"https://{self._name}.invalid/{quote(key)}?method={method}&expires={expires}"

    def stored(self, key: str, chunks: list[bytes], attributes: Attributes) -> ObjectInfo:
        """Store what a writer took, then tell."""
        inner, watch = self._inner("writer")
        return self._told(watch, "writer", key, inner.put_stream(key, iter(chunks), attributes))

    def _inner(self, method: str) -> tuple[MemoryBucket, Watch]:
        stores, watch = self._where()
        watch.before("bucket", self._name, method)
        inner: MemoryBucket = stores.driver("bucket", self._resource)
        return inner, watch

    def _told(self, watch: Watch, method: str, key: str, info: ObjectInfo) -> ObjectInfo:
        watch.changed(self._name, key, "created", info)
        watch.after("bucket", self._name, method)
        return info


class _WatchedWriter(ObjectWriter):
    """Collects the bytes of one object."""

    def __init__(self, bucket: WatchedBucket, key: str, attributes: Attributes) -> None:
        super().__init__()
        self._to = (bucket, key, attributes)
        self._chunks: list[bytes] = []
        self.etag = ""

    def _send(self, data: bytes | memoryview) -> None:
        self._chunks.append(bytes(data))

    def _commit(self) -> None:
        bucket, key, attributes = self._to
        self.etag = bucket.stored(key, self._chunks, attributes).etag

    def _discard(self) -> None:
        self._chunks.clear()


class KitDrivers:
    """The `Drivers` of in-memory clouds: every driver under watch, the async ones without threads.

    The cloud is looked up at each call, so clients that were made once can be used by every test.
    """

    def __init__(self, where: Where) -> None:
        self._where = where

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource, under watch."""
        if isinstance(resource, Bucket):
            return WatchedBucket(resource, self._where)
        return Watched(resource, self._where, resource.kind)

    def async_of(self, resource: Any) -> Any:
        """Return the async driver of a resource."""
        return RESOURCES[resource.kind].twin(self.of(resource), self._in_turn)

    async def _in_turn(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a method of a driver here, when it is its turn."""
        watch = self._where()[1]
        while (turn := watch.waiting()) is not None:
            await turn
        return function(*arguments)

    def secret(self, secret: Secret) -> str:
        """Return the value the test gave a secret."""
        stores, watch = self._where()
        watch.before("secret", secret.name, "read")
        return stores.secret(secret.name)

    def setting(self, setting: Setting) -> str:
        """Return the value the test gave a setting, else the environment's, else its default."""
        stores, watch = self._where()
        watch.before("setting", setting.name, "read")
        return stores.setting(setting)
