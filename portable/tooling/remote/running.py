"""A folder of artifacts, a target and a stage in, what runs there out: the `Running` that a target's `Remote` works on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.settings import load_settings
from portable.tooling.bundle.manifest import NAME, read_manifest
from portable.tooling.deploy.order import record_of
from portable.tooling.infra.blueprint import DeployedFunction, read_blueprint
from portable.tooling.infra.remote import Remote, Running
from portable.tooling.infra.stage import check_stage
from portable.tooling.targets import load_target, target_names


def remote_of(target: str) -> Remote:
    """Return what talks to the stages of a target. Raises PortableError for one that has nothing."""
    found = load_target(target).remote()
    if found is None:
        raise PortableError(f"portable cannot read, call or update what runs on {target}: use its own tools")
    return found


def running(app: Path, target: str, stage: str, out: Path) -> Running:
    """Return what runs in a stage, by the manifest of the artifact in `<out>/<target>`.

    Raises PortableError without a manifest, for one of another app, and for a name that no stage has.
    """
    folder = out / target
    settings = load_settings(app, target, target_names())
    asked = check_stage(settings.name, stage)
    if not (folder / NAME).is_file():
        raise PortableError(
            f"{folder / NAME} is not there, and it says what the app has: run `portable package {app} --target {target}`"
        )
    blueprint = read_blueprint(read_manifest(folder))
    if blueprint.app != settings.name:
        raise PortableError(
            f'{folder} holds the app "{blueprint.app}", and this is "{settings.name}": name the other one\'s folder, or '
            "choose another --out"
        )
    record = record_of(out, target, stage)
    return Running(blueprint, asked, record.outputs if record is not None else {})


def chosen(running: Running, names: Iterable[str]) -> tuple[DeployedFunction, ...]:
    """Return functions by their names, or by the Python names that these are made of; all of them when none is named.

    Raises PortableError for a name that none has.
    """
    known = {function.name: function for function in running.blueprint.functions}
    wanted = dict.fromkeys(name if name in known else name.replace("_", "-") for name in names)
    for name in wanted:
        if name not in known:
            raise PortableError(
                f"there is no function {name!r}; {running.blueprint.app} has {', '.join(known) or 'none'}"
            )
    return tuple(known[name] for name in wanted) or tuple(known.values())
