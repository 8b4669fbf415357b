"""Takes what a handler raised; returns an Exception, so that no handler can end the process.

SystemExit, KeyboardInterrupt, CancelledError, GeneratorExit and groups of them are not an `Exception`. A host that
catches only `Exception` would end, or would lose the report of a whole batch. For the platform each of them is one
failed attempt. The test kit raises an error whose class has `ends_process = True` to simulate a process that has died.
Nothing may run after such an error, so it is passed on unchanged.
"""

from __future__ import annotations

from portable.errors import PortableError


def ends_process(error: BaseException) -> bool:
    """Return whether an error simulates the end of the process."""
    # It looks into the classes themselves, because `__getattr__` of a foreign error or its metaclass may raise anything.
    return any(base.__dict__.get("ends_process") is True for base in type(error).__mro__)


def contained(error: BaseException) -> BaseException:
    """Return an error that a host treats as one failed call. The original error is its `__cause__`."""
    if isinstance(error, Exception) or ends_process(error):
        return error
    found = PortableError(f"the function raised {type(error).__name__}: {text_of(error)}")
    found.__cause__ = error
    return found


def text_of(error: BaseException) -> str:
    """Return the text of an error, also when its `__str__` raises."""
    try:
        return str(error)
    except BaseException as broken:  # noqa: BLE001 - a broken `__str__`, even one that exits, must not hide the error
        return f"<{type(error).__name__}; its __str__ raises {type(broken).__name__}>"
