"""Takes an event function; returns what its handler in the runtime is given besides the call, as expressions."""

from __future__ import annotations

from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel

Expressions = tuple[str, ...]


def every_days(function: FunctionModel) -> Expressions:
    """Return the number of days between two runs of a schedule; nothing for one that may run every day."""
    days = function.trigger["days"]
    return (str(days),) if days > 1 else ()


def wanted_objects(function: FunctionModel) -> Expressions:
    """Return the event, prefix and suffix of the objects that a function of a bucket is called for."""
    return tuple(repr(function.trigger[name]) for name in ("event", "prefix", "suffix"))


def wanted_attributes(function: FunctionModel) -> Expressions:
    """Return the attributes that a message must have; nothing if any message will do."""
    pairs = tuple(tuple(pair) for pair in function.trigger.get("filter", ()))
    return (repr(pairs),) if pairs else ()


def whole_batch(function: FunctionModel) -> Expressions:
    """Return True for a function that takes all records of a delivery; nothing for one that takes them one by one."""
    return ("True",) if takes_batch(function) else ()
