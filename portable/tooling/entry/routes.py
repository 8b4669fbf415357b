"""The HTTP functions of an app -> its paths, most specific first, and the source of a RouteTable."""

from __future__ import annotations

from dataclasses import dataclass

from portable.eventing.http import Cors
from portable.eventing.routing import segments
from portable.tooling.app.model import FunctionModel

IMPORTS = ("from portable.eventing.routing import Route, RouteTable",)
CORS_IMPORT = "from portable.eventing.http import Cors"


@dataclass(frozen=True, slots=True)
class Path:
    """A template and the functions declared on it, in order of declaration; the first owns the any-method route."""

    template: str
    functions: tuple[FunctionModel, ...]


def paths(functions: tuple[FunctionModel, ...]) -> tuple[Path, ...]:
    """Return the paths of HTTP functions, the more specific template first, segment by segment."""
    found: dict[str, list[FunctionModel]] = {}
    for function in functions:
        found.setdefault(function.trigger["path"], []).append(function)
    return tuple(Path(template, tuple(found[template])) for template in sorted(found, key=_rank))


def _rank(template: str) -> tuple[object, ...]:
    order = {"": 0, "one": 1, "rest": 2}
    return tuple((order[kind], "" if kind else name) for name, kind in segments(template))


def table_source(routes: tuple[Path, ...], calls: dict[str, str]) -> list[str]:
    """Return the lines that build `_table`. `calls` is the expression of each function's call, by function name."""
    lines = ["_table = RouteTable(", "    ["]
    for path in routes:
        lines.append(f"        ({path.template!r}, {{")
        for function in path.functions:
            trigger = function.trigger
            cors = f", {_cors(trigger['cors'])}" if trigger["cors"] else ""
            route = f"Route({function.name!r}, {calls[function.name]}, {trigger['max_body']}{cors})"
            lines.append(f"            {trigger['method']!r}: {route},")
        lines.append("        }),")
    return [*lines, "    ]", ")"]


def uses_cors(routes: tuple[Path, ...]) -> bool:
    """Say whether any route declares CORS."""
    return any(function.trigger["cors"] for path in routes for function in path.functions)


def _cors(fields: dict[str, object]) -> str:
    plain = Cors()
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    given = ", ".join(f"{name}={value!r}" for name, value in values.items() if value != getattr(plain, name))
    return f"Cors({given})"
