"""What handlers are given: memory drivers under watch. A resource in, a driver that tells each of its calls out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.testing.world.kinds.registry import RESOURCES
from portable.testing.world.known import KnownCallers
from portable.testing.world.watched import Where

EFFECTS = frozenset((kind.name, method) for kind in RESOURCES.values() for method in kind.effects)
"""Calls that change something."""
PARTIAL = frozenset((kind.name, method) for kind in RESOURCES.values() for method in kind.partial)
"""Calls that may be done in part."""


def is_effect(call: tuple[str, str, str]) -> bool:
    """Say whether a resource call (kind, name, method) changes something."""
    return (call[0], call[2]) in EFFECTS


class KitDrivers:
    """The `Drivers` of in-memory clouds: every driver under watch, the async ones without threads.

    The cloud is looked up at each call, so clients that were made once can be used by every test.
    """

    def __init__(self, where: Where, known: KnownCallers | None = None) -> None:
        """`known` are the callers, for drivers that handlers get."""
        self._where = where
        if known is not None:
            self.key_set = known.key_set
            self.signed_in = known.signed_in

    def of(self, resource: Any) -> Any:
        """Return the driver of a resource, under watch."""
        return RESOURCES[resource.kind].watched(resource, self._where)

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
