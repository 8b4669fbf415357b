"""`Role`: what one role of an image does in a process. `start` begins and ends them all."""

# ruff: noqa: D102 - the docstring of the protocol holds for all its methods

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Role(Protocol):
        """One role. All of it may be called from another thread.

        `start` begins and returns. It raises an error of the error tree; Unavailable, Timeout and Throttled are tried
        again. `ready` returns what is missing in words, None when nothing is; before `start` that is that it has not
        started. `stop` is not ready at once, takes nothing new, and returns whether all that ran has ended within
        `seconds`; it may be called before `start`.
        """

        @property
        def name(self) -> str: ...
        def start(self) -> None: ...
        def ready(self) -> str | None: ...
        def stop(self, seconds: float) -> bool: ...
