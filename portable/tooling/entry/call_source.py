"""A FunctionModel -> the lines of Python that call its handler with everything it declared, nothing looked up."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.app.model import Code, FunctionModel, Parameter

_PLACES = {
    "path": "request.path_params",
    "query": "request.query",
    "header": "request.headers",
    "cookie": "request.cookies",
}


@dataclass(frozen=True, slots=True)
class CallCode:
    """Source lines: imports and module-level values first, then the function `name(request or event, context)`.

    The generated module must define `_drivers` before `setup` when `needs_drivers`, and `_run` when `needs_run`.
    """

    name: str
    imports: tuple[str, ...]
    setup: tuple[str, ...]
    body: tuple[str, ...]
    needs_drivers: bool
    needs_run: bool


def call_code(function: FunctionModel, awaited: bool = False) -> CallCode:
    """Return the source of the call of one function.

    An `async def` handler is run by `_run(...)`, or returned as a coroutine when the host awaits (`awaited`).
    """
    own = function.identifier
    handler = f"_handle_{own}"
    imports = [f"from {function.module} import {function.attribute} as {handler}"]
    setup: list[str] = []
    given: list[str] = []
    optional: list[str] = []
    for parameter in function.parameters:
        expression = _expression(function, parameter, imports, setup)
        name = "" if parameter.positional else f"{parameter.name}="
        if parameter.absent == "omit" and parameter.source in (*_PLACES, "body"):
            optional += _when_sent(parameter, expression)
        else:
            given.append(f"{name}{_or_absent(parameter, expression)}")
    if optional:
        given.append("**_given")
    run = function.asynchronous and not awaited
    value = _called(handler, given)
    body = [
        f"def _call_{own}({_argument(function)}, context):",
        *(["    _given = {}"] if optional else []),
        *(f"    {line}" for line in optional),
        f"    return {f'_run({value})' if run else value}",
    ]
    if function.idempotent is not None:
        body += _idempotent(function, function.idempotent, imports, awaited=awaited and function.asynchronous)
    needs_drivers = function.idempotent is not None or any(
        p.source in ("client", "secret", "setting") for p in function.parameters
    )
    return CallCode(f"_call_{own}", _unique(imports), tuple(setup), tuple(body), needs_drivers, run)


def _idempotent(function: FunctionModel, declared: Code, imports: list[str], *, awaited: bool) -> list[str]:
    """Return the lines that wrap the call: once for each key. The key of a message sees its decoded payload."""
    kind = f"{'Async' if awaited else ''}{'RequestCall' if function.trigger['kind'] == 'http' else 'MessageCall'}"
    imports += [f"from portable.persistence.idempotency_calls import {kind} as _{kind}", *declared.imports]
    call = f"_call_{function.identifier}"
    arguments = [call, declared.expression, repr(function.name), "_drivers"]
    arguments += [
        _made(parameter.decode, f"_{function.identifier}__{parameter.name}", [])
        for parameter in function.parameters
        if parameter.source == "event" and parameter.decode is not None
    ]
    return [f"{call} = _{kind}({', '.join(arguments)})"]


def _expression(function: FunctionModel, parameter: Parameter, imports: list[str], setup: list[str]) -> str:
    """Return the expression of a parameter that was sent; adds the imports and module-level values it needs."""
    own = f"_{function.identifier}__{parameter.name}"
    for code in (None if _is_plain(parameter) else parameter.decode, parameter.resource, parameter.client):
        if code is not None:
            imports.extend(code.imports)
    if parameter.source == "context":
        return "context"
    if parameter.source == "client" and parameter.client and parameter.resource:
        setup.append(f"{own} = {parameter.client.expression}({parameter.resource.expression}, _drivers)")
        return own
    if parameter.source in ("secret", "setting") and parameter.resource:
        return f"_drivers.{parameter.source}({parameter.resource.expression})"
    decode = _made(parameter.decode, own, setup)
    if parameter.source == "event":
        return _event(_argument(function), parameter, decode, imports)
    if parameter.source == "body":
        return _body(parameter, decode)
    place = _PLACES[parameter.source]
    at = f'"{parameter.source}.{parameter.key}"'
    if parameter.decoder == "convert_many":
        return f'_convert.many({decode})({place}.getlist("{parameter.key}"), {at})'
    if decode == "_convert.text":
        return f'{place}["{parameter.key}"]'
    return f'{decode}({place}["{parameter.key}"], {at})'


def _is_plain(parameter: Parameter) -> bool:
    """Say whether a value is text as it came, with nothing to convert and nothing to insist on."""
    text = parameter.decoder == "convert" and parameter.decode and parameter.decode.expression == "_convert.text"
    return bool(text) and (parameter.source == "path" or parameter.absent != "error")


def _made(decode: Code | None, own: str, setup: list[str]) -> str:
    """Return the name of a decoder; one that is made by a call is made once, at module level."""
    if decode is None:
        return ""
    if "(" not in decode.expression:
        return decode.expression
    setup.append(f"{own} = {decode.expression}")
    return own


def _called(handler: str, given: list[str]) -> str:
    """Return the call, on one line while it is short."""
    line = f"{handler}({', '.join(given)})"
    if len(line) <= 90:
        return line
    return "\n".join([f"{handler}(", *(f"        {argument}," for argument in given), "    )"])


def _argument(function: FunctionModel) -> str:
    return "request" if function.trigger["kind"] == "http" else "event"


def _event(event: str, parameter: Parameter, decode: str, imports: list[str]) -> str:
    if parameter.key == "Event":
        imports.append("from portable.eventing.events import to_event as _to_event")
        event = f"_to_event({event})"
    return f"{event}.decoded({decode})" if decode else event


def _body(parameter: Parameter, decode: str) -> str:
    if parameter.decoder == "raw":
        return "request.body"
    if parameter.decoder == "text":
        return "request.text()"
    return f"_payload.body(request, {decode})"


def _when_sent(parameter: Parameter, expression: str) -> list[str]:
    sent = "request.body" if parameter.source == "body" else f'"{parameter.key}" in {_PLACES[parameter.source]}'
    return [f"if {sent}:", f'    _given["{parameter.name}"] = {expression}']


def _or_absent(parameter: Parameter, expression: str) -> str:
    if parameter.source not in _PLACES and not (parameter.source == "body" and parameter.absent == "none"):
        return expression
    if parameter.source == "path" or parameter.absent == "empty":
        return expression
    sent = "request.body" if parameter.source == "body" else f'"{parameter.key}" in {_PLACES[parameter.source]}'
    if parameter.absent == "none":
        return f"({expression} if {sent} else None)"
    return f'({expression} if {sent} else _convert.required("{parameter.source}.{parameter.key}"))'


def _unique(lines: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
