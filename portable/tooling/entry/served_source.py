"""Takes the FunctionModel of an OpenAPI document or its page; makes its handler at module level, and returns its name."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel, ServedModel
from portable.tooling.entry.arguments import Arguments


def served_handler(function: FunctionModel, served: ServedModel, arguments: Arguments) -> str:
    """Return the name of the handler, which is made once, of the packed text."""
    names = arguments.names
    handler = names.own(f"_handle_{function.identifier}")
    make = names.imported("portable.compute.described", served.part)
    further = f", {served.policy!r}" if served.part == "page" else ""
    arguments.setup.append(f"{handler} = {make}({served.packed!r}{further})")
    return handler
