"""The `--code` and `--rollback` of `portable deploy`: brings code to the functions that it changes; prints which ones."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic
from typing import Any

import typer

from portable.tooling.cli.progress import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.tooling.remote.updating import Updated


def bring_code(app: Path, target: str, stage: str, out: Path, *, rollback: bool, as_json: bool) -> None:
    """Package an app and bring its code to the functions that it changes, or return to the code before."""
    from portable.tooling.deploy.order import record_of
    from portable.tooling.remote.updating import CodeOrder, roll_back, update

    begun = monotonic()
    with steps(quiet=as_json) as report:
        order = CodeOrder(app, target, stage, out, again(app, target, stage, out), report)
        record = record_of(out, target, stage)
        done = roll_back(order) if rollback else update(order, record.manifest if record is not None else {})
    if as_json:
        typer.echo(json.dumps(described(done)))
        return
    seconds = f"{monotonic() - begun:.1f} s"
    for unit in done.changed:
        typer.echo(f"new code: {unit}")
    left = len(done.same) + len(done.untouched)
    other = f"; the change does not reach the other {left}" if left and done.changed else ""
    if done.changed:
        typer.echo(f"{len(done.changed)} run the code {done.sha256[:12]}{other} ({seconds}).")
    else:
        typer.echo(f"Nothing has changed in the code: nothing was touched ({seconds}).")


def described(done: Updated) -> dict[str, Any]:
    """Return what was done for machines."""
    return {"sha256": done.sha256, "changed": done.changed, "same": done.same, "untouched": done.untouched}


def again(app: Path, target: str, stage: str, out: Path) -> str:
    """Return the command line that does it again."""
    where = "" if app == Path() else f" {app}"
    folder = "" if out == Path("dist") else f" --out {out}"
    return f"portable deploy --code{where} --target {target} --stage {stage}{folder}"


def remember_deployed(
    app: Path, target: str, stage: str, out: Path, manifest: dict[str, Any], *, changed: bool
) -> None:
    """Keep what the engine has deployed, so that `--code` can compare with it and `--rollback` can return to it."""
    from portable.tooling.remote.kept import CodeFolder
    from portable.tooling.remote.updating import CodeOrder, marks_of, remember

    order = CodeOrder(app, target, stage, out, again(app, target, stage, out), lambda step: None)
    folder = CodeFolder(order.folder)
    if changed or folder.read(stage).current != manifest["sha256"]:
        remember(folder, stage, manifest, marks_of(order, manifest))
