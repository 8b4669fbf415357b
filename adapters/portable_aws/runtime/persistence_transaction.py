"""TransactWriteItems: takes writes; does all of them, or raises Conflict with the row whose condition was false."""

from __future__ import annotations

from portable.base.calls import passing
from portable.errors import PortableError, Throttled, TooLarge
from portable.persistence.writes import Delete, Put, Update, conflict
from portable_aws.runtime.errors import code_of, of_code
from portable_aws.runtime.persistence_writes import refused, request_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Any

    from portable.base.backoff import Backoff
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Write


def transact(
    table: Table,
    address: str,
    writes: Sequence[Write],
    send: Callable[[dict[str, Any]], None],
    live: Callable[[Row], Row | None],
    now: datetime | None,
    backoff: Backoff,
) -> None:
    """Do the writes. A token makes it safe to send them again. Raises Conflict, or Expired for an expired row."""
    from uuid import uuid4

    items = []
    for write in writes:
        request = request_of(table, write, now)
        if request is None:
            raise conflict(table, write.key)
        if isinstance(write, Update):
            _insist_on_changes(request)
        items.append({_operation(write): {"TableName": address, **request}})
    request = {"TransactItems": items, "ClientRequestToken": str(uuid4())}

    def attempt() -> None:
        try:
            send(request)
        except PortableError as error:
            if code_of(error.__cause__) != "TransactionCanceledException":
                raise
            raise _cancelled(table, writes, error.__cause__, live) from error.__cause__

    backoff.call(attempt, passing)


def _operation(write: Write) -> str:
    if isinstance(write, Put):
        return "Put"
    if isinstance(write, Update):
        return "Update"
    return "Delete" if isinstance(write, Delete) else "ConditionCheck"


def _insist_on_changes(request: dict[str, Any]) -> None:
    """Add an expression to an update without changes, which only creates the row: here DynamoDB requires one."""
    if "UpdateExpression" not in request:
        request["UpdateExpression"] = "REMOVE #nothing"
        request.setdefault("ExpressionAttributeNames", {})["#nothing"] = "@nothing"


def _cancelled(table: Table, writes: Sequence[Write], error: Any, live: Callable[[Row], Row | None]) -> Exception:
    """Return the reason: first a false condition, then a passing fault, then a permanent one."""
    reasons = [
        (write, reason) for write, reason in zip(writes, error.response.get("CancellationReasons", ()), strict=False)
    ]
    for write, reason in reasons:
        if reason.get("Code") == "ConditionalCheckFailed":
            return refused(table, write, reason.get("Item"), live)
    for _, reason in reasons:
        kind = of_code(str(reason.get("Code", "")), "", 0)
        if kind in (Throttled, TooLarge):
            return kind(f"DynamoDB transaction: {reason}")
    return PortableError(f"DynamoDB transaction: {error}")
