"""The commands over each kind of resource, by their name: where they are below `portable.tooling.cli`."""

from __future__ import annotations

COMMANDS = {"queue": "kinds.queue:queue", "table": "kinds.table:table", "bucket": "kinds.bucket:bucket"}
