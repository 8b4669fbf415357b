"""A function of an app and an event -> what came back, by running it from source in a child process."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from portable.tooling.app.places import clickable
from portable.tooling.app.read import AppError
from portable.tooling.app.settings import Settings
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.run.invoking import Reply, Request


@dataclass(frozen=True, slots=True)
class Returned:
    """An HTTP response; or nothing but that the function ended well, when `status` is 0."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def invoke(settings: Settings, function: str, event: dict[str, Any], report: Callable[[str], None]) -> Returned:
    """Run a function with an event given as plain data, on the project's local buckets, tables and queues.

    Raises AppError with the user's own traceback when the function, or importing the app, fails.
    """
    interpreter = interpreter_for(settings, report)
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        file = Path(temporary, "reply.json")
        request = Request(
            name=settings.name,
            folder=str(settings.folder),
            project=str(settings.project),
            modules=list(settings.modules),
            function=function,
            event=event,
            reply=str(file),
        )
        command = [interpreter, "-m", "portable.tooling.run.invoking", msgspec.json.encode(request).decode()]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PORTABLE_TARGET": "local"}
        done = subprocess.run(command, cwd=settings.project, stdin=subprocess.DEVNULL, env=environment, check=False)
        if not file.exists():
            raise AppError(f"the function ended its process (exit code {done.returncode})")
        reply = msgspec.json.decode(file.read_bytes(), type=Reply)
    if reply.error:
        raise AppError(clickable(reply.error, settings.folder), None, reply.traceback)
    return Returned(reply.status, tuple(reply.headers), base64.b64decode(reply.body))
