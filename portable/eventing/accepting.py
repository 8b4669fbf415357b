"""Reads what a client accepts: takes a header such as Accept, returns how much it wants a value (RFC 9110, section 12.4.2)."""

from __future__ import annotations


def quality(header: str | None, wanted: str, *, ranges: tuple[str, ...] = ("*",)) -> float:
    """Return the weight of a value, from 0 (refused, or not named) to 1.

    The value itself counts more than a range that it is in; `ranges` are these, the most special first.
    """
    given: dict[str, float] = {}
    for item in (header or "").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        given.setdefault(name, _weight(parameters))
    return next((given[name] for name in (wanted, *ranges) if name in given), 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if equals and name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
