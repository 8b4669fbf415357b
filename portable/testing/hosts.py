"""What the hosts of targets share: those that call entries in this process, and those that start an artifact's processes.

Adapters add what is theirs: `http`, `deliver` and `replay` of `portable.tooling.target.TestHost`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, ClassVar

from portable.testing.processes import Processes, need_host
from portable.tooling.plan import Plan


class EntriesHost:
    """The generated entries of one plan. The arguments are those of `portable.tooling.target.MakeHost`."""

    def __init__(
        self,
        plan: Plan,
        load: Callable[[str], dict[str, Any]],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        remaining: Callable[[], float],
    ) -> None:
        self._plan = plan
        self._load = load
        self._run = run
        self._remaining = remaining
        self._entries = {function.name: function.entry for function in plan.functions}
        self._http = next((self._entries[function.name] for function in plan.app.http()), None)


class ProcessesHost(EntriesHost):
    """The processes of an artifact, each started at its first use. It stands before the host of the entries.

    `environment` and `path` are the kit's, for every process. `finds_bundle` puts the bundle on the Python path too. `host` is
    a module that the processes need and what pip installs it from.
    """

    finds_bundle: ClassVar[bool] = False
    host: ClassVar[tuple[str, str] | None] = None

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        if self.host is not None:
            need_host(*self.host)
        super().__init__(plan, _not_here, _not_here, float)
        self._bundle = bundle
        found = f"{path}{os.pathsep}{bundle}" if self.finds_bundle else str(path)
        self._environment = {"PYTHONPATH": found, **environment}
        self._running: Processes[Any] = Processes()

    def close(self) -> None:
        """End every process."""
        self._running.close()

    def _variables(self, entry: str | None = None) -> dict[str, str]:
        """Return the variables of the process of an entry, or of one for all functions: theirs (`environment=`), and the kit's."""
        functions = self._plan.app.functions
        running = [function for function in functions if entry is None or self._entries[function.name] == entry]
        return dict(pair for function in running for pair in function.environment) | self._environment

    def log(self) -> str:
        """Return what the processes have written since this was asked last."""
        return self._running.news()


def _not_here(_given: Any) -> Any:
    raise RuntimeError("the entries of an artifact run in processes of their own")
