"""An app on this machine: where its resources live under `.portable/local`, and the drivers that reach them."""

from __future__ import annotations

import os
from pathlib import Path

from portable.base.drivers import LazyDrivers, variable_name
from portable.errors import ConfigurationError, NotFound
from portable.settings.dotenv import FILE, look_up, read
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.tooling.app.model import AppModel

PACKAGE = "portable_local.runtime"
"""The adapter of this machine, found by name as every other."""


def local_folder(project: Path) -> Path:
    """Return where a project's local buckets, tables and queues are kept."""
    return project / ".portable" / "local"


def addresses(app: AppModel, folder: Path) -> dict[str, str]:
    """Return the variables that name each resource of an app: a folder per bucket, a SQLite file per kind."""
    found = {}
    for resource in app.resources:
        if resource.kind == "bucket":
            found[variable_name("BUCKET", resource.name)] = str(folder / "buckets" / resource.name)
        elif resource.kind == "table":
            found[variable_name("TABLE", resource.name)] = str(folder / "tables.sqlite")
        elif resource.kind in ("queue", "topic"):
            file = str(folder / "messages.sqlite")
            found[variable_name(resource.kind, resource.name)] = file
            found[variable_name("DEAD", resource.name)] = file
    return found


class LocalDrivers(LazyDrivers):
    """The drivers of this machine. Secrets and settings come from the environment, else from `.portable.env`."""

    def __init__(self, project: Path) -> None:
        super().__init__(PACKAGE)
        self._file = project / FILE

    def secret(self, secret: Secret) -> str:
        """Return the value of a secret. Raises NotFound saying where to set it."""
        found = self._value("SECRET", secret.name)
        if found is None:
            raise NotFound(f'secret "{secret.name}" is not set: write {secret.name}=… into {self._file}')
        return found

    def setting(self, setting: Setting) -> str:
        """Return the value of a setting, else its default. Raises ConfigurationError when it has none."""
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
