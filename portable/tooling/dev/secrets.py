"""The values of an app's secrets, which nothing that is shown or kept may hold."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from portable.errors import NotFound
from portable.settings.dotenv import FILE
from portable.settings.redaction import hidden_values
from portable.settings.secret import Secret
from portable.tooling.app.model import AppModel
from portable.tooling.target import LocalResources
from portable.tooling.targets import here


def names(app: AppModel) -> list[str]:
    """Return the names of the secrets that an app declares."""
    return [resource.name for resource in app.resources if resource.kind == Secret.kind]


class KnownSecrets:
    """The values that secrets have and had, the longest first. They are read anew when their file changes."""

    def __init__(self, project: Path, every: float = 0.0, local: LocalResources | None = None) -> None:
        """`every` are seconds between two looks at the file, for who is told of each value that a handler gets."""
        self._file = project / FILE
        self._drivers = (local or here()[1]).drivers(project)
        self._names: tuple[str, ...] = ()
        self._stamp: tuple[int, int] | None = None
        self._known: tuple[str, ...] = ()
        self._until = 0.0
        self._every = every

    def named(self, names: Iterable[str]) -> None:
        """Take the names of the secrets."""
        self._names = tuple(names)
        self._stamp = None
        self._until = 0.0

    def add(self, value: str) -> None:
        """Take a value that a handler got: it may be another one before the file is looked at again."""
        if value not in self._known:
            self._known = hidden_values({*self._known, value})

    def __call__(self) -> tuple[str, ...]:
        """Return the values and what of them is a secret by itself."""
        now = time.monotonic()
        if not self._names or now < self._until:
            return self._known
        self._until = now + self._every
        stamp = self._now()
        if stamp != self._stamp:
            found = set(self._known)
            for name in self._names:
                with suppress(NotFound):
                    found.add(self._drivers.secret(Secret(name)))
            self._known = hidden_values(found)
            self._stamp = stamp
        return self._known

    def _now(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)
