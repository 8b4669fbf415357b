"""Checks an update of a typed row before it is made: takes names and values, returns plain values.

After the update the row type must still be able to read the row. So a missing row is not created without its required
fields, a sum does not leave the bounds of its field, and a required field is not removed.
"""

from __future__ import annotations

from portable.base.codec import Codec, named
from portable.errors import InvalidValue
from portable.persistence.field_rules import bounded, members, rules
from portable.persistence.query import Exists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.persistence.query import Condition
    from portable.persistence.rows import RowCodec
    from portable.persistence.values import Row

_LISTS = frozenset(
    "list set frozenset deque Sequence MutableSequence Set MutableSet AbstractSet Collection Iterable".split()  # noqa: SIM905
)


class Rule:
    """Checks the whole row after an update, for a row type that has rules which no field alone decides."""

    reads = False

    def __init__(self, rows: RowCodec) -> None:
        self._rows = rows
        self.names = tuple(rows.hints)

    def __call__(self, row: Row) -> None:
        """Raise InvalidValue if the row type would not read the row."""
        self._rows.decode(row)


def rule_of(rows: RowCodec) -> Rule | None:
    """Return the rule of a row type. None if it has no validators and no code that runs when a row is made."""
    kind = rows.kind
    found = getattr(kind, "__pydantic_decorators__", None)
    validators = ("model_validators", "root_validators", "field_validators", "validators")
    ruled = any(getattr(found, name, None) for name in validators) or hasattr(kind, "__post_init__")
    made = getattr(kind, "model_post_init", None)
    ruled = ruled or (made is not None and not made.__module__.startswith("pydantic."))
    return Rule(rows) if ruled else None


class Changes:
    """Checks changes of the fields of one row type. All names are stored names."""

    def __init__(self, rows: RowCodec) -> None:
        self._rows = rows
        self._codecs: dict[str, Codec] = {}
        self.rule = rule_of(rows)
        self._open = getattr(rows.kind, "model_config", {}).get("extra") == "allow"

    def set(self, values: Mapping[str, Any]) -> Row:
        """Validate fields and return them in stored form. Raises InvalidValue."""
        return {name: self._set(name, value) for name, value in values.items()}

    def _set(self, name: str, value: Any) -> Any:
        if not self._known(name):
            return self._rows.plain(value)
        own = self._own(name)
        if hasattr(self._rows.kind, "model_construct"):
            from portable.persistence.model_field import written

            found = written(self._rows.kind, own, value)
            if found is not None:
                return found[0]
        return self._codec(name, self._rows.hints[name], value)

    def _own(self, name: str) -> str:
        """Return the Python name of a stored field."""
        return next((own for own, stored in self._rows.names.items() if stored == name), name)

    def append(self, values: Mapping[str, list[Any]]) -> Row:
        """Validate items and return them in stored form. Raises InvalidValue, also if the field is not a list."""
        return {name: self._append(name, items) for name, items in values.items()}

    def _append(self, name: str, items: list[Any]) -> Any:
        import typing

        if not self._known(name):
            return self._rows.plain(items)
        self._refuse_rules(name, "append", ("max_length",))
        for part in members(self._rows.hints[name]):
            origin = typing.get_origin(part) or part
            given = typing.get_args(part)
            if origin in (typing.Any, object):
                return self._rows.plain(items)
            if getattr(origin, "__name__", "") == "tuple" and (not given or given[-1] is Ellipsis):
                return self._codec(f"{name}[]", list[given[0]] if given else list, items)  # type: ignore[valid-type]
            if getattr(origin, "__name__", "") in _LISTS:
                return self._codec(f"{name}[]", list[given[0]] if given else list, items)  # type: ignore[valid-type]
        raise InvalidValue(
            f"{name}: append needs a list, but the field of {named(self._rows.kind)} is not a list", name
        )

    def _add(self, values: Mapping[str, Any]) -> Condition | None:
        """Return the condition on the stored numbers that keeps every sum within its bounds. Raises InvalidValue."""
        found: Condition | None = None
        for name, amount in values.items():
            if not self._known(name):
                continue
            kinds = {getattr(part, "__name__", "") for part in members(self._rows.hints[name])} - {"NoneType"}
            wanted = {"Decimal"} if type(amount).__name__ == "Decimal" else {"int", "float", "Decimal"}
            if not kinds & wanted and not kinds & {"Any", "object"}:
                raise InvalidValue(
                    f"{name}: add of {amount!r} needs {' or '.join(sorted(wanted))}, but the field of "
                    f"{named(self._rows.kind)} has another type",
                    amount,
                )
            self._refuse_rules(name, "add", ("multiple_of",))
            for condition in bounded(name, self._rows.hints[name], amount):
                found = condition if found is None else found & condition
        return found

    def remove(self, names: Iterable[str]) -> None:
        """Raise InvalidValue for a field that every row must have."""
        for name in names:
            if self._known(name) and name in self._rows.required:
                raise InvalidValue(
                    f"{name}: every row of {named(self._rows.kind)} must have this field, so it cannot be removed", name
                )

    def demands(self, key: str, given: Iterable[str], adds: Mapping[str, Any]) -> tuple[Condition | None, str]:
        """Return the condition on the stored row, and its text for a Conflict. Raises InvalidValue for a wrong amount.

        `key` is the name of the key field. `given` are the fields that a new row would have besides those of `adds`.
        """
        wanted, why = self._add(adds), ""
        if wanted is not None:
            why = ", or a sum would leave the bounds of its field"
        lacking = sorted(self._rows.required - {*given, *adds})
        if lacking:
            there = Exists(key)
            wanted = there if wanted is None else wanted & there
            why += f", or the row does not exist and cannot be created without {', '.join(lacking)}"
        return wanted, why

    def _known(self, name: str) -> bool:
        if name not in self._rows.hints and not self._open:
            raise InvalidValue(f"{name}: {named(self._rows.kind)} has no field of this name", name)
        return name in self._rows.hints

    def _codec(self, name: str, hint: Any, value: Any) -> Any:
        codec = self._codecs.get(name)
        if codec is None:
            codec = self._codecs[name] = Codec(hint)
        try:
            return codec.to_plain(value)
        except InvalidValue as error:
            where, _, why = str(error).partition(": ")
            joint = "" if where == named(hint) else "" if where[:1] == "[" else "."
            raise InvalidValue(
                f"{name.removesuffix('[]')}{joint}{'' if where == named(hint) else where}: {why}", error.value
            ) from error

    def _refuse_rules(self, name: str, clause: str, more: tuple[str, ...]) -> None:
        """Refuse a change whose result cannot be checked before the change is made."""
        decorators = getattr(self._rows.kind, "__pydantic_decorators__", None)
        ruled = {field for found in getattr(decorators, "field_validators", {}).values() for field in found.info.fields}
        for rule, _ in rules(self._rows.hints[name]):
            if rule in more or rule == "function":
                ruled.add(name)
        if ruled & {name, self._own(name), "*"}:
            raise InvalidValue(
                f"{name}: {clause} cannot check the rule that {named(self._rows.kind)} has for this field. Set the whole "
                "value, with a condition on the stored one"
            )
