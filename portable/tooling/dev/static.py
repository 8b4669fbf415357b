"""The files of a front end, served beside the functions: `static = "web"` in [tool.portable.dev] of pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portable.tooling.app.settings import Settings, SettingsError, key_place, table_of

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.staticfiles import StaticFiles
    from starlette.types import Scope

TABLE = "dev"


def static_folder(settings: Settings) -> Path | None:
    """Return the folder of static files, None for an app without one. Raises SettingsError."""
    file = settings.project / "pyproject.toml"
    table = table_of(settings.project, TABLE)
    for key in table.keys() - {"static"}:
        raise SettingsError(f"{key_place(file, key)}: [tool.portable.dev] has no {key!r}; it may hold static")
    name = table.get("static")
    if name is None:
        return None
    if not isinstance(name, str) or not (settings.project / name).is_dir():
        raise SettingsError(f"{key_place(file, 'static')}: static must name a folder of the project, not {name!r}")
    return settings.project / name


class Static:
    """Files of one folder. `index.html` stands for its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: StaticFiles | None = None

    async def find(self, scope: Scope) -> Response | None:
        """Return the response with the file of a path, None if there is none."""
        from starlette.exceptions import HTTPException
        from starlette.staticfiles import StaticFiles

        files = self._files = self._files or StaticFiles(directory=self._folder, html=True)
        try:
            found = await files.get_response(files.get_path({"root_path": "", **scope}), scope)
        except HTTPException:
            return None
        return found if found.status_code < 400 else None
