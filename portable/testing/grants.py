"""Coverage of permissions: what functions were given and what tests used in, what no test used out."""

from __future__ import annotations

from collections.abc import Iterable

from portable.persistence.clients import TableReader, TableWriter
from portable.storage.clients import BucketReader, BucketWriter
from portable.testing.app import App
from portable.testing.world.observing import ResourceCall
from portable.tooling.app.model import Grant
from portable.tooling.app.resources import grants

_ACTIONS = {
    ("bucket", "open"): "get",
    ("bucket", "head"): "get",
    ("bucket", "put_stream"): "put",
    ("bucket", "writer"): "put",
    ("bucket", "copy"): "put",
    ("table", "batch_get"): "get",
    ("table", "scan"): "query",
    ("queue", "send_many"): "send",
    ("queue", "receive"): "redrive",
    ("queue", "acknowledge"): "redrive",
    ("topic", "publish"): "publish",
}
"""Method of a driver -> the action that grants it, where the names differ."""
_EVERY = {("table", "batch_write"): ("put", "delete"), ("table", "transact"): ("put", "update", "delete")}
"""Methods that may need several actions: all count as used."""

_CLIENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "bucket": {client.__name__: client.actions for client in (BucketReader, BucketWriter)},
    "table": {client.__name__: client.actions for client in (TableReader, TableWriter)},
}


def used_actions(used: Iterable[ResourceCall]) -> set[tuple[str, str, str, str]]:
    """Return (function, kind, resource, action) of every permission that calls of resources used."""
    found = set()
    for function, kind, name, method in used:
        for action in _EVERY.get((kind, method), (_ACTIONS.get((kind, method), method),)):
            found.add((function, kind, name, action))
            if (kind, method) == ("bucket", "copy"):
                found.add((function, kind, name, "get"))
    return found


def unused(app: App, used: Iterable[ResourceCall]) -> list[str]:
    """Return a line for each function and resource with permissions that were given and not used."""
    known = used_actions(used)
    lines = []
    for function in app.model.functions:
        asked: dict[tuple[str, str], set[str]] = {}
        for _, grant in grants(app.handlers[function.name]):  # two clients of one resource are one permission
            asked.setdefault((grant.kind, grant.resource), set()).update(grant.actions)
        for (kind, resource), actions in sorted(asked.items()):  # not what dead letters and idempotent= need besides
            grant = Grant(resource, kind, tuple(sorted(actions)))
            left = [a for a in grant.actions if (function.name, grant.kind, grant.resource, a) not in known]
            if left:
                what = f"{function.where}: {function.name} may {', '.join(left)} {grant.kind} {grant.resource}"
                lines.append(what + _advice(grant, [action for action in grant.actions if action not in left]))
    return lines


def _advice(grant: Grant, used: list[str]) -> str:
    """Say which client would do, when there is one that grants less."""
    if not used:
        return " (nothing of it was used)"
    fitting = [
        name
        for name, actions in _CLIENTS.get(grant.kind, {}).items()
        if set(used) <= set(actions) and len(actions) < len(grant.actions)
    ]
    return f" ({fitting[0]} would do)" if fitting else ""
