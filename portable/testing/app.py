"""The app under test: takes a folder or modules; returns its model, handlers and compiled calls. Loaded once per session."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from portable.base.values import Value
from portable.compute.function import Function
from portable.errors import DeclarationError
from portable.eventing.routing import RouteTable
from portable.tooling.app.collect import collect
from portable.tooling.app.handlers import by_name, import_mounted, loaded_modules
from portable.tooling.app.http_settings import PLAIN, HttpSettings
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.resources import declared
from portable.tooling.app.scan import reached, source_files
from portable.tooling.app.settings import Settings, load_settings
from portable.tooling.app.tracing import traced
from portable.tooling.entry.here import Calls
from portable.tooling.targets import target_names

NO_APP = (
    "no app under test found: there is no pyproject.toml with [tool.portable] in or above {place}; "
    "write the line [tool.portable] into that of the app's folder, or define the fixture portable_app, which returns the app's folder"
)


@dataclass(frozen=True)
class App:
    """A loaded app. `functions`, `handlers` and `marks` are by the declared name of the function."""

    model: AppModel
    folder: Path
    handlers: dict[str, Callable[..., Any]]
    settings: Settings | None = None

    @property
    def http(self) -> HttpSettings:
        """What holds for all routes."""
        return PLAIN if self.settings is None else self.settings.http

    @cached_property
    def functions(self) -> dict[str, FunctionModel]:
        """The functions by name."""
        return {function.name: function for function in self.model.functions}

    @cached_property
    def marks(self) -> dict[str, Function]:
        """What each function declares."""
        return {name: handler.__portable__ for name, handler in self.handlers.items()}  # type: ignore[attr-defined]

    @cached_property
    def resources(self) -> dict[tuple[str, str], Value]:
        """Every declared resource, by kind and name."""
        found: dict[tuple[str, str], Value] = {}
        for name, handler in self.handlers.items():
            for resource in declared(self.functions[name], handler, self.http):
                found.setdefault((kind_of(resource), resource.name), resource)  # type: ignore[attr-defined]
        return found

    def name_of(self, function: Callable[..., Any] | str) -> str:
        """Return the declared name of a function, which is given by that name or as its handler. Raises LookupError."""
        declared = getattr(function, "__portable__", function)  # a mounted app has a name itself
        name = function if isinstance(function, str) else getattr(declared, "name", None)
        if name not in self.functions:
            raise LookupError(f"the app has no function {function!r}; it has {', '.join(sorted(self.functions))}")
        return name

    @cached_property
    def _generated(self) -> Calls:
        return Calls(self.model)

    def call(self, name: str, given: dict[str, Any]) -> Callable[[Any, Any], Any]:
        """Return the generated call of a function, its imports run; `given` are the names that `assemble` asks for."""
        return self._generated.call(name, given)

    def table(self, late: Callable[[str, str], Any]) -> RouteTable:
        """Return the route table as it ships; `late(function, call)` is what a function's route runs."""
        return self._generated.table(late)


def kind_of(resource: Any) -> str:
    """Return the kind of a resource: bucket, table, queue, topic, secret or setting."""
    return getattr(type(resource), "kind", type(resource).__name__.lower())


def find_folder(start: Path) -> Path:
    """Return the nearest folder at or above `start` whose pyproject.toml has [tool.portable]."""
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file() and "portable" in tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}):
            return folder
    raise DeclarationError(NO_APP.format(place=start))


def load_folder(folder: Path) -> App:
    """Import the modules of the app in a folder and return it. Raises DeclarationError for what cannot be packaged."""
    settings = load_settings(folder, targets=target_names())
    folder = settings.folder.resolve()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    for name in settings.modules:
        module = import_module(name)
        file = getattr(module, "__file__", None)
        if file and not Path(file).resolve().is_relative_to(folder):
            raise DeclarationError(
                f"the app in {folder} has a module {name}, but this process imported another one from {file}: "
                "run pytest once for each app, if modules of different apps have the same name"
            )
    import_mounted(loaded_modules(folder))
    loaded = loaded_modules(folder)
    files, named = set(source_files(folder)), reached(loaded, settings.modules)  # tests are loaded too, and are neither
    modules = [m for m in loaded if Path(str(m.__file__)).resolve() in files or m.__name__ in named]
    found = collect(settings.name, folder, modules, settings.apart, settings.http, settings.version)
    found = traced(found, settings.otel)
    return App(found, folder, by_name(modules), settings)


def load_modules(modules: list[ModuleType]) -> App:
    """Return the app that these modules declare, in whatever folders they are."""
    with TemporaryDirectory() as nothing:  # their folders may hold more than the app
        model = collect(modules[0].__name__.rpartition(".")[2].replace("_", "-"), Path(nothing), modules)
    return App(model, Path(str(modules[0].__file__)).parent, by_name(modules))
