"""`portable deploy` and `deploy --code` to ministack, with Terraform and its AWS provider: beside Terraform alone, and by what changed.

Terraform alone applies the very files that portable has written, from nothing: `terraform init`, `terraform apply`. Each run has
a server and a folder of its own, and the two take turns. Most of the time is the provider's: it waits 25 seconds for a queue.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from benchmarks.rows import Row, ratio

ROOT = Path(__file__).parents[1]
RUNS, CODE_RUNS = 3, 3
FUNCTIONS, CHANGED = 50, (0, 1, 10, 50)
BAR, CODE_BAR, SAME_BAR = 1.1, 3.0, 1.5
MODULE = """from portable import function, http
@function(http.get("/p{n}"))
def handler_{n}() -> str:
    return "{text}"
"""


def rows() -> list[Row]:
    """Measure and return the table's lines; one that says what is missing where there is no Terraform or no server."""
    sys.path.insert(0, str(ROOT / "tests"))
    found = []
    for measure in (from_nothing, code):
        with tempfile.TemporaryDirectory() as temporary:
            try:
                found += measure(Path(temporary))
            except pytest.skip.Exception as skipped:
                found.append(Row(f"portable deploy: not measured: {skipped}", "", "", True))
    return found


def from_nothing(folder: Path) -> list[Row]:
    """Deploy samples/photos again and again, and apply the same files by Terraform alone."""
    ours, alone, same = [], [], []
    for number in range(RUNS):
        alone.append(applied(folder / f"alone-{number}"))
        first, second = deployed(folder / f"ours-{number}")
        ours.append(first)
        same.append(second)
    again = median(same)
    return [
        ratio(
            "portable deploy of samples/photos from nothing, against terraform init and apply",
            median(ours),
            median(alone),
            BAR,
            1,
            "s",
        ),
        Row("the same again, without a change", f"{again:.2f} s", f"<= {SAME_BAR} s", again <= SAME_BAR),
    ]


def deployed(folder: Path) -> tuple[float, float]:
    """Return the seconds of `portable deploy`, its packages in the cache, and of the same command once more."""
    from deploy.commands import Commands, plain_http, server

    folder.mkdir()
    with server(folder) as environment:
        commands = Commands(ROOT / "samples" / "photos", folder / "dist", plain(environment))
        plain_http(commands)
        return timed(lambda: commands.json("deploy", "--yes")), timed(lambda: commands.json("deploy", "--yes"))


def applied(folder: Path) -> float:
    """Return the seconds that Terraform alone takes for the same files."""
    from deploy.commands import Commands, plain_http, server
    from servers.terraform import Terraform

    folder.mkdir()
    with server(folder) as environment:
        commands = Commands(ROOT / "samples" / "photos", folder / "dist", plain(environment))
        plain_http(commands)
        shutil.copytree(commands.out / "aws", folder / "alone")
        terraform = Terraform(folder / "alone" / "infra", plain(environment))

        def both() -> None:
            terraform.run("init", "-input=false")
            terraform.run("apply", "-auto-approve", "-input=false")

        return timed(both)


def plain(environment: dict[str, str]) -> dict[str, str]:
    """Return an environment in which an engine collects its garbage as it does for a user."""
    return {name: value for name, value in environment.items() if name not in ("GOGC", "GOMEMLIMIT")}


def code(folder: Path) -> list[Row]:
    """Bring new code to a stage of many functions, of which some have changed. Each function is in a module of its own."""
    from deploy.commands import Commands
    from servers.ministack import ministack

    app = folder / "app"
    app.mkdir()
    modules = [f"part_{n}" for n in range(FUNCTIONS)]
    project = '[project]\nname = "many"\nversion = "0"\ndependencies = []\n[tool.portable]\nmodules = '
    (app / "pyproject.toml").write_text(f"{project}{json.dumps(modules)}\n")
    write(app, range(FUNCTIONS), "first")
    with ministack(folder) as found:
        environment = {**os.environ, **found, "AWS_REGION": "eu-central-1"}
        commands = Commands(app, folder / "dist", environment)
        commands.json("infra")
        made = "import sys; from pathlib import Path; from servers.lambdas import make_stage; make_stage(Path(sys.argv[1]))"
        path = {"PYTHONPATH": os.pathsep.join(sys.path[:1])}
        subprocess.run([sys.executable, "-c", made, str(commands.out / "aws")], env=environment | path, check=True)
        commands.json("deploy", "--code")
        took: dict[int, list[float]] = {count: [] for count in CHANGED}
        for number in range(CODE_RUNS):
            for count in CHANGED:
                write(app, range(count), f"{number} {count}")
                took[count].append(timed(lambda: commands.json("deploy", "--code")))
    times = {count: median(each) for count, each in took.items()}
    one, told = times[1], ", ".join(f"{count}: {times[count]:.2f} s" for count in CHANGED)
    grows = times[0] < times[1] < times[10] < times[50]
    return [
        Row(
            f"portable deploy --code, {FUNCTIONS} functions, one changed",
            f"{one:.2f} s",
            f"<= {CODE_BAR:.0f} s",
            one <= CODE_BAR,
        ),
        Row("the same, by the functions that changed", told, "grows", grows),
    ]


def write(app: Path, numbers: range, text: str) -> None:
    """Write the modules of some functions."""
    for n in numbers:
        (app / f"part_{n}.py").write_text(MODULE.format(n=n, text=text))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    began = perf_counter()
    work()
    return perf_counter() - began
