"""`Target`: what an adapter's `deploy/target.py` provides, found by the entry point group `portable.targets`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portable.tooling.app.model import AppModel
from portable.tooling.plan import Plan


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the target runs an artifact: uv's name of the platform by architecture, and the Pythons it offers.

    `pythons` are oldest first, as "3.12"; `source` says where the list was read.
    """

    pythons: tuple[str, ...]
    architectures: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the target cannot do for an app. `where` is "file:line"; an error stops packaging, a gap is printed."""

    message: str
    where: str | None = None
    error: bool = True


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of an app that planning needs: target Python, architecture, and the target's own table."""

    python: str
    architecture: str
    table: Mapping[str, object]


class Target(Protocol):
    """One cloud. Every method is pure: nothing is read from the network, no account is needed."""

    name: str
    title: str
    platform: Platform
    keys: frozenset[str]
    """What [tool.portable.<name>] may hold beside the keys of [tool.portable] itself."""

    def check(self, app: AppModel, options: Options) -> list[Problem]:
        """Return what this target cannot do for the app, each with its place."""
        ...

    def plan(self, app: AppModel, options: Options) -> Plan:
        """Return what the bundle will hold. Called only when `check` found no error."""
        ...

    def doctor(self, bundle: Path, python: str) -> list[list[str]]:
        """Return the commands that load an artifact the way the host does, one per entry, run in a clean process.

        Each prints one line of what it found and exits 0, or exits 1 with the user's own traceback on stderr.
        """
        ...


def read_platform(file: Path) -> Platform:
    """Return the Platform in a target's `platform.toml`: pythons, source and [architectures]."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return Platform(tuple(data["pythons"]), data["architectures"], data["source"])
