"""Conditions, filters and ranges of the sort key: frozen values made from fields and values, and their evaluation.

A condition is true or false, never unknown. It is evaluated on the stored row; a missing row has no fields. A
comparison with a missing field or with a value of another type is False. `!=` is `~(==)`. `matches` defines the meaning
for every driver.
"""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import InvalidValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any


class Condition(Value):
    """A condition on a row. Combine conditions with `&`, `|` and `~`."""

    def __and__(self, other: Condition) -> And:
        return And(self, _condition(other))

    def __or__(self, other: Condition) -> Or:
        return Or(self, _condition(other))

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> bool:
        raise TypeError(
            "a condition cannot be used as True or False. Combine conditions with & | ~ instead of and, or, not"
        )


class Comparison(Condition):
    """`field operator value`. The operator is one of == < <= > >=."""

    name: str
    operator: str
    value: Any

    def __hash__(self) -> int:
        return hash((self.name, self.operator, repr(self.value)))


class Exists(Condition):
    """The row has the field. Its value may be anything, also None."""

    name: str


class Not(Condition):
    """The condition is false."""

    condition: Condition

    def __invert__(self) -> Condition:
        return self.condition


class And(Condition):
    """Both conditions are true."""

    left: Condition
    right: Condition


class Or(Condition):
    """At least one condition is true."""

    left: Condition
    right: Condition


class Field:
    """A field of a row for a comparison, such as `field("status") == "new"`.

    A dot in the name has no special meaning.
    """

    __slots__ = ("name",)
    __hash__ = None  # type: ignore[assignment]  # == makes a condition, so a field cannot be a dict key

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise InvalidValue(f"the name of a field must be text, not {name!r}", name)
        self.name = name

    def exists(self) -> Condition:
        """Return the condition that the row has this field."""
        return Exists(self.name)

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]
        return Comparison(self.name, "==", value)

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]
        return Not(Comparison(self.name, "==", value))

    def __lt__(self, value: Any) -> Condition:
        return Comparison(self.name, "<", value)

    def __le__(self, value: Any) -> Condition:
        return Comparison(self.name, "<=", value)

    def __gt__(self, value: Any) -> Condition:
        return Comparison(self.name, ">", value)

    def __ge__(self, value: Any) -> Condition:
        return Comparison(self.name, ">=", value)

    def __repr__(self) -> str:
        return f"field({self.name!r})"


def field(name: str) -> Field:
    """Return the field of that name, for building a condition."""
    return Field(name)


def _condition(value: object) -> Condition:
    if not isinstance(value, Condition):
        raise TypeError(f"& and | combine conditions, but got {value!r}. Put each comparison in parentheses")
    return value


class SortCondition(Value):
    """A range of the sort key. `operator` is eq, lt, le, gt, ge, between (includes both ends) or begins_with."""

    operator: str
    value: Any
    upper: Any = None


class sort:  # noqa: N801 - it is used as a word: sort.ge(3)
    """Ranges of the sort key for `query`."""

    @staticmethod
    def eq(value: Any) -> SortCondition:
        """Return the range that is exactly `value`."""
        return SortCondition("eq", value)

    @staticmethod
    def lt(value: Any) -> SortCondition:
        """Return the range below `value`."""
        return SortCondition("lt", value)

    @staticmethod
    def le(value: Any) -> SortCondition:
        """Return the range up to `value`."""
        return SortCondition("le", value)

    @staticmethod
    def gt(value: Any) -> SortCondition:
        """Return the range above `value`."""
        return SortCondition("gt", value)

    @staticmethod
    def ge(value: Any) -> SortCondition:
        """Return the range from `value` on."""
        return SortCondition("ge", value)

    @staticmethod
    def between(lower: Any, upper: Any) -> SortCondition:
        """Return the range from `lower` to `upper`, both included."""
        return SortCondition("between", lower, upper)

    @staticmethod
    def begins_with(value: str) -> SortCondition:
        """Return the range of all texts that begin with `value`."""
        return SortCondition("begins_with", value)


def matches(condition: Condition | None, row: Mapping[str, Any]) -> bool:
    """Return whether `condition` is true for `row`. None is always true. A missing row is `{}`."""
    if condition is None:
        return True
    if isinstance(condition, Comparison):
        return condition.name in row and compare(row[condition.name], condition.operator, condition.value)
    if isinstance(condition, Exists):
        return condition.name in row
    if isinstance(condition, Not):
        return not matches(condition.condition, row)
    if isinstance(condition, And):
        return matches(condition.left, row) and matches(condition.right, row)
    if isinstance(condition, Or):
        return matches(condition.left, row) or matches(condition.right, row)
    raise TypeError(f"{condition!r} is not a condition")


def comparisons(condition: Condition | None) -> Iterator[Comparison | Exists]:
    """Yield the comparisons of a condition, from left to right."""
    if isinstance(condition, (Comparison, Exists)):
        yield condition
    elif isinstance(condition, Not):
        yield from comparisons(condition.condition)
    elif isinstance(condition, (And, Or)):
        yield from comparisons(condition.left)
        yield from comparisons(condition.right)


def each(condition: Condition, change: Callable[[Comparison | Exists], Condition]) -> Condition:
    """Return the condition with `change` applied to every comparison and every `exists`."""
    if isinstance(condition, (Comparison, Exists)):
        return change(condition)
    if isinstance(condition, Not):
        return Not(each(condition.condition, change))
    if isinstance(condition, (And, Or)):
        return type(condition)(each(condition.left, change), each(condition.right, change))
    return condition


def compare(stored: Any, operator: str, value: Any) -> bool:
    """Return `stored operator value`. False if the types differ or have no order."""
    if operator == "==":
        return same(stored, value)
    kind = ordered_kind(stored)
    if kind is None or kind != ordered_kind(value):
        return False
    if kind == "number":
        stored, value = _numbers(stored, value)
    if operator == "<":
        return bool(stored < value)
    if operator == "<=":
        return bool(stored <= value)
    if operator == ">":
        return bool(stored > value)
    return bool(stored >= value)


def same(left: Any, right: Any) -> bool:
    """Return whether two values are equal and of the same type. True is not 1, but 1.0 is 1."""
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(same(value, right[name]) for name, value in left.items())
        )
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    kind = ordered_kind(left)
    if kind != ordered_kind(right):
        return False
    if kind == "number":
        left, right = _numbers(left, right)
    return bool(left == right)


_KINDS = {"int": "number", "float": "number", "Decimal": "number", "str": "text", "bytes": "bytes", "datetime": "time"}


def ordered_kind(value: Any) -> str | None:
    """Return number, text, bytes or time. None for a value that has no order."""
    for base in type(value).__mro__:
        if base is bool:
            return None
        kind = _KINDS.get(base.__name__)
        if kind is not None:
            return kind
    return None


def _numbers(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two numbers that compare exactly. Compared with a Decimal, a float counts as its shortest decimal."""
    if type(left) is float and type(right).__name__ == "Decimal":
        return type(right)(repr(left)), right
    if type(right) is float and type(left).__name__ == "Decimal":
        return left, type(left)(repr(right))
    return left, right
