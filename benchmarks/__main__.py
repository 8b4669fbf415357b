"""Run every benchmark, or those named on the command line, and print one table. Exits 1 when a bar is missed."""

from __future__ import annotations

import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

MODULES = (
    "coldstart",
    "invocation",
    "callers",
    "sharing",
    "size",
    "tracing",
    "packaging",
    "check",
    "openapi",
    "permissions",
    "bucket",
    "replies",
    "tables",
    "queues",
    "container_http",
    "container_kills",
    "container_queue",
    "container_replicas",
    "dev",
    "pages",
    "testing",
    "deploying",
)


def main(names: list[str]) -> int:
    """Print the table and return the exit code."""
    table = Table("what", "measured", "bar", "")
    missed = 0
    for name in names or MODULES:
        for what, measured, bar, ok in import_module(f"benchmarks.{name}").rows():
            missed += not ok
            table.add_row(what, measured, bar, "" if not bar else "ok" if ok else "MISSED")
        table.add_section()
    Console(width=160).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
