"""Waits for a debugger: takes a port; returns when one is attached to this process."""

from __future__ import annotations

import socket
import time

from portable.errors import PortableError

PATIENCE = 5.0
"""Seconds in which the debugger's part of the process before this one gives its port up."""
HOST = "127.0.0.1"


def wait_for_debugger(port: int) -> None:
    """Wait until a debugger is attached. Raises PortableError when debugpy is not installed, or the port is in use."""
    try:
        import debugpy
    except ModuleNotFoundError as error:
        raise PortableError('--debug needs debugpy: run pip install "portable-functions[dev]"') from error
    try:
        _wait_until_free(port)
        debugpy.listen((HOST, port))
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise PortableError(f"a debugger cannot attach to port {port}: {why}. Choose another --debug-port") from error
    debugpy.wait_for_client()


def _wait_until_free(port: int) -> None:
    """Return when nobody listens on a port. Raises OSError when somebody goes on to."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
            return
        except OSError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.05)
