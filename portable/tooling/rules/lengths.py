"""An app -> a problem for each text whose declared length is more than a message, a row or a body can hold. It is so on every target."""

from __future__ import annotations

from collections.abc import Iterator

from portable.eventing.outgoing import MAX_BYTES
from portable.persistence.values import ROW_BYTES
from portable.tooling.app.model import AppModel, FunctionModel, Parameter, parameters_of
from portable.tooling.target import Problem

RULE = "limit"
_WAY = "declare a max_length that fits, or keep what is long in a bucket and put its key there"


def length_problems(app: AppModel) -> Iterator[Problem]:
    """Yield a warning for each parameter whose type allows a text that is never taken."""
    for function in app.functions:
        for parameter in parameters_of(function):
            if parameter.longest is not None:
                field, length = parameter.longest
                what, most = _room(function, parameter)
                if length > most:
                    message = (
                        f"{function.name}: {field or 'the text'} of {parameter.name} may have {length:,} characters, "
                        f"but {what} at most {most:,} bytes"
                    )
                    yield Problem(message, function.where, error=False, rule=RULE, instead=_WAY)


def _room(function: FunctionModel, parameter: Parameter) -> tuple[str, int]:
    if parameter.source in ("body", "form"):
        return "max_body= allows", function.trigger["max_body"]
    if parameter.source == "client":
        return "on every target a row of a table has", ROW_BYTES
    return "on every target a message or record has", MAX_BYTES
