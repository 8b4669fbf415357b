"""The stream part of dispatch: takes a consumer and raw records, returns the records that must be redelivered.

Records with the same key are handled in order. A failed record holds back its own key and no other. It gets at most
`attempts` attempts. Then it goes to the dead letters (or is dropped and logged), and the next record of its key is
handled. A function may take records one by one, or a whole batch (`whole`); then its result names the failed records. A
record is not started if the time of the call is not enough for it.

Hosts that redeliver call `consume_records` once for each delivery. Hosts that do not redeliver call `finish_records`,
which tries again until all records are finished or the time is up. The attempts are counted by the provider, or else by
the `Ledger`.
"""

from __future__ import annotations

from portable.compute.consume import Consumer, consume, consume_async
from portable.compute.record_batches import call_batch, call_batch_async
from portable.compute.record_pass import CallClock, RecordPass
from portable.eventing.record import RecordBatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

    from portable.compute.context import Context
    from portable.compute.ledger import Ledger
    from portable.eventing.record import Record

    Records = Sequence[Record[bytes]]
    Steps = Generator[Any, Any, list[Record[bytes]]]
    """The steps to do. A step is a value or an awaitable, and its result is sent back into the generator."""

BACKOFF = 1.0
"""Seconds between two attempts in one call, if the function has no `backoff`."""


def consume_records(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool = False
) -> list[Record[bytes]]:
    """Handle one delivery. Return the unfinished records in order. Raises nothing."""
    return _run(_delivery(consumer, records, context, ledger, whole, _Host()))


async def consume_records_async(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool = False
) -> list[Record[bytes]]:
    """`consume_records` for a host that awaits; the handler may be `def` or `async def`."""
    return await _run_async(_delivery(consumer, records, context, ledger, whole, _AsyncHost()))


def finish_records(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool = False
) -> list[Record[bytes]]:
    """Handle records until all are finished. Return those for which the time of the call was not enough."""
    return _run(_deliveries(consumer, records, context, ledger, whole, _Host()))


async def finish_records_async(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool = False
) -> list[Record[bytes]]:
    """`finish_records` for a host that awaits."""
    return await _run_async(_deliveries(consumer, records, context, ledger, whole, _AsyncHost()))


class _Host:
    """Consumes a record, calls with a batch, and waits, on a host that makes blocking calls.

    Each returns its result.
    """

    def consume(self, consumer: Consumer, record: Any, context: Context) -> Any:
        return consume(consumer, record, context)

    def call(self, consumer: Consumer, batch: RecordBatch, context: Context) -> Any:
        return call_batch(consumer.call, batch, context)

    def wait(self, seconds: float, context: Context) -> Any:
        wait(seconds, context)


class _AsyncHost(_Host):
    """The same for a host that awaits. Each returns an awaitable."""

    def consume(self, consumer: Consumer, record: Any, context: Context) -> Any:
        return consume_async(consumer, record, context)

    def call(self, consumer: Consumer, batch: RecordBatch, context: Context) -> Any:
        return call_batch_async(consumer.call, batch, context)

    def wait(self, seconds: float, context: Context) -> Any:
        return wait_async(seconds, context)


def wait(seconds: float, _context: Context) -> None:
    """Wait between two attempts of one call. The test kit moves its clock instead."""
    from time import sleep

    sleep(seconds)


async def wait_async(seconds: float, _context: Context) -> None:
    """Wait between two attempts on a host that awaits."""
    from asyncio import sleep

    await sleep(seconds)


def _deliveries(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool, host: _Host
) -> Steps:
    pause = BACKOFF if consumer.backoff is None else consumer.backoff
    clock = CallClock(context)
    while True:
        left = yield from _delivery(consumer, records, context, ledger, whole, host, clock)
        if not left:
            return []
        if clock.left() < pause:
            return left
        yield host.wait(pause, context)
        records = left


def _delivery(
    consumer: Consumer,
    records: Records,
    context: Context,
    ledger: Ledger,
    whole: bool,
    host: _Host,
    clock: CallClock | None = None,
) -> Steps:
    clock = clock or CallClock(context)
    run = RecordPass(context, ledger, clock)
    due = run.due(records)
    if whole:
        yield from _whole(consumer, due, context, run, host, clock)
    else:
        for record in due:
            clock.begin()
            run.settle(record, (yield host.consume(consumer, record, context)))
            clock.end()
    return run.in_order(records) if whole else run.unfinished


def _whole(
    consumer: Consumer, due: Iterator[Record[bytes]], context: Context, run: RecordPass, host: _Host, clock: CallClock
) -> Steps:
    batch = RecordBatch()
    for record in due:
        if (
            record.attempt or 1
        ) > consumer.attempts:  # its last attempt never ended, or its dead letter could not be stored
            run.settle(record, (yield host.consume(consumer, record, context)))
        else:
            batch.append(record)
    if not batch:
        return []
    clock.begin()
    errors = yield host.call(consumer, batch, context)
    clock.end()
    for record in batch:
        error = errors.get(record.id)
        if run.is_held(record, error):
            continue
        done = error is None or (yield host.consume(_failing(consumer, error), record, context))
        run.settle(record, done)
    return []


def _failing(consumer: Consumer, error: BaseException) -> Consumer:
    """Return a consumer that raises the given error, so that one record and many are treated the same afterwards."""

    def call(_record: Any, _context: Context) -> None:
        raise error

    return Consumer(consumer.function, call, consumer.attempts, consumer.bury, consumer.ordered, consumer.backoff)


def _run(steps: Steps) -> list[Record[bytes]]:
    given: Any = None
    while True:
        try:
            given = steps.send(given)
        except StopIteration as end:
            return list(end.value)


async def _run_async(steps: Steps) -> list[Record[bytes]]:
    given: Any = None
    while True:
        try:
            step = steps.send(given)
        except StopIteration as end:
            return list(end.value)
        given = await step if hasattr(step, "__await__") else step
