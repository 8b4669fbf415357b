"""Lists what AWS cannot do for an app, each problem with its place. Sources: docs/aws.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portable.eventing.cron import parse
from portable.tooling.app.model import AppModel, FunctionModel, parameters_of
from portable.tooling.isolation import KEY
from portable.tooling.problems import Said, of_functions
from portable.tooling.rules.sites import one_address
from portable.tooling.target import Problem
from portable_aws.deploy.facts import FACTS
from portable_aws.deploy.infra.access import TRACING
from portable_aws.deploy.infra.domain import ZONE
from portable_aws.deploy.infra.feeds import least_wait, same_keys
from portable_aws.deploy.infra.site import code_of

_MAPPING = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_.+!*'(),/")
"""What the key of an API mapping may hold (API Gateway "API mappings")."""

_QUEUED = ("queue", "topic", "object")
"""Triggers whose functions a queue feeds, a bucket's function where it has a back-off."""
_WAITS = {
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
            rule="setting",
            instead="correct it, or leave it out",
        )
    ]


def unfit_tracing(table: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with `tracing` of [tool.portable.aws]."""
    value = table.get(TRACING, False)
    if isinstance(value, bool):
        return []
    text = f"[tool.portable.aws] {TRACING} = {value!r} must be true or false"
    return [Problem(text, key=TRACING, rule="setting", instead="correct it, or leave it out")]


def unfit_zone(app: AppModel, table: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with `domain_zone` of [tool.portable.aws]."""
    value = table.get(ZONE)
    if value is None or (isinstance(value, str) and value.isalnum() and app.domain):
        return []
    way = "correct it, or leave it out" if app.domain else "say which domain it is for: [tool.portable.http] domain"
    text = f'[tool.portable.aws] {ZONE} = {value!r} must be the id of the zone of the app\'s domain, such as "Z0123456789ABC"'
    return [Problem(text, key=ZONE, rule="setting", instead=way)]


def problems(app: AppModel) -> list[Problem]:
    """Return the problems of an app on AWS."""
    return [
        *of_functions(app.functions, _errors, _gaps),
        *_decoded_paths(app),
        *_single_calls(app),
        *_sites(app),
        *(
            Problem(
                f'queue "{resource.name}" is ordered and delayed, but an SQS FIFO queue cannot delay single messages',
                app.place("queue", resource.name),
                rule="ability",
                instead="remove one of the two",
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
    return [Problem(text, error=False, key=KEY, rule="setting", instead="leave it out", note=True)]


def _decoded_paths(app: AppModel) -> list[Problem]:
    """Return a note that an HTTP API decodes paths before it routes them, at the first function for which it matters."""
    for function in app.http():
        if any(
            p.source == "path" and p.decode and p.decode.expression == "_convert.text" for p in parameters_of(function)
        ):
            return [
                Problem(
                    f"{function.name}: an HTTP API decodes a path before it routes it: in {function.trigger['path']} an "
                    "encoded / (%2F) is a slash, an encoded ? (%3F) ends the path, and //x is taken for /x",
                    function.where,
                    error=False,
                    rule="path",
                    instead="take such text from the query, or call a function URL, which leaves a path as it was sent",
                    note=True,
                )
            ]
    return []


def _single_calls(app: AppModel) -> Iterator[Problem]:
    """Yield an error for each function of a bucket that a queue feeds, and whose calls the queue cannot make one by one."""
    told = [function for function in app.functions if function.trigger["kind"] == "object"]
    for function in told:
        kept = function.dead_letter or function.backoff is not None or function.attempts > FACTS.most("attempts.object")
        queued = kept or any(one is not function and same_keys(function.trigger, one.trigger) for one in told)
        if function.concurrency == 1 and queued:
            yield Problem(
                f"{function.name}: concurrency=1 cannot be kept: a queue feeds this function, and the least of an SQS "
                "event source mapping is 2",
                function.where,
                rule="limit",
                instead="use 2 or more; without dead letters, backoff= and more than three attempts, and with keys that no "
                "other function is told of, S3 calls the function itself, and 1 works",
            )


def _sites(app: AppModel) -> Iterator[Problem]:
    """Yield what CloudFront cannot do for a site, and what it cannot hold: many paths of functions, and a long list of folders."""
    for function in app.functions:
        site = function.site
        if site is None or not site.cdn:
            continue
        yield from one_address(app, function, site, "CloudFront")
        code = len(code_of((file.path for file in site.files), site.fallback).encode())
        for limit, value, what in (
            ("site.segments", len(site.routed), "functions have {:,} first segments, and CloudFront takes {:,}"),
            ("site.code", code, "its folders take {:,} bytes in a function of CloudFront, which has {:,}"),
        ):
            if not FACTS.limits[limit].allows(value):
                text = f"{function.name}: cdn=True: {what.format(value, FACTS.most(limit))}"
                yield Problem(text, function.where, rule="site", instead="serve fewer of them, or leave cdn=True out")


def _errors(function: FunctionModel) -> Iterator[Said]:
    trigger = function.trigger
    if trigger["kind"] == "schedule":
        cron = parse(trigger["expression"])
        if cron.both and len(cron.days) < 31 and len(cron.weekdays) < 7:
            yield Said(
                f'"{trigger["expression"]}" restricts both the day of month and the day of week, '
                "which EventBridge Scheduler cannot do",
                "restrict only one of them, and look at the other in the handler",
                "cron",
            )


def _gaps(function: FunctionModel) -> Iterator[Said]:
    kind = function.trigger["kind"]
    if function.backoff is not None and kind in _QUEUED:
        yield from _shorter_wait(function, function.backoff)
    if function.backoff is not None and kind in _WAITS:
        text = f"backoff={function.backoff:g} is not kept at run time: {_WAITS[kind]}"
        yield Said(text, "leave backoff= out", "backoff")


def _shorter_wait(function: FunctionModel, backoff: float) -> Iterator[Said]:
    """Yield what is said of a back-off that is shorter than SQS may hide a message while it is handled."""
    least = least_wait(function.timeout, int(function.trigger.get("window") or 0))
    if backoff < least:
        text = f"backoff={backoff:g} becomes {least} s: a message stays hidden for six time-outs of its function"
        yield Said(text, "leave backoff= out, or declare a shorter timeout=", "backoff")
