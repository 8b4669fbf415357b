"""128 MiB go through a bucket in a process that must not take that much memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.gcs_xml import GcsServer, gcs_server

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsServer]:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with gcs_server("photos") as found:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", found.url)
        yield found


def test_128_mib_go_in_and_out_in_under_64_mib_of_memory(server: GcsServer) -> None:
    command = [sys.executable, "-m", "benchmarks.streaming", str(128 * 2**20), "gcp", "photos"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 64 * 2**20


def test_128_mib_in_a_folder_take_next_to_no_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.streaming", str(128 * 2**20), "local", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 32 * 2**20
