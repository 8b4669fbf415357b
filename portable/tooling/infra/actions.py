"""A configuration and a provider's map of actions in, every action that applying it takes out, each on the exact resource.

The map is a target's data, `deployer.toml` beside its `target.py`: the engine's types of resources, and what making, reading,
changing, tagging and deleting one calls.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.infra.deploying import Deploying
from portable.tooling.infra.terraform import Document, Expression

DELETE_DATA = "delete_data"
VERBS = ("create", "read", "update", "tag", "delete", DELETE_DATA)
"""What an engine does with a resource. Deleting some also deletes the data of others; those of data themselves are known."""
_REFERENCE = re.compile(r"\$\{([a-z0-9_]+)\.([\w-]+)\.\w+\}")
_ARGUMENT = re.compile(r"\{(\w+)\}")
_NAME = "name"
_DATA = "data."


@dataclass(frozen=True, slots=True)
class Rule:
    """What a type of resource needs on one thing.

    `on` is the thing, with arguments of the resource in braces; `when` are conditions in the same form. `why` says why it
    reaches more than this resource, "" where it does not.
    """

    actions: Mapping[str, tuple[str, ...]]
    on: str = ""
    when: tuple[tuple[str, str], ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class ActionMap:
    """The rules of each type of resource, and the argument that holds its name where that is not `name`."""

    rules: Mapping[str, tuple[Rule, ...]]
    named: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True, order=True)
class Needed:
    """An action that is needed. `data` says that it deletes data; `kind` is the type of the resource that it is needed for."""

    action: str
    on: str = ""
    when: tuple[tuple[str, str], ...] = ()
    why: str = ""
    data: bool = False
    kind: str = ""


def read_actions(file: Path) -> ActionMap:
    """Return the map in a target's `deployer.toml`."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    rules = {kind: tuple(map(_rule, rows)) for kind, rows in found.items() if isinstance(rows, list)}
    return ActionMap(rules, found.get("named", {}), str(found["source"]))


def _rule(row: Mapping[str, Any]) -> Rule:
    actions = {verb: tuple(row[verb]) for verb in VERBS if verb in row}
    return Rule(actions, row.get("on", ""), tuple(row.get("when", {}).items()), row.get("why", ""))


def needed(main: Document, known: ActionMap, deploying: Deploying) -> frozenset[Needed]:
    """Return what applying, changing and destroying a configuration takes.

    Raises PortableError for a type of resource that the map does not have: its rights would be missing without a word.
    """
    missing = sorted({kind for kind, _, _ in _all(main)} - known.rules.keys())
    if missing:
        raise PortableError(
            f"it is not known what may make {', '.join(missing)}. Add the type to the target's deployer.toml, with the actions "
            "that the provider's documentation names for it"
        )
    return frozenset(found for each in _all(main) for found in _of(main, known, deploying, *each))


def _all(main: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    yield from main.each("resource")
    yield from ((f"{_DATA}{kind}", label, arguments) for kind, label, arguments in main.each("data"))


def _of(
    main: Document, known: ActionMap, deploying: Deploying, kind: str, label: str, arguments: Mapping[str, Any]
) -> Iterator[Needed]:
    holds = deploying.holds(kind, f"{kind}.{label}") is not None

    def told(text: str) -> str:
        return _ARGUMENT.sub(lambda match: _value(main, known, arguments, match), text)

    for rule in known.rules[kind]:
        on, when = told(rule.on), tuple((key, told(value)) for key, value in rule.when)
        for verb, actions in rule.actions.items():
            for action in actions:
                data = verb == DELETE_DATA or (holds and verb == "delete")
                yield Needed(action, on, when, rule.why, data, kind)


def _value(main: Document, known: ActionMap, arguments: Mapping[str, Any], match: re.Match[str]) -> str:
    """Return the value of an argument; what is none, such as {account}, stays for the target."""
    value = arguments.get(match[1])
    return match[0] if value is None else _followed(main, known, value)


def _followed(main: Document, known: ActionMap, value: str) -> str:
    """Return a text in which references to resources are the names of these."""
    if not isinstance(value, Expression):
        return value

    def name(found: re.Match[str]) -> str:
        kind, label = found[1], found[2]
        held = main.get("resource", kind, label)
        if held is None:
            return found[0]
        return _followed(main, known, held.get(known.named.get(kind, _NAME), found[0]))

    return _REFERENCE.sub(name, value)
