"""Bytes of our own code in the zip of the largest sample: generated entries, the runtime and its bytecode."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.rows import Row

BAR = 60_000


def rows() -> list[Row]:
    """Package samples/photos for AWS and add up what is ours."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "portable.tooling.cli.main", "package", "samples/photos", "--target", "aws"]
        subprocess.run([*command, "--out", temporary], check=True, stdout=subprocess.DEVNULL)
        with zipfile.ZipFile(Path(temporary, "aws", "bundle.zip")) as bundle:
            ours = sum(
                item.compress_size
                for item in bundle.infolist()
                if item.filename.startswith(("portable/", "portable_aws/", "entry_", "__pycache__/entry_"))
            )
    return [Row("our own code in the zip of samples/photos", f"{ours:,} bytes", f"<= {BAR:,}", ours <= BAR)]
