"""The stream part of dispatch: takes a consumer and raw records, returns the records that must be redelivered.

Records with the same key are handled in order. A failed record holds back its own key and no other. It gets at most
`attempts` attempts. Then it goes to the dead letters (or is dropped and logged), and the next record of its key is
handled. A function may take records one by one, or a whole batch (`whole`); then its result names the failed records. A
record is not started if the time of the call is not enough for it.

Hosts that redeliver call `consume_records` once for each delivery. Hosts that do not redeliver do `finishing_records`,
which tries again until all records are finished or the time is up. The attempts are counted by the provider, or else by
the `Ledger`.
"""

from __future__ import annotations

from portable.base.steps import do
from portable.compute.consume import Consumer, consuming
from portable.compute.record_batches import calling_batch
from portable.compute.record_pass import CallClock, RecordPass
from portable.eventing.record import RecordBatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from portable.base.steps import Steps
    from portable.compute.context import Context
    from portable.compute.ledger import Ledger
    from portable.eventing.record import Record

    Records = Sequence[Record[bytes]]

BACKOFF = 1.0
"""Seconds between two attempts in one call, if the function has no `backoff`."""


def consume_records(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool = False
) -> list[Record[bytes]]:
    """Handle one delivery. Return the unfinished records in order. Raises nothing."""
    return do(consuming_records(consumer, records, context, ledger, whole))


def pause(seconds: float, _context: Context) -> None:
    """Wait between two attempts of one call. The test kit moves its clock instead."""
    from time import sleep

    sleep(seconds)


async def pause_async(seconds: float, _context: Context) -> None:
    """Wait between two attempts on a host that awaits."""
    from asyncio import sleep

    await sleep(seconds)


def finishing_records(
    consumer: Consumer,
    records: Records,
    context: Context,
    ledger: Ledger,
    whole: bool,
    wait: Callable[[float, Context], Any] = pause,
) -> Steps[list[Record[bytes]]]:
    """The steps of handling records until all are finished. They return those for which the call's time was not enough.

    `wait` is `pause`, or `pause_async` on a host that awaits.
    """
    backoff = BACKOFF if consumer.backoff is None else consumer.backoff
    clock = CallClock(context)
    while True:
        left = yield from consuming_records(consumer, records, context, ledger, whole, clock)
        if not left:
            return []
        if clock.left() < backoff:
            return left
        yield wait(backoff, context)
        records = left


def consuming_records(
    consumer: Consumer, records: Records, context: Context, ledger: Ledger, whole: bool, clock: CallClock | None = None
) -> Steps[list[Record[bytes]]]:
    """The steps of `consume_records`. `clock` is kept by a caller that tries again within one call."""
    clock = clock or CallClock(context)
    run = RecordPass(context, ledger, clock)
    due = run.due(records)
    if whole:
        yield from _whole(consumer, due, context, run, clock)
        return run.in_order(records)
    for record in due:
        clock.begin()
        run.settle(record, (yield from consuming(consumer, record, context)))
        clock.end()
    return run.unfinished


def _whole(
    consumer: Consumer, due: Iterator[Record[bytes]], context: Context, run: RecordPass, clock: CallClock
) -> Steps[None]:
    batch = RecordBatch()
    for record in due:
        if (record.attempt or 1) > consumer.attempts:  # its last attempt never ended, or could not be buried
            run.settle(record, (yield from consuming(consumer, record, context)))
        else:
            batch.append(record)
    if not batch:
        return
    clock.begin()
    errors = yield from calling_batch(consumer.call, batch, context)
    clock.end()
    for record in batch:
        error = errors.get(record.id)
        if run.is_held(record, error):
            continue
        done = error is None or (yield from consuming(_failing(consumer, error), record, context))
        run.settle(record, done)


def _failing(consumer: Consumer, error: BaseException) -> Consumer:
    """Return a consumer that raises the given error, so that one record and many are treated the same afterwards."""

    def call(_record: Any, _context: Context) -> None:
        raise error

    return Consumer(consumer.function, call, consumer.attempts, consumer.bury, consumer.ordered, consumer.backoff)
