"""Takes `isolate` of a target's table and an app; returns the functions with their own identity, and problems."""

from __future__ import annotations

from collections.abc import Mapping

from portable.tooling.app.model import AppModel
from portable.tooling.target import Problem

KEY = "isolate"
"""The key of [tool.portable.<target>]: a list of functions, or "all"."""
ISOLATION = "isolation"
"""The rule of a function that cannot have an identity of its own, for the checks of targets."""


def isolated_names(app: AppModel, table: Mapping[str, object]) -> frozenset[str]:
    """Return the functions that `isolate` names. What is no function is told by `isolation_problems`."""
    named = table.get(KEY, ())
    known = frozenset(function.name for function in app.functions)
    if named == "all":
        return known
    return known.intersection(named) if _is_list(named) else frozenset()  # type: ignore[arg-type]


def isolation_problems(app: AppModel, target: str, table: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with `isolate` on any target: another value, or a name that is none of the app's."""
    named = table.get(KEY, [])
    if named == "all":
        return []
    if not _is_list(named):
        text = f'[tool.portable.{target}] {KEY} = {named!r} must be "all" or a list of functions'
        return [Problem(text, key=KEY, rule="setting", instead="correct it, or leave it out")]
    known = dict.fromkeys(function.name for function in app.functions)
    return [
        Problem(
            f'[tool.portable.{target}] {KEY} names "{name}", which is not a function of the app; it has {", ".join(known)}',
            key=KEY,
            rule="setting",
            instead="correct the name",
        )
        for name in named  # type: ignore[attr-defined]
        if name not in known
    ]


def _is_list(named: object) -> bool:
    return isinstance(named, (list, tuple)) and all(isinstance(name, str) for name in named)
