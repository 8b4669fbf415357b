"""The summary of a run of pytest tells what passing tests dropped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_summary_tells_what_passing_tests_dropped(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\nfrom unit.testing import test_dropped as app\n\n"
        "@pytest.fixture\ndef portable_app():\n    return app\n\n"
        "def test_poison(cloud):\n    cloud.queue(app.poison).send('a')\n    cloud.settle()\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-o", f"pythonpath={root}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout
    assert "test_it.py::test_poison: refuse gave up message m1 after 3 attempts and dropped it" in done.stdout
