"""Takes what somebody asks of rows, as texts; returns the condition that a row must meet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from typing import Any

from portable.errors import InvalidInput
from portable.persistence.query import Comparison, Condition, Field, Or
from portable.tooling.dev.stored.rows import from_marked

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "has")
_HAS = re.compile(r"\s*([^\s=!<>].*?)\s+has\s*")
_COMPARED = re.compile(r"\s*([^\s=!<>].*?)\s*(==|!=|<=|>=|<|>|=)\s*(.*?)\s*", re.DOTALL)
_MORE = re.compile(r"(^|\s)(==|!=|<=|>=|<|>)(\s|$)")
_PYTHON = {"True": True, "False": False, "None": None}


def read(where: str) -> tuple[str, str, str]:
    """Return the field, the operator and the value of a text such as "price > 2". Raises InvalidInput, which says how to write it."""
    found = _HAS.fullmatch(where)
    if found:
        return found[1], "has", ""
    found = _COMPARED.fullmatch(where)
    if not found:
        raise InvalidInput(
            f"{where!r} is no condition. Write a field, one of {' '.join(OPERATORS[:-1])} and a value, such as "
            '"price > 2"; or a field and has: "note has"',
            "where",
        )
    name, operator, value = found.groups()
    if operator == "=":
        raise InvalidInput(f'"=" compares nothing: write "{name} == {value}"', "where")
    if not value:
        raise InvalidInput(f'{where.strip()!r} has no value to compare with. An empty text is ""', "where")
    if not value.startswith('"') and _MORE.search(value):
        raise InvalidInput(f"{where!r} is more than one condition: ask for one. A text goes between quotes", "where")
    return name, operator, value


def condition(name: str, operator: str, value: str) -> Condition | None:
    """Return the condition that a filter asks for, None for an empty one.

    A value without quotes is compared with numbers as a number, with texts as a text, with moments as a moment.
    """
    if not name:
        return None
    if operator not in OPERATORS:
        raise InvalidInput(f"{operator!r} is none of {' '.join(OPERATORS)}", "operator")
    if operator == "has":
        return Field(name).exists()
    asked = "==" if operator == "!=" else operator
    compared: list[Condition] = [Comparison(name, asked, each) for each in _meant(value)]
    found = reduce(Or, compared)
    return ~found if operator == "!=" else found


def unknown(name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return in words that no row has a field, "" if one has it or there is no row."""
    known = list(dict.fromkeys(each for row in rows for each in row))
    return f"no row has a field {name!r}; they have {', '.join(known)}" if known and name not in known else ""


def _meant(text: str) -> list[Any]:
    """Return the values that a text may mean: what it is in JSON or in Python, a moment, the text itself."""
    if text in _PYTHON:
        return [_PYTHON[text], text]
    try:
        found = json.loads(text, object_hook=from_marked)
    except ValueError:
        found = text
    if isinstance(found, str) and found != text:
        return [found]
    moment = _moment(text)
    if isinstance(found, (datetime, dict, list)):
        return [found if isinstance(found, datetime) else text]
    return [*([] if found is text else [found]), *([] if moment is None else [moment]), text]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
