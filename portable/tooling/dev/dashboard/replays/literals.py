"""Values as Python source: takes a value; returns its source, and keeps what is too long for a test to be written beside it."""

from __future__ import annotations

import json
from decimal import Decimal
from textwrap import indent
from typing import Any

WIDTH = 100
LONGEST, LONGEST_DATA = 400, 40
"""The most bytes of a text, and of other data, that stand in a test itself."""
INDENT = "    "


def literal(value: Any) -> str:
    """Return a value as Python source that needs `datetime` and `decimal` at most: on several lines if it is long."""
    if isinstance(value, Decimal):
        return f"decimal.{value!r}"
    if not value or type(value) not in (list, tuple, dict, set):
        return repr(value)
    if isinstance(value, dict):
        return _bracketed([f"{literal(name)}: {literal(each)}" for name, each in value.items()], "{", "}")
    begin, end = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    items = [literal(each) for each in value]
    return _bracketed(items, begin, f",{end}" if isinstance(value, tuple) and len(items) == 1 else end)


def call(name: str, arguments: list[str]) -> str:
    """Return a call as Python source: each argument on a line of its own where one line would be too long."""
    return f"{name}{_bracketed(arguments, '(', ')')}"


def _bracketed(items: list[str], begin: str, end: str) -> str:
    short = f"{begin}{', '.join(items)}{end}"
    if len(short) <= WIDTH and "\n" not in short:
        return short
    return "\n".join([begin, *(indent(f"{item},", INDENT) for item in items), end.lstrip(",")])


class Beside:
    """The files of a test: what is long and belongs to it. `files` are their contents by name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def data(self, content: bytes, what: str) -> str:
        """Return the source of bytes. A file with them is named after `what` they are."""
        kind = _kind(content)
        if len(content) <= (LONGEST_DATA if kind == "bin" else LONGEST):
            return repr(content)
        return f"{self._place(content, what, kind)}.read_bytes()"

    def decoded(self, content: bytes, value: Any, what: str) -> str:
        """Return the source of a value whose JSON is `content`."""
        if len(content) <= LONGEST:
            return literal(value)
        return f"json.loads({self._place(content, what, 'json')}.read_bytes())"

    def _place(self, content: bytes, what: str, kind: str) -> str:
        number, name = 1, f"{what}.{kind}"
        while self.files.get(name, content) != content:
            number += 1
            name = f"{what}-{number}.{kind}"
        self.files[name] = content
        return f"(DATA / {literal(name)})"


def _kind(content: bytes) -> str:
    """Return what the name of a file with some bytes ends with."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "bin"
    if "\0" in text:
        return "bin"
    try:
        json.loads(text)
    except ValueError:
        return "txt"
    return "json"
