"""The paths that an image answers itself."""

from __future__ import annotations

OWN = "/_portable"
"""No function of an app is reached at this path or below it."""
LIVE, READY = f"{OWN}/live", f"{OWN}/ready"
"""The probes, on the app's port and on the admin port."""
METRICS = "/metrics"
"""On the admin port only."""
EVENTS, OBJECTS = f"{OWN}/events/", f"{OWN}/objects/"
"""The name of a function follows, which takes CloudEvents, and that of a bucket, which takes the notifications of its store."""
