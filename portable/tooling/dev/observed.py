"""Drivers that note each call of a resource with the call of the handler that makes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portable.base.awaited import awaited
from portable.base.ending import text_of
from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.dev.journal.model import ResourceCall
from portable.tooling.dev.live import active

if TYPE_CHECKING:
    from portable.base.drivers import Drivers
    from portable.tooling.dev.tokens import DevTokens

SENDS = frozenset({"send", "send_many", "publish"})
QUIET = frozenset({"unwrap", "close"})
SHORT = 120
"""Characters of a key that are noted."""


class ObservedDrivers:
    """The drivers of handlers, over others. `sent` is told after each call that sends, `hide` each value of a secret.

    `tokens` gives the keys of this machine to checks of tokens, beside those of the declared issuer.
    """

    def __init__(
        self, inner: Drivers, sent: Callable[[], None], hide: Callable[[str], None], tokens: DevTokens | None = None
    ) -> None:
        self._inner = inner
        if tokens is not None:
            self.key_set = tokens.key_set
        self._sent = sent
        self._hide = hide
        self._made: dict[tuple[str, str], Observed] = {}
        self._awaited: dict[tuple[str, str], Any] = {}

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource."""
        key = (resource.kind, resource.name)
        found = self._made.get(key)
        if found is None:
            found = self._made.setdefault(key, Observed(self._inner.of(resource), key, self._sent))
        return found

    def async_of(self, resource: Any) -> Any:
        """Return the async twin of the driver of a resource."""
        key = (resource.kind, resource.name)
        found = self._awaited.get(key)
        if found is None:
            found = self._awaited.setdefault(key, awaited(self.of(resource)))
        return found

    def secret(self, secret: Any) -> str:
        """Return the value of a secret."""
        found: str = _noted(lambda: self._inner.secret(secret), "secret", secret.name, "read", shown=False)
        self._hide(found)
        return found

    def setting(self, setting: Any) -> str:
        """Return the value of a setting."""
        return str(_noted(lambda: self._inner.setting(setting), "setting", setting.name, "read", shown=False))


class Observed:
    """One driver. Its twin calls this driver and not the one below: `twin_of` of a driver makes it, else threads do."""

    def __init__(self, driver: Any, key: tuple[str, str], sent: Callable[[], None]) -> None:
        self._driver = driver
        self._kind, self._name = key
        self._sent = sent

    def __getattr__(self, method: str) -> Any:
        if method == "awaited":
            twin_of = self._driver.twin_of
            return lambda: twin_of(self)
        found = getattr(self._driver, method)
        if method in QUIET or not callable(found):
            return found
        kind, name, sent = self._kind, self._name, self._sent if method in SENDS else None

        def call(*arguments: Any, **options: Any) -> Any:
            live = active.get()
            if sent is not None and live is not None and arguments:
                first = arguments[0]
                for message in first if isinstance(first, list) else (first,):
                    live.caused(message.trace)
            result = _noted(found, kind, name, method, *arguments, **options)
            if sent is not None:
                sent()
            return result

        self.__dict__[method] = call  # the next call does not look for it again
        return call


def _noted(
    call: Callable[..., Any], kind: str, name: str, method: str, *arguments: Any, shown: bool = True, **options: Any
) -> Any:
    """Return what a call returns. It is noted with the call that runs here; `shown` says whether with what it was about."""
    live = active.get()
    if live is None:
        return call(*arguments, **options)
    began = time.time()
    result, error = None, ""
    try:
        result = call(*arguments, **options)
    except BaseException as raised:
        error = f"{type(raised).__name__}: {text_of(raised)}"
        raise
    else:
        return result
    finally:
        about = what(arguments, result) if shown else ""
        did = RESOURCES[kind].used(method, arguments[0] if arguments else None)
        live.calls.append(ResourceCall(kind, name, method, about, began, time.time() - began, error, did))


def what(arguments: tuple[Any, ...], result: Any) -> str:
    """Return what a call of a driver is about, in few words: a key, the id of a message, or how many."""
    first = arguments[0] if arguments else None
    if isinstance(first, str):
        return first[:SHORT]
    if isinstance(result, str):
        return result[:SHORT]
    if isinstance(first, list):
        return f"{len(first)} item{'' if len(first) == 1 else 's'}"
    key = getattr(first, "key", first)
    if isinstance(key, tuple):
        return "/".join(str(part) for part in key if part is not None)[:SHORT]
    return str(key)[:SHORT] if isinstance(key, (str, int)) else ""
