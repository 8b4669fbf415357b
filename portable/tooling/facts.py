"""What a provider allows and how it behaves: `limits.toml` and `meaning.toml` of a target in, its `Facts` out.

The core measures an app by what stands there, so a new number or a new target needs no line of code. docs/targets.md lists
the keys that are measured; docs/limits.md shows the numbers of all targets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from portable.errors import PortableError

LIMITS = "limits.toml"
MEANING = "meaning.toml"


class Limit(Struct, frozen=True):
    """One number of a provider, called `what`, such as "timeout.http".

    A value must be from `least` to `most`, and one of `choices` where there are some. `beyond` says what happens to a value
    that is not, `instead` what to do; both may hold {value}, {least}, {most} and {choices}. An `error` stops packaging.
    `source` says where it was read and `date` when; one that is not `verified` was written from memory.
    """

    what: str
    title: str
    source: str
    date: str
    unit: str = ""
    least: int | None = None
    most: int | None = None
    choices: tuple[int, ...] = ()
    beyond: str = ""
    instead: str = ""
    error: bool = False
    verified: bool = True

    def allows(self, value: float) -> bool:
        """Say whether a value is within the limit; `choices` are not asked."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def told(self, text: str, value: float) -> str:
        """Return `beyond` or `instead` with the numbers in it."""
        choices = ", ".join(map(str, self.choices))
        return text.format(
            value=value if isinstance(value, int) else f"{value:g}", least=self.least, most=self.most, choices=choices
        )

    def shown(self) -> str:
        """Return the limit for people, such as "128 to 10,240 MB"."""
        if self.choices:
            found = " or ".join(f"{choice:,}" for choice in self.choices)
        elif self.least is not None and self.most is not None:
            found = f"{self.least:,} to {self.most:,}"
        else:
            found = f"at least {self.least:,}" if self.most is None else f"{self.most:,}"
        return f"{found} {self.unit}".rstrip()


class NameRule(Struct, frozen=True):
    """Which names a provider refuses for one kind of thing: "app", "function", "module", "environment", "bucket", ….

    A name must match `fits` as a whole, have at most `most` characters, be none of `reserved`, begin with none of `begins`
    and hold none of `holds`. With `having`, the rule counts only for apps with a resource of one of these kinds.
    """

    what: str
    why: str
    source: str
    date: str
    fits: re.Pattern[str] | None = None
    most: int | None = None
    reserved: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    having: frozenset[str] = frozenset()
    instead: str = "choose another name"
    error: bool = True
    verified: bool = True

    def allows(self, name: str) -> bool:
        """Say whether the provider takes a name."""
        return not (
            (self.fits is not None and self.fits.fullmatch(name) is None)
            or (self.most is not None and len(name) > self.most)
            or name in self.reserved
            or name.startswith(self.begins)
            or any(part in name for part in self.holds)
        )


class Facts(Struct, frozen=True):
    """All that is known about a provider in numbers and words.

    `meaning` says by kind of trigger or resource and by aspect, such as ("queue", "order"), how a provider behaves.
    `moving` says by kind of resource how its data leaves and enters: "out", "in", and "from <target>" for a way of its own.
    """

    limits: Mapping[str, Limit] = {}
    names: tuple[NameRule, ...] = ()
    meaning: Mapping[str, Mapping[str, str]] = {}
    moving: Mapping[str, Mapping[str, str]] = {}

    def limit(self, *names: str) -> Limit | None:
        """Return the limit of the first of some names that has one: the most special name first."""
        return next((self.limits[name] for name in names if name in self.limits), None)

    def most(self, name: str) -> int:
        """Return the largest value of a limit that the target is known to have."""
        found = self.limits[name].most
        assert found is not None, f"{name} has no largest value"
        return found


def read_facts(folder: Path) -> Facts:
    """Return the facts in a folder: `limits.toml` and `meaning.toml`. A file that is missing says nothing.

    Raises PortableError, with the file, for one that does not have the form of docs/targets.md.
    """
    limits, told = _document(folder / LIMITS), folder / MEANING
    try:
        return Facts(
            {what: _limit(what, table, limits) for what, table in limits.get("limits", {}).items()},
            tuple(_name_rule(table, limits) for table in limits.get("names", ())),
            Told(told, "meaning"),
            Told(told, "moving"),
        )
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise PortableError(f"{folder / LIMITS}: {error!r}: docs/targets.md shows the form of this file") from error


class Told(Mapping[str, Mapping[str, str]]):
    """A table of a file, read when it is first asked for: only `portable check` asks. Raises PortableError then for one that is no TOML."""

    def __init__(self, file: Path, name: str) -> None:
        self._file, self._name = file, name

    @cached_property
    def _table(self) -> Mapping[str, Mapping[str, str]]:
        found: Mapping[str, Mapping[str, str]] = _document(self._file).get(self._name, {})
        return found

    def __getitem__(self, key: str) -> Mapping[str, str]:
        return self._table[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def _document(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PortableError(f"{file}: {error}") from error


def _limit(what: str, table: Mapping[str, Any], document: Mapping[str, Any]) -> Limit:
    given = {"date": str(document["date"]), **table, "choices": tuple(table.get("choices", ()))}
    return Limit(what, **given)


def _name_rule(table: Mapping[str, Any], document: Mapping[str, Any]) -> NameRule:
    given: dict[str, Any] = {"date": str(document["date"]), **table}
    for key, kind in (("reserved", frozenset), ("having", frozenset), ("begins", tuple), ("holds", tuple)):
        given[key] = kind(table.get(key, ()))
    given["fits"] = re.compile(table["fits"]) if "fits" in table else None
    return NameRule(**given)
