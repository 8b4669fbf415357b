"""The declaration `Queue` and its trigger. Its event is `Message`, its clients are in `queue_clients`."""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

POISON = "-poison"
"""How the name of a dead letter queue ends, on every target: the host of Azure insists on it."""


class Queue(Value):
    """A queue of messages. `ordered` keeps the order in a group. `delayed` and `deduplicated` allow these options.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. Raises DeclarationError.
    """

    kind: ClassVar[str] = "queue"
    pillar: ClassVar[str] = "eventing"
    name: str
    ordered: bool = False
    delayed: bool = False
    deduplicated: bool = False
    dead_letters_of: str | None = None
    """If this is a dead letter queue, the name of its source queue; else None."""

    def __check__(self) -> None:
        check_name("queue", self.name.removesuffix(POISON) if self.dead_letters_of else self.name)

    @property
    def dead_letters(self) -> Queue:
        """The queue for messages that could not be handled. Its name is `<name>-poison` on every target."""
        if self.dead_letters_of:
            raise wrong(f'queue "{self.name}" is a dead letter queue, so it has no dead letters itself')
        return Queue(f"{self.name}{POISON}", dead_letters_of=self.name)

    def messages(self, batch: int = 1, window: int = 0) -> QueueTrigger:
        """Call the function for each message.

        Up to `batch` messages (1 to 10) are fetched at once, after waiting up to `window` seconds (0 to 300). The
        function still gets one message per call.
        """
        return QueueTrigger(self, batch, window)


class QueueTrigger(Value):
    """Calls the function for each message of a queue."""

    kind: ClassVar[str] = "queue"
    queue: Queue
    batch: int = 1
    window: int = 0

    def __check__(self) -> None:
        if not isinstance(self.batch, int) or not 1 <= self.batch <= 10:
            raise wrong(f"messages(batch={self.batch!r}): batch must be a whole number from 1 to 10")
        if not isinstance(self.window, int) or not 0 <= self.window <= 300:
            raise wrong(f"messages(window={self.window!r}): window must be from 0 to 300 seconds")
