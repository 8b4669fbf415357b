"""Conditions as DynamoDB expressions: takes a condition; returns True, False or an expression with its names and values.

DynamoDB's comparisons are two-valued, as portable's are: one with a missing attribute or another type is false
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html).
"""

from __future__ import annotations

from portable.persistence.query import And, Comparison, Exists, Not, Or, ordered_kind
from portable_aws.runtime.persistence_items import (
    FLOATS,
    TIMES,
    attribute,
    attribute_name,
    is_beyond,
    ordered_float,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.persistence.query import Condition

    Truth = bool | str


class Placeholders:
    """The names and values that the expressions of one request share."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, field: str) -> str:
        """Return the placeholder of a field."""
        return self.raw_name(attribute_name(field))

    def raw_name(self, name: str) -> str:
        """Return the placeholder of an attribute."""
        return self._names.setdefault(name, f"#n{len(self._names)}")

    def value(self, value: Any) -> str:
        """Return the placeholder of a plain value."""
        return self.raw_value(attribute(value))

    def raw_value(self, value: dict[str, Any]) -> str:
        """Return the placeholder of an attribute value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def request(self, *expressions: str) -> dict[str, Any]:
        """Return the request's fields for the names and values in its expressions. DynamoDB refuses unused ones."""
        import re

        used = set(re.findall(r"[#:]\w+", " ".join(expressions)))
        names = {placeholder: name for name, placeholder in self._names.items() if placeholder in used}
        values = {placeholder: value for placeholder, value in self._values.items() if placeholder in used}
        fields: dict[str, Any] = {}
        if names:
            fields["ExpressionAttributeNames"] = names
        if values:
            fields["ExpressionAttributeValues"] = values
        return fields


def expression(condition: Condition, used: Placeholders) -> Truth:
    """Return the condition as an expression, or True or False if it does not depend on the row."""
    if isinstance(condition, Exists):
        return f"attribute_exists({used.name(condition.name)})"
    if isinstance(condition, Not):
        return negated(expression(condition.condition, used))
    if isinstance(condition, And):
        return both(expression(condition.left, used), expression(condition.right, used))
    if isinstance(condition, Or):
        return either(expression(condition.left, used), expression(condition.right, used))
    assert isinstance(condition, Comparison)
    return _comparison(condition, used)


def negated(truth: Truth) -> Truth:
    """Return NOT of an expression."""
    return not truth if isinstance(truth, bool) else f"(NOT {truth})"


def both(left: Truth, right: Truth) -> Truth:
    """Return AND of two expressions."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return f"({left} AND {right})"


def either(left: Truth, right: Truth) -> Truth:
    """Return OR of two expressions."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return f"({left} OR {right})"


def expired(ttl: str, now: Any, used: Placeholders) -> str:
    """Return the expression for a row whose time to live, a datetime or whole seconds, has passed."""
    name = used.name(ttl)
    first, text, seconds = (
        used.raw_value({"S": TIMES[0]}),
        used.value(now),
        used.value(int(now.timestamp())),
    )
    return f"({name} <= {seconds} OR {name} BETWEEN {first} AND {text})"


def _comparison(condition: Comparison, used: Placeholders) -> Truth:
    operator, value = condition.operator, condition.value
    name = used.name(condition.name)
    if operator == "==":
        return f"({name} = {used.value(value)})"
    kind = ordered_kind(value)
    if kind is None:
        return False
    if kind == "number":
        return _number(name, operator, value, used)
    compared = f"({name} {operator} {used.value(value)})"
    if kind == "bytes":
        return compared
    if kind == "time":
        return both(compared, _between(name, TIMES, used))
    return both(compared, negated(_between(name, (TIMES[0], FLOATS[1]), used)))


def _number(name: str, operator: str, value: Any, used: Placeholders) -> Truth:
    """Compare with the type N, and with the floats that are stored as text because they are outside its range."""
    beyond = both(
        f"({name} {operator} {used.raw_value({'S': ordered_float(float(value))})})", _between(name, FLOATS, used)
    )
    if type(value) is not float or not is_beyond(value):
        return either(f"({name} {operator} {used.value(value)})", beyond)
    below = operator in ("<", "<=")
    if abs(value) >= 1:  # beyond the range of N
        return either(
            f"attribute_type({name}, {used.raw_value({'S': 'N'})})" if (value > 0) == below else False, beyond
        )
    # between 0 and the smallest N
    sign = ("<=" if value > 0 else "<") if below else (">" if value > 0 else ">=")
    return either(f"({name} {sign} {used.value(0)})", beyond)


def _between(name: str, bounds: tuple[str, str], used: Placeholders) -> str:
    return f"({name} BETWEEN {used.raw_value({'S': bounds[0]})} AND {used.raw_value({'S': bounds[1]})})"
