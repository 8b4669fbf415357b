"""Apps as models, made by hand: what a test says of a function in, its FunctionModel out."""

from __future__ import annotations

from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel, ResourceModel


def http(name: str, path: str, method: str = "GET", **more: Any) -> FunctionModel:
    """Return a function that answers a method of a path."""
    trigger = {"kind": "http", "path": path, "method": method, "cors": None, "max_body": 1000, "auth": None}
    return FunctionModel(
        name, "app", name, f"app.py:{len(name)}", more.pop("asynchronous", False), trigger, (), (), **more
    )


def made(name: str, trigger: dict[str, Any], **more: Any) -> FunctionModel:
    """Return a function with any trigger."""
    return FunctionModel(name, "app", name, "app.py:1", False, trigger, (), (), **more)


def app(*functions: FunctionModel, resources: tuple[ResourceModel, ...] = ()) -> AppModel:
    """Return an app of functions and resources."""
    return AppModel("test", functions, resources, ("app",))
