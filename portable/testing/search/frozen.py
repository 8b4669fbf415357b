"""Fixes time and random numbers while a test is repeated: `datetime.now`, `time.time`, `uuid4` and `random`.

The time is that of the test's clock (by time-machine) and moves with it. `random` and `uuid` start again at each run. Not
fixed are: `secrets`, `os.urandom`, numpy, and the time in threads of C code, in other processes (`--artifact`) and in stores
that are not the kit's.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from portable.errors import UnsupportedError
from portable.testing.world.clock import Clock


@contextmanager
def frozen(clock: Clock, seed: int) -> Iterator[None]:
    """Fix time and random numbers in a `with` block. Raises UnsupportedError without time-machine."""
    try:
        import time_machine
    except ImportError as error:
        raise UnsupportedError("freeze=True needs the package time-machine: pip install time-machine") from error
    state, system, bits = random.getstate(), uuid.os, random.Random(seed)  # type: ignore[attr-defined]  # noqa: S311
    with time_machine.travel(clock.now, tick=False) as traveller:
        clock.on_move = traveller.move_to
        random.seed(seed)
        names: dict[str, Any] = {**vars(os), "urandom": bits.randbytes}
        uuid.os = SimpleNamespace(**names)  # type: ignore[attr-defined]  # whoever imported uuid4 by name calls it too
        try:
            yield
        finally:
            uuid.os = system  # type: ignore[attr-defined]
            random.setstate(state)
            clock.on_move = None
