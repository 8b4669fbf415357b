"""`Generic` for type checkers; at run time only the code that makes `Message[Job]` work, without importing `typing`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import Generic as Generic
    from typing import TypeVar as TypeVar

    from typing_extensions import TypeVar as DefaultTypeVar

    T = TypeVar("T")
    U = TypeVar("U")
    R = DefaultTypeVar("R", default=dict[str, Any])
else:
    T = U = R = None

    class Generic:
        """A class that can be subscripted with a type."""

        __slots__ = ()

        def __class_getitem__(cls, item):
            if cls is Generic:
                return cls
            from types import GenericAlias

            return GenericAlias(cls, item)
