"""Puts the faults of one request together. It is loaded only when there is a fault, or for a form with a type."""

from __future__ import annotations

from portable.errors import MOST_FAULTS, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from portable.eventing.request import Request


def collected(error: Exception, request: Request, parts: Sequence[Callable[[Request], Any]]) -> Exception:
    """Return the error with the faults of all parameters, each of which is read again by one of the `parts`.

    An error that is no InvalidInput is returned as it is. The status is that of the error.
    """
    if not isinstance(error, InvalidInput):
        return error
    found: list[InvalidInput] = []
    for part in parts:
        try:
            part(request)
        except InvalidInput as fault:
            found.append(fault)
        except Exception:  # noqa: BLE001, S112 - a parameter that comes after the fault failed in another way
            continue
    return together(found, error.status) if found else error


def together(found: Sequence[InvalidInput], status: int | None = None) -> InvalidInput:
    """Return one error for several. The first is its detail; the status is given, or that of the first."""
    pairs = list(dict.fromkeys(pair for error in found for pair in pairs_of(error)))
    (at, detail), *others = pairs
    return InvalidInput(detail, at, status or found[0].status, others[: MOST_FAULTS - 1])


def pairs_of(error: InvalidInput) -> Iterable[tuple[str, str]]:
    """Return the faults of an error as pairs (place, message)."""
    return (error.at, error.detail), *error.others


def moved(error: InvalidInput, at: str) -> InvalidInput:
    """Return the error of a value that was checked alone, with its place in the request instead of `body`."""
    (place, detail), *others = ((at + where.removeprefix("body"), text) for where, text in pairs_of(error))
    return InvalidInput(detail, place, error.status, others)
