"""Takes the settings of an app; imports it into this process and returns it, or why it cannot run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from portable.tooling.app import asking, importing
from portable.tooling.app.handlers import by_name, loaded_modules
from portable.tooling.app.model import AppModel
from portable.tooling.app.places import clickable
from portable.tooling.app.resources import declared, kind_name
from portable.tooling.app.settings import Settings
from portable.tooling.app.tracing import traced
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.dev.engine import Broken
from portable.tooling.problems import problems
from portable.tooling.target import Options, Target
from portable.tooling.targets import here


class Loaded(Struct, frozen=True):
    """An app in this process: its model, its handlers by name, and its declared resources by kind and name."""

    app: AppModel
    handlers: Mapping[str, Callable[..., Any]] = {}
    resources: Mapping[tuple[str, str], Any] = {}


def nothing(settings: Settings) -> Loaded:
    """Return an app without functions, for one that cannot be loaded."""
    return Loaded(AppModel(settings.name, (), (), settings.modules))


def load(settings: Settings, target: Target | None = None) -> Loaded | Broken:
    """Import the modules of an app, and check it for a target, that of this machine. What they print goes where this process prints."""
    folder = settings.folder.resolve()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True  # an edit within a second that keeps the size would not be seen
    request = asking.Request(
        settings.name,
        str(folder),
        list(settings.modules),
        "",
        list(settings.apart),
        settings.http,
        version=settings.version,
    )
    found = importing.answer(request, folder)
    if settings.otel and found.app is not None:
        from portable.compute.spans_provided import provide

        provide()
        found.app = traced(found.app, True)
    if found.app is None:
        where = clickable(found.where, folder) if found.where else ""
        return Broken(clickable(found.error, folder), where, found.traceback)
    wrong = [problem for problem in problems(found.app, target or here()[0], Options(RUNNING, "", {})) if problem.error]
    if wrong:
        where = clickable(wrong[0].where, folder) if wrong[0].where else ""
        return Broken("\n".join(problem.text() for problem in wrong), where)
    handlers = by_name(loaded_modules(folder))
    resources: dict[tuple[str, str], Any] = {}
    for function in found.app.functions:
        for resource in declared(function, handlers[function.name], settings.http):
            resources.setdefault((kind_name(resource), resource.name), resource)  # type: ignore[attr-defined]
    return Loaded(found.app, handlers, resources)
