"""Takes the type of an HTTP body; returns how its bytes become the value: what payloads do, and what only requests need."""

from __future__ import annotations

from typing import Any

from portable.base.typed import behind, field_types, holds_moments
from portable.eventing.uploads import UploadedFile
from portable.tooling.app.expressions import NoExpression, type_expression
from portable.tooling.app.model import Checker, Code, Decoder
from portable.tooling.app.payloads import payload_decoder
from portable.tooling.app.simple import checked, has_constraints, unconstrained
from portable.tooling.app.unions import strip_optional

_PAYLOAD = "from portable.eventing import payload as _payload"
_MOMENTS = "from portable.eventing import moments as _moments"
_CONSTRAINTS = "from portable.eventing import constraints as _constraints"


def body_decoder(kind: Any) -> tuple[Decoder, Code | None, Checker]:
    """Return the decoder of a body and its expression, as `payload_decoder` does.

    The constraints of raw bytes and text are checked. A typed body has no date and time without an offset.
    """
    if unconstrained(kind) in (bytes, str) and has_constraints(kind):
        code, checker = checked(Code("_constraints.same", (_CONSTRAINTS,)), kind)
        return ("raw" if unconstrained(kind) is bytes else "text"), code, checker
    _check_files(kind)
    decoder, decode = payload_decoder(kind)
    if decode is None or decoder not in ("typed", "model"):
        return decoder, decode, ""
    expression, imports = decode.expression, (_PAYLOAD, *decode.imports)
    if holds_moments(kind):
        said = type_expression(kind)
        return (
            decoder,
            Code(f"_moments.aware({expression}, {said.expression})", (*imports, *said.imports, _MOMENTS)),
            "",
        )
    return decoder, Code(expression, imports), ""


def _check_files(kind: Any) -> None:
    """Refuse a file in a body: JSON cannot hold one."""
    _, inner = strip_optional(behind(kind))
    for name, hint in field_types(unconstrained(inner)).items():
        if unconstrained(strip_optional(behind(hint))[1]) is UploadedFile:
            raise NoExpression(
                f"its field {name} is an UploadedFile, which only a form has: write Annotated[…, http.Form]"
            )
