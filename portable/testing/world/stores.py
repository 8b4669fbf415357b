"""The resources of one in-memory cloud: takes declared resources; returns their memory drivers, made at first use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Any

from portable.errors import NotFound
from portable.eventing.memory import MemoryQueue
from portable.eventing.queue import Queue
from portable.settings.setting import Setting, read_setting
from portable.testing.world.kinds.registry import RESOURCES

Snapshot = dict[tuple[str, str], object]


class Ids:
    """Makes ids. They are unique across tests, so a handler that stores ids is not confused."""

    def __init__(self) -> None:
        self._count = 0
        self._prefix = token_hex(4)
        self.sent: Callable[[str], None] = lambda id: None  # noqa: A006
        """Called with the id of each message that is sent."""

    def __call__(self) -> str:
        """Return the id of a message that is being sent."""
        found = self.unsent()
        self.sent(found)
        return found

    def unsent(self) -> str:
        """Return the next id, for what is no message."""
        self._count += 1
        return f"{self._prefix}-{self._count}"


class Stores:
    """Every resource by kind and name.

    `subscribe(kind, name, driver)` is told of a resource that is used for the first time; `look_up(kind, name)` gives the value of a
    SECRET or SETTING that the test did not set, or None.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        subscribe: Callable[[str, str, Any], None],
        look_up: Callable[[str, str], str | None],
    ) -> None:
        self.made: dict[tuple[str, str], Any] = {}
        self.secrets: dict[str, str] = {}
        self.settings: dict[str, str] = {}
        self._blank: Snapshot = {}
        self._clock = clock
        self.ids = Ids()
        self._subscribe = subscribe
        self._look_up = look_up

    def driver(self, kind: str, resource: Any) -> Any:
        """Return the driver of a resource. At its first use its functions are subscribed."""
        key = (kind, resource.name)
        found = self.made.get(key)
        if found is None:
            found = self._keep(key, RESOURCES[kind].make(resource, self._clock, self.ids))
            self._subscribe(kind, resource.name, found)
        return found

    def pending(self, function: str, ordered: bool = False) -> MemoryQueue:
        """Return the queue of what waits for a function whose trigger has no queue of its own."""
        key = ("pending", function)
        found: MemoryQueue | None = self.made.get(key)
        if found is None:
            found = MemoryQueue(Queue(function, ordered=ordered), self._clock, self.ids)
            self._keep(key, found)
        return found

    def secret(self, name: str) -> str:
        """Return the value of a secret that the test or `.portable.env` gave. Raises NotFound."""
        value = self.secrets.get(name)
        if value is None:
            value = self._look_up("SECRET", name)
        if value is None:
            raise NotFound(
                f'secret "{name}" has no value in this test: call cloud.secret("{name}").set(…), or write it into .portable.env'
            )
        return value

    def setting(self, setting: Setting) -> str:
        """Return the value that the test or `.portable.env` gave, else the environment's, else the default."""
        value = self.settings.get(setting.name)
        if value is None:
            value = self._look_up("SETTING", setting.name)
        return read_setting(setting) if value is None else value

    def snapshot(self) -> tuple[Snapshot, dict[str, str], dict[str, str]]:
        """Return the state of every resource."""
        states = {key: driver.snapshot() for key, driver in self.made.items()}
        return states, dict(self.secrets), dict(self.settings)

    def restore(self, state: tuple[Snapshot, dict[str, str], dict[str, str]]) -> None:
        """Go back to a snapshot; a resource that was first used after it is empty again."""
        states, secrets, settings = state
        self.secrets, self.settings = dict(secrets), dict(settings)
        for key, driver in self.made.items():
            driver.restore(states.get(key, self._blank[key]))

    def _keep(self, key: tuple[str, str], driver: Any) -> Any:
        self._blank[key] = driver.snapshot()
        return self.made.setdefault(key, driver)
