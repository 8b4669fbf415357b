"""A handler -> every function of the app that runs for it: the handler itself, and the providers that it depends on."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from typing import Any

from portable.compute.depends import Depends
from portable.tooling.app.annotations import parameter_types


def runs_for(handler: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Return a handler and all that runs for it, each once, the handler first. Raises DeclarationError."""
    found: list[Callable[..., Any]] = [handler]
    for each in found:  # it grows
        found += [one for one in _asked(each) if not any(one is known for known in found)]
    return found


def hints(handler: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotation of each parameter of what runs for a handler, by its name; the handler's own go first."""
    found = [pair for subject in runs_for(handler) for pair in parameter_types(subject)]
    return {parameter.name: hint for parameter, hint in reversed(found)}


def _asked(subject: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Yield the providers that the parameters of a function name, each once."""
    seen: list[Any] = []
    for _, kind in parameter_types(subject):
        for mark in typing.get_args(kind)[1:] if typing.get_origin(kind) is typing.Annotated else ():
            if isinstance(mark, Depends) and not any(mark.provider is each for each in seen):
                seen.append(mark.provider)
                yield mark.provider
