"""A packaged app and its start command: the folder of an app in, processes of its roles out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from servers.process import free_port


@dataclass(frozen=True)
class Built:
    """The bundle of an app, and the variables that lead to its engines."""

    bundle: Path
    environment: dict[str, str]

    def run(self, command: str) -> str:
        """Run `migrate` or `prune`; return what it logged."""
        done = subprocess.run(
            self._command(command), capture_output=True, text=True, check=False, timeout=120, env=self._environment()
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *arguments: str, log: Path, admin_port: int = 0) -> subprocess.Popen[bytes]:
        """Start roles. What they log is added to a file."""
        with log.open("ab") as output:
            chosen = ("--port", str(free_port()), "--admin-port", str(admin_port or free_port()))
            ports = ("--host", "127.0.0.1", *chosen)
            return subprocess.Popen(
                self._command(*arguments, *ports), stdout=output, stderr=output, env=self._environment()
            )

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.bundle / "portable_start.py"), *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return kept | self.environment


def build(app: Path, environment: dict[str, str]) -> Built:
    """Package an app for the target container, without its dependencies: this Python has them."""
    done = subprocess.run(
        [sys.executable, "-m", "portable.tooling.cli.main", "package", "--target", "container"],
        cwd=app,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(app / "dist" / "container" / "bundle", environment)


def ready(admin_port: int) -> bool:
    """Return whether all roles of a process are ready."""
    try:
        with urlopen(f"http://127.0.0.1:{admin_port}/_portable/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def end(processes: Iterable[subprocess.Popen[bytes]], number: int = signal.SIGTERM) -> list[int]:
    """End processes; return their exit codes."""
    started = list(processes)
    for process in started:
        if process.poll() is None:
            process.send_signal(number)
    return [process.wait(40) for process in started]
