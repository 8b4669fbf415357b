"""The pending events of a function (not HTTP): messages of its queue, topic, bucket or schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portable.eventing.memory import MemoryQueue
from portable.eventing.message import Message
from portable.testing.world.kinds.kind import KitTrigger
from portable.tooling.app.kinds.registry import feed as feed_name
from portable.tooling.app.model import FunctionModel


@dataclass
class Tries:
    """The attempts of a message: failures of the handler, failures that chaos made, and all deliveries.

    `skipped` are deliveries that found it being handled already: `portable.compute.consume` subtracts them.
    """

    own: int = 0
    injected: int = 0
    skipped: int = 0
    deliveries: int = 0

    def attempt(self, attempts: int) -> int:
        """Return the attempt to report. A failure that chaos made never brings the last attempt nearer than it is."""
        first = 1 + self.own
        return self.skipped + (min(first + self.injected, attempts - 1) if first < attempts else first)


@dataclass
class PendingEvents:
    """The waiting messages of one function, and what the kit knows of its kind of trigger."""

    function: FunctionModel
    queue: MemoryQueue
    trigger: KitTrigger
    tries: dict[str, Tries] = field(default_factory=dict)

    def decode(self, message: Message[bytes]) -> Any:
        """Return the function's event that a message holds."""
        return self.trigger.feed.read(message)

    def waiting(self) -> list[Any]:
        """Return every pending event, oldest first."""
        state: Any = self.queue.snapshot()
        return [self.decode(entry.message(entry.tries or None)) for entry in state[0]]

    @property
    def batch(self) -> int:
        """Messages that the host fetches at once."""
        return int(self.function.trigger.get("batch", 1))

    @property
    def whole(self) -> bool:
        """Whether one call of the handler takes all messages of a delivery."""
        return self.trigger.feed.whole(self.function)

    @property
    def dead_letters_of(self) -> str:
        """The name of the queue whose dead letters this function makes."""
        return feed_name(self.function) or self.function.name
