"""Bytes of our own code in the zip, compressed: generated entries, the runtime and its bytecode."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from benchmarks.artifacts import packaged
from benchmarks.rows import Row

BAR = 60_000
OURS = ("portable.pyc", "entry_", "__pycache__/entry_")


def rows() -> list[Row]:
    """Package one HTTP function, and the largest sample to show beside it, and add up what is ours."""
    with tempfile.TemporaryDirectory() as temporary:
        small, large = (ours(packaged(app, Path(temporary))) for app in ("hello", Path("samples/photos").resolve()))
    return [
        Row("our own code in the zip, one HTTP function", f"{small:,} bytes", f"<= {BAR:,}", small <= BAR),
        Row("our own code in the zip, samples/photos (5 kinds of trigger, a bucket)", f"{large:,} bytes", "", True),
    ]


def ours(bundle: Path) -> int:
    """Return the compressed bytes of our files in the AWS zip beside a bundle."""
    with zipfile.ZipFile(bundle.with_name("bundle.zip")) as archive:
        return sum(item.compress_size for item in archive.infolist() if item.filename.startswith(OURS))
