"""The names of one generated module: takes what it needs; returns unique aliases and the import lines."""

from __future__ import annotations

from collections.abc import Iterable

from portable.errors import DeclarationError
from portable.tooling.app.model import Code
from portable.tooling.app.unique import unique

PLUMBING = (
    "_install",
    "_shape",
    "_Drivers",
    "_drivers",
    "_runner",
    "_run",
    "_table",
    "_observed",
    "_late",
    "_gc",
    "_systems",
    "_provide",
    "_TracedDrivers",
)
"""Names that `portable.tooling.entry.parts` gives to what every generated module has."""


class Names:
    """Gives names out, each once. `taken` are names that the target's own lines use."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._holders: dict[str, str] = dict.fromkeys((*PLUMBING, *taken), "the generated module itself")
        self._aliases: dict[tuple[str, str], str] = {}
        self._lines: set[str] = set()
        self._shared: dict[str, str] = {}
        self.needs_drivers = False
        self.needs_run = False
        self.traces = False

    @property
    def imports(self) -> tuple[str, ...]:
        """The import lines of everything that was named, sorted."""
        return tuple(sorted(self._lines))

    def own(self, wanted: str) -> str:
        """Return a name for a value of the module: the wanted one, or with a number when it is taken."""
        name = unique(wanted, self._holders)
        self._holders[name] = "a value"
        return name

    def shared(self, wanted: str) -> tuple[str, bool]:
        """Return the name of a value that several functions of the module use, and whether it was not asked for before."""
        is_new = wanted not in self._shared
        if is_new:
            self._shared[wanted] = self.own(wanted)
        return self._shared[wanted], is_new

    def imported(self, module: str, attribute: str, wanted: str | None = None) -> str:
        """Return the alias under which an object of a module is imported; the same object has one alias."""
        found = self._aliases.get((module, attribute))
        if found is None:
            found = self._aliases[module, attribute] = self.own(wanted or f"_{attribute}")
            self._lines.add(f"from {module} import {attribute} as {found}")
        return found

    def call(self, module: str, *arguments: str, function: str = "handler", wanted: str | None = None) -> str:
        """Return the call of a module's function, which is imported; `wanted` is the alias that it should have."""
        return f"{self.imported(module, function, wanted)}({', '.join(arguments)})"

    def code(self, code: Code) -> str:
        """Return the expression of a Code, what it names imported.

        Raises DeclarationError when the code insists on a name that stands for something else here.
        """
        for line in code.imports:
            name = _bound(line)
            holder = self._holders.setdefault(name, line if " import " in line else name)
            if holder not in (line, name):
                raise DeclarationError(
                    f'"{line}" and {holder!r} need the same name, {name}, in the generated module: rename the module'
                )
            self._lines.add(line)
        if code.home is None:
            return code.expression
        module, attribute = code.home
        wanted = None if module.startswith("portable.") else f"_{module.replace('.', '_')}__{attribute}"
        return self.imported(module, attribute, wanted) + code.expression

    def drivers(self) -> str:
        """Return the name of the module's drivers."""
        self.needs_drivers = True
        return "_drivers"

    def run(self) -> str:
        """Return the name of what runs a coroutine to its end."""
        self.needs_run = True
        return "_run"


def _bound(line: str) -> str:
    """Return the name that an import line binds: of `import a.b` it is a."""
    last = line.split()[-1]
    return last if line.startswith("from ") or " as " in line else last.partition(".")[0]
