"""The driver and the harness that docs/drivers.md shows, run as a stranger would run them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "drivers.md"


def run(folder: Path, driver: str, harness: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "shelf_queue.py").write_text(driver)
    (folder / "test_shelf_queue.py").write_text(harness)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        str(folder),
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=100, check=False)


def test_the_example_of_a_driver_passes_the_suite_and_the_suite_notices_when_it_does_not(tmp_path: Path) -> None:
    driver, harness = re.findall(r"```python\n(# [a-z_]+\.py\n.*?)```", PAGE.read_text(), re.DOTALL)
    done = run(tmp_path, driver, harness)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d+ passed, 5 skipped", done.stdout), done.stdout[-500:]
    broken = run(tmp_path, driver.replace("entry[1] + 1", "entry[1]"), harness, "-k", "attempts_count")
    assert "test_attempts_count_from_one" in broken.stdout
    assert broken.returncode == 1
