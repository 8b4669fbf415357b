"""A subject -> functions of one host whose time or memory is not their own, because another one asks for more."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.check.subject import Subject
from portable.tooling.target import Problem

RULE = "shared"


def shared_hosts(subject: Subject) -> Iterator[Problem]:
    """Yield a note for each host and each setting that its functions declare differently: the largest holds for all."""
    if subject.plan is None:
        return
    for host, functions in subject.plan.by_identity().items():
        for setting, unit in (("timeout", "s"), ("memory", "MB")):
            values = {getattr(function, setting) for function in functions}
            if len(values) > 1:
                most = max(functions, key=lambda function: int(getattr(function, setting)))
                least = min(functions, key=lambda function: int(getattr(function, setting)))
                message = (
                    f"{most.name}: {setting}={getattr(most, setting)} {unit} holds for all {len(functions)} functions that run "
                    f"together as {host}, also for {least.name}, which declares {getattr(least, setting)}"
                )
                instead = "declare the same for all, or give the function a host of its own by isolate or in an app of its own"
                yield Problem(message, most.where, error=False, rule=RULE, instead=instead, note=True)
