"""What OpenTelemetry costs where it is on: processor time of a call and of a cold start, beside the same function without it.

Off, nothing of it is written or loaded: the rows of cold starts and invocations hold for that.
"""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.artifacts import packaged
from benchmarks.coldstart import FEW, HELLO, Contender, compare
from benchmarks.invocation import measure
from benchmarks.rows import Row

PROCESSES = 5
ENTRY = "entry_hello:handler"
DAEMON = "AWS_XRAY_DAEMON_ADDRESS"


def rows() -> list[Row]:
    """Measure a function with spans that go to an X-Ray daemon of this machine, which throws them away."""
    with tempfile.TemporaryDirectory() as temporary, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        spans = {DAEMON: f"127.0.0.1:{daemon.getsockname()[1]}"}
        off, on = packaged("hello", Path(temporary)), packaged("traced", Path(temporary))
        pairs = [(measure(off, ENTRY, HELLO), measure(on, ENTRY, HELLO, 2_000, spans)) for _ in range(PROCESSES)]
        starts = [
            Contender("off", off, "entry_hello.handler", HELLO),
            Contender("on", on, "entry_hello.handler", HELLO, environment=spans),
        ]
        compare(*starts, rounds=FEW)
    call = median(taken - without for without, taken in pairs)
    start = median(b.cpu - a.cpu for a, b in zip(starts[0].starts, starts[1].starts, strict=True)) * 1000
    return [
        Row("OpenTelemetry on, to X-Ray's daemon: more per call", f"{call:.0f} us", "<= 250 us", call <= 250),
        Row("OpenTelemetry on: more per cold start", f"{start:.0f} ms", "", True),
    ]
