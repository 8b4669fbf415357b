"""Updates whose row must be checked as a whole before it is written: an update in, the put that it comes to out.

DynamoDB cannot call a validator, so the row is looked at first. This needs no permission to read: a write whose condition
is never true changes nothing, and its refusal tells the row. The put is made under the condition that the row has not
changed. Source: DynamoDB "UpdateItem", ReturnValuesOnConditionCheckFailure.
"""

from __future__ import annotations

from portable.errors import Conflict
from portable.persistence.query import Comparison, Exists, Not
from portable.persistence.table import field_name
from portable.persistence.writes import Put, outcome
from portable_aws.runtime.persistence_items import attribute_name, row_of
from portable_aws.runtime.persistence_writes import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.query import Condition
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Update


def look(table: Table, key: RowKey, send: Callable[[dict[str, Any]], Any]) -> Row | None:
    """Return the row as it is now. `send` makes the call of UpdateItem."""
    request = {
        "Key": key_of(table, key),
        "ConditionExpression": "attribute_exists(#key) AND attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": attribute_name(field_name(table.key))},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        send(request)
    except Conflict as refused:
        cause: Any = refused.__cause__
        item = cause.response.get("Item")
        return row_of(item) if item else None
    raise AssertionError("a condition that is never true was true")


def put_of(table: Table, update: Update, stored: Row | None) -> Put:
    """Return the put that an update of this row comes to. Raises Conflict, or InvalidValue for a row that does not fit."""
    row = outcome(table, update, stored)
    assert row is not None
    condition: Condition = Not(Exists(field_name(table.key)))
    if stored is not None:
        condition = Exists(field_name(table.key))
        for name, value in stored.items():
            condition &= Comparison(name, "==", value)
        for name in update.rule.names:
            if name not in stored:
                condition &= Not(Exists(name))
    return Put(update.key, condition, row)
