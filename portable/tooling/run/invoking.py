"""The child process that runs one function: takes a JSON file with a request; writes the result to a JSON file.

Runs as `python -m portable.tooling.run.invoking`. The app is imported and called in this process, by the same generated
code that ships; what it prints and logs goes to stderr.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from portable.compute.context import Context
from portable.errors import NotFound, PortableError
from portable.eventing.request import Request as HttpRequest
from portable.settings.secret import Secret
from portable.tooling.app import asking, importing
from portable.tooling.app.kinds.kind import TriggerKind
from portable.tooling.app.kinds.registry import TRIGGERS
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.entry.parts import assemble
from portable.tooling.run.relay import write_secrets
from portable.tooling.run.tracebacks import own_traceback
from portable.tooling.target import Options, Target
from portable.tooling.targets import here


class Request(msgspec.Struct):
    """What to run: the app, with the file for the reply, its project, the function's name, the event as plain data; the file
    for the secrets.
    """

    app: asking.Request
    project: str
    function: str
    event: dict[str, Any]
    secrets: str


class Reply(msgspec.Struct):
    """What came back: an HTTP response (`body` in base64), "done" or "skipped"; else an error and the user's traceback.

    `notes` say what a cloud would have done otherwise.
    """

    kind: str = ""
    status: int = 0
    headers: list[tuple[str, str]] = []
    body: str = ""
    error: str = ""
    traceback: str = ""
    notes: list[str] = []


class Unfit(PortableError):
    """The event given does not fit the function."""


def main() -> None:
    """Run the function named on argv and write the reply."""
    request = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Request)
    os.dup2(2, 1)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    Path(request.app.reply).write_bytes(msgspec.json.encode(answer(request)))


def answer(request: Request) -> Reply:
    """Return what the function gave back, or what it raised."""
    folder = Path(request.app.folder)
    sys.path.insert(0, str(folder))
    found = importing.answer(request.app, folder)
    app = found.app
    if app is None:
        return Reply(error=f"{found.where}: {found.error}" if found.where else found.error, traceback=found.traceback)
    try:
        target, resources = here()
        drivers = resources.drivers(Path(request.project))
        write_secrets(Path(request.secrets), secrets(app, drivers))
        for variable, address in resources.addresses(app, Path(request.project)).items():
            os.environ.setdefault(variable, address)
            Path(address).parent.mkdir(parents=True, exist_ok=True)
        function = find(app, request.function)
        kind = check_kind(function, request.event)
        kept_out = kind.kept_out(function, request.event)
        if kept_out:
            return Reply("skipped", notes=[f"{function.name} was not called: {kept_out}"])
        request.event, note = kind.facts(function, request.event, drivers)
    except PortableError as error:
        return Reply(error=str(error))
    reply = call(app, function, request, drivers, target)
    reply.notes = [*([note] if note else []), *reply.notes]
    return reply


def call(app: AppModel, function: FunctionModel, request: Request, drivers: Any, target: Target) -> Reply:
    """Return what a function gave back, or what it raised and what a cloud would do then."""
    folder = Path(request.app.folder)
    try:
        return run(app, function, request, drivers, target)
    except Unfit as error:
        return Reply(error=str(error))
    except BaseException as error:  # noqa: BLE001 - a handler may raise anything, SystemExit included
        text = str(error) if isinstance(error, PortableError) else f"{type(error).__name__}: {error}"
        return Reply(error=text, traceback=own_traceback(error, folder), notes=not_done(function))


def not_done(function: FunctionModel) -> list[str]:
    """Return what a cloud does after a failed call and `invoke` does not; nothing for a function that is not retried."""
    if not TRIGGERS[function.trigger["kind"]].retried:
        return []
    after = "sends the event to the dead letters" if function.dead_letter else "drops the event"
    return [
        f"invoke calls a function once, without retries and dead letters: a cloud calls {function.name} up to "
        f"{function.attempts} times and then {after}"
    ]


def secrets(app: AppModel, drivers: Any) -> list[str]:
    """Return the values of an app's secrets that are set."""
    found = []
    for resource in app.resources:
        if resource.kind == Secret.kind:
            with suppress(NotFound):
                found.append(drivers.secret(Secret(resource.name)))
    return found


def find(app: AppModel, name: str) -> FunctionModel:
    """Return a function by its name, or by its Python name. Raises Unfit listing those there are."""
    for function in app.functions:
        if name in (function.name, function.attribute):
            return function
    raise Unfit(f"there is no function {name}; {app.name} has {', '.join(item.name for item in app.functions)}")


def run(app: AppModel, function: FunctionModel, request: Request, drivers: Any, target: Target) -> Reply:
    """Call a function with an event and return its reply. Raises what the handler raises, but for HTTP."""
    handler = handler_of(target, app, function, drivers)
    event = decode(function, request.event)
    attempt = getattr(event, "attempt", None) or request.event.get("attempt")
    context = Context(uuid4().hex, function.name, datetime.now().timestamp() + function.timeout, attempt=attempt)
    response = handler(event, context)
    if not isinstance(event, HttpRequest):
        return Reply("done")
    headers = [*response.headers, *(("set-cookie", cookie) for cookie in response.cookies)]
    body = base64.b64encode(response.body).decode()
    return Reply("http", response.status, [(str(name), str(value)) for name, value in headers], body)


def handler_of(target: Target, app: AppModel, function: FunctionModel, drivers: Any) -> Callable[[Any, Context], Any]:
    """Return the handler of a function in the module that the target generates for it, run here."""
    plan = target.plan(replace(app, functions=(function,)), Options(RUNNING, "", {}))
    module, _, _ = plan.functions[0].entry.rpartition(".")
    parts = plan.entries[f"{module.replace('.', '/')}.py"]
    namespace: dict[str, Any] = {"_drivers": drivers, "_run": asyncio.run, "_observed": lambda _name, call: call}
    exec(compile(assemble(parts, here=True), f"<entry of {function.name}>", "exec"), namespace)  # noqa: S102 - our own
    handler: Callable[[Any, Context], Any] = namespace["handler"]
    return handler


def check_kind(function: FunctionModel, event: dict[str, Any]) -> TriggerKind:
    """Return the kind of a function's trigger. Raises Unfit when the event given is of another one."""
    kind, given = TRIGGERS[function.trigger["kind"]], event.get("kind")
    if given is not None and given != kind.form:
        other = next((other.example.partition(" (")[0] for other in TRIGGERS.values() if other.form == given), given)
        raise Unfit(f"{function.name} takes {kind.example}, not {other}")
    return kind


def decode(function: FunctionModel, event: dict[str, Any]) -> Any:
    """Return an event given as plain data. Raises Unfit when it does not fit the function's trigger."""
    kind = TRIGGERS[function.trigger["kind"]]
    try:
        return kind.event(function, event)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fault = f"{error} is missing" if isinstance(error, KeyError) else f"{error}"
        raise Unfit(f"the event does not fit {function.name}, which takes {kind.example}: {fault}") from error


if __name__ == "__main__":
    main()
