"""Lists what OpenFaaS cannot do for an app, each problem with its place. Sources: docs/openfaas.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import of_functions, shared_environment
from portable.tooling.target import Problem
from portable_openfaas.deploy.entries import Entry, entries
from portable_openfaas.deploy.stack import cron

_NAMES = {
    "function": "the name of the template's package",
    "build": "a folder that faas-cli does not copy",
    "template": "a folder that faas-cli does not copy",
}
_TAKEN = {"/static": "Flask serves /static itself", "/_": "of-watchdog serves /_/health and /_/ready itself"}


def problems(app: AppModel) -> list[Problem]:
    """Return the errors and gaps of an app."""
    found = [problem for entry in entries(app) for problem in _entry(entry)]
    found += of_functions(app.functions, _errors, _gaps)
    modules = {module.partition(".")[0] for module in app.modules}
    return found + [Problem(f'the module "{name}" is {_NAMES[name]}: rename it') for name in _NAMES if name in modules]


def _errors(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    if trigger["kind"] == "http":
        for taken, why in _TAKEN.items():
            if f"{trigger['path']}/".startswith(f"{taken}/"):
                yield f"{why}, so {trigger['path']} never reaches the function: use another path"
        return
    if trigger.get("ordered"):
        yield f'Queue("{trigger["queue"]}", ordered=True) is not supported: connectors keep no order'
    if (function.backoff or 0) * (function.attempts - 1) >= function.timeout:
        yield f"{function.attempts} attempts, {function.backoff} s apart in one call, exceed timeout={function.timeout}"
    for name, _ in trigger.get("filter", ()):
        if "_" in name:
            yield f'the attribute "{name}" never arrives: attributes come as headers, and those with an underscore are dropped'
    if trigger["kind"] == "schedule":
        try:
            cron(trigger)
        except ValueError as error:
            yield str(error)


def _gaps(function: FunctionModel) -> Iterator[str]:
    trigger = function.trigger
    if trigger.get("cors"):
        yield "the template answers OPTIONS itself, without CORS headers: preflight requests of browsers fail"
    if trigger.get("method") == "*":
        yield "the template passes on only GET, HEAD, POST, PUT, PATCH and DELETE"
    if trigger["kind"] in ("queue", "topic"):
        yield (
            f"a connector delivers a message once: all {function.attempts} attempts are made within this call, and the "
            "message is lost if the process ends before they are done"
        )
    if trigger.get("batch", 1) > 1:
        yield f"batch={trigger['batch']} has no effect: a connector brings one message at a time"


def _entry(entry: Entry) -> Iterator[Problem]:
    if len(entry.name) > 63:  # a DNS label, openfaas/docs reference/yaml
        yield Problem(
            f'the name of the OpenFaaS function "{entry.name}" has more than 63 characters: choose a shorter one',
            entry.functions[0].where,
        )
    yield from shared_environment(entry.functions, "HTTP function")
    for function in entry.functions:
        for key, value in function.environment:
            if "${" in value:
                yield Problem(
                    f"{function.name}: {key}={value!r} holds ${{, which faas-cli would replace: leave it out",
                    function.where,
                )
