"""`portable openapi` of 500 HTTP functions, each with a class of its own as its body and answer.

The first time over the import of the app, and once more, when what was read is kept.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.check import PORTABLE, RUNS, imported, timed, typical
from benchmarks.rows import Row

COUNT = 500
BAR = 1.0
"""Seconds over the import of the app."""
CLASSES = (
    "@dataclass\nclass Body{n}:\n    name: str\n    size: int = {n}\n    tags: list[str] | None = None\n",
    "class Body{n}(pydantic.BaseModel):\n    name: str\n    size: int = {n}\n    tags: list[str] = []\n",
)
FUNCTION = """
@function(http.post("/p{n}/{{name}}"))
def handler_{n}(name: str, body: Body{n}, limit: int = 10) -> Body{n}:
    \"\"\"Store one of {n}.\"\"\"
    if limit > 10:
        raise HTTPError(409, "too many")
    return body
"""


def rows() -> list[Row]:
    """Measure and return the table's lines."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = made(Path(temporary))
        took = median(first(folder) for _ in range(RUNS)) - imported(folder)
        again = typical(["openapi"], folder)
    return [
        Row(
            f"portable openapi, {COUNT} functions, over the import of the app",
            f"{took:.2f} s",
            f"<= {BAR:.0f} s",
            took <= BAR,
        ),
        Row("the same again, the whole command", f"{again:.2f} s", "", True),
    ]


def first(folder: Path) -> float:
    """Return the seconds that the command takes for an app that nothing is known of."""
    shutil.rmtree(folder / ".portable", ignore_errors=True)
    return timed([*PORTABLE, "openapi"], folder)


def made(folder: Path) -> Path:
    """Return the folder of the app. Every tenth class is a pydantic model."""
    lines = [
        "import pydantic",
        "from dataclasses import dataclass",
        "from portable import HTTPError, function, http",
        "",
    ]
    for n in range(COUNT):
        lines += [CLASSES[n % 10 == 0].format(n=n), FUNCTION.format(n=n)]
    (folder / "app.py").write_text("\n".join(lines), encoding="utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "0"\ndependencies = []\n')
    return folder
