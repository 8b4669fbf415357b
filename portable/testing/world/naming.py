"""Names of events: an id in, a short name out that is the same in every run of a test, whatever is in the event.

What the test sends is m1, m2, …, what it requests r1, r2, …, in order. What a handler sends while it handles m2 is m2.1,
m2.2, …; when another delivery of m2 sends it again it is m2.1~2. So no name depends on content or on what else happens.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Names:
    """The names that were given in one run."""

    _names: dict[str, str] = field(default_factory=dict)
    _given: Counter[str] = field(default_factory=Counter)

    def sent(self, id: str, sender: str, number: int) -> None:  # noqa: A002
        """Name what was sent just now: the `number`-th by a call; with number 0 by the test or another sender."""
        if number:
            self._names[id] = self._once(f"{sender}.{number}")
        else:
            self._names[id] = self._next(f"{sender}.m" if sender else "m")

    def of(self, id: str) -> str:  # noqa: A002
        """Return the name of an event; what came with an id of its own is named as the test's when it is first seen."""
        return self._names.get(id) or self._names.setdefault(id, self._next("m"))

    def known(self, id: str | None) -> str:  # noqa: A002
        """Return the name of an event, empty for an id that was never sent here."""
        return self._names.get(id, "") if id is not None else ""

    def request(self, sender: str) -> str:
        """Return the name of the next request, of the test itself or of one of those it sends at once."""
        return self._next(f"{sender}.r" if sender else "r")

    def snapshot(self) -> tuple[dict[str, str], Counter[str]]:
        """Return the state."""
        return dict(self._names), Counter(self._given)

    def restore(self, state: tuple[dict[str, str], Counter[str]]) -> None:
        """Go back to a state."""
        self._names, self._given = dict(state[0]), Counter(state[1])

    def _next(self, kind: str) -> str:
        self._given[kind] += 1
        return f"{kind}{self._given[kind]}"

    def _once(self, name: str) -> str:
        self._given[name] += 1
        return name if self._given[name] == 1 else f"{name}~{self._given[name]}"
