"""An app and a target -> the artifact: the stages of packaging in their order. Nothing else calls one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.app.files import app_files
from portable.tooling.app.model import AppModel
from portable.tooling.app.needs import needs
from portable.tooling.app.places import clickable
from portable.tooling.app.settings import Settings, load_settings
from portable.tooling.bundle.bundle import bundle
from portable.tooling.bundle.bytecode import bytecode, bytecode_alone
from portable.tooling.bundle.compiling import cached_path
from portable.tooling.bundle.runtime_modules import our_modules
from portable.tooling.bundle.sizes import check_size
from portable.tooling.bundle.write import check_folder, write
from portable.tooling.cache import Cache
from portable.tooling.cached_stages import remembered_dependencies, remembered_lock, remembered_model
from portable.tooling.choose import choose
from portable.tooling.depend.interpreters import find_interpreter
from portable.tooling.depend.lock import Wanted
from portable.tooling.depend.own_metadata import own_metadata
from portable.tooling.depend.platforms import wheel_platform
from portable.tooling.depend.provided import Host
from portable.tooling.depend.requirements import declared
from portable.tooling.depend.undeclared import refuse_undeclared
from portable.tooling.isolation import isolation_problems
from portable.tooling.shipped import brought, drivers_of, imported_late, left_out, requirements_of
from portable.tooling.target import Options, Problem, Target
from portable.tooling.targets import load_target, target_names


@dataclass(frozen=True, slots=True)
class Packaged:
    """The folder of an artifact, its manifest, and the app's folder, which places in its notes are relative to."""

    folder: Path
    manifest: dict[str, Any]
    app: Path


def package(app: Path, target_name: str, out: Path, report: Callable[[str], None], fresh: bool = False) -> Packaged:
    """Make the artifact of an app for a target in `<out>/<target>`, whole or not at all.

    `report` is told each step that may take long. `fresh` forgets what earlier runs kept. Raises PortableError for
    whatever is wrong with the app, its dependencies or the folder.
    """
    target = load_target(target_name)
    settings = load_settings(app, target_name, target_names())
    refuse_keys(settings, target)
    options = choose(settings, target)
    check_folder(out / target_name)
    cache = Cache(settings.project, fresh)
    files = app_files(settings, out)
    own = own_metadata(settings, files.files)
    model, files, slow = remembered_model(settings, options.python, files, own, cache, report)
    gaps = refuse(problems(model, target, options), settings.folder)
    plan = target.plan(model, options)
    needed = needs(model)
    generated = {path: text.encode() for path, text in plan.generated().items()} | own
    sources = {**files.files, **generated}
    ours = our_modules(sources, drivers_of(target, needed), left_out(needed), ("portable", target.package), cache)
    wanted = Wanted(
        declared(settings),
        wheel_platform(target.platform.libc[options.python], options.architecture),
        options.python,
        (*requirements_of(target, needed), *plan.requirements),
        Host(plan.provided, plan.provided_beneath, settings.provided, plan.provided_imported()),
    )
    interpreter = once(lambda: find_interpreter(options.python, fetch=True))
    with ThreadPoolExecutor(1) as beside:  # uv mostly waits, and so does whoever waits for it
        ready = beside.submit(bytecode, ours.files, options.python, interpreter, cache, lean=True)
        locked = remembered_lock(wanted, settings.project, cache, report)
        found = remembered_dependencies(locked, wanted, plan.dependencies, settings.project, interpreter, cache, report)
        compiled = bytecode(sources, options.python, interpreter, cache)
        lean = ready.result()
    there = (*(entry.name for entry in locked.entries), *locked.provided, *plan.provided_here())
    refuse_undeclared(model, there, settings.folder)
    shipped = bytecode_alone(ours.files, lean, options.python) if plan.bytecode_alone else {**ours.files, **lean}
    notes = (
        *gaps,
        *([slow] if slow else []),
        *ours.refused,
        *found.notes,
        *([f"part of {target.title}, so not shipped: {', '.join(locked.provided)}"] if locked.provided else []),
        *_without_bytecode(compiled | lean, {**files.files, **ours.files}, options.python),
    )
    late = tuple(name for name in drivers_of(target, needed) if f"{name.replace('.', '/')}.py" in ours.files)
    loads = (*late, *imported_late(model, there))
    made = bundle(plan, generated, files, shipped, compiled, found, notes, loads, brought(wanted.added))
    check_size(made.files, target.platform.unzipped, target.title)
    return Packaged(out / target_name, write(made, out), settings.folder)


def refuse_keys(settings: Settings, target: Target) -> None:
    """Raise PortableError for a key of the target's own table that the target does not know."""
    unknown = sorted(set(settings.table or ()) - target.keys)
    if unknown:
        file = settings.project / "pyproject.toml"
        known = ", ".join(sorted(target.keys))
        raise PortableError(
            f"{file}: [tool.portable.{target.name}] has no {unknown[0]!r}; of its own it may hold {known}"
        )


def problems(model: AppModel, target: Target, options: Options) -> list[Problem]:
    """Return what the target cannot do for an app: what every target asks first, then its own."""
    return [*isolation_problems(model, target.name, options.table), *target.check(model, options)]


def refuse(found: list[Problem], folder: Path) -> tuple[str, ...]:
    """Return the gaps among problems as text. Raises PortableError when one of them stops packaging.

    `folder` is the app's: places in an error are written so that they can be opened from here.
    """
    told = [f"{problem.where}: {problem.message}" if problem.where else problem.message for problem in found]
    errors = [text for text, problem in zip(told, found, strict=True) if problem.error]
    if errors:
        raise PortableError(clickable("\n".join(errors), folder))
    return tuple(told)


def _without_bytecode(compiled: Mapping[str, bytes], sources: Mapping[str, bytes], python: str) -> list[str]:
    if not compiled:
        return [f"no bytecode ships: no Python {python} was found here"]
    missing = [path for path in sorted(sources) if path.endswith(".py") and cached_path(path, python) not in compiled]
    return [f"{path} cannot be compiled by Python {python}" for path in missing]
