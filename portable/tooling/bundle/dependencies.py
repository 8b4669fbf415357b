"""`Dependencies`: what an app's dependencies add to its bundle, installed here or left to the provider's build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portable.tooling.archive import Member
from portable.tooling.depend.lock import Requirement


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Files by path in the bundle, which of them are already compressed, and their entries in the manifest."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    packed: Mapping[str, Member] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    provided: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
