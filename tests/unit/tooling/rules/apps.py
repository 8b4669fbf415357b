"""Small apps for the rules."""

from __future__ import annotations

from typing import Any

from portable.tooling.app.model import AppModel, FunctionModel, ResourceModel

HTTP = {"kind": "http", "method": "GET", "path": "/", "cors": None, "max_body": 4_194_304, "auth": None}
QUEUE = {"kind": "queue", "queue": "jobs", "batch": 1, "window": 0, "ordered": False}
TOPIC = {"kind": "topic", "topic": "news", "filter": []}
OBJECT = {"kind": "object", "bucket": "photos", "event": "created", "prefix": "", "suffix": ""}
STREAM = {"kind": "stream", "stream": "clicks", "batch": 100, "window": 5, "start": "latest", "ordered": True}
TICK = {"kind": "schedule", "expression": "0 3 * * *", "timezone": "UTC", "days": 1}


def function(name: str, trigger: dict[str, Any], *grants: Any, line: int = 1, **more: Any) -> FunctionModel:
    attribute = name.replace("-", "_")
    return FunctionModel(name, "app", attribute, f"app.py:{line}", False, trigger, (), grants, **more)


def app(*functions: FunctionModel, resources: tuple[ResourceModel, ...] = (), **more: Any) -> AppModel:
    return AppModel(more.pop("name", "shop"), functions, resources, more.pop("modules", ("app",)), **more)
