"""Takes a function of an app and an event; runs it from source in a child process, and returns the result."""

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

from portable.settings.redaction import Redactor
from portable.tooling.app.places import clickable
from portable.tooling.app.read import AppError, request_for
from portable.tooling.app.settings import Settings
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.run.invoking import Reply, Request
from portable.tooling.run.relay import Relay, Secrets


@dataclass(frozen=True, slots=True)
class Returned:
    """An HTTP response; or nothing but that the function ended well, when `status` is 0.

    `printed` is the body without the app's secrets, `headers` are without them. `called` is False when a cloud would
    not have called the function, and `notes` say why, or what else it would have done. `known` is False when a cloud only
    took the event and does not say what became of it.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    printed: bytes
    called: bool = True
    notes: tuple[str, ...] = ()
    known: bool = True


class CallError(AppError):
    """The function, or importing the app, failed; `notes` say what a cloud would do now."""

    def __init__(self, message: str, traceback: str, notes: tuple[str, ...]) -> None:
        super().__init__(message, None, traceback)
        self.notes = notes


def invoke(
    settings: Settings,
    function: str,
    event: dict[str, Any],
    report: Callable[[str], None],
    echo: Callable[[str], None],
) -> Returned:
    """Run a function with an event given as plain data, on the project's local buckets, tables and queues.

    What it prints and logs goes to `echo` as it comes; no text that is passed on or returned holds a secret of the app,
    but for `body`. Raises CallError with the user's own traceback when the function, or importing the app, fails.
    """
    interpreter = interpreter_for(settings, report)
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        secrets = Path(temporary, "secrets.json")
        redact = Redactor(Secrets(secrets))
        reply = _run(settings, function, event, interpreter, Path(temporary), redact, echo)
        notes = tuple(redact(note) for note in reply.notes)
        if reply.error:
            message = clickable(redact(reply.error), settings.folder)
            raise CallError(message, redact(reply.traceback), notes)
        body = base64.b64decode(reply.body)
        return Returned(
            reply.status,
            tuple((name, redact(value)) for name, value in reply.headers),
            body,
            redact(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"),
            reply.kind != "skipped",
            notes,
        )


def _run(
    settings: Settings,
    function: str,
    event: dict[str, Any],
    interpreter: str,
    temporary: Path,
    redact: Redactor,
    echo: Callable[[str], None],
) -> Reply:
    """Return the reply of the child. Raises CallError when it made none."""
    asked, answered = temporary / "request.json", temporary / "reply.json"
    request = Request(
        request_for(settings, answered), str(settings.project), function, event, str(temporary / "secrets.json")
    )
    asked.write_bytes(msgspec.json.encode(request))
    command = [interpreter, "-m", "portable.tooling.run.invoking", str(asked)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PORTABLE_TARGET": "local"}
    process = subprocess.Popen(
        command,
        cwd=settings.project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    relay = Relay(process.stdout, redact, echo)
    try:
        code = process.wait()
    except BaseException:  # Ctrl-C must not leave the function running
        process.kill()
        process.wait()
        raise
    relay.finish()
    if not answered.exists():
        raise CallError(f"the function ended its process (exit code {code})", "", ())
    return msgspec.json.decode(answered.read_bytes(), type=Reply)
