"""What of a call was hidden before it was kept: takes an event; returns the places at which *** stands, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portable.settings.redaction import HIDDEN
from portable.tooling.app.kinds.plain import content

_BODIES = ("data", "body", "payload")


def hidden_places(event: Mapping[str, Any]) -> list[str]:
    """Return the places, such as "the header x-api-key". They are those too at which somebody has sent *** itself."""
    return list(dict.fromkeys(_places(event)))


def _places(event: Mapping[str, Any]) -> Iterator[str]:
    for name, value in event.items():
        if name in ("headers", "attributes"):
            pairs = value.items() if isinstance(value, Mapping) else value or ()
            yield from (f"the {name[:-1]} {pair[0]}" for pair in pairs if HIDDEN in str(list(pair)))
        elif name == "records":
            yield from (f"{place} of a record" for record in value for place in _places(record))
        elif name not in _BODIES and HIDDEN in str(value):
            yield f"the {name}"
    if any(name in event for name in _BODIES) and HIDDEN.encode() in content(event):
        yield "the body" if "method" in event else "the payload"
