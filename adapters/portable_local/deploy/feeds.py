"""Takes an app and the files of its messages; returns the queue that brings its events to each function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.eventing.queue import Queue
from portable.eventing.stream import Stream
from portable.eventing.topic import Topic
from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.model import AppModel, FunctionModel
from portable_local.runtime.eventing import SqliteQueue, queue_driver, stream_driver, topic_driver


def feeds(app: AppModel, messages: Path, ticks: Path) -> dict[str, SqliteQueue]:
    """Return the queue of each function by its name. Topics and streams send to these queues from now on.

    Schedules have queues of their own in the file `ticks`, where no queue of the app can have the same name.
    """
    functions = [function for function in app.functions if function.trigger["kind"] != "http"]
    found = {function.name: _queue(function, messages, ticks) for function in functions}
    for topic, triggers in _by("topic", functions).items():
        filters = {name: dict(trigger["filter"]) for name, trigger in triggers.items()}
        topic_driver(Topic(topic), str(messages)).subscribe_only(filters)
    for stream, triggers in _by("stream", functions).items():
        starts = {name: trigger["start"] for name, trigger in triggers.items()}
        stream_driver(Stream(stream), str(messages)).subscribe_only(starts)
    return found


def _queue(function: FunctionModel, messages: Path, ticks: Path) -> SqliteQueue:
    kind = function.trigger["kind"]
    ordered = kind == "stream" or bool(function.trigger.get("ordered"))
    name = feed(function)
    return queue_driver(Queue(name or function.name, ordered), str(ticks if name is None else messages))


def _by(kind: str, functions: list[FunctionModel]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return the triggers of one kind: by the name of the resource, and then of the function."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for function in functions:
        if function.trigger["kind"] == kind:
            found.setdefault(function.trigger[kind], {})[function.name] = function.trigger
    return found
