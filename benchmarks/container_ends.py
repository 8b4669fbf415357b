"""How a container ends: SIGTERM to processes of its roles at random moments, under load, in their start, and while an engine is away.

`python -m benchmarks container_ends`; PORTABLE_ENDS is how many signals each combination of roles gets, 50 without it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from benchmarks.container_stage import ROOT, Load, Stage
from benchmarks.rows import Row

sys.path.insert(0, str(ROOT / "tests"))

from hosts.container_image import end, ready
from hosts.container_work import until
from servers.process import free_port

COUNT = int(os.environ.get("PORTABLE_ENDS", "50"))
YOUNG, READY, BROKER, HANGING, DATABASE = "in its start", "at work", "NATS", "NATS, which hangs", "PostgreSQL"
MOMENTS = [(when, away) for away in ("", BROKER, HANGING, DATABASE) for when in (YOUNG, READY)]
ROLES = (("serve",), ("work",), ("schedule",), ())
STOP_SECONDS = 8
SPARE_SECONDS = 1.5
"""What a process may take beyond PORTABLE_STOP_SECONDS: the end of the interpreter, on a machine that is busy."""
TOO_YOUNG = {-signal.SIGTERM, 128 + signal.SIGTERM}
"""The exit codes of a process whose roles have not begun: it had said nothing about the signal yet, or that it ends it."""


def rows() -> Iterator[Row]:
    """End one combination of roles after the other."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stage = Stage(Path(folder), stack)
        os.environ["PORTABLE_STOP_SECONDS"] = str(STOP_SECONDS)
        keeper = stage.replica()
        stack.callback(lambda: end([keeper], signal.SIGKILL))
        for roles in ROLES:
            yield _ended(stage, roles)


def _ended(stage: Stage, roles: tuple[str, ...]) -> Row:
    moments = cycle(MOMENTS)
    found: list[tuple[str, int, float]] = []
    with Load(stage.queue, stage.stream, stage.table, stage.records) as load:
        for _ in range(COUNT):
            when, away = next(moments)
            name = f"{when}, without {away}" if away else when
            found.append((name, *_end_of_one(stage, roles, when, away)))
        time.sleep(1)
    lost = stage.lost(load)
    bad = [one for one in found if not _is_right(*one)]
    longest = max(found, key=lambda one: one[2])
    codes = ", ".join(f"{count} {name}: {code}" for (name, code), count in Counter(one[:2] for one in found).items())
    told = f"{len(bad)} wrong {bad}; {longest[2]:.1f} s at most ({longest[0]}); lost {lost}; exit codes {codes}"
    return Row(
        f"{COUNT} signals to {' '.join(roles) or 'all roles'}",
        told,
        f"0; <= {STOP_SECONDS} s",
        not bad and not any(lost),
    )


def _is_right(name: str, code: int, seconds: float) -> bool:
    """A call cannot end without its database, and a server that hangs hears no last word. Then the exit code is 1."""
    allowed = {0} | (TOO_YOUNG if YOUNG in name else set()) | ({1} if DATABASE in name or HANGING in name else set())
    return code in allowed and seconds <= STOP_SECONDS + SPARE_SECONDS


def _end_of_one(stage: Stage, roles: tuple[str, ...], when: str, away: str) -> tuple[int, float]:
    """Start a process and end it; return its exit code, and the seconds from the signal to the end."""
    process = _started(stage, roles) if when == READY else None
    found: list[tuple[int, float]] = []

    def ending() -> None:
        one = process or stage.built.start(*roles, log=stage.folder / "log")
        time.sleep(stage.chance.uniform(0, 5 if away else 1.2))
        found.append(_signalled(one))

    if away == HANGING:
        with stage.broker.stopped():
            ending()
    elif away:
        engine = stage.broker if away == BROKER else stage.database
        engine.killed(0, ending)
    else:
        ending()
    return found[0]


def _started(stage: Stage, roles: tuple[str, ...]) -> subprocess.Popen[bytes]:
    port, serving = free_port(), free_port()
    process = stage.built.start(*roles, "--port", str(serving), log=stage.folder / "log", admin_port=port)
    until(lambda: ready(port) or process.poll() is not None, 60)
    return process


def _signalled(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Return the exit code, and the seconds from the signal to the end."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(STOP_SECONDS * 3)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        code = process.wait(10)
    return code, time.monotonic() - begun


if __name__ == "__main__":
    for row in rows():
        print(f"{'ok  ' if row.ok else 'MISS'} {row.what} {row.measured} {row.bar}", flush=True)
