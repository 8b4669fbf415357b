"""`Generic` and the type variable of rows for the checkers; at run time only what makes `TableReader[Order]` work."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import Generic as Generic

    from typing_extensions import TypeVar

    R = TypeVar("R", default=dict[str, Any])
else:
    R = None

    class Generic:
        """A class that may be subscripted with its row type."""

        __slots__ = ()

        def __class_getitem__(cls, item):
            if cls is Generic:
                return cls
            from types import GenericAlias

            return GenericAlias(cls, item)
