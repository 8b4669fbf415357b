"""The files of a front end, served beside the functions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.staticfiles import StaticFiles
    from starlette.types import Scope


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
