"""The real Lambda runtime client (`awslambdaric`) on a packaged artifact, fed by a Runtime API on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hosts.runtime_api import Reply, RuntimeApi


@dataclass(frozen=True, slots=True)
class LambdaHost:
    """A running function: `invoke(event)`; `log` is what it wrote."""

    api: RuntimeApi
    process: subprocess.Popen[bytes]
    log_file: Path

    def invoke(self, event: Any) -> Reply:
        """Return the function's answer to an event."""
        return self.api.invoke(event)

    @property
    def log(self) -> str:
        """What the function and the runtime client wrote so far."""
        return self.log_file.read_text(errors="replace")


@contextmanager
def lambda_function(
    bundle: Path, entry: str, environment: dict[str, str] | None = None, python: str = sys.executable
) -> Iterator[LambdaHost]:
    """Start the runtime client on a bundle as Lambda would and stop it at the end.

    The bundle comes first on the path and is not written to. Raises AssertionError when the function fails to load.
    """
    api = RuntimeApi()
    with tempfile.TemporaryDirectory() as temporary:
        log_file = Path(temporary, "log")
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [python, "-m", "awslambdaric", entry],
                cwd=bundle,
                env=lambda_environment(bundle, api.port) | (environment or {}),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            api.ready.wait(20)
            host = LambdaHost(api, process, log_file)
            assert api.init_error is None, f"{entry} does not load: {api.init_error}\n{host.log}"
            yield host
        finally:
            process.kill()
            process.wait()
            api.close()


def lambda_environment(bundle: Path, port: int) -> dict[str, str]:
    """Return the variables Lambda sets for a function."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "test",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": "eu-west-1",
        "LAMBDA_TASK_ROOT": str(bundle),
        "PYTHONPATH": str(bundle),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORTABLE_TARGET": "aws",
    }
