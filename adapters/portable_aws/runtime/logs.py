"""The keys that CloudWatch Logs and Lambda's own JSON logs use (Lambda "advanced logging controls")."""

from __future__ import annotations

from portable.base.logs import Shape

SHAPE = Shape("timestamp", "level", "requestId", "traceId", hidden=("aws_request_id", "tenant_id"), end="\n")
"""The runtime client puts the hidden attributes on each record, and its handler writes lines as they are."""
