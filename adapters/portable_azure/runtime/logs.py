"""The keys that Application Insights uses for the same facts, so that a query joins traces and requests by them."""

from __future__ import annotations

from portable.base.log_lines import Shape

SHAPE = Shape("timestamp", "level", "InvocationId", "operation_Id")
