"""Takes one parameter; returns the expression of its value in a generated call, and the values that a module makes once for it."""

from __future__ import annotations

from portable.tooling.app.model import FunctionModel, Parameter
from portable.tooling.app.request_faults import SIMPLE, is_text
from portable.tooling.entry.names import Names

PLACES = dict(zip(SIMPLE, ("request.path_params", "request.query", "request.headers", "request.cookies"), strict=True))
"""Where a request has what is simple."""
READ = (*PLACES, "body", "form")
"""The sources that are parts of a request."""


class Arguments:
    """The arguments in the call of one function. What is made once, at module level, is collected in `setup`.

    `event` is the name of the call's first parameter.
    """

    def __init__(self, function: FunctionModel, names: Names) -> None:
        self.event = "request" if function.trigger["kind"] == "http" else "event"
        self.names = names
        self.setup: list[str] = []
        self._identifier = function.identifier
        self._packed = "msgpack" in function.replies
        self._decoders: dict[tuple[str, Parameter], str] = {}

    def sent(self, parameter: Parameter, owner: str = "") -> str:
        """Return the expression of a parameter that was sent. `owner` is the provider that it belongs to."""
        if parameter.source == "context":
            return "context"
        if parameter.source == "principal":
            return "request.principal"
        if parameter.source == "client" and parameter.client and parameter.resource:
            own = self._own(parameter, owner)
            made = f"{self.names.code(parameter.client)}({self.names.code(parameter.resource)}, {self.names.drivers()})"
            self.setup.append(f"{own} = {made}")
            return own
        if parameter.source == "value" and parameter.resource:
            return f"{self.names.drivers()}.{parameter.key}({self.names.code(parameter.resource)})"
        if parameter.source == "event":
            return self._event(parameter, owner)
        if parameter.source == "body":
            return self._body(parameter, owner)
        if parameter.source == "form":
            return f"{self.made(parameter, owner)}.value(request)"
        return self._simple(parameter, owner)

    def value(self, parameter: Parameter, owner: str = "") -> str:
        """Return the expression of a parameter that has a value, or raises an error, also when nothing was sent."""
        expression = self.sent(parameter, owner)
        if parameter.source not in READ or parameter.source == "path" or parameter.absent == "empty":
            return expression
        if parameter.absent == "none":
            return f"({expression} if {self.is_sent(parameter, owner)} else None)"
        if parameter.source not in PLACES:
            return expression
        at = f'_convert.required("{parameter.source}.{parameter.key}")'
        return f"({expression} if {self.is_sent(parameter, owner)} else {at})"

    def is_sent(self, parameter: Parameter, owner: str = "") -> str:
        """Return the expression that says whether a parameter was sent."""
        if parameter.source == "form":
            return f"{self.made(parameter, owner)}.sent(request)"
        return "request.body" if parameter.source == "body" else f'"{parameter.key}" in {PLACES[parameter.source]}'

    def made(self, parameter: Parameter, owner: str = "") -> str:
        """Return the name of a parameter's decoder; one that is made by a call is made once, at module level."""
        assert parameter.decode is not None
        found = self._decoders.get((owner, parameter))
        if found is None:
            found = self.names.code(parameter.decode)
            if "(" in found:
                own = self._own(parameter, owner)
                self.setup.append(f"{own} = {found}")
                found = own
            self._decoders[owner, parameter] = found
        return found

    def _simple(self, parameter: Parameter, owner: str) -> str:
        place, at = PLACES[parameter.source], f'"{parameter.source}.{parameter.key}"'
        if parameter.decoder == "convert_many":
            return f'{self.made(parameter, owner)}({place}.getlist("{parameter.key}"), {at})'
        if is_text(parameter) and (parameter.source == "path" or parameter.absent != "error"):
            return f'{place}["{parameter.key}"]'
        decode = self.made(parameter, owner)
        if is_text(parameter):
            return f'{place}["{parameter.key}"]'
        return f'{decode}({place}["{parameter.key}"], {at})'

    def _event(self, parameter: Parameter, owner: str) -> str:
        event = self.event
        if parameter.key == "Event":
            event = f"{event}.as_event()"
        return f"{event}.decoded({self.made(parameter, owner)})" if parameter.decode is not None else event

    def _body(self, parameter: Parameter, owner: str) -> str:
        if parameter.decoder in ("raw", "text"):
            sent = "request.body" if parameter.decoder == "raw" else "request.text()"
            return f'{self.made(parameter, owner)}({sent}, "body")' if parameter.checker else sent
        made = self.made(parameter, owner)
        body = "_payload.body"
        if self._packed:
            body = self.names.imported("portable.eventing.msgpack", "body", "_packed_body")
        return f"{body}(request.body, request.media_type, {made})"

    def _own(self, parameter: Parameter, owner: str) -> str:
        inside = f"{owner}__" if owner else ""
        return self.names.own(f"_{self._identifier}__{inside}{parameter.name}")


def is_left_out(parameter: Parameter) -> bool:
    """Say whether a parameter is not given when it was not sent, so that its default holds."""
    return parameter.absent == "omit" and parameter.source in READ


def is_read(parameter: Parameter) -> bool:
    """Say whether a parameter is read from the event, which may be wrong."""
    return parameter.source in READ or (parameter.source == "event" and parameter.decode is not None)
