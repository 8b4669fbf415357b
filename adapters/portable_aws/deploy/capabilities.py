"""What AWS cannot do for an app, each with its place; sources in docs/aws.md."""

from __future__ import annotations

from collections.abc import Mapping

from portable.eventing.cron import parse
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.isolation import KEY
from portable.tooling.target import Problem

API_TIMEOUT = 30
"""Seconds an HTTP API waits for its Lambda function (API Gateway quotas)."""
BATCH = 10_000
"""Records of one batch (Lambda "event source mapping": BatchSize for Kinesis)."""
WINDOW = 300
"""Seconds that a batch is waited for (MaximumBatchingWindowInSeconds)."""
_MAPPING = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_.+!*'(),/")
"""What the key of an API mapping may hold (API Gateway "API mappings")."""


def unfit_base_path(value: object) -> list[Problem]:
    """Return what is wrong with `base_path` of [tool.portable.aws]; "" is none."""
    if value == "":
        return []
    if isinstance(value, str) and value[0] == "/" and _MAPPING.issuperset(value) and all(value[1:].split("/")):
        return []
    return [
        Problem(
            f"[tool.portable.aws] base_path = {value!r} is not the key of an API mapping with a / before it, "
            'such as "/v1" or "/shop/v1"'
        )
    ]


def problems(app: AppModel) -> list[Problem]:
    """Return the gaps of an app on AWS."""
    return (
        [problem for function in app.functions for problem in _function(function)]
        + _decoded_paths(app)
        + [
            Problem(
                f'queue "{resource.name}" is ordered and delayed: an SQS FIFO queue delays no single message; '
                "leave one of the two"
            )
            for resource in app.resources
            if resource.kind == "queue" and resource.options.get("ordered") and resource.options.get("delayed")
        ]
    )


def needless(table: Mapping[str, object]) -> list[Problem]:
    """Return the note that `isolate` asks for what every function has."""
    if KEY not in table:
        return []
    text = f"[tool.portable.aws] {KEY} changes nothing: every function has an identity of its own on AWS"
    return [Problem(text, error=False)]


def _decoded_paths(app: AppModel) -> list[Problem]:
    """An HTTP API decodes a path before it looks for a route: what that loses is said once, where it matters first."""
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


def _function(function: FunctionModel) -> list[Problem]:
    trigger = function.trigger
    found = []
    if trigger["kind"] == "http" and function.timeout > API_TIMEOUT:
        found.append(
            Problem(
                f"{function.name}: an HTTP API answers within {API_TIMEOUT} s, timeout={function.timeout} cannot be kept",
                function.where,
                error=False,
            )
        )
    if trigger["kind"] == "schedule":
        cron = parse(trigger["expression"])
        restricted = len(cron.days) < 31 and len(cron.weekdays) < 7
        if restricted and cron.both:
            found.append(
                Problem(
                    f'{function.name}: "{trigger["expression"]}" asks for a day of month and a day of week together, '
                    "which EventBridge Scheduler cannot say: restrict one of them",
                    function.where,
                )
            )
    if trigger["kind"] == "stream":
        found += [
            Problem(
                f"{function.name}: Lambda takes records({name}=…) up to {most}, not {trigger[name]}", function.where
            )
            for name, most in (("batch", BATCH), ("window", WINDOW))
            if trigger[name] > most
        ]
    return found
