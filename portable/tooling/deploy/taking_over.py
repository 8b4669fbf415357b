"""What is in the cloud and in no state -> what the engine takes over: of a deployment that was ended, or because the user says so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.deploy.configuration import Configuration, EngineFailed
from portable.tooling.deploy.events import Progress, Summary, read_event
from portable.tooling.deploy.faults import cause_of
from portable.tooling.deploy.keeping import resources
from portable.tooling.infra.deploying import Deploying, Standing


@dataclass(frozen=True, slots=True)
class TakingOver:
    """What may be taken over: the addresses in `left`, or whatever is there if the user says so (`anything`)."""

    deploying: Deploying
    standing: Standing | None
    left: frozenset[str]
    anything: bool = False

    def claimed(self) -> str:
        """Return what shows that a stage of this name is there, "" where nothing does or all may be taken over."""
        if self.standing is None or self.anything:
            return ""
        try:
            return self.standing.claimed() or ""
        except PortableError:
            return ""  # then the engine says what is in its way

    def beforehand(self, configuration: Configuration, declared: Collection[str]) -> dict[str, str]:
        """Return what is there, is not in the state, and would not be refused soon when it is made again."""
        wanted = set(declared) if self.anything else self.left.intersection(declared)
        if self.standing is None or not wanted:
            return {}
        known = {found.address for found in resources(configuration.state())}
        try:
            return self.standing.found(wanted - known)
        except PortableError:
            return {}  # then the engine says what is in its way

    def refused(self, error: EngineFailed) -> dict[str, str]:
        """Return what an apply could not make because it is there; nothing unless all of that may be taken over."""
        if self.standing is None or error.operation != "apply" or error.stopped or error.killed:
            return {}
        found = {}
        for each in error.found:
            address = self.standing.refused(each.where, each.told) if self._may(each.where) else None
            if cause_of(each.told, self.deploying) != "exists" or address is None:
                return {}
            found[each.where] = address
        return found

    def _may(self, address: str) -> bool:
        return self.anything or address in self.left


def left_in(log: Path) -> frozenset[str]:
    """Return the addresses of what an apply that did not end well had made or begun to make, by its log.

    An engine need not write its state before it ends: what it has made may be missing there too.
    """
    left: set[str] = set()
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            for event in map(read_event, lines):
                if isinstance(event, Summary) and event.operation != "plan":
                    return frozenset()
                if isinstance(event, Progress) and event.action in ("create", "replace"):
                    (left.discard if event.state == "failed" else left.add)(event.address)
    except OSError:
        return frozenset()
    return frozenset(left)
