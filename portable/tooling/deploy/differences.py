"""The manifest of the last deployment and an app's Blueprint -> what is new, what has changed and what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from portable.errors import PortableError
from portable.tooling.infra.blueprint import Blueprint, read_blueprint

_SHOWN = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: `sign` is "+", "~" or "-", `what` names it, `how` says how it differs, "" for what is new or gone."""

    sign: str
    what: str
    how: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.what}{': ' if self.how else ''}{self.how}"


def differences(before: Mapping[str, Any], now: Blueprint, hashes: Mapping[str, str]) -> Iterator[Difference]:
    """Yield the differences. `hashes` are those of the app's files now, by path.

    A manifest that another version has written says only that it cannot be compared.
    """
    try:
        then = read_blueprint(before)
    except PortableError:
        yield Difference("~", "the app", "it was deployed by another version, which cannot be compared")
        return
    for name in ("python", "architecture"):
        if getattr(then, name) != getattr(now, name):
            yield Difference("~", name, f"{getattr(then, name)} -> {getattr(now, name)}")
    yield from _named("function", _by_name(then.functions), _by_name(now.functions))
    for kind in dict.fromkeys(each.kind for each in (*then.resources, *now.resources)):
        old, new = ((each for each in found.resources if each.kind == kind) for found in (then, now))
        yield from _named(kind, _by_name(old), _by_name(new))
    yield from _files(before.get("files", {}), hashes)


def _by_name(items: Any) -> dict[str, dict[str, Any]]:
    return {each.name: msgspec.to_builtins(each) for each in items}


def _named(word: str, then: Mapping[str, dict[str, Any]], now: Mapping[str, dict[str, Any]]) -> Iterator[Difference]:
    for name in dict.fromkeys((*then, *now)):
        if name not in then:
            yield Difference("+", f"{word} {name}")
        elif name not in now:
            yield Difference("-", f"{word} {name}")
        elif then[name] != now[name]:
            changed = [key for key in now[name] if then[name].get(key) != now[name][key]]
            how = ", ".join(filter(None, (_changed(key, then[name].get(key), now[name][key]) for key in changed)))
            if how:
                yield Difference("~", f"{word} {name}", how)


def _changed(key: str, then: Any, now: Any) -> str:
    """Say how one value has changed; of permissions only those that came or went."""
    if key != "grants":
        return f"{key} {_text(then)} -> {_text(now)}"
    before, after = _rights(then), _rights(now)
    came = [f"may now {action} {where}" for action, where in after if (action, where) not in before]
    went = [f"may no longer {action} {where}" for action, where in before if (action, where) not in after]
    return ", ".join([*came, *went])


def _rights(grants: Any) -> list[tuple[str, str]]:
    return [(action, f"on the {each['kind']} {each['resource']}") for each in grants for action in each["actions"]]


def _files(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Difference]:
    """Yield the app's files that have changed. What else ships, such as dependencies, is not known before packaging."""
    for path, found in sorted(now.items()):
        if path in then and then[path] != found:
            yield Difference("~", f"file {path}")
        elif path not in then:
            yield Difference("+", f"file {path}")


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
