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


def place_of(subject: Callable[..., Any]) -> str | None:
    """Return "file:line" of the definition of a function, or of the class of any other object that can be called."""
    inner = inspect.unwrap(subject)
    found = where(inner)
    if found is not None:
        return found
    kind = inner if isinstance(inner, type) else type(inner)
    try:
        return f"{inspect.getsourcefile(kind)}:{inspect.getsourcelines(kind)[1]}"
    except (OSError, TypeError):
        return None


def parameter_types(handler: Callable[..., Any]) -> list[tuple[inspect.Parameter, Any]]:
    """Return each parameter of a handler, or of what else is called, with its evaluated annotation. Raises DeclarationError."""
    inner = inspect.unwrap(handler)
    module = sys.modules.get(inner.__module__)
    name = _name(handler)
    found = []
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"the parameters of {name} are unknown: {error}", place_of(handler)) from None
    for parameter in signature.parameters.values():
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise DeclarationError(
                f"parameter {parameter} of {name} is not supported: write each parameter with its own name",
                place_of(handler),
            )
        if parameter.annotation is inspect.Parameter.empty:
            raise DeclarationError(
                f'parameter "{parameter.name}" of {name} has no annotation: '
                "annotate it with str, bytes, Request, Message[…] or Annotated[<client>, <resource>]",
                place_of(handler),
            )
        what = f'parameter "{parameter.name}" of'
        found.append((parameter, _expanded(inner, what, _evaluate(inner, module, parameter.annotation, what))))
    return found


def _name(subject: Callable[..., Any]) -> str:
    return getattr(subject, "__name__", None) or type(subject).__name__


def return_type(handler: Callable[..., Any], unsaid: Any = None) -> Any:
    """Return the evaluated type of what a handler returns, and `unsaid` if it does not say so. Raises DeclarationError."""
    inner = inspect.unwrap(handler)
    annotation = inspect.signature(handler).return_annotation
    if annotation is inspect.Signature.empty:
        return unsaid
    what = "what is returned by"
    return _expanded(inner, what, _evaluate(inner, sys.modules.get(inner.__module__), annotation, what))


def _expanded(inner: Callable[..., Any], what: str, kind: Any) -> Any:
    """Return an annotation without aliases. The values of aliases are first evaluated here."""
    try:
        return expand(kind)
    except Exception as error:
        raise DeclarationError(
            f"the type alias of {what} {_name(inner)} cannot be evaluated: {type(error).__name__}: {error}",
            place_of(inner),
        ) from error


def _evaluate(inner: Callable[..., Any], module: ModuleType | None, annotation: Any, what: str) -> Any:
    holder = SimpleNamespace(__annotations__={"annotation": annotation})
    namespace = getattr(inner, "__globals__", None) or vars(module or SimpleNamespace())
    try:
        try:
            return typing.get_type_hints(holder, namespace, None, include_extras=True)["annotation"]
        except NameError:
            namespace = {**namespace, **type_checking_names(module)}
            return typing.get_type_hints(holder, namespace, None, include_extras=True)["annotation"]
    except Exception as error:
        raise DeclarationError(
            f"the annotation of {what} {_name(inner)} cannot be evaluated: {type(error).__name__}: {error}",
            place_of(inner),
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
