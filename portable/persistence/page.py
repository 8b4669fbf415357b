"""A page of rows: the result of `query` and `scan`."""

from __future__ import annotations

from portable.base.generic import Generic, R
from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Page(Value, Generic[R]):
    """`items` are the rows of one page. Give `next` as `page` to get the next page; it is None at the end.

    A page may be shorter than the limit, or even empty, and still have a `next`.
    """

    items: list[R]
    next: str | None

    def __iter__(self) -> Iterator[R]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
