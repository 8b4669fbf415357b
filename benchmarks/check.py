"""`portable check` and `plan` of 50 functions; and how check, plan, package and infra grow from 500 to 2,000 functions.

Every run is a process of its own, warm: the app was read before and its dependencies are resolved. What importing the app
itself takes is measured beside and taken off, because it is the user's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.rows import Row

RUNS = 3
SMALL, FEW, MANY = 50, 500, 2000
BAR, FEW_BAR, GROWTH = 1.0, 3.0, 5.0
"""Seconds for the small app, seconds for 500 functions over the import of the app, and the most that 2,000 may cost of 500."""
PORTABLE = [sys.executable, "-m", "portable.tooling.cli.main"]
KINDS = (
    ("http.get('/p{n}/{{name}}')", "name: str"),
    ("news.messages()", "message: Message[str]"),
    ("photos.created(prefix='p{n}/')", "photo: StoredObject"),
    ("schedule.cron('0 {hour} * * *')", "tick: Tick"),
)
HEAD = """from typing import Annotated
from portable import Bucket, Message, StoredObject, Table, TableReader, Tick, Topic, function, http, schedule
photos, news, rows = Bucket("photos"), Topic("news"), Table("rows", key="id")
"""


def rows() -> list[Row]:
    """Measure and return the table's lines."""
    with tempfile.TemporaryDirectory() as temporary:
        apps = {count: made(Path(temporary, str(count)), count) for count in (SMALL, FEW, MANY)}
        checked = typical(["check", "--target", "aws"], apps[SMALL])
        both = typical(["check", "-t", "aws", "-t", "azure"], apps[SMALL])
        planned = typical(["plan", "--target", "aws"], apps[SMALL])
        grown = [growth(what, arguments, apps) for what, arguments in COMMANDS]
    return [
        Row("portable check, 50 functions, one target", f"{checked:.2f} s", f"<= {BAR:.0f} s", checked <= BAR),
        Row("the same for two targets", f"{both:.2f} s", "", True),
        Row("portable plan, 50 functions", f"{planned:.2f} s", f"<= {BAR:.0f} s", planned <= BAR),
        *(row for two in grown for row in two),
    ]


COMMANDS = (
    ("portable check --target aws", ["check", "--target", "aws"]),
    ("portable plan --target aws", ["plan", "--target", "aws"]),
    ("portable package --target aws", ["package", "--target", "aws"]),
    ("portable infra --target aws", ["infra", "--target", "aws"]),
)


def growth(what: str, arguments: list[str], apps: dict[int, Path]) -> tuple[Row, Row]:
    """Return the time of 500 functions over the import of the app, and what 2,000 cost of it."""
    few, many = (max(typical(arguments, apps[count]) - imported(apps[count]), 0.001) for count in (FEW, MANY))
    found = many / few
    return (
        Row(
            f"{what}, {FEW} functions, over the import of the app",
            f"{few:.2f} s",
            f"<= {FEW_BAR:.0f} s",
            few <= FEW_BAR,
        ),
        Row(
            f"the same, {MANY} functions", f"{many:.2f} s, {found:.2f}x of {FEW}", f"<= {GROWTH:.1f}x", found <= GROWTH
        ),
    )


def made(folder: Path, count: int) -> Path:
    """Return the folder of an app with so many functions."""
    folder.mkdir()
    lines = [HEAD]
    for n in range(count):
        trigger, parameter = KINDS[n % len(KINDS)]
        lines.append(f"@function({trigger.format(n=n, hour=n % 24)})")
        lines.append(f"def handler_{n}({parameter}, table: Annotated[TableReader, rows]) -> None: ...")
    (folder / "app.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "app-{count}"\nversion = "0"\ndependencies = []\n[tool.portable]\nname = "app-{count}"\n'
    )
    return folder


def typical(arguments: list[str], folder: Path) -> float:
    """Return the seconds that a command takes once everything is warm."""
    timed([*PORTABLE, *arguments], folder)
    return median(timed([*PORTABLE, *arguments], folder) for _ in range(RUNS))


def imported(folder: Path) -> float:
    """Return the seconds that importing the app takes, without the start of the interpreter."""
    start = median(timed([sys.executable, "-c", "pass"], folder) for _ in range(RUNS))
    return median(timed([sys.executable, "-c", "import app"], folder) for _ in range(RUNS)) - start


def timed(command: list[str], folder: Path) -> float:
    """Return the seconds a command takes in a folder, interpreter start included."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path[:1]])}
    started = perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = perf_counter() - started
    assert done.returncode == 0, done.stderr or done.stdout
    return took
