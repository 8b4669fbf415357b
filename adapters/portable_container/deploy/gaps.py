"""Lists what PostgreSQL, JetStream and an S3-compatible store cannot do for an app, each problem with its place."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.grouping import grouped
from portable.tooling.problems import Said, of_functions
from portable.tooling.target import Problem
from portable_container.deploy.entries import identity_of
from portable_container.runtime.image import DEPLOY, ROLES, STORE
from portable_container.runtime.paths import OWN


def problems(app: AppModel, isolated: frozenset[str]) -> list[Problem]:
    """Return the errors and gaps of an app. `isolated` are the functions with an identity of their own."""
    return [
        *of_functions(app.functions, lambda function: _errors(function, isolated), _gaps),
        *_queues(app),
        *_environment(app, isolated),
        *_memory(app, isolated),
    ]


def _errors(function: FunctionModel, isolated: frozenset[str]) -> Iterator[Said]:
    if function.name in isolated and function.name in (*ROLES, DEPLOY, STORE):
        text = f'isolate cannot name it, because "{function.name}" is an identity of the image already'
        yield Said(text, "rename the function, or leave it out of isolate", "isolation")
    path = function.trigger.get("path", "")
    if f"{path}/".startswith(f"{OWN}/"):
        yield Said(f"{path} never reaches the function: the image answers below {OWN}", "use another path", "path")


def _gaps(function: FunctionModel) -> Iterator[Said]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "queue" and trigger["batch"] > 1:
        text = f"batch={trigger['batch']} has no effect: a worker takes each message as soon as it has a free place"
        yield Said(text, "leave it, it costs nothing", "batch", note=True)
    if kind == "stream" and takes_batch(function):
        text = "the list of records always has one record: JetStream delivers those of a partition one after the other"
        yield Said(text, "take a Record, or leave the list: it is right with one record, too", "batch", note=True)
    if kind == "object":
        text = f'events of the bucket "{trigger["bucket"]}" come when its store sends its notifications to NATS or to the image'
        yield Said(text, "set the store up once (docs/container.md)", "notifications", note=True)
    if function.concurrency is not None:
        yield from _concurrency(function, function.concurrency)


def _concurrency(function: FunctionModel, most: int) -> Iterator[Said]:
    if function.trigger["kind"] == "http":
        text = f"concurrency={most} is not kept: all HTTP functions share the threads of the role serve"
        yield Said(text, "let the handler bear any number of calls at once, or use limit=", "concurrency")
        return
    text = f"concurrency={most} is kept in each process of the role work, not in all of them together"
    yield Said(text, f"run one replica with --functions {function.name}, or use an ordered queue", "concurrency")


def _environment(app: AppModel, isolated: frozenset[str]) -> Iterator[Problem]:
    """Yield an error for each variable that functions of two identities set to different values.

    One process may run them all. Functions of one identity are compared for every target.
    """
    held: dict[str, tuple[str, str]] = {}
    for function in app.functions:
        identity = identity_of(function, isolated)
        for key, value in function.environment:
            known, other = held.setdefault(key, (value, identity))
            if known != value and other != identity:
                yield Problem(
                    f"{function.name}: {key} has another value than in another function, and one process may run both",
                    function.where,
                    rule="environment",
                    instead="give both the same value, or use two names",
                )


def _memory(app: AppModel, isolated: frozenset[str]) -> Iterator[Problem]:
    """Yield a note for each role whose functions declare different memory."""
    for identity, functions in grouped(
        (identity_of(function, isolated), function) for function in app.functions
    ).items():
        largest = max(functions, key=lambda function: function.memory)
        if any(function.memory != largest.memory for function in functions):
            yield Problem(
                f"{largest.name}: memory={largest.memory} is that of the role {identity}, for all calls of all its functions together",
                largest.where,
                error=False,
                rule="memory",
                instead=f'isolate = ["{largest.name}"] gives it a container of its own',
                note=True,
            )


def _queues(app: AppModel) -> Iterator[Problem]:
    """Yield an error for each queue that is delayed and deduplicated."""
    places = app.places()
    for resource in app.resources:
        options = resource.options
        if resource.kind == "queue" and options.get("delayed") and options.get("deduplicated"):
            yield Problem(
                f'Queue("{resource.name}", delayed=True, deduplicated=True): JetStream cannot tell the id of a delayed '
                "message that was sent twice",
                places.get(("queue", resource.name)),
                rule="ability",
                instead="leave one of the two out, or use two queues",
            )
