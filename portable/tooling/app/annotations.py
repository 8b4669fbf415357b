"""Takes a handler; returns the evaluated annotation of each parameter. Names under `if TYPE_CHECKING:` work, too."""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from portable.compute.function import where
from portable.errors import DeclarationError
from portable.tooling.app.aliases import expand


def parameter_types(handler: Callable[..., Any]) -> list[tuple[inspect.Parameter, Any]]:
    """Return each parameter of a handler with its evaluated annotation. Raises DeclarationError."""
    inner = inspect.unwrap(handler)
    module = sys.modules.get(inner.__module__)
    found = []
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise DeclarationError(
                f"parameter {parameter} of {handler.__name__} is not supported: write each parameter with its own name",
                where(inner),
            )
        if parameter.annotation is inspect.Parameter.empty:
            raise DeclarationError(
                f'parameter "{parameter.name}" of {handler.__name__} has no annotation: '
                "annotate it with str, bytes, Request, Message[…] or Annotated[<client>, <resource>]",
                where(inner),
            )
        found.append((parameter, _expanded(inner, parameter, _evaluate(inner, module, parameter))))
    return found


def _expanded(inner: Callable[..., Any], parameter: inspect.Parameter, kind: Any) -> Any:
    """Return an annotation without aliases. The values of aliases are first evaluated here."""
    try:
        return expand(kind)
    except Exception as error:
        raise DeclarationError(
            f'the type alias of parameter "{parameter.name}" of {inner.__name__} cannot be evaluated: '
            f"{type(error).__name__}: {error}",
            where(inner),
        ) from error


def _evaluate(inner: Callable[..., Any], module: ModuleType | None, parameter: inspect.Parameter) -> Any:
    holder = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    namespace = dict(getattr(inner, "__globals__", {}))
    try:
        try:
            return typing.get_type_hints(holder, namespace, None, include_extras=True)[parameter.name]
        except NameError:
            namespace.update(type_checking_names(module))
            return typing.get_type_hints(holder, namespace, None, include_extras=True)[parameter.name]
    except Exception as error:
        raise DeclarationError(
            f'the annotation of parameter "{parameter.name}" of {inner.__name__} cannot be evaluated: '
            f"{type(error).__name__}: {error}",
            where(inner),
        ) from error


def type_checking_names(module: ModuleType | None) -> dict[str, Any]:
    """Return what a module imports under `if TYPE_CHECKING:`; an import that fails is left out."""
    names: dict[str, Any] = {}
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return names
    try:
        with open(file, encoding="utf-8") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError):
        return names
    for node in ast.walk(tree):
        if not isinstance(node, ast.If) or not ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        for statement in node.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                code = compile(ast.Module([statement], []), file, "exec")
                scope = {"__package__": module.__package__, "__name__": module.__name__}
                try:
                    exec(code, scope)  # noqa: S102 - the app's own import statement
                except ImportError:
                    continue
                names.update({k: v for k, v in scope.items() if not k.startswith("__")})
    return names
