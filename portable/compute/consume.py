"""The message half of dispatch: a consumer and raw messages in, what became of each delivery out.

The runtime keeps the count: a handler that raises on an attempt below `attempts` is redelivered; at `attempts` the
message goes to its dead letters with the error, or is dropped with a log, and is acknowledged; a message that arrives
with a higher count, because the last try died, goes there without a call. Where the road carries no count, what fails
is redelivered and the provider's own limit ends it. A payload that does not decode is a failed attempt.
"""

from __future__ import annotations

import logging

from portable.base.logs import current
from portable.base.values import Value
from portable.errors import InProgress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from portable.compute.context import Context
    from portable.eventing.message import Message

_log = logging.getLogger("portable")


class Consumer(Value):
    """A function that takes messages.

    `call(message, context)` is the generated call. `bury(message, attempts, error)` sends a message to the dead letters
    (`portable.eventing.deadletters.to`), None drops it with a log; on hosts that await, it may be asynchronous.
    `ordered` says that a failure holds back the rest of its group. `backoff` is in seconds, None: the host's own.
    A call that has `skipped(message)` tells by it how many deliveries found the message being handled already: they are
    no attempts (`portable.persistence.idempotency_calls`).
    """

    function: str
    call: Any
    attempts: int = 3
    bury: Any = None
    ordered: bool = False
    backoff: float | None = None


def consume(consumer: Consumer, message: Message[bytes], context: Context) -> bool:
    """Handle one delivery. Return True to acknowledge it, False to have it come again. Never raises an Exception."""
    token = current.set(context)
    try:
        if _enter(consumer, message, context):
            try:
                consumer.call(message, context)
                return True
            except Exception as raised:  # noqa: BLE001 - whatever a handler raises is a failed attempt
                if _comes_again(consumer, message, raised):
                    return False
                error: Exception | None = raised
        else:
            error = None
        if consumer.bury is not None:
            consumer.bury(message, consumer.attempts, error)
        _say_dead(consumer, message, error)
        return True
    except Exception as error:  # noqa: BLE001 - the dead letter is not stored: the message must not be lost
        _log.error("%s: message %s could not be given up", consumer.function, message.id, exc_info=error)
        return False
    finally:
        current.reset(token)


async def consume_async(consumer: Consumer, message: Message[bytes], context: Context) -> bool:
    """`consume` for a host that awaits; the handler and `bury` may be `def` or `async def`."""
    token = current.set(context)
    try:
        if _enter(consumer, message, context):
            try:
                found = consumer.call(message, context)
                if hasattr(found, "__await__"):
                    await found
                return True
            except Exception as raised:  # noqa: BLE001 - whatever a handler raises is a failed attempt
                if _comes_again(consumer, message, raised):
                    return False
                error: Exception | None = raised
        else:
            error = None
        if consumer.bury is not None:
            buried = consumer.bury(message, consumer.attempts, error)
            if hasattr(buried, "__await__"):
                await buried
        _say_dead(consumer, message, error)
        return True
    except Exception as error:  # noqa: BLE001 - the dead letter is not stored: the message must not be lost
        _log.error("%s: message %s could not be given up", consumer.function, message.id, exc_info=error)
        return False
    finally:
        current.reset(token)


def consume_batch(consumer: Consumer, deliveries: Iterable[tuple[str, Message[bytes]]], context: Context) -> list[str]:
    """Handle a batch one by one, in order, and return the ids of the deliveries that must come again.

    A delivery is the provider's id of it and its message. When the consumer is ordered, what follows a failed message
    in its group is not called and must come again too, so that order is kept.
    """
    failed: list[str] = []
    blocked: set[str | None] = set()
    for delivery, message in deliveries:
        if message.group in blocked or not consume(consumer, message, context):
            failed.append(delivery)
            if consumer.ordered:
                blocked.add(message.group)
    return failed


async def consume_batch_async(
    consumer: Consumer, deliveries: Iterable[tuple[str, Message[bytes]]], context: Context
) -> list[str]:
    """`consume_batch` for a host that awaits."""
    failed: list[str] = []
    blocked: set[str | None] = set()
    for delivery, message in deliveries:
        if message.group in blocked or not await consume_async(consumer, message, context):
            failed.append(delivery)
            if consumer.ordered:
                blocked.add(message.group)
    return failed


def _enter(consumer: Consumer, message: Message[bytes], context: Context) -> bool:
    """Put the message's attempt and trace into the context; say whether the handler may be called once more."""
    attempt = message.attempt
    if attempt is not None and attempt > 1:
        skipped = getattr(consumer.call, "skipped", None)
        if skipped is not None:
            attempt = message.attempt = max(1, attempt - skipped(message))
    context.attempt = attempt
    context.function = consumer.function
    if message.trace is not None:
        context._trace = message.trace
    return attempt is None or attempt <= consumer.attempts


def _comes_again(consumer: Consumer, message: Message[bytes], error: Exception) -> bool:
    if isinstance(error, InProgress):
        _log.info("%s: message %s is being handled by another delivery", consumer.function, message.id)
        return True
    last = message.attempt is not None and message.attempt >= consumer.attempts
    if not last:
        _log.warning(
            "%s failed at message %s, attempt %s of %d",
            consumer.function,
            message.id,
            "?" if message.attempt is None else message.attempt,
            consumer.attempts,
            exc_info=error,
        )
    return not last


def _say_dead(consumer: Consumer, message: Message[bytes], error: Exception | None) -> None:
    _log.error(
        "%s gave up message %s after %d attempts: %s",
        consumer.function,
        message.id,
        consumer.attempts,
        "it was dropped" if consumer.bury is None else "it is a dead letter",
        exc_info=error,
    )
