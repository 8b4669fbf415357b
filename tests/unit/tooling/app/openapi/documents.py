"""Apps written by a test, and the OpenAPI documents of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.tooling.entry.apps import HEAD, PLAIN, imported

from portable.tooling.app.handlers import by_name, loaded_modules
from portable.tooling.app.http_settings import HttpSettings
from portable.tooling.app.openapi.document import document

IMPORTS = f"""{HEAD}
import datetime, decimal, enum, typing, uuid
from dataclasses import dataclass
from http import HTTPStatus
import msgspec, pydantic
"""


def described(folder: Path, source: str, settings: HttpSettings = PLAIN, **files: str) -> dict[str, Any]:
    """Return the document of an app."""
    with imported(folder, source, IMPORTS, settings, **files) as app:
        home = next(folder.resolve().glob("written_app_*"))
        return document(app, by_name(loaded_modules(home)), home)


def operation(folder: Path, source: str, path: str = "/x", method: str = "get", **files: str) -> dict[str, Any]:
    """Return one operation of an app's document."""
    found: dict[str, Any] = described(folder, source, **files)["paths"][path][method]
    return found
