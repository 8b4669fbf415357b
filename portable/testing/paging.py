"""Pages: takes a function that asks for one page; yields the items of all pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def every_item(ask: Callable[[str | None], Any]) -> Iterator[Any]:
    """Yield every item. `ask` gets the token of a page, None for the first one, and returns the page."""
    page = ask(None)
    yield from page.items
    while page.next is not None:
        page = ask(page.next)
        yield from page.items
