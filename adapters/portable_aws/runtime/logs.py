"""The keys that CloudWatch Logs and Lambda's own JSON logs use (Lambda "advanced logging controls")."""

from __future__ import annotations

from portable.base.log_lines import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _metric(metric: dict[str, Any], at: float, function: str) -> dict[str, Any]:
    from portable_aws.runtime.metrics import embedded

    return embedded(metric, at, function)


SHAPE = Shape(
    "timestamp", "level", "requestId", "traceId", hidden=("aws_request_id", "tenant_id"), end="\n", metric=_metric
)
"""The runtime client adds the hidden attributes to each record. Its handler writes lines unchanged."""
