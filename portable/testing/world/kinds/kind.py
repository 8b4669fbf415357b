"""`KitResource` and `KitTrigger`: everything that the kit's drivers, deliveries and comparisons ask about a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portable.base.awaited import Awaited
from portable.base.client import Client
from portable.eventing.memory import MemoryQueue
from portable.eventing.outgoing import Outgoing
from portable.testing.world.watched import Watched, Where
from portable.tooling.run.kinds.feeds import Feed, feed_of

if TYPE_CHECKING:
    from portable.base.drivers import Drivers

Clock = Callable[[], datetime]
Ids = Callable[[], str]
Items = Iterable[tuple[str, dict[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class KitResource:
    """A kind of resource, called `name` as in models.

    `make` makes the memory driver of a declared one, `twin` its asynchronous form, `watched` the driver that handlers get.
    `client` and `async_client` are what a test gets: clients that may do everything. `effects` are the driver's methods
    that change something, `partial` those that may be done in part. `clients` are those that grant less than all. `items`
    tells what a snapshot of the driver holds, each by a label that identifies it; None stands for something that was
    sent (`sent`).
    """

    name: str
    make: Callable[[Any, Clock, Ids], Any]
    client: Callable[[Any, Drivers], Any]
    async_client: Callable[[Any, Drivers], Any]
    effects: tuple[str, ...]
    items: Callable[[Any], Items]
    twin: Callable[..., Any] = Awaited
    partial: tuple[str, ...] = ()
    clients: tuple[type[Client], ...] = ()
    sent: bool = False
    watched: Callable[[Any, Where], Any] = Watched


@dataclass(frozen=True, slots=True)
class KitTrigger:
    """A kind of trigger, called `name` as in models. The pending events of its functions are messages in memory.

    `event` is what a function is fired with, `several` the type of many that one call takes (None: never); `write` makes a
    message of it. `own_queue` says that the queue is the trigger's own resource; else `subscribe(driver, trigger, queue)`
    lets the function's queue get what comes to a resource of the kind `source`. `watched` is the event that tells `saw`
    what it was decoded as.
    """

    name: str
    event: type
    write: Callable[[Any], Outgoing]
    several: type | None = None
    own_queue: bool = False
    source: str = ""
    subscribe: Callable[[Any, Any, MemoryQueue], None] = lambda driver, trigger, queue: None
    watched: Callable[[Any, Callable[[Any], None]], Any] = lambda event, saw: event

    @property
    def feed(self) -> Feed:
        """How the queue of such a function holds its events, and how they reach the generated call."""
        return feed_of(self.name)
