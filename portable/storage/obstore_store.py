"""A store of obstore as its bucket driver uses it: who may use it, which keys, and how a key is signed and replaced."""

from __future__ import annotations

import os

from portable.errors import Conflict, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from obstore.store import ObjectStore

    from portable.storage.obstore_objects import Traits

    Sign = Callable[[str, Literal["GET", "PUT"], int], str]
    """Makes a URL from a key, a method and the validity in seconds."""


class Guarded:
    """A store that only one process may use. It is not opened before its first use."""

    __slots__ = ("_process", "_refuses", "_store")

    def __init__(self, store: ObjectStore, refuses: str) -> None:
        self._store = store
        self._refuses = refuses
        self._process = 0

    def use(self, *keys: str) -> ObjectStore:
        """Return the store, for use with these keys.

        Raises UnsupportedError in a process that was forked after the first use, and for a key that the service would
        change.
        """
        for refused in self._refuses:
            for key in keys:
                if refused in key:
                    raise UnsupportedError(f'key "{key}" has {refused}, which this service changes. Use another')
        process = os.getpid()
        if self._process != process:
            if self._process:
                raise UnsupportedError("this bucket was used before the process was forked. Use it only after the fork")
            self._process = process
        return self._store

    def unwrap(self, native: type) -> object:
        """Return the store if it is of that type, else None."""
        return self._store if isinstance(self._store, native) else None


def signable(key: str, traits: Traits) -> str:
    """Return the path of a key in the form that is signed."""
    if not traits.signs_paths:
        return key
    from urllib.parse import quote

    return quote(key, safe="/")


def generation(key: str, meta: Any, etag: str) -> str:
    """Return the generation of the object if it still has the wanted etag. Raises Conflict if it has another one."""
    if (meta["e_tag"] or "").strip('"') != etag:
        raise Conflict(f'"{key}" has changed: its etag is not {etag}')
    return str(meta["version"])
