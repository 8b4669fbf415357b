"""Compares states of an in-memory cloud: takes resources; returns one line per difference.

What already differs between two runs from the same state is random (times, ids) and is not compared: such fields are left
out, and rows and objects with random keys are only counted. Messages are compared without their number; messages with random
content are left out.
"""

from __future__ import annotations

from typing import Any

from portable.testing.cloud import Cloud
from portable.testing.world.kinds.registry import RESOURCES

Item = tuple[str, str, str]
"""Kind and name of a resource, and the key in it."""
State = dict[Item, dict[str, Any]]
"""What each item holds, by the path of the field."""
_NOTHING = "nothing"
PENDING = "pending"
"""The kind of the queues of pending events."""
_SENT = (PENDING, *(kind.name for kind in RESOURCES.values() if kind.sent))


class Single:
    """The state after one run, as two runs agree on it."""

    def __init__(self, first: State, second: State) -> None:
        self._state = first
        self._random = set(first.keys() ^ second.keys())
        self._chance = {
            (item, path)
            for item in first.keys() & second.keys()
            for path in first[item].keys() | second[item].keys()
            if first[item].get(path, _NOTHING) != second[item].get(path, _NOTHING)
        }

    def differences(self, state: State) -> list[str]:
        """Return one line per difference of a state."""
        found = self._counts(state)
        loose = {item[:2] for item in self._random}
        for item in sorted(self._state.keys() | state.keys()):
            if item in self._random or (item[:2] in loose and item not in self._state):
                continue
            mine, its = self._state.get(item, {}), state.get(item, {})
            for path in sorted(mine.keys() | its.keys()):
                one, other = mine.get(path, _NOTHING), its.get(path, _NOTHING)
                if one != other and (item, path) not in self._chance:
                    found.append(f"{_place(item, path)}: {_shown(one)} after one run, {_shown(other)} now")
        return found

    def _counts(self, state: State) -> list[str]:
        """Compare how many items have random keys."""
        found = []
        for resource in sorted({item[:2] for item in self._random if item[0] not in _SENT}):
            mine = sum(item[:2] == resource for item in self._state)
            its = sum(item[:2] == resource for item in state)
            if mine != its:
                found.append(f"{' '.join(resource)}: {mine} items with random keys after one run, {its} now")
        return found


def state_of(cloud: Cloud) -> State:
    """Return what every resource of a cloud holds."""
    found: State = {}
    for (kind, name), driver in cloud.inside.world.stores.made.items():
        held = RESOURCES["queue" if kind == PENDING else kind]
        for label, fields in held.items(driver.snapshot()):
            found[kind, name, label] = {"": "sent"} if fields is None else _flat(fields)
    return found


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return the leaves of a value by their path."""
    if isinstance(value, dict):
        found = {path: "there"}
        for name, inner in value.items():
            found |= _flat(inner, f"{path}.{name}")
        return found
    if isinstance(value, list):
        found = {path: f"{len(value)} items"}
        for index, inner in enumerate(value):
            found |= _flat(inner, f"{path}[{index}]")
        return found
    return {path: value}


def _place(item: Item, path: str) -> str:
    kind, name, key = item
    return f"{kind} {name}: {key}{path}"


def _shown(value: Any) -> str:
    text = value if value in (_NOTHING, "there", "sent") else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
