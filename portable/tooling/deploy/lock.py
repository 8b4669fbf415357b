"""One command at a time works on an artifact's infrastructure: a lock on a file in, the lock held until the block ends out.

A lock belongs to an open file. So it is free as soon as nobody who works is left, whatever ended them. A command holds one, and
its engine another one: that of the file that it writes its errors to, which none of its plug-ins inherits. So the next command
waits for an engine whose command was killed, and not for a plug-in whose engine was.
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
ENGINE = ".engine"
"""The ending of the file whose lock the engine holds."""


class Busy(PortableError):
    """Another command works on the same folder now."""


@contextmanager
def locked(file: Path, command: str, report: Callable[[str], None]) -> Iterator[Path]:
    """Hold the lock of a file; yield the file that an engine must write its errors to.

    An engine whose command was killed finishes what it does: this waits for it. Raises Busy when another command is at work.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not take(handle):
            who, process = _holder(file)
            raise Busy(f"{who} is at work on {file.parent}{process}; wait until it ends, then run this again")
        engine = file.with_suffix(ENGINE)
        _wait(engine, report)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"process": os.getpid(), "command": command}).encode(), 0)
        yield engine
    finally:
        os.close(handle)


def _wait(engine: Path, report: Callable[[str], None]) -> None:
    """Return when no engine works."""
    handle = os.open(engine, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not take(handle):
            report("an earlier command was ended while its engine worked; waiting until the engine is done")
            time.sleep(WAIT)
    finally:
        os.close(handle)


def _holder(file: Path) -> tuple[str, str]:
    """Say which command took a lock last, and its process; it may be writing that now."""
    try:
        found = json.loads(file.read_bytes())
        return f"`{found['command']}`", f" (process {found['process']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another command", ""


if os.name == "nt":  # pragma: no cover

    def take(handle: int) -> bool:
        """Take the lock of an open file. Returns False when somebody else has it."""
        import msvcrt

        try:
            os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond what is written, since this lock also stops readers
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:

    def take(handle: int) -> bool:
        """Take the lock of an open file. Returns False when somebody else has it."""
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
