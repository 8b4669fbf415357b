"""The type of a parameter -> how its value is made of a body, a payload, or a text of the request."""

from __future__ import annotations

import typing
from typing import Any

from portable.tooling.app.bodies import body_decoder
from portable.tooling.app.expressions import NoExpression
from portable.tooling.app.lengths import longest_text
from portable.tooling.app.model import Absent, Code, Decoder, Parameter
from portable.tooling.app.payloads import payload_decoder
from portable.tooling.app.resource_parameters import Unfit, shown
from portable.tooling.app.simple import many, simple, unconstrained

Place = typing.Literal["path", "query", "header", "cookie"]


def body_value(name: str, kind: Any, absent: Absent, optional: bool) -> Parameter:
    """Return the parameter for a body of a type. Raises Unfit."""
    nullable = optional and unconstrained(kind) not in (bytes, str)  # null is a value in JSON
    wanted = typing.Optional[kind] if nullable else kind  # noqa: UP045
    try:
        decoder, decode, checker = body_decoder(wanted)
    except NoExpression as error:
        raise _undecodable(error) from None
    return Parameter(name, "body", "body", decoder, decode, absent, longest=longest_text(kind), checker=checker)


def simple_value(name: str, source: Place, key: str, kind: Any, absent: Absent) -> Parameter:
    """Return the parameter for one value of a request, a list of them from the query. Raises Unfit for a type that is not simple."""
    several = typing.get_origin(unconstrained(kind)) is list and source == "query"
    try:
        found = many(kind) if several else simple(kind)
    except NoExpression as error:
        raise Unfit(f"cannot be bound: {error}") from None
    if found is not None:
        decode, checker = found
        decoder: Decoder = "convert_many" if several else "convert"
        if several and absent == "error":
            absent = "empty"
        return Parameter(name, source, key, decoder, decode, absent, checker=checker)
    hint = "" if source != "query" or kind in (complex, type(None)) else "; for the body, name the parameter body"
    lists = ", a list of them" if source == "query" else ""
    raise Unfit(
        f"cannot be bound: {shown(kind)} does not fit a {source} value, which is "
        f"str, int, float, bool, UUID, Decimal, date, datetime, an enum, a Literal{lists}{hint}"
    )


def payload_of(kind: Any) -> tuple[Decoder, Code | None]:
    """Return how the payload of an event becomes a type. Raises Unfit."""
    try:
        return payload_decoder(kind)
    except NoExpression as error:
        raise _undecodable(error) from None


def _undecodable(error: NoExpression) -> Unfit:
    return Unfit(f"has a payload type that cannot be decoded: {error}; define the type at the top of a module")
