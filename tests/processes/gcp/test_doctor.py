"""What the doctor runs in the artifact of a Cloud Run function says what is missing there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from portable_gcp.deploy.target import target


def test_the_doctor_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "entry_http.py").touch()
    (command,) = target.doctor(tmp_path, sys.executable)
    done = subprocess.run([command[0], "-S", *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "functions-framework is not installed" in done.stderr
    assert "requirements.txt" in done.stderr
