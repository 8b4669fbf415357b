"""The message half of dispatch: a consumer and raw messages in, what became of each delivery out.

The runtime keeps the count: a handler that raises on an attempt below `attempts` is redelivered; at `attempts` the
message goes to its dead letters with the error, or is dropped with a log, and is acknowledged; a message that arrives
with a higher count, because the last try died, goes there without a call. Where the road carries no count, what fails
is redelivered and the provider's own limit ends it. A payload that does not decode is a failed attempt, and so is
whatever else a handler raises, SystemExit and CancelledError included.
"""

from __future__ import annotations

import logging

from portable.base.ending import ends_process
from portable.base.logs import current
from portable.base.values import Value
from portable.errors import EventError, InProgress, Throttled, Timeout, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable.persistence.idempotency_records import History

_log = logging.getLogger("portable")

LOOKS = 10
"""Deliveries beyond its attempts that a message gets while its record cannot be read: then it is given up unread."""


class Consumer(Value):
    """A function that takes messages.

    `call(message, context)` is the generated call. `bury(message, attempts, error)` sends a message to the dead letters
    (`portable.eventing.deadletters.to`), None drops it with a log; on hosts that await, it may be asynchronous.
    `ordered` says that a failure holds back the rest of its group. `backoff` is in seconds, None: the host's own.
    A call that has `history(message, context)` tells by it what earlier deliveries of the message left behind
    (`portable.persistence.idempotency_calls`): those that found it being handled are no attempts, and a message whose
    work is done is acknowledged, not buried.
    """

    function: str
    call: Any
    attempts: int = 3
    bury: Any = None
    ordered: bool = False
    backoff: float | None = None


def consume(consumer: Consumer, message: Message[bytes], context: Context) -> bool:
    """Handle one delivery. Return True to acknowledge it, False to have it come again. Raises nothing."""
    token = current.set(context)
    try:
        error: BaseException | None = None
        seen = _look(consumer, message, context) if _was_tried(message) else None
        if _may_run(consumer, message, context, seen):
            try:
                consumer.call(message, context)
                return True
            except BaseException as raised:  # noqa: BLE001 - whatever a handler raises is a failed attempt
                if _comes_again(consumer, message, raised):
                    return False
                error = raised
            seen = _look(consumer, message, context)
        if seen is not None and (seen.done or seen.running):
            return _is_settled(consumer, message, seen)
        if consumer.bury is not None:
            consumer.bury(message, consumer.attempts, error)
        _say_dead(consumer, message, error)
        return True
    except BaseException as raised:  # noqa: BLE001 - the dead letter is not stored: the message must not be lost
        return _not_given_up(consumer, message, raised)
    finally:
        current.reset(token)


async def consume_async(consumer: Consumer, message: Message[bytes], context: Context) -> bool:
    """`consume` for a host that awaits; the handler and `bury` may be `def` or `async def`."""
    token = current.set(context)
    try:
        error: BaseException | None = None
        seen = await _look_async(consumer, message, context) if _was_tried(message) else None
        if _may_run(consumer, message, context, seen):
            try:
                found = consumer.call(message, context)
                if hasattr(found, "__await__"):
                    await found
                return True
            except BaseException as raised:  # noqa: BLE001 - whatever a handler raises is a failed attempt
                if _comes_again(consumer, message, raised):
                    return False
                error = raised
            seen = await _look_async(consumer, message, context)
        if seen is not None and (seen.done or seen.running):
            return _is_settled(consumer, message, seen)
        if consumer.bury is not None:
            buried = consumer.bury(message, consumer.attempts, error)
            if hasattr(buried, "__await__"):
                await buried
        _say_dead(consumer, message, error)
        return True
    except BaseException as raised:  # noqa: BLE001 - the dead letter is not stored: the message must not be lost
        return _not_given_up(consumer, message, raised)
    finally:
        current.reset(token)


def consume_batch(
    consumer: Consumer, deliveries: Iterable[tuple[str, Message[bytes] | EventError]], context: Context
) -> list[str]:
    """Handle a batch one by one, in order, and return the ids of the deliveries that must come again.

    A delivery is the provider's id of it and its message, or the error that says why it is none: that one fails alone. When the consumer is ordered, what follows a failed message
    in its group is not called and must come again too, so that order is kept.
    """
    failed: list[str] = []
    blocked: set[str | None] = set()
    for delivery, message in deliveries:
        if isinstance(message, EventError):
            _say(logging.ERROR, "%s was not called for %s: %s", consumer.function, delivery, message)
            failed.append(delivery)
        elif message.group in blocked or not consume(consumer, message, context):
            failed.append(delivery)
            if consumer.ordered:
                blocked.add(message.group)
    return failed


async def consume_batch_async(
    consumer: Consumer, deliveries: Iterable[tuple[str, Message[bytes] | EventError]], context: Context
) -> list[str]:
    """`consume_batch` for a host that awaits."""
    failed: list[str] = []
    blocked: set[str | None] = set()
    for delivery, message in deliveries:
        if isinstance(message, EventError):
            _say(logging.ERROR, "%s was not called for %s: %s", consumer.function, delivery, message)
            failed.append(delivery)
        elif message.group in blocked or not await consume_async(consumer, message, context):
            failed.append(delivery)
            if consumer.ordered:
                blocked.add(message.group)
    return failed


def _was_tried(message: Message[bytes]) -> bool:
    return message.attempt is not None and message.attempt > 1


def _look(consumer: Consumer, message: Message[bytes], context: Context) -> History | None:
    """Return what earlier deliveries left behind; None where nothing tells, or where the key itself is at fault."""
    look = getattr(consumer.call, "history", None)
    if look is None:
        return None
    try:
        found: History = look(message, context)
        return found
    except BaseException as error:  # noqa: BLE001 - a key function may raise anything
        _unread(consumer, message, error)
        return None


async def _look_async(consumer: Consumer, message: Message[bytes], context: Context) -> History | None:
    look = getattr(consumer.call, "history", None)
    if look is None:
        return None
    try:
        found: Any = look(message, context)
        if hasattr(found, "__await__"):
            found = await found
        history: History = found
        return history
    except BaseException as error:  # noqa: BLE001 - a key function may raise anything
        _unread(consumer, message, error)
        return None


def _unread(consumer: Consumer, message: Message[bytes], error: BaseException) -> None:
    """Raise the error of a store that is away for now, so that the message comes again; else nothing was found.

    A key that cannot be told, such as of a payload that does not decode, must not keep a message for ever.
    """
    if ends_process(error):
        raise error
    attempt = message.attempt or 1
    passing = isinstance(error, (Throttled, Timeout, Unavailable))
    if passing and consumer.attempts < attempt < consumer.attempts + LOOKS:
        raise error


def _may_run(consumer: Consumer, message: Message[bytes], context: Context, seen: History | None) -> bool:
    """Put the message's attempt and trace into the context; say whether the handler may be called once more."""
    attempt = message.attempt
    if attempt is not None and seen is not None:
        attempt = message.attempt = max(1, attempt - seen.skipped)
    context.attempt = attempt
    context.function = consumer.function
    if message.trace is not None:
        context._trace = message.trace
    return attempt is None or attempt <= consumer.attempts


def _comes_again(consumer: Consumer, message: Message[bytes], error: BaseException) -> bool:
    if ends_process(error):
        raise error
    if isinstance(error, InProgress):
        _say(logging.INFO, "%s: message %s is being handled by another delivery", consumer.function, message.id)
        return True
    last = message.attempt is not None and message.attempt >= consumer.attempts
    if not last:
        _say(
            logging.WARNING,
            "%s failed at message %s, attempt %s of %d",
            consumer.function,
            message.id,
            "?" if message.attempt is None else message.attempt,
            consumer.attempts,
            error=error,
        )
    return not last


def _is_settled(consumer: Consumer, message: Message[bytes], seen: History) -> bool:
    """Say what becomes of a message that would be given up, but is done (True) or still at work (False)."""
    told = "its work is done: it is acknowledged" if seen.done else "it is still being handled"
    _say(logging.INFO, "%s: the attempts of message %s are used up, but %s", consumer.function, message.id, told)
    return bool(seen.done)


def _not_given_up(consumer: Consumer, message: Message[bytes], error: BaseException) -> bool:
    if ends_process(error):
        raise error
    _say(logging.ERROR, "%s: message %s could not be given up", consumer.function, message.id, error=error)
    return False


def _say_dead(consumer: Consumer, message: Message[bytes], error: BaseException | None) -> None:
    _say(
        logging.ERROR,
        "%s gave up message %s after %d attempts: %s",
        consumer.function,
        message.id,
        consumer.attempts,
        "it was dropped" if consumer.bury is None else "it is a dead letter",
        error=error,
    )


def _say(level: int, text: str, *values: object, error: BaseException | None = None) -> None:
    """Log, whatever the app's own log handlers do: a batch must not lose its report for a line of a log."""
    try:
        _log.log(level, text, *values, exc_info=error)
    except Exception as broken:  # noqa: BLE001
        import sys

        print(f"portable: a log handler raised {type(broken).__name__}: {text % values}", file=sys.stderr)  # noqa: T201
