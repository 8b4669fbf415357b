"""ministack: AWS on a loopback port, in an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.install import python_tool
from servers.process import free_port, running

REQUIREMENTS = ("ministack==1.5.33", "boto3==1.43.106")
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
"""What a client needs beside AWS_ENDPOINT_URL."""


@contextmanager
def ministack(log: Path, **settings: str) -> Iterator[str]:
    """Run ministack until the block ends; yields its URL. Settings are its environment variables, as AUTH="true"."""
    tool = python_tool("ministack", *REQUIREMENTS)
    port = free_port()
    environment = {"BIND_HOST": "127.0.0.1", "SFTP_ENABLED": "0", "GATEWAY_PORT": str(port), **settings}
    with running([tool / "bin" / "ministack"], port, log, environment, folder=log.parent):
        yield f"http://127.0.0.1:{port}"
