"""Arrows between things -> the circles among them (Tarjan's strongly connected components), in time linear in the arrows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


def circles(arrows: Mapping[Thing, Sequence[Thing]]) -> list[list[Thing]]:
    """Return each group of two and more things from which every one leads to every other."""
    walk = _Walk(arrows)
    return [group for start in arrows for group in walk.groups(start) if len(group) > 1]


@dataclass
class _Walk(Generic[Thing]):
    """A walk in depth. `lowest` is the earliest thing that a thing leads back to, among those `waiting` for a group."""

    arrows: Mapping[Thing, Sequence[Thing]]
    number: dict[Thing, int] = field(default_factory=dict)
    lowest: dict[Thing, int] = field(default_factory=dict)
    waiting: list[Thing] = field(default_factory=list)
    is_waiting: set[Thing] = field(default_factory=set)

    def groups(self, start: Thing) -> Iterator[list[Thing]]:
        """Yield the groups of all things that were not seen and that `start` leads to."""
        if start in self.number:
            return
        path = [self._enter(start)]
        while path:
            thing, following = path[-1]
            after = next(following, None)
            if after is None:
                path.pop()
                if path:
                    above = path[-1][0]
                    self.lowest[above] = min(self.lowest[above], self.lowest[thing])
                if self.lowest[thing] == self.number[thing]:
                    yield self._taken(thing)
            elif after not in self.number:
                path.append(self._enter(after))
            elif after in self.is_waiting:
                self.lowest[thing] = min(self.lowest[thing], self.number[after])

    def _enter(self, thing: Thing) -> tuple[Thing, Iterator[Thing]]:
        self.number[thing] = self.lowest[thing] = len(self.number)
        self.waiting.append(thing)
        self.is_waiting.add(thing)
        return thing, iter(self.arrows.get(thing, ()))

    def _taken(self, first: Thing) -> list[Thing]:
        """Take a group off what waits: its first thing and all that came after it."""
        group: list[Thing] = []
        while not group or group[-1] != first:
            group.append(self.waiting.pop())
        self.is_waiting.difference_update(group)
        return group[::-1]
