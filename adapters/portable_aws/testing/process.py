"""One packaged function in the real Lambda runtime client (`awslambdaric`): takes an event; returns its reply and its log."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.testing.processes import LONGEST, HostProcess
from portable_aws.testing.context import REGION
from portable_aws.testing.runtime_api import Reply, RuntimeApi


class Failed(Exception):
    """The function does not load, or gave no reply. The message holds its log."""


class FunctionProcess(HostProcess):
    """A running function. `close` or the end of a `with` block ends it."""

    def __init__(self, bundle: Path, entry: str, environment: Mapping[str, str] | None = None) -> None:
        """Start the runtime client for an entry of a bundle. It does not write there. Raises Failed if it does not load."""
        self._entry = entry
        self._api = RuntimeApi()
        given = lambda_environment(bundle, self._api.server_port) | dict(environment or {})
        super().__init__([sys.executable, "-m", "awslambdaric", entry], bundle, given)
        ends = time.monotonic() + LONGEST
        while not self._api.ready.wait(0.2) and self.alive and time.monotonic() < ends:
            pass
        if self._api.init_error is not None or not self._api.ready.is_set():
            reason = f"{entry} does not load: {self._api.init_error or 'it ended'}\n{self.log[-4000:]}"
            self.close()
            raise Failed(reason)

    def invoke(self, event: Any, seconds: float = 30.0) -> Reply:
        """Return the function's reply to an event. The call has this many `seconds`. Raises Failed if there is no reply."""
        replies = self._api.send(event, seconds)
        ends = time.monotonic() + LONGEST
        while True:
            try:
                return replies.get(timeout=0.5)
            except queue.Empty:
                if not self.alive or time.monotonic() > ends:
                    raise Failed(f"{self._entry} gave no reply:\n{self.log[-4000:]}") from None

    def close(self) -> None:
        """End the process and its Runtime API."""
        super().close()
        self._api.close()


def lambda_environment(bundle: Path, port: int) -> dict[str, str]:
    """Return the variables that Lambda sets for a function whose Runtime API is on a port."""
    return {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "test",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": REGION,
        "LAMBDA_TASK_ROOT": str(bundle),
        "PYTHONPATH": str(bundle),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORTABLE_TARGET": "aws",
    }
