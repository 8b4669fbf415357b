"""A function of a model, and its handler -> everything that runs for it, as the objects of the app that this process imported."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from portable.tooling.app.annotations import parameter_types
from portable.tooling.app.model import Code, FunctionModel, Parameter, providers_of

Subject = Callable[..., Any]


def runs_for(function: FunctionModel, handler: Subject) -> list[Subject]:
    """Return a handler, then the wrappers, guards, providers and answers to errors that run for it, each once."""
    return [handler, *(_object(provider.call) for provider in providers_of(function))]


def typed_parameters(function: FunctionModel, handler: Subject) -> list[tuple[Parameter, inspect.Parameter, Any]]:
    """Return each parameter that is filled for a function: as it is bound, as it is declared, and its type.

    Those of the handler go first. Raises DeclarationError.
    """
    owners = [function.parameters, *(provider.parameters for provider in providers_of(function))]
    return [
        (bound, declared, kind)
        for subject, parameters in zip(runs_for(function, handler), owners, strict=True)
        for bound, (declared, kind) in zip(parameters, parameter_types(subject), strict=True)
    ]


def hints(function: FunctionModel, handler: Subject) -> dict[str, Any]:
    """Return the annotation of each parameter that is filled for a function, by its name; the handler's own go first."""
    return {bound.name: kind for bound, _, kind in reversed(typed_parameters(function, handler))}


def _object(code: Code) -> Any:
    """Return what a code of a model names."""
    assert code.home is not None
    module, name = code.home
    found: Any = sys.modules[module]
    for part in f"{name}{code.expression}".split("."):
        found = getattr(found, part)
    return found
