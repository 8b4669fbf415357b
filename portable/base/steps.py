"""Work that is written once, for hosts that make blocking calls and for hosts that await: takes its steps, does them.

The steps are a generator. What it yields is the result of a step, or an awaitable of it; the result is sent back, and
an error of an awaited step is raised at its `yield`.
"""

from __future__ import annotations

from portable.base.ending import contained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, TypeVar

    T = TypeVar("T")
    Steps = Generator[Any, Any, T]


def do(steps: Steps[T]) -> T:
    """Do the steps on a host that makes blocking calls: each was done when it was yielded. Return what they return."""
    result: Any = None
    while True:
        try:
            result = steps.send(result)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def do_async(steps: Steps[T]) -> T:
    """Do the steps on a host that awaits. Return what they return."""
    result: Any = None
    error: BaseException | None = None
    while True:
        try:
            step = steps.send(result) if error is None else steps.throw(error)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        result, error = step, None
        if hasattr(step, "__await__"):
            try:
                result = await step
            except GeneratorExit as raised:  # as it is, it would end the steps
                error = contained(raised)
            except BaseException as raised:  # noqa: BLE001 - the steps decide what an error means
                error = raised
