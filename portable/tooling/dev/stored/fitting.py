"""A text in, the row that a table with a row type stores of it out; in a process that imports the app: it must fit the type.

Runs as `python -m portable.tooling.dev.stored.fitting APP TABLE` with the row on stdin. It answers on stdout, as JSON; what
the app prints goes to stderr. The process writes nothing, so it needs no access to the table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.persistence.table import Table
from portable.tooling.app.read import AppError
from portable.tooling.app.settings import Settings, load_settings
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.dev.engine import Broken
from portable.tooling.dev.loading import load
from portable.tooling.dev.stored.rows import Rows, marked, unmarked
from portable.tooling.targets import target_names


def fitted(app: Path, settings: Settings, table: str, row: str, hide: Callable[[str], str]) -> dict[str, Any]:
    """Return the row that is stored of a text. Raises AppError, with what `hide` returns of its texts."""
    arguments = [str(app.resolve()), table]
    command = [interpreter_for(settings, lambda _step: None), "-m", "portable.tooling.dev.stored.fitting", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PORTABLE_TARGET": "local"}
    done = subprocess.run(command, input=row.encode(), stdout=subprocess.PIPE, env=environment, check=False)
    if done.returncode != 0:
        raise AppError(f"the app ended the process that imported it (exit code {done.returncode})")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise AppError(hide(answer["error"]), answer["where"] or None, hide(answer["traceback"]))
    found: dict[str, Any] = unmarked(answer["row"])
    return found


def main() -> None:
    """Fit the row on stdin to the table named on argv."""
    ours = os.dup(1)
    os.dup2(2, 1)
    app, table = sys.argv[1:3]
    found = _fitted(Path(app), table, sys.stdin.buffer.read().decode())
    broken = isinstance(found, Broken)
    answer = {"error": found.error, "where": found.where, "traceback": found.traceback} if broken else {"row": found}
    os.write(ours, json.dumps(answer).encode())


def _fitted(app: Path, table: str, row: str) -> Any:
    settings = load_settings(app, None, target_names())
    found = load(settings)
    if isinstance(found, Broken):
        return found
    try:
        return marked(Rows(found.resources[Table.kind, table]).as_stored(row))
    except PortableError as error:
        return Broken(str(error))


if __name__ == "__main__":
    main()
