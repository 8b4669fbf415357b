"""Takes a project; returns the addresses of its resources under `.portable/local`, and their drivers."""

from __future__ import annotations

import os
from pathlib import Path

from portable.base.drivers import LazyDrivers, variable_name
from portable.errors import ConfigurationError, NotFound
from portable.settings.dotenv import FILE, look_up, read
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.tooling.app.model import AppModel

_PLACES = {
    "bucket": "buckets/{}",
    "table": "tables.sqlite",
    "queue": "messages.sqlite",
    "topic": "messages.sqlite",
    "stream": "messages.sqlite",
}
"""The path of each kind of resource, below `.portable/local`."""


class FilesAndSqlite:
    """The `LocalResources` of this machine: a folder for each bucket, a SQLite file for each other kind."""

    def addresses(self, app: AppModel, project: Path) -> dict[str, str]:
        """Return the variable of each resource and the path of its folder or file."""
        folder = project / ".portable" / "local"
        found = {}
        for resource in app.resources:
            place = _PLACES.get(resource.kind)
            if place is not None:
                address = str(folder / place.format(resource.name))
                found[variable_name(resource.kind, resource.name)] = address
                if resource.kind in ("queue", "topic"):
                    found[variable_name("DEAD", resource.name)] = address
        return found

    def drivers(self, project: Path) -> LocalDrivers:
        """Return the drivers of a project's resources."""
        return LocalDrivers(project)


class LocalDrivers(LazyDrivers):
    """The drivers of this machine. Secrets and settings come from the environment, or else from `.portable.env`."""

    def __init__(self, project: Path) -> None:
        super().__init__("portable_local.runtime")
        self._file = project / FILE

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
        return look_up(kind, name, read(str(self._file))) if found is None else found
