"""Takes the FunctionModel of a mounted app or a static site; makes its handler at module level, and returns the function as its call sees it."""

from __future__ import annotations

from msgspec.structs import replace

from portable.tooling.app.model import FunctionModel, MountModel, Parameter
from portable.tooling.app.site_model import SiteModel
from portable.tooling.entry.arguments import Arguments
from portable.tooling.entry.names import Names


def mounted_handler(function: FunctionModel, mount: MountModel, arguments: Arguments) -> str:
    """Return the name of the handler of a mounted app, which is made once, of the app and its resources."""
    names = arguments.names
    handler = names.own(f"_handle_{function.identifier}")
    app = (
        names.code(mount.app) + ("()" if mount.factory else "")
        if mount.site is None
        else _site(function, mount.site, names)
    )
    make = names.imported(f"portable.compute.mounted_{mount.protocol}", "handler", f"_{mount.protocol}")
    held = [parameter for parameter in function.parameters if parameter.resource is not None]
    declared = " ".join(f"{_resource(parameter, arguments)}," for parameter in held)
    arguments.setup.append(f"{handler} = {make}({app}, {mount.prefix!r}, {function.name!r}, ({declared}))")
    return handler


def _site(function: FunctionModel, site: SiteModel, names: Names) -> str:
    made = names.imported("portable.eventing.site", "Site")
    return f"{made}({site.folder!r}, {site.fallback!r}, {site.immutable!r}, {function.module!r}, {site.routed!r})"


def without_resources(function: FunctionModel) -> FunctionModel:
    """Return the function that a call of a mounted app gives its arguments to: the request and the context."""
    return replace(function, parameters=tuple(each for each in function.parameters if each.resource is None))


def _resource(parameter: Parameter, arguments: Arguments) -> str:
    """Return a resource, the type of its client, and what gives the client; the text of a secret is read anew each time."""
    names = arguments.names
    assert parameter.resource is not None
    client = "str" if parameter.client is None else names.code(parameter.client)
    return f"({names.code(parameter.resource)}, {client}, lambda: {arguments.sent(parameter)})"
