"""ministack: a stand-in for AWS on a loopback port. A log folder in, the variables that lead boto3 to it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.install import python_tool
from servers.process import free_port, running

REQUIREMENTS = ("ministack==1.5.33", "boto3==1.43.106")


def installed() -> Path:
    """Return the environment that holds it."""
    return python_tool("ministack", *REQUIREMENTS)


@contextmanager
def ministack(folder: Path, **settings: str) -> Iterator[dict[str, str]]:
    """Run ministack until the block ends; yield the environment that boto3 needs. Skips when it cannot be installed.

    Settings are ministack's own variables, as AUTH="true". With ASKED it writes what it is asked for into this file.
    """
    tool = installed()
    port = free_port()
    own = {"BIND_HOST": "127.0.0.1", "SFTP_ENABLED": "0", "GATEWAY_PORT": str(port), **settings}
    program = [tool / "bin" / "ministack"]
    if "ASKED" in settings:
        program = [tool / "bin" / "python", "-P", Path(__file__).with_name("asked_of_ministack.py")]
    with running(program, port, folder / "ministack.log", own, folder=folder):
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
