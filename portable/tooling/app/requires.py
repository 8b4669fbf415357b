"""Takes a project's requires-python and a Python such as "3.12"; returns whether some release of that Python fits it.

Specifiers are those of the version specifiers specification (PyPA, "Version specifiers"), compared by their first two
numbers: a provider's "3.12" is whatever patch release it has.
"""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"\s*(~=|===?|!=|<=|>=|<|>)\s*v?(\d+)(?:\.(\d+))?((?:\.\d+)*)((?:\.\*)?)\s*")


def fits(requires: str, python: str) -> bool:
    """Return whether a Python "3.12" can satisfy a specifier ">=3.11,<4". Raises ValueError for an invalid specifier."""
    major, minor = (int(part) for part in python.split("."))
    return all(_fits(clause, (major, minor)) for clause in requires.split(",") if clause.strip())


def _fits(clause: str, python: tuple[int, int]) -> bool:
    found = _CLAUSE.fullmatch(clause)
    if found is None:
        raise ValueError(f"{clause.strip()!r} is not a version specifier")
    operator, major, minor, patch, _ = found.groups()
    wanted = (int(major), int(minor or 0))
    same = python == wanted if minor else python[0] == wanted[0]
    patched = any(int(part) for part in patch.split(".") if part)
    return {
        ">=": python >= wanted,
        ">": python >= wanted,
        "<": python < wanted or (patched and same),
        "<=": python <= wanted,
        "==": same,
        "===": same,
        "!=": not same or bool(patch),
        "~=": same if patch else python[0] == wanted[0] and python >= wanted,
    }[operator]
