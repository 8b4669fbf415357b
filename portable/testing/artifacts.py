"""`--artifact`: runs the packaged artifact in its provider's host process, with the resources of the in-memory cloud.

A target offers its host processes as `Target.testing().artifact`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from portable.errors import UnsupportedError
from portable.testing.remote import HOSTED, Remote
from portable.testing.session.session import Session
from portable.testing.wires import WireTransport
from portable.tooling.run.wired import kit_of
from portable.tooling.target import MakeArtifactHost, TestHost


class ArtifactTransport(WireTransport):
    """The transport to the host processes of one artifact. They are started when needed."""

    def __init__(self, session: Session, name: str, folder: Path) -> None:
        self._folder = folder.resolve()
        self._make = self._check(session, name)
        self._remote = Remote(session)
        super().__init__(session, name)

    def close(self) -> None:
        """End the processes."""
        self._processes.close()
        self._remote.close()

    def _open(self) -> TestHost:
        self._processes = self._make(self._wired.plan, self._folder / "bundle", self._remote.environment, HOSTED)
        return self._processes

    def _check(self, session: Session, name: str) -> MakeArtifactHost:
        kit = kit_of(name)
        if kit is None or kit.artifact is None:
            raise UnsupportedError(f"--artifact: the kit has no host process for {name}; remove it from --wire")
        file = self._folder / "manifest.json"
        if not file.is_file():
            raise UnsupportedError(f"{file} does not exist: run `portable package --target {name}` first")
        manifest = json.loads(file.read_text(encoding="utf-8"))
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        if manifest["python"] != version and not kit.own_python:
            raise UnsupportedError(
                f"the artifact is for Python {manifest['python']}, but pytest runs on {version}: run it on the artifact's Python"
            )
        if manifest["app"] != session.app.model.name:
            raise UnsupportedError(
                f"{file} belongs to the app {manifest['app']}, not to {session.app.model.name}: package this app first"
            )
        return kit.artifact
