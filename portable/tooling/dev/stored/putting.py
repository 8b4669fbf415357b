"""Puts a row into a table with a row type, in a process that imports the app: what is written must fit the type.

Runs as `python -m portable.tooling.dev.stored.putting APP TABLE` with the row on stdin. It answers on stdout, as JSON; what
the app prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from portable.errors import PortableError
from portable.persistence.table import Table
from portable.tooling.app.read import AppError
from portable.tooling.app.settings import Settings, load_settings
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.dev.engine import Broken
from portable.tooling.dev.loading import load
from portable.tooling.dev.resources import Resources
from portable.tooling.dev.stored.rows import Rows
from portable.tooling.targets import target_names

ABSENT = "absent"
"""The third argument of the process where there must be no such row yet."""


def put_typed(
    app: Path, settings: Settings, table: str, row: str, hide: Callable[[str], str], *, if_absent: bool
) -> None:
    """Put a row, which is a text, into a table of the app. Raises AppError, with what `hide` returns of its texts."""
    arguments = [str(app.resolve()), table, *([ABSENT] if if_absent else [])]
    command = [interpreter_for(settings, lambda _step: None), "-m", "portable.tooling.dev.stored.putting", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PORTABLE_TARGET": "local"}
    done = subprocess.run(command, input=row.encode(), stdout=subprocess.PIPE, env=environment, check=False)
    if done.returncode != 0:
        raise AppError(f"the app ended the process that imported it (exit code {done.returncode})")
    answer = json.loads(done.stdout)
    if answer["error"]:
        raise AppError(hide(answer["error"]), answer["where"] or None, hide(answer["traceback"]))


def main() -> None:
    """Put the row on stdin into the table named on argv."""
    ours = os.dup(1)
    os.dup2(2, 1)
    app, table = sys.argv[1:3]
    broken = _put(Path(app), table, sys.stdin.buffer.read().decode(), if_absent=ABSENT in sys.argv[3:]) or Broken("")
    answer = {"error": broken.error, "where": broken.where, "traceback": broken.traceback}
    os.write(ours, json.dumps(answer).encode())


def _put(app: Path, table: str, row: str, *, if_absent: bool) -> Broken | None:
    settings = load_settings(app, None, target_names())
    found = load(settings)
    if isinstance(found, Broken):
        return found
    resources = Resources(found.app, settings.project, "")
    try:
        rows = Rows(found.resources[Table.kind, table])
        rows.put(resources.drivers, rows.parse(row), if_absent=if_absent)
    except PortableError as error:
        return Broken(str(error))
    finally:
        resources.close()
    return None


if __name__ == "__main__":
    main()
