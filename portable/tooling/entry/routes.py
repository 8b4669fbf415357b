"""Takes the HTTP functions of an app; returns its paths, most specific first, and the source of a RouteTable."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from portable.eventing.http import Cors
from portable.eventing.routing import segments
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.names import Names
from portable.tooling.grouping import grouped

_ROUTING = "portable.eventing.routing"


class Late(Struct, frozen=True):
    """The call of a function in another generated module, which is imported when it is first needed."""

    module: str
    name: str


class Path(Struct, frozen=True):
    """A template and the functions declared on it, in order of declaration."""

    template: str
    functions: tuple[FunctionModel, ...]

    @property
    def owner(self) -> FunctionModel:
        """The function that a host gives the methods that no function declares: the one for any method, or the first."""
        return next((f for f in self.functions if f.trigger["method"] == "*"), self.functions[0])


def paths(functions: tuple[FunctionModel, ...]) -> tuple[Path, ...]:
    """Return the paths of HTTP functions, the more specific template first, segment by segment.

    A mounted app also has its prefix, and below it the methods of every path that no function there declares. A static
    site has them only where it has a file.
    """
    found = grouped((function.trigger["path"], function) for function in functions)
    mounted = [(f.mount, f) for f in functions if f.mount is not None]
    for mount, _ in mounted:
        if mount.prefix:
            found.setdefault(mount.prefix, [])
    for mount, function in sorted(mounted, key=lambda one: -len(one[0].prefix)):
        for template, there in found.items():
            if mount.answers(template) and all(f.trigger["method"] != "*" for f in there):
                there.append(function)
    return tuple(Path(template, tuple(found[template])) for template in sorted(found, key=_rank))


def _rank(template: str) -> tuple[object, ...]:
    order = {"": 0, "one": 1, "rest": 2}
    return tuple((order[kind], "" if kind else name) for name, kind in segments(template))


class RouteSource(Struct, frozen=True):
    """A route table before it is text: its paths, what each function's route calls, and the names of its classes."""

    routes: tuple[Path, ...]
    targets: Mapping[str, str | Late]
    route: str
    table: str
    cors: str

    def lines(self, here: bool) -> list[str]:
        """Return the lines that build `_table`.

        A call in another module is written "module:name", which the table imports; `here` it is `_late(module, name)`.
        """
        lines = [f"_table = {self.table}(", "    ["]
        for path in self.routes:
            lines.append(f"        ({path.template!r}, {{")
            for function in path.functions:
                trigger = function.trigger
                target = self.targets[function.name]
                if isinstance(target, Late):
                    late = f"_late({target.module!r}, {target.name!r})"
                    target = late if here else f'"{target.module}:{target.name}"'
                cors = f", {_cors(trigger['cors'], self.cors)}" if trigger["cors"] else ""
                status = f", invalid_status={function.invalid_status}" if function.invalid_status != 400 else ""
                made = f"{self.route}({function.name!r}, {target}, {trigger['max_body']}{cors}{status})"
                lines.append(f"            {trigger['method']!r}: {made},")
            lines.append("        }),")
        problems = any("problems" in function.replies for path in self.routes for function in path.functions)
        return [*lines, "    ],", "    problems=True,", ")"] if problems else [*lines, "    ]", ")"]


def route_source(routes: tuple[Path, ...], targets: Mapping[str, str | Late], names: Names) -> RouteSource:
    """Return the table of some paths. `targets` is what each route calls, by name of function."""
    has_cors = any(function.trigger["cors"] for path in routes for function in path.functions)
    return RouteSource(
        routes,
        targets,
        names.imported(_ROUTING, "Route"),
        names.imported(_ROUTING, "RouteTable"),
        names.imported("portable.eventing.http", "Cors") if has_cors else "",
    )


def _cors(fields: dict[str, object], alias: str) -> str:
    plain = Cors()
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    given = ", ".join(f"{name}={value!r}" for name, value in values.items() if value != getattr(plain, name))
    return f"{alias}({given})"
