"""Takes a function of an AppModel; returns its Lambda entry module."""

from __future__ import annotations

from collections.abc import Mapping

from portable.tooling.app.kinds.registry import title
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import CallSource, call_name, call_source, module_name
from portable.tooling.entry.handlers import handler_call
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import EntryParts, HostLines, entry_parts
from portable.tooling.entry.routes import Late, Path

HOST = HostLines(
    drivers="portable_aws.runtime",
    traces=True,
    logs=("portable_aws.runtime.logs", "SHAPE"),
    runner="alone",
    before=(
        "import gc as _gc",
        "",
        "_gc.disable()  # everything loaded here is kept, and garbage collection would cost a tenth of a cold start",
        "",
    ),
    after=("_gc.freeze()", "_gc.enable()"),
)


def entry(function: FunctionModel, own: Mapping[str, Path], base_path: str = "") -> EntryParts:
    """Return a function's entry module. Lambda calls its `handler`.

    `own` are the app's paths by their template. `base_path` is the prefix of a custom domain's mapping.
    """
    names = Names()
    call = call_source(function, names)
    heading = f"{function.name}: {title(function.trigger)}."
    kind = function.trigger["kind"]
    if kind != "http":
        source = (repr(kind),) if kind in ("queue", "topic") else ()
        made = f"handler = {handler_call('portable_aws', function, call, names, *source)}"
        return entry_parts(heading, HOST, names, (call,), (made,))
    served = tuple(p for p in own.values() if p.template == function.trigger["path"] or _mounted(function, p))
    options = f"{function.name!r}{f', base_path={base_path!r}' if base_path else ''}"
    made = f"handler = {names.imported('portable_aws.runtime.http', 'handler')}(_table, {options})"
    return entry_parts(heading, HOST, names, (call,), (made,), served, _targets(served, function, call))


def _mounted(function: FunctionModel, path: Path) -> bool:
    """Say whether a mounted app answers on a path beyond its own."""
    return function.mount is not None and function in path.functions


def _targets(served: tuple[Path, ...], function: FunctionModel, call: CallSource) -> dict[str, str | Late]:
    """Return what the routes of a function's paths call. Other functions are imported at their first request."""
    targets: dict[str, str | Late] = {
        other.name: Late(module_name(other), call_name(other)) for path in served for other in path.functions
    }
    return targets | {function.name: call.name}
