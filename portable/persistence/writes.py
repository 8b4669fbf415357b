"""Writes of one row: the requests for a driver, and their result for the stored row.

`outcome` defines every write. If a store has no such operation, its driver reads the row, calls `outcome`, and writes
the result with the version check of the store.
"""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import Conflict, InvalidValue
from portable.persistence.query import matches
from portable.persistence.values import check_size, copy_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from portable.persistence.query import Condition
    from portable.persistence.table import Table
    from portable.persistence.values import Row, RowKey


class Write(Value):
    """A write of the row under `key`. It is done only if `condition` is true."""

    key: RowKey
    condition: Condition | None = None


class Put(Write):
    """Replace the whole row."""

    row: Row = None  # type: ignore[assignment]  # always given; it follows a field with a default


class Update(Write):
    """Change fields of the row. No field is named twice, none is a key field, and `append` has lists.

    `why` describes the part of the condition that was added to the user's, for the message of a Conflict. `rule` is
    called with the row after the update, and may refuse it by an error or change it. Its `names` are all fields that it
    may look at or change, and its `reads` says whether who writes may read the row, too. None means that the fields alone
    decide.
    """

    set: Mapping[str, Any] = {}
    remove: tuple[str, ...] = ()
    add: Mapping[str, Any] = {}
    append: Mapping[str, list[Any]] = {}
    why: str = ""
    rule: Any = None


class Delete(Write):
    """Delete the row."""


class Require(Write):
    """Write nothing, but require the condition. It is used only in a transaction."""


def outcome(table: Table, write: Write, stored: Row | None) -> Row | None:
    """Return the row after the write, or None if there is no row.

    Raises Conflict for a false condition, and TooLarge if an update makes the row too large.
    """
    if not matches(write.condition, stored or {}):
        raise conflict(table, write.key)
    if isinstance(write, Put):
        return write.row
    if isinstance(write, Delete):
        return None
    if isinstance(write, Update):
        return updated(table, write, stored)
    return stored


def updated(table: Table, write: Update, stored: Row | None) -> Row:
    """Return the row with the changes of the update. Raises Conflict if a field has the wrong type for its change."""
    row = dict(stored) if stored is not None else key_fields(table, write.key)
    row.update(write.set)
    for name in write.remove:
        row.pop(name, None)
    for name, amount in write.add.items():
        row[name] = _sum(table, write.key, name, row.get(name, 0), amount)
    for name, items in write.append.items():
        there = row.get(name, [])
        if type(there) is not list:
            raise conflict(table, write.key, f"field {name!r} is not a list, so append is not possible")
        row[name] = there + items
    row = copy_row(row)
    if write.rule is not None:
        write.rule(row)
    check_size(row)
    return row


def key_fields(table: Table, key: RowKey) -> Row:
    """Return a row with only the key fields."""
    from portable.persistence.table import field_name

    row: Row = {field_name(table.key): key[0]}
    if table.sort is not None:
        row[field_name(table.sort)] = key[1]
    return row


def conflict(table: Table, key: RowKey, why: str = "the condition is false") -> Conflict:
    """Return the Conflict for a write that does not fit the stored row."""
    shown = repr(key[0]) if key[1] is None else f"{key[0]!r}, {key[1]!r}"
    return Conflict(f'table "{table.name}", row {shown}: {why}')


def _sum(table: Table, key: RowKey, name: str, there: Any, amount: Any) -> Any:
    """Return an exact sum. It is decimal, as in DynamoDB."""
    kind = type(there)
    if kind is int and type(amount) is int:
        total: Any = there + amount
    elif kind is float or kind.__name__ == "Decimal" or (kind is int and type(amount).__name__ == "Decimal"):
        total = _decimal_sum(there, amount)
    else:
        raise conflict(table, key, f"field {name!r} is not a number, so add is not possible")
    if total is None or (type(total) is int and not -(10**38) < total < 10**38):
        raise conflict(table, key, f"field {name!r} would have more than 38 digits")
    return total


def _decimal_sum(there: Any, amount: Any) -> Any:
    from decimal import Context, Decimal, Inexact, InvalidOperation

    context = Context(prec=38, traps=[Inexact, InvalidOperation])
    try:
        total = context.add(Decimal(repr(there)) if type(there) is float else Decimal(there), Decimal(amount))
    except (Inexact, InvalidOperation):
        return None
    if type(there) is Decimal or type(amount) is Decimal:
        return total
    return float(total)


def merged(clauses: Mapping[str, Any]) -> None:
    """Raise InvalidValue for a field that two clauses of an update name."""
    seen: dict[str, str] = {}
    for clause, names in clauses.items():
        for name in names:
            if name in seen:
                raise InvalidValue(
                    f"{name}: the field is in {seen[name]} and in {clause}. Change a field only once", name
                )
            seen[name] = clause
