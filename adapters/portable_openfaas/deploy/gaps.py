"""What OpenFaaS cannot do for an app, each with its place; sources in docs/openfaas.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.target import Problem
from portable_openfaas.deploy.entries import EVENTS, Entry, entries
from portable_openfaas.deploy.stack import cron

NO_DRIVER = ("table", "queue", "topic", "stream")
_NAMES = {
    "function": "called as the template's own",
    "build": "left out by faas-cli",
    "template": "left out by faas-cli",
}
_TAKEN = {"/static": "flask answers /static itself", "/_": "of-watchdog answers /_/health and /_/ready itself"}


def problems(app: AppModel) -> list[Problem]:
    """Return the errors and gaps of an app."""
    told = [problem for entry in entries(app) for problem in _entry(entry)]
    for function in app.functions:
        told += [Problem(f"{function.name}: {text}", function.where) for text in _errors(function)]
        told += [Problem(f"{function.name}: {text}", function.where, error=False) for text in _gaps(function)]
    found = {module.partition(".")[0] for module in app.modules}
    return told + [Problem(f'the module "{name}" is {_NAMES[name]}: rename it') for name in _NAMES if name in found]


def _errors(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    for grant in function.grants:
        if grant.kind in NO_DRIVER:
            yield f'the {grant.kind} "{grant.resource}" cannot be reached: there is no driver of {grant.kind}s for OpenFaaS yet'
    if trigger["kind"] == "http":
        for taken, why in _TAKEN.items():
            if f"{trigger['path']}/".startswith(f"{taken}/"):
                yield f"{why}, so {trigger['path']} cannot be reached"
        return
    if trigger["kind"] not in EVENTS:
        yield f"OpenFaaS has no connector for the trigger {trigger['kind']}"
        return
    if trigger.get("ordered"):
        yield f'Queue("{trigger["queue"]}", ordered=True): connectors keep no order'
    if function.dead_letter:
        yield "dead_letter=True cannot be kept: there is no driver of queues for OpenFaaS yet"
    if (function.backoff or 0) * (function.attempts - 1) >= function.timeout:
        yield f"{function.attempts} tries, {function.backoff} s apart in one call, take longer than timeout={function.timeout}"
    for name, _ in trigger.get("filter", ()):
        if "_" in name:
            yield f'attributes come as headers, and "{name}" never does, for its underscore'
    if trigger["kind"] == "schedule":
        try:
            cron(trigger)
        except ValueError as error:
            yield str(error)


def _gaps(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    if trigger.get("cors"):
        yield "the template answers OPTIONS itself, without CORS headers: a browser's question before a request fails"
    if trigger.get("method") == "*":
        yield "the template passes on GET, HEAD, POST, PUT, PATCH and DELETE only"
    if trigger["kind"] in ("queue", "topic"):
        yield (
            f"a connector delivers a message once: its {function.attempts} tries are made within one call, and it is lost "
            "when the process ends meanwhile"
        )
    if trigger.get("batch", 1) > 1:
        yield f"a connector brings one message at a time, batch={trigger['batch']} is not used"


def _entry(entry: Entry) -> Iterator[Problem]:
    if len(entry.name) > 63:  # a DNS label, openfaas/docs reference/yaml
        yield Problem(f'"{entry.name}", an OpenFaaS function, is over 63 characters long', entry.functions[0].where)
    values: dict[str, str] = {}
    for function in entry.functions:
        for key, value in function.environment:
            if values.setdefault(key, value) != value:
                text = (
                    f"{key} is {value!r} here and {values[key]!r} in another HTTP function: they share one environment"
                )
                yield Problem(f"{function.name}: {text}", function.where)
            if "${" in value:
                yield Problem(f"{function.name}: faas-cli would replace ${{ in {key}={value!r}", function.where)
