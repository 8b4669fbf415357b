"""The name of an AWS service -> a boto3 client that tries each call once: retries are ours, within the call's deadline."""

from __future__ import annotations

from portable.base.drivers import missing_extra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def make_client(service: str, read_timeout: int, translated: Callable[[Exception, str], Exception]) -> Any:
    """Return a client; `read_timeout` is in seconds, `translated(error, service)` names what goes wrong.

    Raises ConfigurationError when boto3 is not installed or no region is set.
    """
    try:
        from boto3.session import Session
        from botocore.config import Config
    except ImportError as error:
        raise missing_extra("aws", "boto3") from error
    config = Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=100,
        connect_timeout=3,
        read_timeout=read_timeout,
    )
    try:
        return Session().client(service, config=config)
    except Exception as error:
        raise translated(error, service) from error
