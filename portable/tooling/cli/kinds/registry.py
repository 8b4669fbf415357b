"""The commands over each kind of resource, by their name."""

from __future__ import annotations

import typer

from portable.tooling.cli.kinds import bucket, queue, table

COMMANDS: dict[str, typer.Typer] = {"queue": queue.queue, "table": table.table, "bucket": bucket.bucket}
