"""Takes resolved distributions and those of the host; returns which ship and which the host provides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from portable.tooling.depend.lock_text import Entry
from portable.tooling.depend.requirement_files import Line, distribution


@dataclass(frozen=True, slots=True)
class Host:
    """Distributions that a host has.

    `offered` are those that an app may ask for and need not ship; they only work in matching versions. `beneath` are
    those that the offered ones need. `used` are those of the offered ones that the app's code or our modules import,
    whether the app asks for them or not. `leave` is the app's own wish: True leaves all that is offered to the host, False
    ships all, None ships what is asked for in a version that the host may not have.
    """

    offered: frozenset[str] = frozenset()
    beneath: frozenset[str] = frozenset()
    leave: bool | None = None
    used: frozenset[str] = frozenset()


def left_to_host(entries: Iterable[Entry], host: Host, lines: Iterable[Line]) -> frozenset[str]:
    """Return the names of entries that need not ship.

    An offered distribution ships when the app pins it, or when a distribution that ships asks for it; then the other
    offered ones ship too. One beneath is left out when nobody asks for it but those that are left out. What only an
    extra of an offered distribution brings is neither, and ships.
    """
    if host.leave is False:
        return frozenset()
    found = list(entries)
    pinned = frozenset() if host.leave else _pinned(found, lines)
    known = host.offered | host.beneath
    if any(
        entry.name in host.offered
        and (entry.direct or entry.name in pinned or any(_is_other(reason, known) for reason in entry.because))
        for entry in found
    ):
        return frozenset()
    left = {entry.name for entry in found if entry.name in host.offered}
    while True:
        more = {
            entry.name
            for entry in found
            if entry.name in host.beneath - left and entry.because and left.issuperset(entry.because)
        }
        if not more:
            return frozenset(left)
        left |= more


def without_companions(ships: Iterable[str], host: Host) -> frozenset[str]:
    """Return the offered distributions that must ship too: those that are used, when all or one of the others ships."""
    names = frozenset(ships)
    wished = host.leave is False or (host.leave is None and not host.offered.isdisjoint(names))
    return host.used - names if wished else frozenset()


def _is_other(reason: str, known: frozenset[str]) -> bool:
    """Return whether a reason is a distribution that ships, not a file in which the app asks."""
    return not reason.startswith("-") and " (" not in reason and reason not in known


def _pinned(entries: Iterable[Entry], lines: Iterable[Line]) -> frozenset[str]:
    """Return the names whose version the app limits from above, or pins."""
    found = {name for line in lines if (name := distribution(line.text)) and _limits(line.text)}
    for entry in entries:
        if any(reason.startswith(("-c", "--constraint", "--override")) for reason in entry.because):
            found.add(entry.name)
    return frozenset(found)


def _limits(requirement: str) -> bool:
    return bool(re.search(r"==|<|~=|!=|\s@\s", requirement.partition(";")[0]))
