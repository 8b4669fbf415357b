"""The message part of dispatch: takes a consumer and raw messages; returns whether each delivery is acknowledged.

The runtime counts the attempts. If a handler raises on an attempt below `attempts`, the message is redelivered. At
`attempts` the message goes to the dead letters with the error, or it is dropped and logged; then it is acknowledged. A
message may arrive with a higher count because the last attempt died; it goes there without a call. If the transport has
no count, a failed message is redelivered until the provider's own limit. A payload that cannot be decoded is a failed
attempt. So is everything that a handler raises, including SystemExit and CancelledError.
"""

from __future__ import annotations

import logging

from portable.base.ending import ends_process
from portable.base.logs import current
from portable.base.steps import do
from portable.base.values import Value
from portable.errors import EventError, InProgress, Throttled, Timeout, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from portable.base.steps import Steps
    from portable.compute.context import Context
    from portable.eventing.message import Message
    from portable.persistence.idempotency_records import History

    Deliveries = Iterable[tuple[str, Message[bytes] | EventError]]

_log = logging.getLogger("portable")

LOOKS = 10
"""How many deliveries beyond its attempts a message gets while its idempotency record cannot be read."""


class Consumer(Value):
    """A function that takes messages.

    `call(message, context)` is the generated call. `bury(message, attempts, error)` sends a message to the dead letters
    (`portable.eventing.deadletters.to`). None means: drop it and log it. On hosts that await, `bury` may be
    asynchronous. `ordered` means that a failed message holds back the rest of its group. `backoff` is in seconds; None
    means the default of the host.

    If `call` has `history(message, context)`, it returns what earlier deliveries of the message left behind
    (`portable.persistence.idempotency_calls`). A delivery that found the message being handled does not count as an
    attempt. A message whose work is done is acknowledged and not sent to the dead letters.
    """

    function: str
    call: Any
    attempts: int = 3
    bury: Any = None
    ordered: bool = False
    backoff: float | None = None


def consume(consumer: Consumer, message: Message[bytes], context: Context) -> bool:
    """Handle one delivery. Return True to acknowledge it, False to have it redelivered. Raises nothing."""
    return do(consuming(consumer, message, context))


def consume_batch(consumer: Consumer, deliveries: Deliveries, context: Context) -> list[str]:
    """Handle a batch one by one, in order. Return the ids of the deliveries that must be redelivered.

    A delivery is the provider's id and the message. If the event is no message, the error takes its place, and only
    this delivery fails. If the consumer is ordered and a message fails, the later messages of its group are not called
    and are redelivered too, so that the order is kept.
    """
    return do(consuming_batch(consumer, deliveries, context))


def consuming(consumer: Consumer, message: Any, context: Context) -> Steps[bool]:
    """The steps of `consume`, for a message or a record. A host that awaits does them by `do_async`."""
    token = current.set(context)
    try:
        error: BaseException | None = None
        seen = (yield from _history(consumer, message, context)) if _was_tried(message) else None
        if _may_run(consumer, message, context, seen):
            try:
                yield consumer.call(message, context)
                return True
            except BaseException as raised:  # noqa: BLE001 - whatever a handler raises is a failed attempt
                if _is_redelivered(consumer, message, raised):
                    return False
                error = raised
            seen = yield from _history(consumer, message, context)
        if seen is not None and (seen.done or seen.running):
            return _is_settled(consumer, message, seen)
        if consumer.bury is not None:
            yield consumer.bury(message, consumer.attempts, error)
        _log_dead(consumer, message, error)
        return True
    except BaseException as raised:  # noqa: BLE001 - the dead letter is not stored, so the message must be redelivered
        return _not_given_up(consumer, message, raised)
    finally:
        current.reset(token)


def consuming_batch(consumer: Consumer, deliveries: Deliveries, context: Context) -> Steps[list[str]]:
    """The steps of `consume_batch`."""
    failed: list[str] = []
    blocked: set[str | None] = set()
    for delivery, message in deliveries:
        if isinstance(message, EventError):
            _log_safely(logging.ERROR, "%s was not called for delivery %s: %s", consumer.function, delivery, message)
            failed.append(delivery)
        elif message.group in blocked or not (yield from consuming(consumer, message, context)):
            failed.append(delivery)
            if consumer.ordered:
                blocked.add(message.group)
    return failed


def _was_tried(message: Message[bytes]) -> bool:
    return message.attempt is not None and message.attempt > 1


def _history(consumer: Consumer, message: Message[bytes], context: Context) -> Steps[History | None]:
    """Return what earlier deliveries left behind.

    None: the function is not idempotent, or its key cannot be computed.
    """
    look = getattr(consumer.call, "history", None)
    if look is None:
        return None
    try:
        found: History = yield look(message, context)
        return found
    except BaseException as error:  # noqa: BLE001 - a key function may raise anything
        _unread(consumer, message, error)
        return None


def _unread(consumer: Consumer, message: Message[bytes], error: BaseException) -> None:
    """Raise the error if the store is unavailable for now, so that the message is redelivered. Else return.

    If the key cannot be computed, for example because the payload cannot be decoded, the message must not stay for
    ever.
    """
    if ends_process(error):
        raise error
    attempt = message.attempt or 1
    passing = isinstance(error, (Throttled, Timeout, Unavailable))
    if passing and consumer.attempts < attempt < consumer.attempts + LOOKS:
        raise error


def _may_run(consumer: Consumer, message: Message[bytes], context: Context, seen: History | None) -> bool:
    """Set the attempt and trace of the message in the context. Return whether the handler may be called."""
    attempt = message.attempt
    if attempt is not None and seen is not None:
        attempt = message.attempt = max(1, attempt - seen.skipped)
    context.attempt = attempt
    context.function = consumer.function
    if message.trace is not None:
        context._trace = message.trace
    return attempt is None or attempt <= consumer.attempts


def _is_redelivered(consumer: Consumer, message: Message[bytes], error: BaseException) -> bool:
    if ends_process(error):
        raise error
    if isinstance(error, InProgress):
        _log_safely(logging.INFO, "%s: message %s is being handled by another delivery", consumer.function, message.id)
        return True
    last = message.attempt is not None and message.attempt >= consumer.attempts
    if not last:
        _log_safely(
            logging.WARNING,
            "%s failed for message %s at attempt %s of %d",
            consumer.function,
            message.id,
            "?" if message.attempt is None else message.attempt,
            consumer.attempts,
            error=error,
        )
    return not last


def _is_settled(consumer: Consumer, message: Message[bytes], seen: History) -> bool:
    """Return True if the work of the message is done, False if it is still being handled. Its attempts are used up."""
    state = "its work is done, so it is acknowledged" if seen.done else "it is still being handled"
    _log_safely(
        logging.INFO, "%s: the attempts of message %s are used up, but %s", consumer.function, message.id, state
    )
    return bool(seen.done)


def _not_given_up(consumer: Consumer, message: Message[bytes], error: BaseException) -> bool:
    if ends_process(error):
        raise error
    _log_safely(
        logging.ERROR,
        "%s: message %s could not be sent to the dead letters, so it is redelivered",
        consumer.function,
        message.id,
        error=error,
    )
    return False


def _log_dead(consumer: Consumer, message: Message[bytes], error: BaseException | None) -> None:
    _log_safely(
        logging.ERROR,
        "%s gave up message %s after %d attempts: %s",
        consumer.function,
        message.id,
        consumer.attempts,
        "it was dropped" if consumer.bury is None else "it was sent to the dead letters",
        error=error,
    )


def _log_safely(level: int, text: str, *values: object, error: BaseException | None = None) -> None:
    """Log. Errors of the app's log handlers are caught, because they must not lose the report of a batch."""
    try:
        _log.log(level, text, *values, exc_info=error)
    except BaseException as broken:
        if ends_process(broken):
            raise
        import sys

        print(f"portable: a log handler raised {type(broken).__name__}: {text % values}", file=sys.stderr)  # noqa: T201
