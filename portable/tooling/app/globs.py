"""Patterns such as "*.pem", "data/**/*.csv" or "assets/" -> whether a path in the app matches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a test of a path with `/` between its parts.

    `*` and `?` stay within a part, `**` spans parts. A pattern without `/` matches a name at any depth; one that
    matches a folder matches all it holds.
    """
    compiled = [re.compile(_expression(pattern)) for pattern in patterns]
    return lambda path: any(expression.fullmatch(path) for expression in compiled)


def _expression(pattern: str) -> str:
    text = pattern.removeprefix("./").strip("/")
    start = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    return f"{start}{_parts(text)}(?:/.*)?"


def _parts(text: str) -> str:
    return "".join(_part(token) for token in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", text))


def _part(token: str) -> str:
    spans = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in spans:
        return spans[token]
    return token.replace("[!", "[^", 1) if len(token) > 1 else re.escape(token)
