"""Lists what OpenFaaS cannot do for an app, each problem with its place. Sources: docs/openfaas.md."""

from __future__ import annotations

from collections.abc import Iterator

from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.problems import Said, of_functions
from portable.tooling.rules.limits import beyond
from portable.tooling.target import Problem
from portable_openfaas.deploy.entries import Entry, entries
from portable_openfaas.deploy.facts import FACTS
from portable_openfaas.deploy.stack import cron

_TAKEN = {"/static": "Flask serves /static itself", "/_": "of-watchdog serves /_/health and /_/ready itself"}


def problems(app: AppModel) -> list[Problem]:
    """Return the errors and gaps of an app."""
    found = [problem for entry in entries(app) for problem in _entry(entry)]
    return found + of_functions(app.functions, _errors, _gaps)


def _errors(function: FunctionModel) -> Iterator[Said]:
    trigger = function.trigger
    if trigger["kind"] == "http":
        for taken, why in _TAKEN.items():
            if f"{trigger['path']}/".startswith(f"{taken}/"):
                yield Said(f"{why}, so {trigger['path']} never reaches the function", "use another path", "path")
        return
    if trigger.get("ordered"):
        text = f'Queue("{trigger["queue"]}", ordered=True) is not supported: connectors keep no order'
        yield Said(text, "leave ordered=True out, or use another target for this function", "ability")
    if (function.backoff or 0) * (function.attempts - 1) >= function.timeout:
        text = (
            f"{function.attempts} attempts, {function.backoff} s apart in one call, exceed timeout={function.timeout}"
        )
        yield Said(text, "use fewer attempts, a shorter backoff or a longer timeout", "limit")
    for name, _ in trigger.get("filter", ()):
        if "_" in name:
            text = f'the attribute "{name}" never arrives: attributes come as headers, and those with an underscore are dropped'
            yield Said(text, "use - in the place of _", "name")
    if trigger["kind"] == "schedule":
        try:
            cron(trigger)
        except ValueError as error:
            yield Said(str(error), "write the times in UTC, and restrict only one of the day fields", "cron")


def _gaps(function: FunctionModel) -> Iterator[Said]:
    trigger = function.trigger
    if trigger.get("cors"):
        text = "the template answers OPTIONS itself, without CORS headers: preflight requests of browsers fail"
        yield Said(text, "let the ingress before the gateway answer OPTIONS", "cors")
    if trigger.get("method") == "*":
        text = "the template passes on only GET, HEAD, POST, PUT, PATCH and DELETE"
        yield Said(text, "declare the methods that you need", "method", note=True)
    if trigger["kind"] in ("queue", "topic"):
        yield Said(
            f"a connector delivers a message once: all {function.attempts} attempts are made within this call, and the "
            "message is lost if the process ends before they are done",
            "let the connector call asynchronously, with the retries of OpenFaaS Pro",
            "attempts",
        )
    if trigger.get("batch", 1) > 1:
        text = f"batch={trigger['batch']} has no effect: a connector brings one message at a time"
        yield Said(text, "leave it, it costs nothing", "batch", note=True)


def _entry(entry: Entry) -> Iterator[Problem]:
    limit = FACTS.limits["name.deployed"]
    if not limit.allows(len(entry.name)):
        yield beyond(limit, len(entry.name), f"{entry.name}: ", entry.functions[0].where)
    for function in entry.functions:
        for key, value in function.environment:
            if "${" in value:
                text = f"{function.name}: {key}={value!r} holds ${{, which faas-cli would replace"
                yield Problem(text, function.where, rule="environment", instead="leave it out")
