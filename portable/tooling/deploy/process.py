"""An engine's command in, the lines that it prints out, as they come. The engine always gets to its own end.

It works in a session of its own and writes to a file, not to a pipe. So what ends this process, Ctrl-C, a kill or a closed
terminal, does not end the engine in the middle of making something that its state would not know of.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from portable.tooling.deploy.lock import take

LOOK = 0.03
"""Seconds between two looks at what the engine has written."""
_KILLED = frozenset(128 + number for number in (signal.SIGTERM, 9))
_POSIX = os.name != "nt"
_ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Ended:
    """How an engine ended: its exit code, what it wrote to stderr, and whether somebody asked it to stop."""

    code: int
    errors: str
    stopped: bool

    @property
    def killed(self) -> bool:
        """Say whether something else has ended it, such as a kill or a lack of memory; a shell around it adds 128."""
        return self.code < 0 or self.code in _KILLED


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    line: Callable[[str], None],
    told: Callable[[str], None],
    errors: Path | None = None,
) -> Ended:
    """Run a command until its end; call `line` with each line of its stdout, which `log` keeps.

    A request to stop is handed on: the engine finishes what it has begun, and at a second one gives up. `told` is called
    with what is worth knowing then. `errors` is the file of its stderr, whose lock it holds as long as it lives; what it starts
    itself gets another stderr, and does not hold it.
    """
    with log.open("wb") as out, (errors or log.with_suffix(".errors")).open("w+b") as said:
        take(said.fileno())
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=said,
            start_new_session=_POSIX,
            creationflags=0 if _POSIX else 0x200,  # a group of processes of its own
        )
        with log.open("rb") as written, _handing_on(child, told) as asked:
            for text in _lines(written, child):
                line(text)
        said.seek(0)
        return Ended(child.returncode, said.read().decode("utf-8", "replace"), bool(asked))


def _lines(written: IO[bytes], child: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield whole lines as a child writes them, and what is left when it ends."""
    begun = b""
    while True:
        ended = child.poll() is not None  # before the read, so that the last lines are read after the end
        found = written.read()
        begun += found
        *whole, begun = begun.split(b"\n")
        for data in whole:
            yield data.decode("utf-8", "replace")
        if ended:
            break
        if not found:
            time.sleep(LOOK)
    if begun:
        yield begun.decode("utf-8", "replace")


@contextmanager
def _handing_on(child: subprocess.Popen[bytes], told: Callable[[str], None]) -> Iterator[list[int]]:
    """Hand requests to stop on to a child, and yield the list that keeps them. Only a main thread can get them."""
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        told(
            "stopping; the engine ends in a moment, and its state keeps what was made"
            if len(asked) == 1
            else "stopping at once; what is being made now may be missing in the state"
        )

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.signal(number, stop) for number in _ASKED_TO_STOP}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
