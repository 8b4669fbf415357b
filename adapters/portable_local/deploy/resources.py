"""Takes a project; returns the addresses of its resources under `.portable/local`, and their drivers."""

from __future__ import annotations

import os
from pathlib import Path

from portable.base.drivers import LazyDrivers, variable_name
from portable.errors import ConfigurationError, NotFound
from portable.settings.dotenv import FILE, look_up, read
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.tooling.app.kinds.registry import RESOURCES, feed
from portable.tooling.app.model import AppModel
from portable_local.deploy.feeds import feeds
from portable_local.runtime.eventing import SqliteQueue

_PLACES = {"storage": "buckets/{}", "persistence": "tables.sqlite", "eventing": "messages.sqlite"}
"""Where resources are kept, by their pillar, below `.portable/local`."""


class FilesAndSqlite:
    """The `LocalResources` of this machine: a folder for each bucket, a SQLite file for each other kind."""

    def addresses(self, app: AppModel, project: Path) -> dict[str, str]:
        """Return the variable of each resource and the path of its folder or file."""
        folder = project / ".portable" / "local"
        found = {}
        for resource in app.resources:
            place = _PLACES.get(RESOURCES[resource.kind].pillar)
            if place is not None:
                found[variable_name(resource.kind, resource.name)] = str(folder / place.format(resource.name))
        queues = {resource.name for resource in app.resources if resource.kind == "queue"}
        for fed in queues | {name for function in app.functions if (name := feed(function)) is not None}:
            for kind in ("QUEUE", "DEAD"):
                found[variable_name(kind, fed)] = str(folder / _PLACES["eventing"])
        return found

    def feeds(self, app: AppModel, project: Path) -> dict[str, SqliteQueue]:
        """Return the queue that brings its events to each function."""
        folder = project / ".portable" / "local"
        folder.mkdir(parents=True, exist_ok=True)
        return feeds(app, folder / _PLACES["eventing"], folder / "ticks.sqlite")

    def drivers(self, project: Path) -> LocalDrivers:
        """Return the drivers of a project's resources."""
        return LocalDrivers(project)


class LocalDrivers(LazyDrivers):
    """The drivers of this machine. Secrets and settings come from the environment, or else from `.portable.env`."""

    def __init__(self, project: Path) -> None:
        super().__init__("portable_local.runtime")
        self._file = project / FILE
        self._good: dict[str, str] | None = None

    def secret(self, secret: Secret) -> str:
        """Return the value of a secret. Raises NotFound if it is not set."""
        found = self._value("SECRET", secret.name)
        if found is None:
            raise NotFound(f'secret "{secret.name}" is not set: write {secret.name}=… into {self._file}')
        return found

    def setting(self, setting: Setting) -> str:
        """Return the value of a setting, or else its default. Raises ConfigurationError if it has neither."""
        found = self._value("SETTING", setting.name)
        if found is None:
            found = setting.default
        if found is None:
            raise ConfigurationError(
                f'setting "{setting.name}" is not set and has no default: write {setting.name}=… into {self._file}'
            )
        return found

    def _value(self, kind: str, name: str) -> str | None:
        found = os.environ.get(variable_name(kind, name))
        return look_up(kind, name, self._values()) if found is None else found

    def _values(self) -> dict[str, str]:
        """Return what the file says; while it is broken, what it said before. Raises ConfigurationError for one that was never right."""
        try:
            self._good = read(str(self._file))
        except (ConfigurationError, OSError):
            if self._good is None:
                raise
        return self._good
