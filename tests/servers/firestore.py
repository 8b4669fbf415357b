"""The Firestore emulator of the Google Cloud SDK."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.jvm import QUICK
from servers.process import free_port, running

JAR = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


def emulator_jar() -> Path:
    """Return the emulator's jar: FIRESTORE_EMULATOR_JAR, or where the Google Cloud SDK puts it. Skips without it."""
    given = os.environ.get("FIRESTORE_EMULATOR_JAR")
    gcloud = shutil.which("gcloud")
    places = [Path(given)] if given else []
    places += [Path(gcloud).resolve().parents[1] / JAR] if gcloud else []
    places += [
        Path(root) / JAR
        for root in ("/usr/lib/google-cloud-sdk", "/opt/google-cloud-sdk", "/usr/share/google-cloud-sdk")
    ]
    for place in places:
        if place.exists():
            return place
    pytest.skip("the Firestore emulator is missing: `gcloud components install cloud-firestore-emulator`")


@contextmanager
def firestore_emulator(log: Path) -> Iterator[str]:
    """Run the emulator until the block ends; the value is its host and port for FIRESTORE_EMULATOR_HOST."""
    jar = emulator_jar()
    if shutil.which("java") is None:
        pytest.skip("java is missing: the Firestore emulator needs a Java 11 runtime or newer")
    port = free_port()
    command = ["java", *QUICK, "-Duser.language=en", "-cp", jar, MAIN, "--host=127.0.0.1", f"--port={port}"]
    with running(command, port, log):
        yield f"127.0.0.1:{port}"
