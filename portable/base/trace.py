"""W3C trace context: whatever claims to be a traceparent in, a valid one or None out. An invalid one is dropped."""

from __future__ import annotations

_HEX = frozenset("0123456789abcdef")


def traceparent(text: object) -> str | None:
    """Return a traceparent when it is one (W3C Trace Context, section 3.2), else None.

    Version 00 has exactly four parts; of a later version the first four are checked. All digits are in lower case, and
    neither of the ids is all zeros.
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
