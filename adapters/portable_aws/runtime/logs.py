"""The keys that CloudWatch Logs and Lambda's own JSON logs use (Lambda "advanced logging controls")."""

from __future__ import annotations

from portable.base.log_lines import Shape

SHAPE = Shape("timestamp", "level", "requestId", "traceId", hidden=("aws_request_id", "tenant_id"), end="\n")
"""The runtime client adds the hidden attributes to each record. Its handler writes lines unchanged."""
