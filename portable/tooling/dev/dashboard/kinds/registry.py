"""Every kind of resource that the dashboard shows, by name."""

from __future__ import annotations

from portable.tooling.dev.dashboard.kinds import bucket, queue, settings, stream, table, topic
from portable.tooling.dev.dashboard.kinds.browsed import Browsed

BROWSED: dict[str, Browsed] = {
    "table": table.BROWSED,
    "bucket": bucket.BROWSED,
    "queue": queue.BROWSED,
    "topic": topic.BROWSED,
    "stream": stream.BROWSED,
    "secret": settings.SECRET,
    "setting": settings.SETTING,
}
