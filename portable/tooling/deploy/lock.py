"""One command at a time works on an artifact's infrastructure: a lock on a file in, the lock held until the block ends out.

The lock belongs to an open file, which the engine inherits. So it is free as soon as nobody who works is left, whatever ended
them, and it stays while an engine works whose command was killed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portable.errors import PortableError

WAIT = 0.2
"""Seconds between two looks at a lock that an engine without its command holds."""


class Busy(PortableError):
    """Another command works on the same folder now."""


@contextmanager
def locked(file: Path, command: str, report: Callable[[str], None]) -> Iterator[int]:
    """Hold the lock of a file; yield what an engine must inherit. Raises Busy when another command is at work.

    An engine whose command was killed finishes what it does: this waits for it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _take(handle):
            holder = _holder(file)
            if holder is not None and _lives(holder[0]):
                raise Busy(
                    f"`{holder[1]}` is at work on {file.parent} (process {holder[0]}); wait until it ends, then run this again"
                )
            report("an earlier command was ended while its engine worked; waiting until the engine is done")
            time.sleep(WAIT)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"process": os.getpid(), "command": command}).encode(), 0)
        yield handle
    finally:
        os.close(handle)


def _holder(file: Path) -> tuple[int, str] | None:
    """Return the process and command that took a lock last; None while it is being written."""
    try:
        found = json.loads(file.read_bytes())
        return int(found["process"]), str(found["command"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


if os.name == "nt":  # pragma: no cover

    def _take(handle: int) -> bool:
        import msvcrt

        try:
            os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond what is written, since this lock also stops readers
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:

    def _take(handle: int) -> bool:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
