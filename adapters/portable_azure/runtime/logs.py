"""The keys that Application Insights uses for the same facts, so that a query joins traces and requests by them."""

from __future__ import annotations

from portable.base.logs import Shape

SHAPE = Shape("timestamp", "level", "InvocationId", "operation_Id")


def quiet() -> None:
    """Turn off the INFO logs of Azure's clients for each request, unless the app has set their level.

    Each call would be two records in Application Insights (azure-core, "HttpLoggingPolicy").
    """
    import logging

    logger = logging.getLogger("azure")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
