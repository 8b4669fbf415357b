"""`portable package samples/photos --target aws` against `chalice package` of a like app: first and later runs.

First runs keep the downloads of uv and pip, and nothing of either program's own. Both apps decode a typed message with
msgspec; for objects ours ships obstore too, where Chalice's app uses the boto3 that Lambda has.

Both run in turn, there and back. Each run of ours is divided by the one of Chalice in the same round, and the median of
these counts. It is time by the clock, because ours uses several cores where it can.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.rows import Row

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / ".nox" / "tools"
RUNS = 7
BAR = 0.5


def rows() -> list[Row]:
    """Measure both in turns, so that a busy machine slows both."""
    chalice = chalice_program()
    with tempfile.TemporaryDirectory() as temporary:
        ours = shutil.copytree(ROOT / "samples" / "photos", Path(temporary, "ours"), ignore=kept_by_us)
        theirs = shutil.copytree(ROOT / "benchmarks" / "apps" / "chalice_photos", Path(temporary, "theirs"))
        package = [sys.executable, "-m", "portable.tooling.cli.main", "package", "--target", "aws"]
        peer = [str(chalice), "package", "--pkg-format", "terraform", "out"]  # CloudFormation has no bucket events
        timed(package, ours)  # downloads
        timed(peer, theirs)
        found: dict[str, list[float]] = {"ours": [], "ours again": [], "theirs": [], "theirs again": []}

        def run(name: str, command: list[str], folder: Path, own: tuple[str, ...]) -> None:
            for left in own:
                shutil.rmtree(folder / left, ignore_errors=True)
            found[name].append(timed(command, folder))
            found[f"{name} again"].append(timed(command, folder))

        both = (
            partial(run, "ours", package, ours, (".portable", "dist")),
            partial(run, "theirs", peer, theirs, ("out", ".chalice/deployments")),
        )
        for number in range(RUNS):
            for each in both[:: -1 if number % 2 else 1]:
                each()
    took = median(found["ours again"])
    return [
        Row("portable package samples/photos, second run", f"{took:.2f} s", f"<= {BAR} s", took <= BAR),
        compared("the same against chalice package, second run", found["ours again"], found["theirs again"]),
        compared("portable package, first run, against chalice's first", found["ours"], found["theirs"]),
    ]


def compared(what: str, took: list[float], peer: list[float]) -> Row:
    """Return a row that is good when ours takes less."""
    found = median(our / other for our, other in zip(took, peer, strict=True))
    return Row(what, f"{found:.2f}x ({median(took):.2f} s against {median(peer):.2f} s)", "< 1.00x", found < 1)


def timed(command: list[str], folder: Path) -> float:
    """Return the seconds a command takes in a folder, interpreter start included."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONPATH": os.pathsep.join(sys.path[:1])}
    started = perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = perf_counter() - started
    assert done.returncode == 0, done.stderr
    return took


def kept_by_us(_folder: str, names: list[str]) -> list[str]:
    """Return the names in a folder that an earlier run left."""
    return [name for name in names if name in (".portable", "dist", "__pycache__")]


def chalice_program() -> Path:
    """Return Chalice's program, installed in an environment of its own at the first use."""
    folder = TOOLS / "chalice-packaging"
    program = folder / "bin" / "chalice"
    if not program.exists():
        subprocess.run(["uv", "venv", "-q", "--clear", "--python", sys.executable, str(folder)], check=True)
        packages = ["chalice", "boto3", "msgspec", "setuptools<80", "pip"]
        subprocess.run(["uv", "pip", "install", "-q", "--python", str(folder), *packages], check=True)
    return program
