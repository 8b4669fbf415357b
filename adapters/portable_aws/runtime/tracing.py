"""Spans on AWS: what its services are called in them, and the exporter to X-Ray."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SYSTEMS = {"queue": "aws_sqs", "topic": "aws.sns", "stream": "aws.kinesis", "table": "aws.dynamodb"}
"""The services by kind of resource (OpenTelemetry "semantic conventions", messaging and database systems)."""
DAEMON = "AWS_XRAY_DAEMON_ADDRESS"
"""The variable in which Lambda gives the address of the X-Ray daemon ("Lambda environment variables")."""


def exporter() -> tuple[Any, bool] | None:
    """Return the exporter to the daemon of the function, which takes spans by UDP without a wait; None where there is none."""
    address = os.environ.get(DAEMON)
    if not address:
        return None
    from portable_aws.runtime.xray import XRayExporter

    return XRayExporter(address), False
