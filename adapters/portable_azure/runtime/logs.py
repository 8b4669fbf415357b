"""The keys that Application Insights uses for the same facts, so that a query joins traces and requests by them."""

from __future__ import annotations

from portable.base.logs import Shape

SHAPE = Shape("timestamp", "level", "InvocationId", "operation_Id")


def quiet() -> None:
    """Leave out what Azure's clients log of every request at INFO, unless the app has set a level for them.

    Each call would be two records in Application Insights (azure-core, "HttpLoggingPolicy").
    """
    import logging

    logger = logging.getLogger("azure")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
