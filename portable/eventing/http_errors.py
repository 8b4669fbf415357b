"""`@http.errors`: a function that answers errors of the app's own classes. An app without one does not load this module."""

from __future__ import annotations

from portable.base.values import wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


def errors(*classes: type[Exception]) -> Callable[[F], F]:
    """Declare that the decorated function answers errors of these classes, for every HTTP function of the app.

    It takes the error, if it has a parameter annotated with its class, and returns a Response. Its further parameters are
    bound as those of a provider are. The most specific class wins. What it answers is not logged. Raises
    DeclarationError for a class that is no Exception.
    """
    if not classes:
        raise wrong("@http.errors takes classes of errors, such as @http.errors(OutOfStock)")
    for each in classes:
        if not isinstance(each, type) or not issubclass(each, Exception):
            raise wrong(f"@http.errors takes classes that are derived from Exception, not {each!r}")

    def mark(answer: F) -> F:
        if not callable(answer):
            raise wrong(f"@http.errors decorates a function, but got {answer!r}")
        answer.__portable_errors__ = classes  # type: ignore[attr-defined]
        return answer

    return mark
