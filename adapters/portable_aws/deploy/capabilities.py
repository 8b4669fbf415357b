"""Lists what AWS cannot do for an app, each problem with its place. Sources: docs/aws.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portable.eventing.cron import parse
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.isolation import KEY
from portable.tooling.problems import of_functions
from portable.tooling.target import Problem

ATTEMPTS = 3
"""Times Lambda tries an event that it was handed without waiting for the answer (Lambda "asynchronous invocation")."""
API_TIMEOUT = 30
"""Seconds an HTTP API waits for its Lambda function (API Gateway quotas)."""
BATCH = 10_000
"""Records of one batch (Lambda "event source mapping": BatchSize for Kinesis)."""
WINDOW = 300
"""The longest wait for a batch, in seconds (MaximumBatchingWindowInSeconds)."""
_MAPPING = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_.+!*'(),/")
"""What the key of an API mapping may hold (API Gateway "API mappings")."""

_QUEUED = "a message comes again when the visibility timeout of its queue ends, which the infrastructure sets"
_WAITS = {
    "queue": _QUEUED,
    "topic": _QUEUED,
    "object": _QUEUED,
    "schedule": "Lambda tries again after one minute and after two",
    "stream": "Lambda delivers what failed again at once",
}
"""What happens in the place of `backoff`, by the kind of a function's trigger."""


def unfit_base_path(value: object) -> list[Problem]:
    """Return what is wrong with `base_path` of [tool.portable.aws]. "" means that there is none."""
    if value == "":
        return []
    if isinstance(value, str) and value[0] == "/" and _MAPPING.issuperset(value) and all(value[1:].split("/")):
        return []
    return [
        Problem(
            f"[tool.portable.aws] base_path = {value!r} must be / and the key of an API mapping, such as "
            '"/v1" or "/shop/v1"',
            key="base_path",
        )
    ]


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app on AWS."""
    return [
        *of_functions(app.functions, _errors, _gaps),
        *_decoded_paths(app),
        *(
            Problem(
                f'queue "{resource.name}" is ordered and delayed, but an SQS FIFO queue cannot delay single messages: '
                "remove one of the two",
                app.place("queue", resource.name),
            )
            for resource in app.resources
            if resource.kind == "queue" and resource.options.get("ordered") and resource.options.get("delayed")
        ),
    ]


def needless(table: Mapping[str, object]) -> list[Problem]:
    """Return a note that `isolate` is not needed."""
    if KEY not in table:
        return []
    text = f"[tool.portable.aws] {KEY} has no effect: on AWS every function has its own identity"
    return [Problem(text, error=False, key=KEY)]


def _decoded_paths(app: AppModel) -> list[Problem]:
    """Return a note that an HTTP API decodes paths before it routes them, at the first function for which it matters."""
    for function in app.http():
        if any(p.source == "path" and p.decode and p.decode.expression == "_convert.text" for p in function.parameters):
            return [
                Problem(
                    f"{function.name}: an HTTP API decodes a path before it routes it: in {function.trigger['path']} an "
                    "encoded / (%2F) is a slash, an encoded ? (%3F) ends the path, and //x is taken for /x",
                    function.where,
                    error=False,
                )
            ]
    return []


def _errors(function: FunctionModel) -> Iterator[str]:
    trigger, kind = function.trigger, function.trigger["kind"]
    if kind == "schedule":
        cron = parse(trigger["expression"])
        if cron.both and len(cron.days) < 31 and len(cron.weekdays) < 7:
            yield (
                f'"{trigger["expression"]}" restricts both the day of month and the day of week, '
                "which EventBridge Scheduler cannot do: restrict only one of them"
            )
    if function.concurrency == 1 and kind in ("queue", "topic"):
        yield (
            "concurrency=1 cannot be kept: the least of an SQS event source mapping is 2; "
            "an ordered queue runs one at a time for each group"
        )
    if kind == "stream":
        for name, most in (("batch", BATCH), ("window", WINDOW)):
            if trigger[name] > most:
                yield f"records({name}={trigger[name]}) is too large: Lambda allows at most {most}"


def _gaps(function: FunctionModel) -> Iterator[str]:
    kind = function.trigger["kind"]
    if kind == "http" and function.timeout > API_TIMEOUT:
        yield f"timeout={function.timeout} is too long: an HTTP API ends a request after {API_TIMEOUT} s"
    if kind == "schedule" and function.attempts > ATTEMPTS:
        yield f"attempts={function.attempts} cannot be kept: Lambda tries what a schedule hands it {ATTEMPTS} times"
    if function.backoff is not None and kind in _WAITS:
        yield f"backoff={function.backoff:g} is not kept at run time: {_WAITS[kind]}"
