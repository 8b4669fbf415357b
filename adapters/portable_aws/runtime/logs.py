"""The keys that CloudWatch Logs and Lambda's own JSON logs use (Lambda "advanced logging controls")."""

from __future__ import annotations

from portable.compute.logs import Shape

SHAPE = Shape("timestamp", "level", "requestId", "traceId")
