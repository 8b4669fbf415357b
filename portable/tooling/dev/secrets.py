"""The values of an app's secrets, which nothing that is shown or kept may hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from portable.errors import ConfigurationError, NotFound
from portable.settings.dotenv import FILE, read
from portable.settings.redaction import Redactor, hidden_values
from portable.settings.secret import Secret
from portable.tooling.app.model import AppModel
from portable.tooling.dev.former import Former
from portable.tooling.target import LocalResources
from portable.tooling.targets import here


def names(app: AppModel) -> list[str]:
    """Return the names of the secrets that an app declares."""
    return [resource.name for resource in app.resources if resource.kind == Secret.kind]


def misread(project: Path) -> str:
    """Return why the file of settings and secrets cannot be read, "" if it can."""
    try:
        read(str(project / FILE))
    except (ConfigurationError, OSError) as error:
        return str(error)
    return ""


def redactor(values: Callable[[], Iterable[str]]) -> Callable[[str], str]:
    """Return what hides values in a text, and those that secrets of this machine had before."""
    hide = Redactor(values)
    if not isinstance(values, KnownSecrets):
        return hide
    former = values.former
    return lambda text: former(hide(text))


class KnownSecrets:
    """The values that secrets have and had in this process, the longest first. They are read anew when their file changes.

    `former` hides those that they had before.
    """

    def __init__(self, project: Path, every: float = 0.0, local: LocalResources | None = None) -> None:
        """`every` are seconds between two looks at the file, for who is told of each value that a handler gets."""
        self._file = project / FILE
        self._drivers = (local or here()[1]).drivers(project)
        self._names: tuple[str, ...] = ()
        self._stamp: tuple[int, int] | None = None
        self._known: tuple[str, ...] = ()
        self._until = 0.0
        self._every = every
        self.former = Former(project)

    def named(self, names: Iterable[str]) -> None:
        """Take the names of the secrets."""
        self._names = tuple(names)
        self._stamp = None
        self._until = 0.0

    def add(self, value: str) -> None:
        """Take a value that a handler got: it may be another one before the file is looked at again."""
        if value not in self._known:
            self._known = hidden_values({*self._known, value})
            self.former.learn(self._known)

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
                with suppress(NotFound, ConfigurationError):  # a file that is broken says nothing
                    found.add(self._drivers.secret(Secret(name)))
            self._known = hidden_values(found)
            self.former.learn(self._known)
            self._stamp = stamp
        return self._known

    def _now(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)
