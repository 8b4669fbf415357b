"""Takes an app's folder; returns its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.files import app_files
from portable.tooling.app.read import imported
from portable.tooling.app.settings import load_settings
from portable.tooling.cached_app import python_for
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.depend.own_metadata import own_metadata
from portable.tooling.targets import target_names


def described(app: Path, report: Callable[[str], None]) -> str:
    """Return the OpenAPI document of an app as JSON. Raises PortableError for an app without HTTP functions."""
    settings = load_settings(app, targets=target_names())
    files = app_files(settings, None)
    python = python_for(settings, settings.python or RUNNING, files)
    interpreter = interpreter_for(settings, report, python)
    report("Reading the app's functions")
    model, document = imported(settings, interpreter, own_metadata(settings, files.files), document=True)
    if not model.http():
        raise PortableError(f"{settings.name} has no HTTP functions, so there is nothing to describe")
    return document
