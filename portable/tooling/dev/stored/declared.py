"""Takes the model of an app, and the kind and name of a resource; returns it as the app declares it, without importing the app."""

from __future__ import annotations

from typing import Any

from portable.errors import NotFound
from portable.tooling.app.kinds.registry import RESOURCES
from portable.tooling.app.model import AppModel, ResourceModel


def model(app: AppModel, kind: str, name: str) -> ResourceModel:
    """Return what the model knows of a resource. Raises NotFound, which names those there are."""
    known = [resource for resource in app.resources if resource.kind == kind]
    for resource in known:
        if resource.name == name:
            return resource
    has = f"it has {', '.join(resource.name for resource in known)}" if known else f"it has no {kind} at all"
    raise NotFound(f"the app {app.name} has no {kind} {name}: {has}")


def declared(app: AppModel, kind: str, name: str) -> Any:
    """Return a resource whose options are plain values. Raises NotFound."""
    found = model(app, kind, name)
    made: Any = RESOURCES[kind].declaration
    return made(name=found.name, **found.options)
