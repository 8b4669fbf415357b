"""Takes an app's settings and files; imports it and returns what it declares. The result is cached."""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portable.tooling.app.files import AppFiles, imported_files, together
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.app.site_files import site_files
from portable.tooling.bundle.runtime_modules import stamp
from portable.tooling.cache import Kept, digest
from portable.tooling.depend.environment import interpreter_for, newer_python
from portable.tooling.depend.requirements import declared

SLOW = 10.0
"""Seconds of an app's import after which a note is printed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An app to be read.

    `files` ship by their names; `own` is the metadata that the app reads of itself; `python` reads the app, None stands
    for the running Python.
    """

    settings: Settings
    files: AppFiles
    own: Mapping[str, bytes]
    python: str | None
    report: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class App:
    """What an app declares, the files that it imports beyond those that ship by their names, and a note on its speed.

    `document` is its OpenAPI document, "" where it was not asked for.
    """

    model: AppModel
    more: AppFiles
    slow: str | None = None
    document: str = ""


def python_for(settings: Settings, target_python: str, files: AppFiles) -> str | None:
    """Return the Python that reads an app: the target's if the running one is too old for it, or else None."""
    sources = {path: data for path, data in files.files.items() if path.endswith(".py")}
    return newer_python(settings, target_python, sources)


def _read(given: Reading) -> App:
    return _imported(given, document=False)


def _described(given: Reading) -> App:
    return _imported(given, document=True)


def _imported(given: Reading, *, document: bool) -> App:
    from portable.tooling.app.read import imported

    interpreter = interpreter_for(given.settings, given.report, given.python)
    given.report("Reading the app's functions")
    started = time.monotonic()
    model, text = imported(given.settings, interpreter, given.own, document=document)
    took = time.monotonic() - started
    slow = f"importing the app took {took:.0f} s; every cold start takes this time, too" if took > SLOW else None
    return App(model, _more(model, given), slow, text)


def _more(model: AppModel, given: Reading) -> AppFiles:
    """Return the files that ship beside those that do by their names: imported modules and the files of sites."""
    own = imported_files(given.settings, model.imported(), given.files)
    return together(own, site_files(given.settings, model, given.files))


def _key(given: Reading) -> str:
    return digest(
        [
            given.python or "",
            stamp(("portable",)),
            sys.executable,
            str(Path(sysconfig.get_path("purelib")).stat().st_mtime_ns),
            str(given.settings.folder),
            given.settings.name,
            given.settings.version,
            *given.settings.modules,
            "",
            *given.settings.apart,
            "",
            repr(given.settings.http),
            declared(given.settings).stamp(),
            "",
            *(part for path, data in (*given.own.items(), *given.files.files.items()) for part in (path, data)),
        ]
    )


def _entry(made: App) -> bytes:
    import msgspec

    return _stamp(made.more).encode() + b"\n" + msgspec.json.encode((made.model, made.document))


def _app(entry: bytes, given: Reading) -> App | None:
    """Return a cached app, unless a file that it imports and that is not in its key has changed."""
    import msgspec

    stands, _, text = entry.partition(b"\n")
    model, document = msgspec.json.decode(text, type=tuple[AppModel, str])
    more = _more(model, given)
    return App(model, more, document=document) if stands.decode() == _stamp(more) else None


def _stamp(files: AppFiles) -> str:
    return digest(part for path, data in files.files.items() for part in (path, data))


read_app = Kept("model", _read, _key, _entry, _app)
"""Import the app in a child process. Raises as `imported` and `imported_files` do."""
described_app = Kept("openapi", _described, _key, _entry, _app)
"""Do what `read_app` does, and describe the app in an OpenAPI document."""
