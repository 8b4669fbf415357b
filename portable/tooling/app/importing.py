"""The child process that imports an app: takes a request as JSON on argv; writes the AppModel or an error to a JSON file.

Runs as `python -m portable.tooling.app.importing`; what the app prints goes to stderr.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from portable.errors import DeclarationError
from portable.tooling.app.asking import ADVICE, Reply, Request
from portable.tooling.app.collect import collect
from portable.tooling.app.handlers import by_name, import_mounted, loaded_modules
from portable.tooling.app.model import AppModel


def main() -> None:
    """Import the app named on argv and write the reply."""
    request = msgspec.json.decode(sys.argv[1], type=Request)
    os.dup2(2, 1)
    gc.disable()  # syntax trees are many objects, and this process ends soon
    folder = Path(request.folder)
    sys.path.insert(0, str(folder))
    Path(request.reply).write_bytes(msgspec.json.encode(answer(request, folder)))
    gc.freeze()  # else Python looks through all of them at its end


def answer(request: Request, folder: Path) -> Reply:
    """Return the reply to a request; whatever the app's code raises becomes its error."""
    try:
        for module in request.modules:
            import_module(module)
        import_mounted(loaded_modules(folder))
        modules = loaded_modules(folder)
        app = collect(request.name, folder, modules, request.apart, request.http, request.version)
        return Reply(app, _document(app, modules, folder) if request.document else "")
    except DeclarationError as error:
        return Reply(error=error.message, where=error.where or _place(error, folder))
    except BaseException as error:  # noqa: BLE001 - the app may raise anything, SystemExit included
        return Reply(error=_explain(error), where=_place(error, folder), traceback=_own_traceback(error, folder))


def _document(app: AppModel, modules: list[ModuleType], folder: Path) -> str:
    from portable.tooling.app.openapi.document import document, text

    return text(document(app, by_name(modules), folder))


def _explain(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, KeyError) and any(
        (frame.name == "__getitem__" and frame.filename.endswith(("os.py", "<frozen os>")))
        or "environ" in (frame.line or "")
        for frame in traceback.extract_tb(error.__traceback__)
    ):
        return f"the environment variable {error} is not set. {ADVICE}"
    if isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        text += ", which no declared dependency provides: add its distribution to [project] dependencies, or to requirements.txt"
    if isinstance(error, TypeError) and text.endswith("Trigger' object is not callable"):
        return "a trigger is no decorator: give it to @function, such as @function(http.get('/path'))"
    return f"the app cannot be imported: {text}"


def _own_frames(error: BaseException, folder: Path) -> list[traceback.FrameSummary]:
    return [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_absolute() and Path(frame.filename).resolve().is_relative_to(folder)
    ]


def _place(error: BaseException, folder: Path) -> str | None:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = _own_frames(error, folder)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None


def _own_traceback(error: BaseException, folder: Path) -> str:
    frames = _own_frames(error, folder)
    lines: list[Any] = ["Traceback (most recent call last):\n", *traceback.format_list(frames)] if frames else []
    return "".join([*lines, *traceback.format_exception_only(error)])


if __name__ == "__main__":
    main()
