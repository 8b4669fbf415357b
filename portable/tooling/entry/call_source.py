"""Takes a FunctionModel; returns the lines of Python that call its handler with all declared parameters, without look-ups at run time."""

from __future__ import annotations

from dataclasses import dataclass

from portable.tooling.app.model import Code, FunctionModel, Parameter
from portable.tooling.entry.names import Names

_PLACES = {
    "path": "request.path_params",
    "query": "request.query",
    "header": "request.headers",
    "cookie": "request.cookies",
}


@dataclass(frozen=True, slots=True)
class CallSource:
    """The call of one function: module-level values first, then the function `name(request or event, context)`."""

    function: str
    name: str
    setup: tuple[str, ...]
    body: tuple[str, ...]


def call_name(function: FunctionModel) -> str:
    """Return the name of a function's call; no two functions of an app share one."""
    return f"_call_{function.identifier}"


def module_name(function: FunctionModel) -> str:
    """Return the name of the generated module that serves one function alone."""
    return f"entry_{function.identifier}"


def call_source(function: FunctionModel, names: Names, awaited: bool = False) -> CallSource:
    """Return the source of the call of one function, for the module whose names these are.

    An `async def` handler is run by `_run(...)`, or returned as a coroutine when the host awaits (`awaited`).
    """
    return _Writer(function, names, awaited).call()


class _Writer:
    """Writes one call; what its parameters need at module level is collected in `setup`."""

    def __init__(self, function: FunctionModel, names: Names, awaited: bool) -> None:
        self._function = function
        self._names = names
        self._awaited = awaited
        self._setup: list[str] = []
        self._decoders: dict[str, str] = {}
        self._argument = "request" if function.trigger["kind"] == "http" else "event"

    def call(self) -> CallSource:
        function = self._function
        name = self._names.own(call_name(function))
        handler = self._names.imported(function.module, function.attribute, f"_handle_{function.identifier}")
        given: list[str] = []
        optional: list[str] = []
        for parameter in function.parameters:
            expression = self._expression(parameter)
            keyword = "" if parameter.positional else f"{parameter.name}="
            if parameter.absent == "omit" and parameter.source in (*_PLACES, "body"):
                optional += _when_sent(parameter, expression)
            else:
                given.append(f"{keyword}{self._or_absent(parameter, expression)}")
        if optional:
            given.append("**_given")
        value = _called(handler, given)
        if function.asynchronous and not self._awaited:
            value = f"{self._names.run()}({value})"
        body = [
            f"def {name}({self._argument}, context):",
            *(["    _given = {}"] if optional else []),
            *(f"    {line}" for line in optional),
            f"    return {value}",
        ]
        if function.idempotent is not None:
            body.append(self._idempotent(name, function.idempotent))
        return CallSource(function.name, name, tuple(self._setup), tuple(body))

    def _idempotent(self, name: str, declared: Code) -> str:
        """Return the line that wraps the call: once for each key. The key of a message sees its decoded payload."""
        function = self._function
        twin = "Async" if self._awaited and function.asynchronous else ""
        kind = "RequestCall" if function.trigger["kind"] == "http" else "MessageCall"
        wrapper = self._names.imported("portable.persistence.idempotency_calls", f"{twin}{kind}")
        arguments = [name, self._names.code(declared), repr(function.name), self._names.drivers()]
        arguments += [
            self._made(parameter)
            for parameter in function.parameters
            if parameter.source == "event" and parameter.decode is not None
        ]
        return f"{name} = {wrapper}({', '.join(arguments)})"

    def _expression(self, parameter: Parameter) -> str:
        """Return the expression of a parameter that was sent."""
        if parameter.source == "context":
            return "context"
        if parameter.source == "client" and parameter.client and parameter.resource:
            own = self._own(parameter)
            made = (
                f"{self._names.code(parameter.client)}({self._names.code(parameter.resource)}, {self._names.drivers()})"
            )
            self._setup.append(f"{own} = {made}")
            return own
        if parameter.source == "value" and parameter.resource:
            return f"{self._names.drivers()}.{parameter.key}({self._names.code(parameter.resource)})"
        if parameter.source == "event":
            return self._event(parameter)
        if parameter.source == "body":
            return self._body(parameter)
        return self._simple(parameter)

    def _simple(self, parameter: Parameter) -> str:
        place, at = _PLACES[parameter.source], f'"{parameter.source}.{parameter.key}"'
        if parameter.decoder == "convert_many":
            return f'_convert.many({self._made(parameter)})({place}.getlist("{parameter.key}"), {at})'
        if _is_text(parameter) and (parameter.source == "path" or parameter.absent != "error"):
            return f'{place}["{parameter.key}"]'
        decode = self._made(parameter)
        if _is_text(parameter):
            return f'{place}["{parameter.key}"]'
        return f'{decode}({place}["{parameter.key}"], {at})'

    def _event(self, parameter: Parameter) -> str:
        event = self._argument
        if parameter.key == "Event":
            event = f"{event}.as_event()"
        return f"{event}.decoded({self._made(parameter)})" if parameter.decode is not None else event

    def _body(self, parameter: Parameter) -> str:
        if parameter.decoder == "raw":
            return "request.body"
        if parameter.decoder == "text":
            return "request.text()"
        return f"_payload.body(request.body, request.media_type, {self._made(parameter)})"

    def _or_absent(self, parameter: Parameter, expression: str) -> str:
        if parameter.source not in _PLACES and not (parameter.source == "body" and parameter.absent == "none"):
            return expression
        if parameter.source == "path" or parameter.absent == "empty":
            return expression
        sent = _sent(parameter)
        if parameter.absent == "none":
            return f"({expression} if {sent} else None)"
        return f'({expression} if {sent} else _convert.required("{parameter.source}.{parameter.key}"))'

    def _own(self, parameter: Parameter) -> str:
        return self._names.own(f"_{self._function.identifier}__{parameter.name}")

    def _made(self, parameter: Parameter) -> str:
        """Return the name of a parameter's decoder; one that is made by a call is made once, at module level."""
        assert parameter.decode is not None
        found = self._decoders.get(parameter.name)
        if found is None:
            found = self._names.code(parameter.decode)
            if "(" in found:
                own = self._own(parameter)
                self._setup.append(f"{own} = {found}")
                found = own
            self._decoders[parameter.name] = found
        return found


def _is_text(parameter: Parameter) -> bool:
    """Return whether a value is text as it came, with nothing to convert."""
    decode = parameter.decode
    return parameter.decoder == "convert" and decode is not None and decode.expression == "_convert.text"


def _called(handler: str, given: list[str]) -> str:
    """Return the call, on one line while it is short."""
    line = f"{handler}({', '.join(given)})"
    if len(line) <= 90:
        return line
    return "\n".join([f"{handler}(", *(f"        {argument}," for argument in given), "    )"])


def _sent(parameter: Parameter) -> str:
    return "request.body" if parameter.source == "body" else f'"{parameter.key}" in {_PLACES[parameter.source]}'


def _when_sent(parameter: Parameter, expression: str) -> list[str]:
    return [f"if {_sent(parameter)}:", f'    _given["{parameter.name}"] = {expression}']
