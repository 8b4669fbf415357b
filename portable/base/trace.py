"""W3C trace context: takes a value; returns it if it is a valid traceparent, else None."""

from __future__ import annotations

_HEX = frozenset("0123456789abcdef")


def traceparent(text: object) -> str | None:
    """Return the text if it is a valid traceparent (W3C Trace Context, section 3.2), else None.

    Version 00 has exactly four parts. For later versions the first four parts are checked. All hex digits must be lower
    case, and neither id may be all zeros.
    """
    if not isinstance(text, str):
        return None
    parts = text.split("-", 4)
    if [len(part) for part in parts[:4]] != [2, 32, 16, 2] or not _HEX.issuperset("".join(parts[:4])):
        return None
    version, trace, parent, _ = parts[:4]
    if version == "ff" or (version == "00" and len(parts) > 4) or not trace.strip("0") or not parent.strip("0"):
        return None
    return text
