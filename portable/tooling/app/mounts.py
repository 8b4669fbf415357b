"""A mounted app -> how a generated module names it, and the clients and texts of its resources. Raises DeclarationError."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any

from portable.base.values import Value
from portable.errors import DeclarationError
from portable.eventing.mounting import Mount
from portable.eventing.site import Site
from portable.tooling.app.annotations import parameter_types
from portable.tooling.app.binder import Scope
from portable.tooling.app.model import Code, MountModel, Parameter
from portable.tooling.app.resource_parameters import Unfit, bound_resource
from portable.tooling.app.sites import site_model
from portable.tooling.app.value_expressions import can_be_written


def bind_mount(mount: Mount, handler: Callable[..., Any], scope: Scope) -> tuple[Parameter, ...]:
    """Return the parameters of the function that stands for a mounted app: its request, its context and its resources.

    An ASGI app may take plain and awaited clients, because its `def` routes run in threads.
    """
    found = [
        Parameter("request", "event", "Request", positional=True),
        Parameter("context", "context", positional=True),
    ]
    for parameter, hint in parameter_types(handler)[len(found) :]:
        inner, resource = typing.get_args(hint)[:2]
        client = typing.get_origin(inner) or inner
        awaits = mount.protocol == "asgi" and bool(getattr(client, "asynchronous", True))
        try:
            if not isinstance(resource, Value) or not hasattr(resource, "name"):
                raise Unfit(f"is annotated with {resource!r}, which is no resource")  # noqa: TRY301
            found.append(bound_resource(parameter.name, inner, resource, scope.modules, awaits, mount.name))
        except Unfit as error:
            raise DeclarationError(f"resources of {mount.name}: {hint!r} {error}", mount.place) from None
    return tuple(found)


def mount_model(mount: Mount, module: str, attribute: str, modules: list[ModuleType]) -> MountModel:
    """Return the model of a mounted app, which is imported under its own name where it has one.

    Else a generated module takes it from the declaration, which `module` and `attribute` name.
    """
    protocol: Any = mount.protocol
    if isinstance(mount.app, Site):
        return MountModel(protocol, mount.prefix, Code(""), site=site_model(mount, mount.app))
    if isinstance(mount.app, str):
        home, _, name = mount.app.removesuffix("()").partition(":")
        _check_there(mount, home, name)
        first, _, rest = name.partition(".")
        factory = mount.app.endswith("()")
        return MountModel(protocol, mount.prefix, Code(f".{rest}" if rest else "", home=(home, first)), factory)
    for found in modules:
        for name, value in vars(found).items():
            if value is mount.app and can_be_written(found.__name__, name):
                return MountModel(protocol, mount.prefix, Code("", home=(found.__name__, name)))
    if not can_be_written(module, attribute):
        raise DeclarationError(f'{attribute} of the module "{module}" cannot be imported by name', mount.place)
    return MountModel(protocol, mount.prefix, Code(".app", home=(module, attribute)))


def _check_there(mount: Mount, home: str, name: str) -> None:
    """Refuse a name that its module does not have."""
    found: Any = sys.modules[home]
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise DeclarationError(f'app {mount.app!r}: the module {home} has no app of the name "{name}"', mount.place)
