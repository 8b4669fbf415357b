"""The Pub/Sub emulator on a loopback port. A log folder in, its host and port out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.jvm import QUICK
from servers.process import free_port, running

_PLACES = ("/usr/lib/google-cloud-sdk", "/opt/google-cloud-sdk", "/usr/share/google-cloud-sdk")


@contextmanager
def pubsub(folder: Path) -> Iterator[str]:
    """Run the emulator until the block ends; yield host:port. Skips without Java or the emulator's jar."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("java is missing: install a Java 17 runtime for the Pub/Sub emulator")
    port = free_port()
    command = [java, *QUICK, "-jar", _jar(), "--host=127.0.0.1", f"--port={port}"]
    with running(command, port, folder / "pubsub.log"):
        yield f"127.0.0.1:{port}"


def _jar() -> Path:
    named = os.environ.get("PUBSUB_EMULATOR_JAR")
    if named:
        return Path(named)
    for place in _PLACES:
        found = sorted(Path(place).glob("platform/pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"))
        if found:
            return found[-1]
    pytest.skip("the Pub/Sub emulator is missing: gcloud components install pubsub-emulator, or PUBSUB_EMULATOR_JAR")
