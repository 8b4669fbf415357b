"""The keys that Cloud Logging reads from a line of JSON (Cloud Logging "structured logging", special fields),
and the key in which Error Reporting looks for a traceback ("format errors in logs")."""

from __future__ import annotations

import os

from portable.base.log_lines import Shape


def shape() -> Shape:
    """Return the keys. A trace is prefixed with the project of GOOGLE_CLOUD_PROJECT, if that is set."""
    project = os.environ.get("GOOGLE_CLOUD_PROJECT")
    prefix = f"projects/{project}/traces/" if project else ""
    return Shape("time", "severity", "execution_id", "logging.googleapis.com/trace", prefix, stack="stack_trace")
