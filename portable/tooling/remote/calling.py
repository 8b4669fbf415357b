"""A function of a stage and an event as plain data in, what became of the call out. The event is that of `portable invoke`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.tooling.app.kinds.kind import TriggerKind
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Answer, Remote
from portable.tooling.remote.running import chosen
from portable.tooling.run.invoking import check_kind, decode


class NotCalled(Exception):
    """The trigger of the function keeps the event out, so nothing was called. The text says why."""


def call(remote: Remote, name: str, event: dict[str, Any]) -> Answer:
    """Call a function of a stage once.

    Raises PortableError when the event does not fit or the cloud refuses, NotCalled when the trigger keeps it out.
    """
    function = as_model(chosen(remote.running, (name,))[0])
    kind = check_kind(function, event)
    kept_out = kind.kept_out(function, event)
    if kept_out:
        raise NotCalled(f"{function.name} was not called: {kept_out}")
    return remote.invoke(function, _events(kind, function, event))


def as_model(function: DeployedFunction) -> FunctionModel:
    """Return a function of a blueprint as the encoders of events take one. Of its source it knows nothing."""
    return FunctionModel(
        name=function.name,
        module="",
        attribute=function.name,
        where="",
        asynchronous=False,
        trigger=function.trigger,
        parameters=(),
        grants=function.grants,
        memory=function.memory,
        timeout=function.timeout,
        attempts=function.attempts or 1,
        backoff=function.backoff,
        dead_letter=function.dead_letters is not None,
        environment=tuple(function.environment.items()),
        concurrency=function.concurrency,
    )


def _events(kind: TriggerKind, function: FunctionModel, event: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the portable events of plain data: one, or the records of a batch."""
    given = event.get("records") if kind.form == "record" else None
    each = given if isinstance(given, list) and given else [event]
    return tuple(decode(function, dict(one)) for one in each)
