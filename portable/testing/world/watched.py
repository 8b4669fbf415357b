"""A driver in memory under watch: a resource in, a driver that tells each of its calls out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from portable.errors import Unavailable
from portable.settings.setting import Setting
from portable.storage.objects import ObjectInfo

_QUIET = ("unwrap", "snapshot", "restore")


class Watch:
    """Is told of each call of a resource, and may raise instead of letting it happen. This one lets everything happen."""

    def waiting(self) -> Awaitable[None] | None:
        """Return what is awaited before the next call of an `async def` handler, None when it may go on."""
        return None

    def before(self, kind: str, name: str, method: str, first: Any = None) -> bool:
        """Take note before the call, with its first argument. It may rest here; True: do it only in part."""
        return False

    def after(self, kind: str, name: str, method: str) -> None:
        """Take note after the call; what is raised here is a reply that was lost."""

    def changed(self, bucket: str, key: str, event: str, info: ObjectInfo | None) -> None:
        """Take note that an object was created or deleted."""


class Held(Protocol):
    """What a test's stores hold (`portable.testing.world.stores`)."""

    def driver(self, kind: str, resource: Any) -> Any:
        """Return the memory driver of a resource."""
        ...

    def secret(self, name: str) -> str:
        """Return the value of a secret. Raises NotFound."""
        ...

    def setting(self, setting: Setting) -> str:
        """Return the value of a setting."""
        ...


Where = Callable[[], tuple[Held, Watch]]
"""Tells the stores and the watch that a call belongs to: those of the test that runs now."""


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

    def __init__(self, resource: Any, where: Where) -> None:
        self._resource = resource
        self._where = where
        self._kind: str = resource.kind
        self._name: str = resource.name

    def __getattr__(self, method: str) -> Any:
        stores, watch = self._where()
        found = getattr(stores.driver(self._kind, self._resource), method)
        if method in _QUIET or not callable(found):
            return found
        kind, name = self._kind, self._name

        def call(*arguments: Any, **options: Any) -> Any:
            partly = watch.before(kind, name, method, arguments[0] if arguments else None)
            result = in_part(found, method, arguments[0]) if partly else found(*arguments, **options)
            watch.after(kind, name, method)
            return result

        return call
