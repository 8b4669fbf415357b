"""Functions that remember between calls, in every way a module can."""

from __future__ import annotations

import threading
from collections import ChainMap, UserDict
from functools import lru_cache
from typing import Annotated

from portable import Message, Queue, Table, TableReadWriter, function

_cache: dict[str, object] = {}
_latest = None
_count = 0
_lock = threading.Lock()
_pair: tuple[dict[str, int], list[str]] = ({}, [])
_wrapped: UserDict[str, int] = UserDict()
_chain: ChainMap[str, int] = ChainMap({}, {})
outbox: list[str] = []
sent_to: dict[str, int] = {}


class Slotted:
    """Remembers without a `__dict__`."""

    __slots__ = ("last", "prices")

    def __init__(self) -> None:
        self.prices: dict[str, int] = {}
        self.last = ""

    def note(self, name: str) -> None:
        self.last = self.last + name
        self.prices[name] = len(self.prices)


_slotted = Slotted()


def _note(name: str) -> None:
    _slotted.note(name)
    for kept in (_pair[0], _wrapped, _chain):
        kept[name] = 1


@lru_cache
def _doubled(number: int) -> int:
    return number * 2


@lru_cache
def _listed(number: int) -> int:
    return number * 3


_caches = [_listed]
_by_name = {"of": [lru_cache(lambda number: number * 4)]}


def _use_listed_caches(number: int) -> int:
    return _listed(number) + sum(cache(number) for cache in (*_caches, *_by_name["of"]))


def _remember(name: str, seen: set[str] = set()) -> int:  # noqa: B006 - that is what is tested
    global _latest, _count
    seen.add(name)
    _latest, _count = name, _count + 1
    if name not in _cache:
        _cache[name] = _doubled(len(seen))
    outbox.append(name)
    with _lock:
        return len(seen)


prices = Table("prices", key="id")
changes = Queue("changes")
orders = Queue("orders")
_prices: dict[str, int] = {}


@function(changes.messages())
def change(message: Message[int], rows: Annotated[TableReadWriter, prices]) -> None:
    rows.put({"id": "tea", "price": message.payload})
    _prices["tea"] = message.payload


@function(orders.messages())
def order(message: Message[str], rows: Annotated[TableReadWriter, prices]) -> None:
    if "tea" not in _prices:
        _prices["tea"] = int(rows.get("tea", default={"price": 1})["price"])
    rows.put({"id": message.payload, "paid": _prices["tea"]})


class Shelf:
    """Remembers prices and the last name; `told` is only written to."""

    made: list[str] = []  # noqa: RUF012 - that is what is tested
    token: str | None = None

    def __init__(self) -> None:
        self.prices: dict[str, int] = {}
        self.last: str | None = None
        self.told: list[str] = []

    def price(self, name: str) -> int:
        self.last = name if self.last is None else self.last + name
        self.told.append(name)
        if Shelf.token is None:
            Shelf.token = name
        if name not in self.made:
            self.made.append(name)
        return self.prices.setdefault(name, len(name)) + len(self.prices)

    def count(self) -> int:
        return len(self.prices)


shelf = Shelf()
