"""Dead letters: makes one from a failed message and its error, and moves dead letters back to their queue.

A dead letter keeps the id, body, attributes and group of the message. It has three more attributes: `portable-attempts`
(the number of attempts), `portable-error-type` and `portable-error`. The last two are missing if the last attempt never
ended.
"""

from __future__ import annotations

from portable.base.ending import text_of
from portable.base.steps import do, do_async
from portable.errors import InvalidValue, PortableError
from portable.eventing.outgoing import Outgoing, is_text
from portable.eventing.queue import Queue
from portable.eventing.wire import ATTEMPTS, ERROR, ERROR_TYPE, TRACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from portable.base.drivers import Drivers
    from portable.base.steps import Steps
    from portable.eventing.driver import QueueDriver, Received
    from portable.eventing.message import Message

    Bury = Callable[[Message[bytes], int, BaseException | None], None]
    AsyncBury = Callable[[Message[bytes], int, BaseException | None], Awaitable[None]]

ERROR_LETTERS = 500
"""How many characters of the error's text a dead letter keeps."""
HIDDEN_SECONDS = 60.0
"""How long a dead letter is hidden from other receivers while it is moved back, in seconds."""


def to(queue: Queue, drivers: Drivers) -> Bury:
    """Return the action that sends a message to a queue of dead letters. The queue is opened at the first use."""

    def bury(message: Message[bytes], attempts: int, error: BaseException | None) -> None:
        drivers.of(queue).send(dead_letter(message, attempts, error))

    return bury


def to_async(queue: Queue, drivers: Drivers) -> AsyncBury:
    """`to` for a host that awaits."""

    async def bury(message: Message[bytes], attempts: int, error: BaseException | None) -> None:
        await drivers.async_of(queue).send(dead_letter(message, attempts, error))

    return bury


def dead_letter(message: Message[bytes], attempts: int, error: BaseException | None) -> Outgoing:
    """Return a message as a dead letter. `error` is None if the last attempt never ended."""
    marks = {"attempts": str(attempts)}
    if error is not None:
        marks["error_type"] = type(error).__name__[:100]
        marks["error"] = "".join(
            letter if letter >= " " and letter not in "\ufffe\uffff" and not "\ud800" <= letter <= "\udfff" else " "
            for letter in text_of(error)[:ERROR_LETTERS]
        )
    return _outgoing(message, marks)


def pair(queue: Queue) -> tuple[Queue, Queue]:
    """Return a queue and its dead letter queue. The argument may be either of them."""
    if queue.dead_letters_of is None:
        return queue, queue.dead_letters
    return Queue(queue.dead_letters_of), queue


def redrive(dead: QueueDriver, source: QueueDriver, limit: int | None = None) -> int:
    """Move dead letters back to their queue and return how many. Raises the first error; moved messages stay moved."""
    return do(_redriving(dead, source, limit))


async def redrive_async(dead: Any, source: Any, limit: int | None = None) -> int:
    """`redrive` over asynchronous drivers."""
    return await do_async(_redriving(dead, source, limit))


def _redriving(dead: Any, source: Any, limit: int | None) -> Steps[int]:
    moved = 0
    seen: set[str] = set()
    while wanted := _wanted(limit, moved):
        taken = _new((yield dead.receive(wanted, HIDDEN_SECONDS)), seen)
        if not taken:
            break
        outcomes = yield source.send_many([_alive(received.message) for received in taken])
        done = [received.receipt for received, outcome in zip(taken, outcomes, strict=True) if isinstance(outcome, str)]
        yield dead.acknowledge(done)
        moved += len(done)
        _raise_first(outcomes)
    return moved


def _wanted(limit: int | None, moved: int) -> int:
    if limit is None:
        return 10
    if not isinstance(limit, int) or limit < 0:
        raise InvalidValue(f"limit={limit!r} must be a whole number from 0 up, or None", limit)
    return min(10, limit - moved)


def _new(taken: list[Received], seen: set[str]) -> list[Received]:
    """Leave out messages that were moved already. A worker may send them to the dead letters again in the meantime."""
    fresh = [received for received in taken if received.message.id not in seen]
    seen.update(received.message.id for received in fresh)
    return fresh


def _raise_first(outcomes: list[str | PortableError]) -> None:
    for outcome in outcomes:
        if not isinstance(outcome, str):
            raise outcome


def _alive(message: Message[bytes]) -> Outgoing:
    return _outgoing(message, None)


def _outgoing(message: Message[bytes], marks: dict[str, str] | None) -> Outgoing:
    reserved = (ATTEMPTS, ERROR, ERROR_TYPE, TRACE)
    attributes = {name: value for name, value in message.attributes.items() if name not in reserved}
    body, group = message.payload, message.group
    return Outgoing(body, is_text(body), attributes, message.trace, group=group, id=message.id, marks=marks)
