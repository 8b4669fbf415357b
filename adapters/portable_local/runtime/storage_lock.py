"""Locks a folder: takes a folder; returns a `with` block that only one process and thread can be in at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Hold the lock of a folder, which is made if missing. The lock ends with its process in every case."""
    path = f"{folder}/lock"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        _take(file)
        yield
    finally:
        os.close(file)


def _take(file: int) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(file, fcntl.LOCK_EX)


def hold(file: int) -> None:
    """Lock an open file until it is closed. Not needed on Windows, where an open file cannot be removed."""
    try:
        import fcntl
    except ModuleNotFoundError:
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def is_held(path: str) -> bool:
    """Return whether a running process holds the lock of a file."""
    try:
        import fcntl
    except ModuleNotFoundError:
        return False
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
