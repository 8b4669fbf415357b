"""The text format of Prometheus: takes families of metrics; returns what `/metrics` answers.

Source: Prometheus "exposition formats", text format 0.0.4, and "writing client libraries" for the metrics of a process.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import process_time

from portable_container.runtime.measures import Family, Sample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


def text_of(families: Iterable[Family]) -> str:
    """Return families as text."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def of_process() -> Iterator[Family]:
    """Return what every process tells of itself, under the names that all client libraries use."""
    yield _one("process_cpu_seconds_total", "counter", "Processor time, in seconds.", process_time())
    try:
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        files = len(os.listdir("/proc/self/fd"))
    except OSError:  # another system than Linux
        return
    yield _one("process_resident_memory_bytes", "gauge", "Resident memory, in bytes.", resident)
    yield _one("process_open_fds", "gauge", "Open files and sockets.", files)


def _one(name: str, kind: str, meaning: str, value: float) -> Family:
    return Family(name, kind, meaning, (Sample(name, (), value),))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.meaning}"
    yield f"# TYPE {family.name} {family.type}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in sample.labels)
        yield f"{sample.name}{{{labels}}} {sample.value!r}" if labels else f"{sample.name} {sample.value!r}"
