"""Takes an app's folder; returns its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.files import app_files
from portable.tooling.app.settings import load_settings
from portable.tooling.cache import Cache
from portable.tooling.cached_app import Reading, described_app, python_for
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.depend.own_metadata import own_metadata
from portable.tooling.targets import target_names


def described(app: Path, report: Callable[[str], None]) -> str:
    """Return the OpenAPI document of an app as JSON. Raises PortableError for an app without HTTP functions."""
    settings = load_settings(app, targets=target_names())
    files = app_files(settings, None)
    python = python_for(settings, settings.python or RUNNING, files)
    reading = Reading(settings, files, own_metadata(settings, files.files), python, report)
    found = described_app(reading, Cache(settings.project))
    if not found.model.http():
        raise PortableError(f"{settings.name} has no HTTP functions, so there is nothing to describe")
    return found.document
