"""`@function`: takes a Python function, marks it with its declaration, and returns the same function."""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from portable.compute.retry import Retry
    from portable.persistence.idempotency import Idempotent

    F = TypeVar("F", bound=Callable[..., Any])


class Function(Value):
    """The declaration of a function. `memory` is in MB, `timeout` in seconds; `retry=None` means three attempts."""

    name: str
    trigger: Any
    memory: int = 256
    timeout: int = 30
    retry: Retry | None = None
    dead_letter: bool = False
    idempotent: Idempotent | None = None
    environment: tuple[tuple[str, str], ...] = ()
    concurrency: int | None = None
    before: tuple[Callable[..., Any], ...] = ()
    around: tuple[Callable[..., Any], ...] = ()


def where(handler: Callable[..., Any]) -> str | None:
    """Return "file:line" of the definition of a function, or None if it is not a Python function."""
    code = getattr(handler, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else None


def function(
    trigger: Any,
    *,
    name: str | None = None,
    memory: int = 256,
    timeout: int = 30,
    retry: Retry | None = None,
    dead_letter: bool = False,
    idempotent: Idempotent | None = None,
    environment: Mapping[str, str] | None = None,
    concurrency: int | None = None,
    before: Sequence[Callable[..., Any]] = (),
    around: Sequence[Callable[..., Any]] = (),
) -> Callable[[F], F]:
    """Declare that the cloud calls the decorated function when `trigger` fires. The function itself is not changed.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. It defaults to the
    Python name with `_` replaced by `-`. `memory` is in MB, 128 to 10,240. `timeout` is in seconds, 1 to 900. `retry`
    sets the number of attempts; None means three. With `dead_letter`, a message that failed at every attempt goes to
    the dead letters: `<queue>-poison`, or `<function>-poison` for topics, streams and buckets. `environment` maps names
    to text; it is set when the function starts. `concurrency` is the most calls that run at once, 1 to 1,000; None is no
    limit but the account's. Each function of `before` is called before the parameters of an HTTP handler are read, and
    returns None to go on, or the Response that is the reply; each of `around` wraps the call, the first outermost
    ([Shared code](../sharing.md)). HTTP functions take neither `retry` nor `dead_letter`; schedules take
    no `dead_letter`. Raises DeclarationError for an invalid option.
    """
    if hasattr(trigger, "kind") and hasattr(trigger, "name"):
        raise wrong(
            f"@function takes a trigger, but got the resource {trigger!r}. Use its trigger, such as .messages() or .created()"
        )
    if not hasattr(trigger, "kind"):
        raise wrong(f"@function takes a trigger such as http.get('/path') or queue.messages(), not {trigger!r}")
    if type(memory) is not int or not 128 <= memory <= 10_240:
        raise wrong(f"memory={memory!r} must be a whole number of MB from 128 to 10240")
    if type(timeout) is not int or not 1 <= timeout <= 900:
        raise wrong(f"timeout={timeout!r} must be a whole number of seconds from 1 to 900")
    if retry is not None and not hasattr(retry, "attempts"):
        raise wrong(f"retry={retry!r} must be Retry(attempts=…)")
    if idempotent is not None and not hasattr(idempotent, "table"):
        raise wrong(f"idempotent={idempotent!r} must be Idempotent(<table>, …)")
    if concurrency is not None and (type(concurrency) is not int or not 1 <= concurrency <= 1000):
        raise wrong(f"concurrency={concurrency!r} must be a whole number from 1 to 1000, or None")
    if environment is not None and not hasattr(environment, "items"):
        raise wrong(f"environment={environment!r} must map names to values")
    variables = {} if environment is None else dict(environment)
    if not all(isinstance(name, str) and isinstance(value, str) for name, value in variables.items()):
        raise wrong(f"environment={environment!r} must map names to values; both must be text")

    def mark(handler: F) -> F:
        declared = name
        if declared is None:
            python_name = getattr(handler, "__name__", None)
            if not isinstance(python_name, str):
                raise wrong(f"@function decorates a function, but got {handler!r}")
            declared = python_name.strip("_").lower().replace("_", "-")
        hint = "" if name is not None else '. Give another one by @function(…, name="…")'
        check_name("function", declared, hint, where(handler))
        if hasattr(handler, "__portable__"):
            raise wrong(f"function {declared} has two triggers. Write one function for each trigger", where(handler))
        handler.__portable__ = Function(  # type: ignore[attr-defined]
            declared,
            trigger,
            memory,
            timeout,
            retry,
            dead_letter,
            idempotent,
            tuple(sorted(variables.items())),
            concurrency,
            _functions("before", before),
            _functions("around", around),
        )
        return handler

    return mark


def _functions(option: str, given: object) -> tuple[Callable[..., Any], ...]:
    if given == ():
        return ()
    from portable.base.callables import callables

    return callables(option, given)
