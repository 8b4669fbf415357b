"""What a handler raised in, an Exception out: nothing that a handler does may end the process that serves others.

SystemExit, KeyboardInterrupt, CancelledError, GeneratorExit and groups of them are no `Exception`, and a host that
catches only those would end, or lose the report of a whole batch. To the platform each of them is one failed attempt.
An error whose class says `ends_process = True` is the test kit's stand-in for a process that has died: nothing may be
done after it, so it passes through.
"""

from __future__ import annotations

from portable.errors import PortableError


def ends_process(error: BaseException) -> bool:
    """Say whether an error stands for the end of the process."""
    return getattr(error, "ends_process", False) is True


def contained(error: BaseException) -> BaseException:
    """Return an error that a host treats as one failed call; what it was is in its text and is its `__cause__`."""
    if isinstance(error, Exception) or ends_process(error):
        return error
    found = PortableError(f"the function raised {type(error).__name__}: {text_of(error)}")
    found.__cause__ = error
    return found


def text_of(error: BaseException) -> str:
    """Return the text of an error, whatever its own `__str__` does."""
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - the error matters, not the method that describes it
        return f"<{type(error).__name__} whose text raises {type(broken).__name__}>"
