"""The wires: takes an app and a target; returns a host that encodes each event as that cloud sends it. The target's
generated modules and its adapter then decode it, call the handler and encode the reply.

A target offers its host as `Target.testing().host`. Its generated modules are assembled for this process: they use the
drivers and the event loop of whoever calls them, do not set up logging, and their calls are observed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from portable.errors import ConfigurationError, UnsupportedError
from portable.tooling.app.model import AppModel
from portable.tooling.entry.parts import assemble
from portable.tooling.problems import problems
from portable.tooling.target import Options, TestHost, TestKit
from portable.tooling.targets import installable, load_target

Namespace = dict[str, Any]


def kit_of(name: str) -> TestKit | None:
    """Return what a target gives to the kit. Raises ConfigurationError when packages of the provider are missing."""
    try:
        return load_target(name).testing()
    except ModuleNotFoundError as error:
        text = f"the test kit of the target {name} needs {error.name}, which is not installed"
        raise ConfigurationError(f'{text}. Run: pip install "{installable(name)}"') from error


class WiredApp:
    """The generated entries of an app for a target, called as its host calls them.

    `given` are the names that `assemble` asks for, but for `_run` and `_late`. `remaining` tells the seconds that the call
    which begins now has.
    """

    def __init__(
        self,
        app: AppModel,
        name: str,
        given: Mapping[str, Any],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        remaining: Callable[[], float],
    ) -> None:
        self.name = name
        target = load_target(name)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        pythons = target.platform.pythons
        options = Options(version if version in pythons else pythons[-1], "x86_64", {})
        gaps = [problem for problem in problems(app, target, options) if problem.error]
        self._gaps = {f.name: p.text() for f in app.functions for p in gaps if p.where == f.where}
        self._whole = next((p.text() for p in gaps if p.where not in {f.where for f in app.functions}), None)
        able = replace(app, functions=tuple(f for f in app.functions if f.name not in self._gaps))
        self.plan = target.plan(able, options)
        self._given = {**given, "_run": run, "_late": self._late}
        self._modules: dict[str, Namespace] = {}
        self._run = run
        self._remaining = remaining

    @cached_property
    def host(self) -> TestHost:
        """What calls the entries. Raises UnsupportedError for a target without one."""
        kit = kit_of(self.name)
        if kit is None:
            raise UnsupportedError(f"the target {self.name} has no test kit: leave it out of --wire")
        return kit.host(self.plan, self._load, self._run, self._remaining)

    def gap(self, function: str | None) -> str | None:
        """Return why the target cannot call a function; None when it can."""
        return self._whole or (self._gaps.get(function) if function else None)

    def _load(self, path: str) -> Namespace:
        found = self._modules.get(path)
        if found is None:
            found = self._modules[path] = {"__name__": path.removesuffix(".py"), "__file__": path, **self._given}
            source = assemble(self.plan.entries[path], here=True)
            exec(compile(source, path, "exec"), found)  # noqa: S102 - the source is our own
        return found

    def _late(self, module: str, name: str) -> Callable[[Any, Any], Any]:
        """Return a call of another generated module, which is loaded when it is first called."""
        return lambda event, context: self._load(f"{module}.py")[name](event, context)
