"""Takes a FunctionModel; returns the lines of Python that call its handler with all declared parameters, without look-ups at run time."""

from __future__ import annotations

from msgspec import Struct

from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.arguments import Arguments
from portable.tooling.entry.call_body import CallBody
from portable.tooling.entry.checked import checked
from portable.tooling.entry.mount_source import mounted_handler, without_resources
from portable.tooling.entry.names import Names
from portable.tooling.entry.served_source import served_handler
from portable.tooling.entry.spans import traced
from portable.tooling.entry.stages import answering, idempotent, limited, unrepeated

_STEPS = {
    "msgpack": ("portable.eventing.msgpack", "negotiated"),
    "compress": ("portable.eventing.compression", "compressed"),
}
"""What is called with each request and its result, by what an app asks for."""
_TOLD = ("portable.compute.limited", "told")
"""The last one, of a function with limits."""


class CallSource(Struct, frozen=True):
    """The call of one function: module-level values first, then the function `name(request or event, context)`."""

    function: str
    name: str
    setup: tuple[str, ...]
    body: tuple[str, ...]


def call_name(function: FunctionModel) -> str:
    """Return the name of a function's call; no two functions of an app share one."""
    return f"_call_{function.identifier}"


def module_name(function: FunctionModel) -> str:
    """Return the name of the generated module that serves one function alone."""
    return f"entry_{function.identifier}"


def call_source(function: FunctionModel, names: Names, awaited: bool = False) -> CallSource:
    """Return the source of the call of one function, for the module whose names these are.

    An `async def` handler is run by `_run(...)`, or returned as a coroutine when the host awaits (`awaited`).
    """
    arguments = Arguments(function, names)
    name = names.own(call_name(function))
    inner = names.own(f"_unanswered_{function.identifier}") if function.errors else name
    called = function
    if function.served is not None:
        handler = served_handler(function, function.served, arguments)
    elif function.mount is None:
        handler = names.imported(function.module, function.attribute, f"_handle_{function.identifier}")
    else:
        handler, called = mounted_handler(function, function.mount, arguments), without_resources(function)
    known = inner if function.auth is None else names.own(f"_known_{function.identifier}")
    body = CallBody(called, arguments, known, handler, awaited).lines()
    if function.idempotent is not None:
        body.append(idempotent(function, function.idempotent, known, arguments, awaited))
    if function.auth is not None and function.auth.replays:
        body.append(unrepeated(function, function.auth, known, arguments, awaited))
    if function.limit is not None:
        body.append(limited(function, function.limit, known, arguments, awaited))
    if function.auth is not None:
        body += checked(function, function.auth, inner, known, arguments, awaited)
    if function.errors:
        body += answering(function, name, inner, arguments, awaited)
    steps = [names.imported(*_STEPS[reply]) for reply in function.replies if reply in _STEPS]
    steps += [names.imported(*_TOLD)] if function.limit is not None else []
    if steps:
        finished = names.imported("portable.compute.finishing", "Finished")
        body.append(f"{name} = {finished}({', '.join([name, *steps])})")
    if function.traced:
        body.append(traced(function, name, names, awaited))
    return CallSource(function.name, name, tuple(arguments.setup), tuple(body))
