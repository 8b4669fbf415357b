"""Time and chance held still while a test is repeated: a clock in; `datetime.now`, `time.time`, `uuid4`, `random` by it.

Time is that of the test's clock, by time-machine, and moves when the clock moves. `random` and what `uuid` makes begin
anew at each run. What it does not reach: `secrets`, `os.urandom`, numpy, time in threads that C code started, in other
processes (`--artifact`), and in stores that are not the kit's.
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
    """Hold time and chance still in a block. Raises UnsupportedError without time-machine."""
    try:
        import time_machine
    except ImportError as error:
        raise UnsupportedError("freeze=True holds time still by time-machine: pip install time-machine") from error
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
