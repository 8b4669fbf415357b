"""Watches the sources of an app: tells when one was saved."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from portable.settings.dotenv import FILE

DEBOUNCE, STEP = 200, 10
"""Milliseconds in which changes that follow one another are one: at most, and without another one."""
LOOK = 1000
"""Milliseconds after which it is asked again whether there are changes. Before that, no save is seen that came too early."""
TICK = 0.01
"""Seconds by which the time of a file may lie behind the clock."""
TESTS = "tests"
"""The folder of the project that is no part of the app: a test that is written there loads nothing again."""
APART = frozenset({"node_modules", "site-packages", "__pycache__", "dist"})


def is_source(path: str, root: Path) -> bool:
    """Return whether a file can change what the app is: Python, and the settings of the project."""
    above = os.path.join(root, "")
    if not path.startswith(above):  # the folder itself has other permissions or times
        return False
    parts = path[len(above) :].split(os.sep)  # the journal is written often, and watched too
    if parts[0] == TESTS and len(parts) > 1:
        return False
    if any(part.startswith(".") or part in APART for part in parts[:-1]):
        return False
    return parts[-1].endswith(".py") or parts[-1] in ("pyproject.toml", "requirements.txt", FILE)


class Watching:
    """A thread that tells of each save since this was made, with the names of the files. `tell` is told in words when it cannot."""

    def __init__(self, root: Path, changed: Callable[[frozenset[str]], None], tell: Callable[[str], None]) -> None:
        self._root = root
        self._changed = changed
        self._tell = tell
        self._since = time.time() - TICK
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="portable-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()

    def _run(self) -> None:
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001 - the system may refuse in many ways, and the app serves all the same
            self._tell(f"saves are not seen any more, start portable dev again: {type(error).__name__}: {error}")

    def _watch(self) -> None:
        from watchfiles import watch

        first = True
        for changes in watch(
            self._root,
            watch_filter=lambda _change, path: is_source(path, self._root),
            debounce=DEBOUNCE,
            step=STEP,
            rust_timeout=LOOK,
            yield_on_timeout=True,
            stop_event=self._stopping,
            ignore_permission_denied=True,
        ):
            names = {Path(path).name for _, path in changes}
            if first:
                names |= self._early()
                first = False
            if names:
                self._changed(frozenset(names))

    def _early(self) -> set[str]:
        """Return the names of what was saved before the system began to watch: the app may have been loaded as it was then."""
        found = set()
        for folder, inner, files in os.walk(self._root):
            inner[:] = [name for name in inner if not name.startswith(".") and name not in APART]
            for path in (os.path.join(folder, name) for name in files):
                with suppress(OSError):
                    if is_source(path, self._root) and os.stat(path).st_mtime >= self._since:
                        found.add(os.path.basename(path))
        return found
