"""A packaged artifact, each of its tasks in a process of its own: portable events in, exit codes out.

The process is started as IronWorker starts the image's: the command of workers.json, a file for the payload and one for the
config, and their places in the environment. Docker and the HTTP API are not there.
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

from portable.tooling.plan import Plan
from portable_ironworker.runtime.task import Task
from portable_ironworker.testing.host import IronHost

LIMIT = 120
"""Seconds after which a task is ended."""


def run_task(
    bundle: Path, module: str, task: Task, environment: Mapping[str, str], arguments: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run one task of an artifact. With `arguments` it is told by arguments, as older code packages are."""
    found = json.loads((bundle / "workers.json").read_text(encoding="utf-8"))
    worker: dict[str, Any] = next(one for one in found if one["command"].split()[-1] == module)
    _, file, *more = shlex.split(worker["command"])
    with tempfile.TemporaryDirectory(prefix="portable-ironworker-") as folder:
        payload, config = Path(folder, "payload"), Path(folder, "config")
        payload.write_bytes(task.payload)
        config.write_text(json.dumps(worker["config"]), encoding="utf-8")
        told = {"PAYLOAD_FILE": str(payload), "CONFIG_FILE": str(config), "TASK_ID": task.id, "TASK_DIR": folder}
        command = [sys.executable, str(bundle / Path(file).name), *more]
        if arguments:
            command += ["-payload", str(payload), "-config", str(config), "-id", task.id, "-d", folder]
            told = {}
        own = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command,
            cwd=folder,
            env={**own, **told, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT,
            check=False,
        )


class ArtifactHost(IronHost):
    """The code packages of an artifact."""

    def __init__(self, plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> None:
        super().__init__(plan, dict)  # type: ignore[arg-type]  # nothing is loaded here
        self._bundle = bundle
        self._environment = {"PYTHONPATH": str(path), **environment}
        self._log: list[str] = []

    def close(self) -> None:
        """No process outlives its task."""

    def log(self) -> str:
        """Return what the tasks have written since this was asked last."""
        found, self._log = "".join(self._log), []
        return found

    def _run(self, module: str, task: Task) -> int:
        done = run_task(self._bundle, module, task, self._environment)
        self._log.append(done.stdout)
        return done.returncode


def host(plan: Plan, bundle: Path, environment: Mapping[str, str], path: Path) -> ArtifactHost:
    """Return the host of an artifact; `environment` and `path` are the kit's, for every process that is started."""
    return ArtifactHost(plan, bundle, environment, path)
