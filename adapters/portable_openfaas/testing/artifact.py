"""Runs a packaged artifact in the template's server: takes portable events; returns replies.

The folder is laid out as in the template's image: index.py, and beside it the artifact as the package `function`. Each
OpenFaaS function is a process. Its first call starts it, and `close` ends it. of-watchdog and the gateway are not part of it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from portable.testing.hosts import ProcessesHost
from portable.testing.processes import Answer as Reply
from portable.testing.processes import HostProcess, free_port
from portable_openfaas.testing.host import Answer, FaasHost
from portable_openfaas.testing.hosted import index
from portable_openfaas.testing.native import Native

_SERVERS_OWN = ("server", "date", "connection", "via", "transfer-encoding")


class FaasProcess(HostProcess):
    """One OpenFaaS function of an artifact, with the variables that stack.yaml gives it."""

    def __init__(self, bundle: Path, module: str, environment: Mapping[str, str] | None = None) -> None:
        """Start the function of a module. Raises RuntimeError, with the log, if the server does not start."""
        self._home = tempfile.TemporaryDirectory(prefix="portable-openfaas-")
        home = Path(self._home.name)
        (home / "function").symlink_to(bundle.resolve(), target_is_directory=True)
        (home / "index.py").write_bytes(Path(index.__file__).read_bytes())
        own = {"PYTHONDONTWRITEBYTECODE": "1", **stack_environment(bundle / "stack.yaml", module)}
        port = free_port()
        super().__init__([sys.executable, "index.py", str(port)], home, {**own, **(environment or {})}, port)

    def close(self) -> None:
        """End the process and delete its folder."""
        super().close()
        self._home.cleanup()

    def send(self, native: Native) -> Reply:
        """Return the reply to a request."""
        return self.request(native.method, native.target, native.body, native.headers)


class ArtifactHost(ProcessesHost, FaasHost):
    """The OpenFaaS functions of an artifact, each in a process."""

    host = ("waitress", "waitress flask")

    def _call(self, module: str, native: Native) -> Answer:
        process = self._running.get(module, lambda: FaasProcess(self._bundle, module, self._environment))
        reply = process.send(native)
        return reply.status, [(name, value) for name, value in reply.headers if name not in _SERVERS_OWN], reply.content


def stack_environment(stack: Path, module: str) -> dict[str, str]:
    """Return the `environment` of the function in stack.yaml that runs a module. `${NAME:-value}` becomes `value`."""
    blocks = re.findall(r"    environment:\n((?:      \S.*\n)+)", stack.read_text(encoding="utf-8"))
    pairs = [dict(re.findall(r'      (\S+): "(.*)"\n', block)) for block in blocks]
    found = next(block for block in pairs if block["PORTABLE_ENTRY"] == module)
    return {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in found.items()}
