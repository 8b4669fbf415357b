"""A parameter -> whether a request may not fit it: what the generated call catches, and what the document of the app tells."""

from __future__ import annotations

from portable.tooling.app.model import Parameter

SIMPLE = ("path", "query", "header", "cookie")
"""The parts of a request that are texts by name."""


def can_fail(parameter: Parameter) -> bool:
    """Say whether a request may not fit a parameter. Plain text that need not be sent, and raw bytes, always do."""
    if parameter.source == "body":
        return parameter.decoder != "raw" or bool(parameter.checker)
    if parameter.source not in SIMPLE:
        return parameter.source == "form"
    return not is_text(parameter) or (parameter.source != "path" and parameter.absent == "error")


def is_text(parameter: Parameter) -> bool:
    """Return whether a value is text as it came, with nothing to convert."""
    decode = parameter.decode
    return parameter.decoder == "convert" and decode is not None and decode.expression == "_convert.text"
