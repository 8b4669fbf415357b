"""Writes as DynamoDB requests: takes a write; returns the parameters of PutItem, UpdateItem, DeleteItem or a check.

The same parameters are used for the single call and the transaction. An expired row counts as missing: its condition is
evaluated as for a row without fields.
"""

from __future__ import annotations

from portable.errors import Conflict
from portable.persistence.query import matches
from portable.persistence.table import field_name
from portable.persistence.writes import Put, Update, conflict, outcome
from portable_aws.runtime.persistence_expressions import Placeholders, both, either, expired, expression, negated
from portable_aws.runtime.persistence_items import TTL, attribute, attribute_name, epoch_seconds, item_of, row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from portable.persistence.driver import RowKey
    from portable.persistence.table import Table
    from portable.persistence.values import Row
    from portable.persistence.writes import Write
    from portable_aws.runtime.persistence_expressions import Truth


def key_of(table: Table, key: RowKey) -> dict[str, Any]:
    """Return a row's key as attributes."""
    found = {attribute_name(field_name(table.key)): attribute(key[0])}
    if table.sort is not None:
        found[attribute_name(field_name(table.sort))] = attribute(key[1])
    return found


def request_of(table: Table, write: Write, now: datetime | None) -> dict[str, Any] | None:
    """Return the parameters of one write, or None if no row can fulfil its condition.

    `now` is given if the table has a time to live.
    """
    used = Placeholders()
    truth = _condition(table, write, now, used)
    if isinstance(write, Put):
        request: dict[str, Any] = {"Item": item_of(write.row, table.ttl)}
    else:
        request = {"Key": key_of(table, write.key)}
    if isinstance(write, Update):
        truth = both(truth, _types(write, used))
        changes = _changes(table, write, used)
        if changes:
            request["UpdateExpression"] = changes
    if truth is False:
        return None
    if isinstance(truth, str):
        request["ConditionExpression"] = truth
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    request.update(used.request(request.get("ConditionExpression", ""), request.get("UpdateExpression", "")))
    return request


def _condition(table: Table, write: Write, now: datetime | None, used: Placeholders) -> Truth:
    truth: Truth = True if write.condition is None else expression(write.condition, used)
    if now is None or table.ttl is None or (truth is True and not isinstance(write, Update)):
        return truth
    passed = expired(table.ttl, now, used)
    if matches(write.condition, {}) and not isinstance(write, Update):
        return either(truth, passed)
    return both(truth, negated(passed))  # an update must not start from an expired row: the driver puts a new one


def _types(write: Update, used: Placeholders) -> Truth:
    """Return the condition that numbers are added only to numbers, and lists appended only to lists."""
    truth: Truth = True
    for names, kind in ((write.add, "N"), (write.append, "L")):
        for field in names:
            name = used.name(field)
            fits = f"attribute_type({name}, {used.raw_value({'S': kind})})"
            truth = both(truth, either(f"attribute_not_exists({name})", fits))
    return truth


def _changes(table: Table, write: Update, used: Placeholders) -> str:
    ttl = table.ttl
    sets = [f"{used.name(name)} = {used.value(value)}" for name, value in write.set.items()]
    removes = [used.name(name) for name in write.remove]
    adds = [f"{used.name(name)} {used.value(value)}" for name, value in write.add.items()]
    for field, items in write.append.items():
        name = used.name(field)
        sets.append(f"{name} = list_append(if_not_exists({name}, {used.value([])}), {used.value(items)})")
    if ttl is not None and write.set.get(ttl) is not None:
        sets.append(f"{used.raw_name(TTL)} = {used.value(epoch_seconds(write.set[ttl]))}")
    elif ttl is not None and (ttl in write.set or ttl in write.remove):
        removes.append(used.raw_name(TTL))
    elif ttl is not None and ttl in write.add:
        adds.append(f"{used.raw_name(TTL)} {used.value(write.add[ttl])}")
    clauses = (("SET", sets), ("REMOVE", removes), ("ADD", adds))
    return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts)


class Expired(Exception):
    """The row of an update has expired, so the update must put a new one."""

    def __init__(self, key: RowKey) -> None:
        super().__init__(key)
        self.key = key


def refused(table: Table, write: Write, item: dict[str, Any] | None, live: Callable[[Row], Row | None]) -> Exception:
    """Return the reason why a conditional write was refused, by the row that exists: Conflict or Expired."""
    stored = live(row_of(item)) if item else None
    try:
        outcome(table, write, stored)
    except Conflict as error:
        return error
    if item and stored is None and isinstance(write, Update):
        return Expired(write.key)
    return conflict(table, write.key)
