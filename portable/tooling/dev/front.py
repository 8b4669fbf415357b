"""Takes the settings of an app; returns what `portable dev` serves beside its functions: [tool.portable.dev] of pyproject.toml."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from portable.tooling.app.settings import Settings, SettingsError, key_place, table_of

TABLE = "dev"
KEYS = ("static", "proxy", "hosts")
NEEDS = ("httpcore", "websockets")
"""What passes requests on. It comes with the extra `dev`."""


class Upstream(Struct, frozen=True):
    """The address of a development server. `place` is the "file:line" that names it."""

    scheme: str
    host: str
    port: int
    place: str

    @property
    def address(self) -> str:
        """The address as people write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Front(Struct, frozen=True):
    """A front end: the folder of its files, and the development server that has all other paths.

    `hosts` are names of this machine, beside those of loopback, under which everything is served.
    """

    static: Path | None = None
    proxy: Upstream | None = None
    hosts: tuple[str, ...] = ()

    def shown(self, project: Path) -> str:
        """Return in words who has the paths that no function has, "" if nobody."""
        files = "" if self.static is None else f"files of {self.static.relative_to(project)}"
        return ", then ".join(filter(None, (files, self.proxy.address if self.proxy else "")))


def front_of(settings: Settings) -> Front:
    """Return the front end of an app. Raises SettingsError for a table that is wrong, or that needs what is not installed."""
    file = settings.project / "pyproject.toml"
    table = table_of(settings.project, TABLE)
    for key in table.keys() - set(KEYS):
        allowed = f"{', '.join(KEYS[:-1])} and {KEYS[-1]}"
        raise SettingsError(f"{key_place(file, key)}: [tool.portable.dev] has no {key!r}; it may hold {allowed}")
    static, proxy, hosts = table.get("static"), table.get("proxy"), table.get("hosts", [])
    return Front(
        None if static is None else _folder(settings.project, static, key_place(file, "static")),
        None if proxy is None else _upstream(proxy, key_place(file, "proxy")),
        _hosts(hosts, key_place(file, "hosts")),
    )


def _hosts(names: object, place: str) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(
        isinstance(name, str) and re.fullmatch(r"[\w.-]+", name) for name in names
    ):
        raise SettingsError(f'{place}: hosts must be names without a port, such as ["shop.test"], not {names!r}')
    return tuple(names)


def _folder(project: Path, name: object, place: str) -> Path:
    if not isinstance(name, str) or not (project / name).is_dir():
        raise SettingsError(f"{place}: static must name a folder of the project, not {name!r}")
    return project / name


def _upstream(value: object, place: str) -> Upstream:
    wrong = SettingsError(f'{place}: proxy must be an address such as "http://localhost:5173", not {value!r}')
    if not isinstance(value, str):
        raise wrong
    try:
        found = urlsplit(value)
        port = found.port
    except ValueError as error:
        raise wrong from error
    rest = (found.username, found.query, found.fragment, found.path.strip("/"))
    if found.scheme not in ("http", "https") or not found.hostname or any(rest):
        raise wrong
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise SettingsError(f'{place}: proxy needs {" and ".join(missing)}: run pip install "portable-functions[dev]"')
    return Upstream(found.scheme, found.hostname, port or (443 if found.scheme == "https" else 80), place)
