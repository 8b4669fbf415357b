"""Takes patterns such as "*.pem", "data/**/*.csv" or "assets/"; returns a test of paths in the app."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache


def matcher(patterns: Iterable[str], *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Return a test of a path with `/` between its parts.

    `*` and `?` stay within a part, `**` spans parts. A pattern without `/` matches a name at any depth; one that
    matches a folder matches all it holds.
    """
    return _any(((f"{_expression(pattern)}(?:/.*)?") for pattern in patterns), ignore_case)


def names(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a test whether a pattern names a path itself: not a folder around it, and not by `*` or `**` alone."""
    return _any(_expression(pattern) for pattern in patterns if pattern.strip("/").rpartition("/")[2].strip("*"))


def _any(expressions: Iterable[str], ignore_case: bool = False) -> Callable[[str], bool]:
    alternatives = "|".join(f"(?:{expression})" for expression in expressions)
    if not alternatives:
        return lambda _path: False
    compiled = re.compile(alternatives, re.IGNORECASE if ignore_case else 0)
    return lambda path: compiled.fullmatch(path) is not None


@lru_cache(maxsize=1024)  # the patterns of secrets are the same for every app
def _expression(pattern: str) -> str:
    text = pattern.removeprefix("./").strip("/")
    start = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    return f"{start}{_parts(text)}"


def _parts(text: str) -> str:
    return "".join(_part(token) for token in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", text))


def _part(token: str) -> str:
    spans = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in spans:
        return spans[token]
    return token.replace("[!", "[^", 1) if len(token) > 1 else re.escape(token)
