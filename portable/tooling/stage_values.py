"""The result of each stage of `portable.tooling.pipeline`: one frozen value, which holds the previous one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portable.tooling.app.files import AppFiles
from portable.tooling.app.model import AppModel
from portable.tooling.app.needs import Needs
from portable.tooling.app.settings import Settings
from portable.tooling.bundle.bundle import Bundle
from portable.tooling.bundle.dependencies import Dependencies
from portable.tooling.bundle.runtime_modules import RuntimeModules
from portable.tooling.cache import Cache
from portable.tooling.depend.lock import Lock, Wanted
from portable.tooling.infra.replaced import NOTHING, Replaced
from portable.tooling.infra.stage import DEV, Stage
from portable.tooling.plan import Plan
from portable.tooling.shipped import drivers_of
from portable.tooling.target import Options, Target


@dataclass(frozen=True, slots=True)
class Asked:
    """What to package. `report` is called with each step that may take long. `fresh` ignores the cache.

    `stage` names the stage that infrastructure is written for.
    """

    app: Path
    target: str
    out: Path
    report: Callable[[str], None]
    fresh: bool = False
    stage: str = DEV


@dataclass(frozen=True, slots=True)
class Settled:
    """The target, the app's settings and options for it, the folder of the artifact, and the cache."""

    target: Target
    settings: Settings
    options: Options
    out: Path
    cache: Cache
    report: Callable[[str], None]
    stage: Stage


@dataclass(frozen=True, slots=True)
class Read:
    """What the app declares, its files, the metadata that it reads of itself, and notes for the user."""

    settled: Settled
    model: AppModel
    files: AppFiles
    own: Mapping[str, bytes]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """The target's plan and its generated files, portable's modules that ship, and the required distributions."""

    read: Read
    plan: Plan
    needs: Needs
    generated: dict[str, bytes]
    runtime: RuntimeModules
    wanted: Wanted
    notes: tuple[str, ...]

    @property
    def sources(self) -> dict[str, bytes]:
        """The app's files and the generated ones."""
        return {**self.read.files.files, **self.generated}

    @property
    def drivers(self) -> tuple[str, ...]:
        """The modules of drivers that ship."""
        settled = self.read.settled
        found = drivers_of(settled.target, self.needs, settled.options.elsewhere)
        return tuple(name for name in found if f"{name.replace('.', '/')}.py" in self.runtime.files)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Exact versions, what they add to the bundle, and the bytecode of the app (`compiled`) and of portable (`lean`)."""

    planned: Planned
    lock: Lock
    dependencies: Dependencies
    compiled: Mapping[str, bytes]
    lean: Mapping[str, bytes]

    @property
    def there(self) -> tuple[str, ...]:
        """The distributions that ship or that the host has."""
        shipped = (entry.name for entry in self.lock.entries)
        return (*shipped, *self.lock.provided, *self.planned.plan.provided_here())


@dataclass(frozen=True, slots=True)
class Bundled:
    """The finished bundle, not yet written."""

    settled: Settled
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Packaged:
    """The folder of an artifact, its manifest, the app's folder, which places in its notes are relative to, and the files
    of its infrastructure, none for a target that has none.
    """

    folder: Path
    manifest: dict[str, Any]
    app: Path
    infrastructure: Replaced = NOTHING
