"""Query and Scan of DynamoDB: takes a query; returns one page of plain rows and portable's own token."""

from __future__ import annotations

from portable.persistence.driver import Rows
from portable.persistence.encoding import page_position, page_token
from portable.persistence.query import comparisons, matches
from portable.persistence.table import field_name
from portable_aws.runtime.persistence_expressions import Placeholders, expression
from portable_aws.runtime.persistence_items import attribute, attribute_name, row_of, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.persistence.driver import Query, Scan
    from portable.persistence.query import Condition, SortCondition
    from portable.persistence.table import Index, Table
    from portable.persistence.values import Row

    Read = Callable[[str, dict[str, Any]], dict[str, Any]]
    Live = Callable[[Row], Row | None]

LOOKED_AT = 100
"""Rows that are read at least, if there is a filter: DynamoDB counts rows before it filters them."""
_SIGNS = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def query_page(table: Table, query: Query, read: Read, live: Live) -> Rows:
    """Return one page of a partition or of an index."""
    condition = query.sort
    if condition is not None and condition.operator == "between" and condition.value > condition.upper:
        return Rows([], None)  # DynamoDB refuses bounds in the wrong order
    used = Placeholders()
    key, sort = (table.key, table.sort) if query.index is None else (query.index.key, query.index.sort)
    keys = f"{used.name(field_name(key))} = {used.value(query.key)}"
    if condition is not None and sort is not None:
        ranged = _range(used.name(field_name(sort)), condition, used)
        keys = f"{keys} AND {ranged}" if ranged else keys
    request: dict[str, Any] = {"KeyConditionExpression": keys, "ScanIndexForward": not query.reverse}
    if query.index is not None:
        request["IndexName"] = query.index.name
    key_fields = {field_name(key), field_name(sort) if sort is not None else ""}
    reserved = {leaf.name for leaf in comparisons(query.filter)} & key_fields  # a Query cannot filter by key fields
    pushed = None if reserved else query.filter
    return _page(table, query.index, "query", request, used, pushed, query, read, live)


def scan_page(table: Table, scan: Scan, read: Read, live: Live) -> Rows:
    """Return one page of the whole table."""
    return _page(table, None, "scan", {}, Placeholders(), scan.filter, scan, read, live)


def _page(
    table: Table,
    index: Index | None,
    operation: str,
    request: dict[str, Any],
    used: Placeholders,
    pushed: Condition | None,
    asked: Query | Scan,
    read: Read,
    live: Live,
) -> Rows:
    names = _position_names(table, index)
    if pushed is not None:
        truth = expression(pushed, used)
        if truth is False:
            return Rows([], None)
        if isinstance(truth, str):
            request["FilterExpression"] = truth
    if asked.limit is not None:
        filtered = asked.filter is not None or table.ttl is not None
        request["Limit"] = max(asked.limit, LOOKED_AT) if filtered else asked.limit
    if asked.page is not None:
        position = page_position(asked.page, len(names), object)
        request["ExclusiveStartKey"] = {
            attribute_name(name): attribute(value) for name, value in zip(names, position, strict=True)
        }
    request.update(used.request(request.get("KeyConditionExpression", ""), request.get("FilterExpression", "")))
    answer = read(operation, request)
    rows = [row for row in map(row_of, answer.get("Items", ())) if live(row) is not None]
    if pushed is None:
        rows = [row for row in rows if matches(asked.filter, row)]
    if asked.limit is not None and len(rows) > asked.limit:
        last = rows[asked.limit - 1]
        return Rows(rows[: asked.limit], page_token(*(last[name] for name in names)))
    after = answer.get("LastEvaluatedKey")
    return Rows(rows, page_token(*(value_of(after[attribute_name(name)]) for name in names)) if after else None)


def _position_names(table: Table, index: Index | None) -> list[str]:
    """Return the fields that give the position of a row in the table or in the index."""
    keys = [table.key, table.sort]
    if index is not None:
        keys += [index.key, index.sort]
    return list(dict.fromkeys(field_name(key) for key in keys if key is not None))


def _range(name: str, condition: SortCondition, used: Placeholders) -> str | None:
    operator, value = condition.operator, condition.value
    if operator == "begins_with":
        return f"begins_with({name}, {used.value(value)})" if value else None
    if operator == "between":
        return f"{name} BETWEEN {used.value(value)} AND {used.value(condition.upper)}"
    return f"{name} {_SIGNS[operator]} {used.value(value)}"
