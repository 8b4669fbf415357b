"""Takes a metric; returns what makes CloudWatch read it from a log line (CloudWatch "embedded metric format").

The service makes the metric from the line itself, so there is no call and no permission for it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def embedded(metric: dict[str, Any], at: float, function: str) -> dict[str, Any]:
    """Return the fields of a line: the metric with its dimensions beside it, and what says so.

    The namespace is the name of the app and its stage.
    """
    name, dimensions = metric["name"], metric["dimensions"]
    directive = {
        "Namespace": _namespace(function),
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": metric["unit"]}],
    }
    return {
        "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        name: metric["value"],
    }


def _namespace(function: str) -> str:
    """Return "<app>-<stage>", which the name of a Lambda function begins with; the whole name if it was given otherwise."""
    whole = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return whole.removesuffix(f"-{function}") or "portable"
