"""Takes an app's folder; returns its AppModel, by importing the app in a child process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from types import MappingProxyType

import msgspec

from portable.errors import PortableError
from portable.tooling.app.asking import ADVICE, Reply, Request
from portable.tooling.app.model import AppModel
from portable.tooling.app.places import clickable
from portable.tooling.app.settings import Settings

LIMIT = 120.0
"""Seconds after which the import is stopped."""


class AppError(PortableError):
    """The app itself is wrong. `traceback` is the user's own, or empty."""

    def __init__(self, message: str, where: str | None = None, traceback: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.traceback = traceback


def read(
    settings: Settings, interpreter: str | None = None, metadata: Mapping[str, bytes] = MappingProxyType({})
) -> AppModel:
    """Return what the app declares. Raises AppError with the place and, where user code raised, its traceback.

    `metadata` are files of a .dist-info that the app may read of itself while it is imported.
    """
    return imported(settings, interpreter, metadata)[0]


def imported(
    settings: Settings,
    interpreter: str | None = None,
    metadata: Mapping[str, bytes] = MappingProxyType({}),
    *,
    document: bool = False,
) -> tuple[AppModel, str]:
    """Return what `read` does, and with `document` the app's OpenAPI document, else ""."""
    folder = settings.folder.resolve()
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        reply_file = Path(temporary, "reply.json")
        request = request_for(settings, reply_file, document)
        command = [
            interpreter or sys.executable,
            "-m",
            "portable.tooling.app.importing",
            msgspec.json.encode(request).decode(),
        ]
        metadata_folder = Path(temporary, "own")
        for path, data in metadata.items():
            (metadata_folder / path).parent.mkdir(parents=True, exist_ok=True)
            (metadata_folder / path).write_bytes(data)
        code = _ended(command, folder, _environment(folder, metadata_folder))
        if code is None:
            raise AppError(f"importing the app took more than {LIMIT:.0f} s and was stopped. {ADVICE}")
        if not reply_file.exists():
            said = f"the app ended the process that imported it (exit code {code})"
            raise AppError(f"{said}: {hidden}" if (hidden := _hidden(folder)) else f"{said}. {ADVICE}")
        reply = msgspec.json.decode(reply_file.read_bytes(), type=Reply)
    if reply.app is None:
        where = clickable(reply.where, folder) if reply.where else None
        hidden = f" ({hidden})" if (hidden := _hidden(folder)) else ""
        raise AppError(f"{clickable(reply.error, folder)}{hidden}", where, reply.traceback)
    return reply.app, reply.document


def _hidden(folder: Path) -> str | None:
    """Say which modules of Python or of portable cannot be imported, because the app has others of these names."""
    names = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    found = sorted(names & {*sys.stdlib_module_names, "portable"})
    return f"the app's {', '.join(found)} hides what Python or portable has by this name: rename it" if found else None


def request_for(settings: Settings, reply: Path, document: bool = False) -> Request:
    """Return the request to import an app; `reply` is the file that gets the answer, which may hold its OpenAPI document."""
    folder = str(settings.folder.resolve())
    asked = (list(settings.modules), str(reply), list(settings.apart), settings.http, document, settings.version)
    return Request(settings.name, folder, *asked)


def _ended(command: list[str], folder: Path, environment: dict[str, str]) -> int | None:
    """Run a command and return its exit code, or None if it took too long and was stopped.

    `subprocess` waits for a process with a time limit by looking again and again, up to 50 ms late.
    """
    late: list[bool] = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, cwd=folder) as process:

        def stop() -> None:
            late.append(True)
            process.kill()

        clock = Timer(LIMIT, stop)
        clock.start()
        try:
            code = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            clock.cancel()
    return None if late else code


def _environment(folder: Path, metadata_folder: Path) -> dict[str, str]:
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(folder), str(metadata_folder), *([inherited] if inherited else [])])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
