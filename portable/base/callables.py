"""Checks functions that an option takes, such as those of `before=`. It is loaded only where such an option is given."""

from __future__ import annotations

from portable.base.values import wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def callables(option: str, given: object) -> tuple[Callable[..., Any], ...]:
    """Return the functions of an option. Raises DeclarationError for anything but a list or tuple of functions."""
    if not isinstance(given, (list, tuple)):
        raise wrong(f"{option}={given!r} must be a list of functions, such as {option}=[check]")
    for each in given:
        if not callable(each):
            raise wrong(f"{option} takes functions, not {each!r}")
    return tuple(given)
