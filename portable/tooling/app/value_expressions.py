"""Takes constants, containers, enum members, times and frozen values; returns the Python source that makes equal ones."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import keyword
import pathlib
import re
import sys
import uuid
from collections.abc import Callable
from typing import Any

from portable.base.values import Value
from portable.tooling.app.model import Code

Says = Callable[[Any], Code]


class NoExpression(Exception):
    """The value cannot be named from another module."""


def joined(begin: str, parts: list[Code], end: str, *imports: str) -> Code:
    """Return expressions joined by commas between two texts, with all of their imports."""
    text = ", ".join(part.expression for part in parts)
    return Code(f"{begin}{text}{end}", (*imports, *(line for part in parts for line in part.imports)))


def literal(value: Any, says: Says) -> Code | None:
    """Return the source of a value, or None for an unknown type. `says` writes the values that it holds."""
    if value is None or value is Ellipsis or type(value) in (bool, int, str, bytes):
        return Code("..." if value is Ellipsis else repr(value))
    if isinstance(value, enum.Enum):
        return _member(value, says)
    if type(value) in (float, complex):
        return _number(value)
    if type(value) in (tuple, list, dict, set, frozenset):
        return _container(value, says)
    if isinstance(value, Value):
        given = [(name, value.__dict__[name]) for name in value._fields if name in value.__dict__]
        return _call(type(value), given, says)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if not all(field.init for field in dataclasses.fields(value)):
            raise NoExpression(f"{value!r} cannot be made by a call")
        return _call(type(value), [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)], says)
    return _from_library(value, says)


def _member(value: enum.Enum, says: Says) -> Code:
    kind = says(type(value))
    name = value._name_
    if name is not None and type(value).__members__.get(name) is value and name.isidentifier():
        plain = not keyword.iskeyword(name) and getattr(type(value), name, None) is value
        return Code(f"{kind.expression}.{name}" if plain else f"{kind.expression}[{name!r}]", kind.imports)
    return joined(f"{kind.expression}(", [says(value.value)], ")", *kind.imports)  # flags that are combined


def _number(value: complex) -> Code:
    if isinstance(value, complex):  # its own text loses the signs of zeros
        return joined("complex(", [_number(value.real), _number(value.imag)], ")")
    text = repr(value)
    return Code(f'{type(value).__name__}("{text}")' if re.search("inf|nan", text) else text)


def _container(value: Any, says: Says) -> Code:
    if type(value) is dict:
        pairs = [
            joined("", [says(key)], f": {says(item).expression}", *says(item).imports) for key, item in value.items()
        ]
        return joined("{", pairs, "}")
    parts = [says(item) for item in value]
    if type(value) is list:
        return joined("[", parts, "]")
    if type(value) is tuple:
        return joined("(", parts, ",)" if len(parts) == 1 else ")")
    parts.sort(key=lambda part: part.expression)  # a set has no order of its own, source must not change by itself
    kind = type(value).__name__
    return joined(f"{kind}([", parts, "])") if parts else Code(f"{kind}()")


def _call(kind: type, given: list[tuple[str, Any]], says: Says) -> Code:
    made = says(kind)
    arguments = [joined(f"{name}=", [says(item)], "") for name, item in given]
    return joined(f"{made.expression}(", arguments, ")", *made.imports)


def _from_library(value: Any, says: Says) -> Code | None:
    """Return the source of a value of the standard library, msgspec or pydantic whose parts are known."""
    kind = type(value)
    if kind in (datetime.date, datetime.timedelta) or (kind is datetime.timezone):
        return Code(repr(value), ("import datetime",))
    if kind in (datetime.datetime, datetime.time):
        zone = says(value.tzinfo)
        text = repr(value.replace(tzinfo=None))[:-1]
        return (
            joined(f"{text}, tzinfo=", [zone], ")", "import datetime")
            if value.tzinfo
            else Code(repr(value), ("import datetime",))
        )
    zones = sys.modules.get("zoneinfo")  # without it there is no zone, and few apps have one
    if zones is not None and kind is zones.ZoneInfo and value.key:
        return Code(f"zoneinfo.ZoneInfo({value.key!r})", ("import zoneinfo",))
    if kind is decimal.Decimal or kind is uuid.UUID:
        return Code(f"{kind.__module__}.{kind.__name__}({str(value)!r})", (f"import {kind.__module__}",))
    if isinstance(value, pathlib.PurePath):
        return joined(f"pathlib.{kind.__name__}(", [says(str(value))], ")", "import pathlib")
    if kind is re.Pattern:
        return joined("re.compile(", [says(value.pattern), says(value.flags)], ")", "import re")
    if kind.__module__ == "msgspec" and kind.__name__ == "Meta":
        return _call(kind, list(value.__rich_repr__()), says)  # the options that were given
    if kind.__module__ == "pydantic.fields" and kind.__name__ == "FieldInfo":
        arguments = [joined(f"{name}=", [says(got)], "") for name, got in _field_options(value).items()]
        return joined("pydantic.Field(", arguments, ")", "import pydantic")
    return None


def _field_options(value: Any) -> dict[str, Any]:
    """Return what pydantic's `Field` was called with; constraints have become marks that hold them by name."""
    found = {name: got for name, got in value._attributes_set.items() if name != "annotation"}
    for mark in value.metadata:
        if dataclasses.is_dataclass(mark):
            found |= {field.name: getattr(mark, field.name) for field in dataclasses.fields(mark)}
        elif type(mark).__name__.lstrip("_") == "PydanticGeneralMetadata":
            found |= vars(mark)
        else:
            raise NoExpression(f"{mark!r} in a pydantic Field")
    return found


def module_object(module_name: str, name: str, item: Any) -> Code:
    """Return the source of what a module holds under a dotted name. Raises NoExpression when it is another object."""
    module: Any = sys.modules.get(module_name)
    owner = module
    for part in name.split("."):
        owner = getattr(owner, part, None)
    if not can_be_written(module_name, name):
        raise NoExpression(f"{module_name}.{name} is no name that Python can write: rename the module or the object")
    if owner is not item or module_name == "__main__":
        raise NoExpression(f"{module_name}.{name} is not {item!r}: give it that name at the top of its module")
    walked: Any = sys.modules.get(module_name.partition(".")[0])
    for part in module_name.split(".")[1:]:
        walked = getattr(walked, part, None)
    if walked is module:
        return Code(f"{module_name}.{name}", (f"import {module_name}",))
    # The package has another object under the module's name (`from .order import order`).
    first, _, rest = name.partition(".")
    alias = "_" + module_name.replace("_", "__").replace(".", "_0") + f"_1{first}"
    return Code(f"{alias}.{rest}" if rest else alias, (f"from {module_name} import {first} as {alias}",))


def can_be_written(*names: str) -> bool:
    """Say whether each part of dotted names can stand in a source: a file may be called `my-app.py` or `class.py`."""
    parts = [part for name in names for part in name.split(".")]
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
