"""Watches the sources of an app: tells when one was saved."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from portable.settings.dotenv import FILE

DEBOUNCE, STEP = 200, 10
"""Milliseconds in which changes that follow one another are one: at most, and without another one."""
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
    """A thread that tells of each save, with the names of the files. `tell` is told in words when it cannot."""

    def __init__(self, root: Path, changed: Callable[[frozenset[str]], None], tell: Callable[[str], None]) -> None:
        self._root = root
        self._changed = changed
        self._tell = tell
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

        for changes in watch(
            self._root,
            watch_filter=lambda _change, path: is_source(path, self._root),
            debounce=DEBOUNCE,
            step=STEP,
            stop_event=self._stopping,
            ignore_permission_denied=True,
        ):
            self._changed(frozenset(Path(path).name for _, path in changes))
