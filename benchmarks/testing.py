"""What the test kit costs: a call, a thousand tests, three wires, a run that does not use it, a thousand schedules."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.rows import Row

TESTS = 1000
SCHEDULES = 1000

PROJECT = """
[project]
name = "one"
version = "1"
[tool.portable]
name = "one"
"""
APP = """
from typing import Annotated
from portable import Bucket, BucketWriter, function, http

photos = Bucket("photos")

@function(http.put("/photos/{name}"))
def upload(name: str, body: bytes, store: Annotated[BucketWriter, photos]) -> dict[str, str]:
    store.put(name, body)
    return {"stored": name}
"""
TEST = f"""
import pytest

@pytest.mark.parametrize("number", range({TESTS}))
def test_upload(cloud, number):
    assert cloud.http.put("/photos/a.jpg", content=b"x").json() == {{"stored": "a.jpg"}}
"""
TIMES = """
import json, os

durations = {}

def pytest_runtest_logreport(report):
    durations[report.nodeid] = durations.get(report.nodeid, 0.0) + report.duration

def pytest_sessionfinish():
    with open(os.environ["TIMES"], "w") as file:
        json.dump(list(durations.values()), file)
"""
OTHER = "def test_nothing():\n    pass\n"


def rows() -> list[Row]:
    """Measure in fresh processes; the schedules of samples/photos in this one."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, text in (("pyproject.toml", PROJECT), ("app.py", APP), ("test_app.py", TEST), ("conftest.py", TIMES)):
            (folder / name).write_text(text, encoding="utf-8")
        plain, each = min((run(folder) for _ in range(3)), key=lambda found: found[0])
        wired, _ = min((run(folder, "--wire", "aws,azure,gcp") for _ in range(3)), key=lambda found: found[0])
    median = statistics.median(each)
    added = unused()
    explored = exploring()
    return [
        Row(
            "one HTTP call and assertion, fixture and call, median",
            f"{median * 1000:.2f} ms",
            "<= 1 ms",
            median <= 0.001,
        ),
        Row(f"{TESTS:,} such tests", f"{plain:.2f} s", "<= 3 s", plain <= 3),
        Row("the same on three wires", f"{wired / plain:.2f}x ({wired:.2f} s)", "<= 3.3x", wired <= 3.3 * plain),
        Row("what the plugin adds to a run that does not use it", f"{added * 1000:.1f} ms", "<= 10 ms", added <= 0.01),
        Row(f"{SCHEDULES:,} chaos schedules of samples/photos", f"{explored:.1f} s", "<= 20 s", explored <= 20),
    ]


def run(folder: Path, *options: str) -> tuple[float, list[float]]:
    """Run the tests of a folder; return the seconds of the whole process, and those of each test."""
    times = folder / "times.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    began = perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "TIMES": str(times)})
    return perf_counter() - began, json.loads(times.read_text(encoding="utf-8"))


def unused() -> float:
    """Return the seconds that the plugin adds to a whole pytest run which does not use it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "test_other.py").write_text(OTHER, encoding="utf-8")
        (folder / "conftest.py").write_text(TIMES, encoding="utf-8")
        pairs = [(run(folder)[0], run(folder, "-p", "no:portable")[0]) for _ in range(15)]
    return min(plugged for plugged, _ in pairs) - min(plain for _, plain in pairs)


def exploring() -> float:
    """Return the seconds that exploring a flow through samples/photos takes."""
    from portable.testing import Cloud
    from portable.testing.app import load_folder
    from portable.testing.search.exploring import explore

    app = load_folder(Path(__file__).parent.parent / "samples" / "photos")
    cloud = Cloud(app)
    photo = b"\xff\xd8\xff\xe0" + bytes(60)

    def flow() -> None:
        for name in ("a", "b", "c"):
            cloud.http.put(f"/photos/{name}.jpg", content=photo).expect(201)
        cloud.settle()
        assert len(cloud.http.get("/photos").json()) == 3
        assert cloud.failures == []

    began = perf_counter()
    explored = explore(flow, cloud, runs=SCHEDULES, seed=1)
    seconds = perf_counter() - began
    cloud.close()
    assert explored.runs == SCHEDULES
    return seconds
