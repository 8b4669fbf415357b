"""Dead letters: makes one from a failed message and its error, and moves dead letters back to their queue.

A dead letter keeps the id, body, attributes and group of the message. It has three more attributes: `portable-attempts`
(the number of attempts), `portable-error-type` and `portable-error`. The last two are missing if the last attempt never
ended.

A message of another program may be as large as the queue allows, so that nothing more fits beside it. Then its attributes
and the error are left out, and if need be all but the body. A warning is logged.
"""

from __future__ import annotations

import logging

from portable.base.ending import text_of
from portable.base.steps import do, do_async
from portable.errors import InvalidValue, PortableError, TooLarge
from portable.eventing.outgoing import Outgoing, is_text
from portable.eventing.queue import Queue
from portable.eventing.wire import ATTEMPTS, ERROR, ERROR_TYPE, TRACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
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
_log = logging.getLogger("portable")


def to(queue: Queue, drivers: Drivers) -> Bury:
    """Return the action that sends a message to a queue of dead letters. The queue is opened at the first use."""

    def bury(message: Message[bytes], attempts: int, error: BaseException | None) -> None:
        do(_burying(drivers.of(queue), message, attempts, error))

    return bury


def to_async(queue: Queue, drivers: Drivers) -> AsyncBury:
    """`to` for a host that awaits."""

    async def bury(message: Message[bytes], attempts: int, error: BaseException | None) -> None:
        await do_async(_burying(drivers.async_of(queue), message, attempts, error))

    return bury


def _burying(driver: Any, message: Message[bytes], attempts: int, error: BaseException | None) -> Steps[None]:
    """Send the first form of a dead letter that is not too large. Raises TooLarge if all of them are."""
    refused: TooLarge | None = None
    for left_out, letter in _letters(message, attempts, error):
        try:
            yield driver.send(letter)
        except TooLarge as raised:
            refused = raised
            continue
        if left_out:
            _tell("dead letter of message %s: it is so large that %s left out", message.id, left_out)
        return
    assert refused is not None
    raise refused


def _letters(message: Message[bytes], attempts: int, error: BaseException | None) -> Iterator[tuple[str, Outgoing]]:
    """Yield the forms of a dead letter, each smaller than the one before, and what is left out of it."""
    yield "", dead_letter(message, attempts, error)
    body, marks = message.payload, {"attempts": str(attempts)}
    few = Outgoing(body, is_text(body), {}, message.trace, group=message.group, id=message.id, marks=marks)
    yield "its attributes and its error are", few
    yield "all but its body is", _bare(message)


def _tell(text: str, *values: object) -> None:
    try:  # noqa: SIM105 - contextlib is a module more
        _log.warning(text, *values)
    except Exception:  # noqa: BLE001, S110 - an error of the app's log handlers must not bury the message twice
        pass


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
        for place, outcome in enumerate(outcomes):
            if isinstance(outcome, TooLarge) and not taken[place].message.attributes:
                outcomes[place] = yield from _sent(source, _bare(taken[place].message))
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


def _sent(source: Any, message: Outgoing) -> Steps[str | PortableError]:
    [outcome] = yield source.send_many([message])
    return outcome  # type: ignore[no-any-return]


def _bare(message: Message[bytes]) -> Outgoing:
    """Return a message with nothing but its body."""
    return Outgoing(message.payload, is_text(message.payload), {})


def _alive(message: Message[bytes]) -> Outgoing:
    return _outgoing(message, None)


def _outgoing(message: Message[bytes], marks: dict[str, str] | None) -> Outgoing:
    reserved = (ATTEMPTS, ERROR, ERROR_TYPE, TRACE)
    attributes = {name: value for name, value in message.attributes.items() if name not in reserved}
    body, group = message.payload, message.group
    return Outgoing(body, is_text(body), attributes, message.trace, group=group, id=message.id, marks=marks)
