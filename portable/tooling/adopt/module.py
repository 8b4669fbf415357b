"""`Module`: what becomes of one file. Rooms of frameworks add edits and needs, which `imports.py` puts together."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from portable.tooling.adopt.names import NAME, bound_in, resource_name, variable_name
from portable.tooling.adopt.source import Edit, Source
from portable.tooling.adopt.values import Carried, Kind, Note


@dataclass
class Module:
    """One file on its way: its source, the edits, what the written file must import and declare, and the notes.

    `gone` are the top-level imports of the framework, which vanish. `anchor` is the statement in whose place the
    resources are declared; without one they stand below the imports. `function_names` are those of the whole app,
    `local` the modules at its top.
    """

    source: Source
    edits: list[Edit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    portable: set[str] = field(default_factory=set)
    standard: dict[str, set[str]] = field(default_factory=dict)
    first_party: dict[str, set[str]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)
    further: dict[str, list[str]] = field(default_factory=dict)
    gone: list[ast.stmt] = field(default_factory=list)
    anchor: ast.stmt | None = None
    framework_names: set[str] = field(default_factory=set)
    function_names: set[str] = field(default_factory=set)
    local: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._bound = bound_in(self.source.tree)

    @property
    def taken(self) -> set[str]:
        """The names that the module binds itself, without those of its framework."""
        return self._bound - self.framework_names

    def note(self, kind: Kind, what: str, node: ast.AST, instead: str) -> None:
        """Add a note on a node, once."""
        found = Note(kind, what, self.source.where(self.source.statement_of(node)), instead)
        if found not in self.notes:
            self.notes.append(found)

    def uses(self, name: str) -> str:
        """Return how the module writes a name of portable, and import it."""
        self.portable.add(name)
        return f"portable_{name}" if name in self.taken else name

    def imports(self, module: str, name: str = "") -> str:
        """Return a name of the standard library, and import it: the module itself, or a name of it."""
        self.standard.setdefault(module, set()).add(name)
        return name or module

    def function_name(self, text: str, *, is_python: bool = False) -> str:
        """Return a name that no other function of the app has. A name of Python is written as `@function` would."""
        plain = text.strip("_").lower().replace("_", "-")
        wanted = plain if is_python and NAME.fullmatch(plain) else resource_name(text)
        name, number = wanted, 2
        while name in self.function_names:
            name = f"{wanted[:37]}-{number}"
            number += 1
        self.function_names.add(name)
        return name

    def resource(self, kind: str, text: str, node: ast.AST) -> str:
        """Return the variable of a resource, and declare it. A name that portable does not allow is changed, with a note."""
        name = resource_name(text)
        if name != text:
            self.note(
                Kind.changed,
                f'the {kind.lower()} "{text}" is called "{name}": names have lower-case letters, digits and -',
                node,
                f"the existing one is found by its address: PORTABLE_{kind.upper()}_{name.upper().replace('-', '_')} (docs/addresses.md)",
            )
        declaration = f'{self.uses(kind)}("{name}")'
        for variable, known in self.declared.items():
            if known == declaration:
                return variable
        variable = variable_name(name, {*self._bound, *self.declared}, kind.lower())
        self.declared[variable] = declaration
        return variable

    def imported_names(self) -> set[str]:
        """Return the names that the module imports."""
        top = [item for item in self.source.tree.body if isinstance(item, ast.Import | ast.ImportFrom)]
        return {name for item in top for name in bound_in(item)}

    def helper(self, name: str, text: str) -> str:
        """Return the name of a helper function, and write it into the module."""
        name_here = variable_name(name, self.taken, "of_request")
        self.helpers[name_here] = text.replace(f"def {name}(", f"def {name_here}(")
        return name_here
