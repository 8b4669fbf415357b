"""Local settings and secrets: the environment first, then `.portable.env`; names in, text out."""

from __future__ import annotations

import os

from portable.errors import ConfigurationError, NotFound
from portable.settings.dotenv import FILE, look_up, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.settings.setting import Setting


class LocalSettings:
    """What an app may read on this machine. The file in `folder` is read again when it has changed.

    PORTABLE_SECRET_<NAME> and PORTABLE_SETTING_<NAME> of the environment win over the file.
    """

    def __init__(self, folder: str = ".") -> None:
        self._path = os.path.join(folder, FILE)
        self._seen: tuple[int, int] | None = None
        self._values: dict[str, str] = {}

    def secret(self, name: str) -> str:
        """Return the secret of that name. Raises NotFound saying how to set it."""
        found = self._find("SECRET", name)
        if found is None:
            raise NotFound(f'secret "{name}" is not set: write {_line(name)} into {self._path}')
        return found

    def setting(self, setting: Setting) -> str:
        """Return a setting, or its default. Raises ConfigurationError when there is neither."""
        found = self._find("SETTING", setting.name)
        if found is None:
            found = setting.default
        if found is None:
            raise ConfigurationError(
                f'setting "{setting.name}" is not set and has no default: write {_line(setting.name)} into {self._path}'
            )
        return found

    def _find(self, kind: str, name: str) -> str | None:
        key = f"PORTABLE_{kind}_{name}".upper().replace("-", "_")
        return os.environ[key] if key in os.environ else look_up(kind, name, self._file())

    def _file(self) -> dict[str, str]:
        try:
            found = os.stat(self._path)
            seen = (found.st_mtime_ns, found.st_size)
        except OSError:
            seen = (0, 0)
        if seen != self._seen:
            self._values = read(self._path)
            self._seen = seen
        return self._values


def read_secret(address: str) -> str:
    """Return the secret of that name, from the environment or the `.portable.env` of the working folder."""
    return LocalSettings().secret(address)


def _line(name: str) -> str:
    return f"{name.upper().replace('-', '_')}=…"
