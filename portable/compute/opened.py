"""Keeps providers that are generators open while a handler runs. Only entries of functions that have one load this module."""

from __future__ import annotations

from portable.errors import PortableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Any


class Opened:
    """A `with` block in which a generator waits at its `yield`; its value is what was yielded.

    What ends the block is raised there, and raised again afterwards: a generator may raise another error in its place,
    but cannot hide one. Raises PortableError for a generator that does not yield exactly once.
    """

    __slots__ = ("_generator",)

    def __init__(self, generator: Generator[Any, None, Any]) -> None:
        self._generator = generator

    def __enter__(self) -> Any:
        try:
            return next(self._generator)
        except StopIteration:
            raise _wrong(self._generator, "ended without a yield: it must yield its value once") from None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            if error is None:
                next(self._generator)
            else:
                self._generator.throw(error)
        except StopIteration:
            return
        except BaseException as raised:
            if _is_same(raised, error):
                return  # it goes on by itself
            raise
        self._generator.close()
        raise _wrong(self._generator, "yielded a second value: it must yield once, and then clean up") from error


class AsyncOpened:
    """`Opened` for an asynchronous generator, in an `async with` block."""

    __slots__ = ("_generator",)

    def __init__(self, generator: AsyncGenerator[Any, None]) -> None:
        self._generator = generator

    async def __aenter__(self) -> Any:
        try:
            return await anext(self._generator)
        except StopAsyncIteration:
            raise _wrong(self._generator, "ended without a yield: it must yield its value once") from None

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            if error is None:
                await anext(self._generator)
            else:
                await self._generator.athrow(error)
        except StopAsyncIteration:
            return
        except BaseException as raised:
            if _is_same(raised, error):
                return  # it goes on by itself
            raise
        await self._generator.aclose()
        raise _wrong(self._generator, "yielded a second value: it must yield once, and then clean up") from error


def _is_same(raised: BaseException, error: BaseException | None) -> bool:
    """Return whether a generator let the error through. Python wraps a StopIteration that leaves one (PEP 479)."""
    return raised is error or (
        error is not None and isinstance(error, (StopIteration, StopAsyncIteration)) and raised.__cause__ is error
    )


def _wrong(generator: Any, problem: str) -> PortableError:
    return PortableError(f"the provider {generator.__qualname__} {problem}")
