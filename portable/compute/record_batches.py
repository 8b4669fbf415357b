"""Calls a function that takes a list of records: takes a batch, returns the errors of its failed records by id."""

from __future__ import annotations

from portable.base.ending import ends_process
from portable.base.logs import current
from portable.base.steps import do

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.base.steps import Steps
    from portable.compute.context import Context
    from portable.eventing.record import RecordBatch


def call_batch(call: Callable[[Any, Any], Any], batch: RecordBatch, context: Context) -> dict[str, BaseException]:
    """Call a function with a batch. Return the errors of the failed records by id. Raises nothing."""
    return do(calling_batch(call, batch, context))


def calling_batch(
    call: Callable[[Any, Any], Any], batch: RecordBatch, context: Context
) -> Steps[dict[str, BaseException]]:
    """The steps of `call_batch`."""
    token = current.set(context)
    context.attempt = max(record.attempt or 1 for record in batch)
    try:
        return failures(batch, (yield call(batch, context)))
    except BaseException as error:  # noqa: BLE001 - everything that a handler raises is a failed attempt of all its records
        return _all(batch, error)
    finally:
        current.reset(token)


def failures(batch: RecordBatch, returned: Any) -> dict[str, BaseException]:
    """Return the errors of the failed records, from the result of the function: None, or the failed records or ids.

    Raises TypeError or ValueError for any other result. Then no record counts as handled.
    """
    errors: dict[str, BaseException] = dict(batch.errors)
    if returned is None:
        return errors
    if isinstance(returned, (str, bytes, dict)) or not hasattr(returned, "__iter__"):
        raise TypeError(
            f"a function of a list of records must return None or the failed records, not {type(returned).__name__}"
        )
    known = {record.id for record in batch}
    for item in returned:
        id = getattr(item, "id", item)  # noqa: A001
        if id not in known:
            raise ValueError(f"the function returned {item!r} as failed, but its batch has no such record")
        errors.setdefault(id, RuntimeError("the function returned the record as failed"))
    return errors


def _all(batch: RecordBatch, error: BaseException) -> dict[str, BaseException]:
    if ends_process(error):
        raise error
    return {record.id: batch.errors.get(record.id, error) for record in batch}
