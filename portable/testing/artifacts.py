"""`--artifact`: the packaged artifact in the host process that the cloud runs, over the resources of the in-memory cloud.

An adapter offers `portable_<target>.testing.artifact.host(plan, bundle, environment, path)`: a `Host` with `close()`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from portable.errors import UnsupportedError
from portable.testing.remote import HOSTED, Remote
from portable.testing.stage import Stage
from portable.testing.wires import Host, WireRoad


class ArtifactRoad(WireRoad):
    """The road into the host processes of one artifact, which are started when they are needed."""

    def __init__(self, stage: Stage, name: str, folder: Path) -> None:
        self._folder = folder.resolve()
        self._check(stage, name)
        self._remote = Remote(stage)
        super().__init__(stage, name)

    def close(self) -> None:
        """End the processes."""
        self._host.close()  # type: ignore[attr-defined]  # hosts of artifacts have it
        self._remote.close()

    def _open(self) -> Host:
        make: Any = import_module(f"portable_{self.name}.testing.artifact").host
        found: Host = make(self._plan, self._folder / "bundle", self._remote.environment, HOSTED)
        return found

    def _check(self, stage: Stage, name: str) -> None:
        if find_spec(f"portable_{name}.testing.artifact") is None:
            raise UnsupportedError(f"--artifact: the kit starts no host for {name}; leave it out of --wire")
        file = self._folder / "manifest.json"
        if not file.is_file():
            raise UnsupportedError(f"{file} is not there: run `portable package --target {name}` first")
        manifest = json.loads(file.read_text(encoding="utf-8"))
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        own = getattr(import_module(f"portable_{name}.testing.artifact"), "OWN_PYTHON", False)
        if manifest["python"] != version and not own:
            raise UnsupportedError(
                f"the artifact is for Python {manifest['python']}, this is {version}: run pytest on the artifact's Python"
            )
        if manifest["app"] != stage.app.model.name:
            raise UnsupportedError(f"{file} is of the app {manifest['app']}, not of {stage.app.model.name}")
