"""An app's folder and a target -> a `Subject`: all that the rules look at. The app is imported once for all targets."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from portable.tooling.app.files import AppFiles, Leak, files_and_leaks, together
from portable.tooling.app.model import AppModel
from portable.tooling.app.places import shown, split_place
from portable.tooling.app.settings import Settings, load_settings
from portable.tooling.cache import Cache
from portable.tooling.cached_app import App, Reading, python_for, read_app
from portable.tooling.depend.own_metadata import own_metadata
from portable.tooling.pipeline import options_of, refuse_keys
from portable.tooling.plan import Plan
from portable.tooling.target import Options, Target
from portable.tooling.targets import load_target, target_names


@dataclass(frozen=True, slots=True)
class Subject:
    """An app as one target would get it.

    `plan` is None where the target refuses the app. `files` are those that would ship and `leaks` what must not ship with
    them. `out` is the folder in which the target's artifact lies, if there is one.
    """

    target: Target
    settings: Settings
    options: Options
    app: AppModel
    files: AppFiles
    leaks: tuple[Leak, ...]
    cache: Cache
    out: Path
    plan: Plan | None = None

    def place(self, where: str) -> tuple[str, int]:
        """Return a place of the app as a file that can be opened from here, and a line."""
        file, line = split_place(where)
        inside = self.settings.folder / file
        return shown(inside if not os.path.isabs(file) and inside.is_file() else Path(file)), line or 1


@dataclass(slots=True)
class Reader:
    """Makes the subjects of one app. What was read for one target is not read again for another with like settings."""

    folder: Path
    out: Path
    report: Callable[[str], None]
    fresh: bool = False
    _files: dict[Settings, tuple[AppFiles, tuple[Leak, ...]]] = field(default_factory=dict)
    _apps: dict[tuple[Settings, str | None], App] = field(default_factory=dict)

    def subject(self, name: str) -> Subject:
        """Return the subject for a target. Raises PortableError for wrong settings or an app that cannot be read."""
        target = load_target(name)
        settings = load_settings(self.folder, name, target_names())
        refuse_keys(settings, target)
        options = options_of(settings, target)
        cache = Cache(settings.project, self.fresh)
        alike = replace(settings, table=None, python=None, architecture="")
        if alike not in self._files:
            self._files[alike] = files_and_leaks(settings, self.out)
        files, leaks = self._files[alike]
        python = python_for(settings, options.python, files)
        if (alike, python) not in self._apps:
            own = own_metadata(settings, files.files)
            self._apps[alike, python] = read_app(Reading(settings, files, own, python, self.report), cache)
        found = self._apps[alike, python]
        whole = together(files, found.more)
        return Subject(target, settings, options, found.model, whole, leaks, cache, self.out)
