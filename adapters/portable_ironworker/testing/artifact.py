"""Runs a packaged artifact, each task in its own process: takes portable events; returns exit codes.

The process is started as IronWorker starts it: with the command of workers.json and with files for the payload and the
config, whose paths are in the environment. Docker and the HTTP API are not part of it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portable.testing.hosts import ProcessesHost
from portable.tooling.plan import Plan
from portable_ironworker.runtime.task import Task
from portable_ironworker.testing.host import IronHost

LIMIT = 120
"""Seconds after which a task is stopped."""


def run_task(
    bundle: Path, module: str, task: Task, environment: Mapping[str, str], arguments: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run one task of an artifact. With `arguments` it gets its files by arguments, as older code packages do."""
    found = json.loads((bundle / "workers.json").read_text(encoding="utf-8"))
    worker: dict[str, Any] = next(one for one in found if one["command"].split()[-1] == module)
    _, file, *more = shlex.split(worker["command"])
    with tempfile.TemporaryDirectory(prefix="portable-ironworker-") as folder:
        payload, config = Path(folder, "payload"), Path(folder, "config")
        payload.write_bytes(task.payload)
        config.write_text(json.dumps(worker["config"]), encoding="utf-8")
        files = {"PAYLOAD_FILE": str(payload), "CONFIG_FILE": str(config), "TASK_ID": task.id, "TASK_DIR": folder}
        command = [sys.executable, str(bundle / Path(file).name), *more]
        if arguments:
            command += ["-payload", str(payload), "-config", str(config), "-id", task.id, "-d", folder]
            files = {}
        variables = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command,
            cwd=folder,
            env={**variables, **files, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT,
            check=False,
        )


class ArtifactHost(ProcessesHost, IronHost):
    """The code packages of an artifact."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        super().__init__(plan, bundle, environment, path)
        self._log: list[str] = []

    def log(self) -> str:
        """Return what the tasks have written to their logs since the last call."""
        found, self._log = "".join(self._log), []
        return found

    def _exit_code(self, module: str, task: Task) -> int:
        done = run_task(self._bundle, module, task, self._environment)
        self._log.append(done.stdout)
        return done.returncode
