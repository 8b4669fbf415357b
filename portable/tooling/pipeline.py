"""Takes an app and a target; returns the artifact. Each of `STAGES` makes the value for the next one from a frozen value.

Results that are kept between runs are marked with `Kept` where they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache as once
from pathlib import Path
from typing import Any

from msgspec import structs

from portable.errors import PortableError
from portable.tooling.app.files import app_files, together
from portable.tooling.app.needs import Needs, needs
from portable.tooling.app.places import clickable, seen_from
from portable.tooling.app.settings import Settings, key_place, load_settings
from portable.tooling.app.tracing import traced
from portable.tooling.bundle.bundle import bundle
from portable.tooling.bundle.bytecode import Form, bytecode
from portable.tooling.bundle.compiling import IMPORTER, cached_path
from portable.tooling.bundle.runtime_modules import runtime_modules
from portable.tooling.bundle.sbom import sbom
from portable.tooling.bundle.sizes import check_size
from portable.tooling.bundle.write import check_folder, write
from portable.tooling.cache import Cache
from portable.tooling.cached_app import Reading, python_for, read_app
from portable.tooling.cached_dependencies import Installing, Resolving, dependencies, resolve
from portable.tooling.choose import choose
from portable.tooling.depend.interpreters import find_interpreter
from portable.tooling.depend.lock import Wanted
from portable.tooling.depend.own_metadata import own_metadata
from portable.tooling.depend.platforms import wheel_platform
from portable.tooling.depend.provided import Host
from portable.tooling.depend.requirements import declared
from portable.tooling.depend.undeclared import refuse_undeclared
from portable.tooling.elsewhere import elsewhere, placed
from portable.tooling.elsewhere import packages as packages_of
from portable.tooling.infra.blueprint import read_blueprint
from portable.tooling.infra.files import FOLDER
from portable.tooling.infra.replaced import replace_files
from portable.tooling.infra.stage import DEV, check_stage
from portable.tooling.plan import Plan
from portable.tooling.problems import problems
from portable.tooling.rules.planned import planned_problems
from portable.tooling.shipped import brought, drivers_of, imported_late, left_out, requirements_of, tracing_of
from portable.tooling.stage_values import Asked, Bundled, Packaged, Planned, Read, Resolved, Settled
from portable.tooling.target import Options, Problem, Target
from portable.tooling.targets import load_target, target_names


def package(
    app: Path, target_name: str, out: Path, report: Callable[[str], None], fresh: bool = False, stage: str = DEV
) -> Packaged:
    """Make the artifact of an app for a target in `<out>/<target>`, completely or not at all.

    `report` is called with each step that may take long. `fresh` ignores the cache. Raises PortableError for any problem
    with the app, its dependencies or the folder.
    """
    value: Any = Asked(app, target_name, out, report, fresh, stage)
    for step in STAGES:
        value = step(value)
    made: Packaged = value
    return made


def planned(app: Path, target_name: str, out: Path, report: Callable[[str], None], stage: str = DEV) -> Planned:
    """Return the plan of an app for a target; nothing is installed, compiled or written. Raises PortableError."""
    return plan(read(settle(Asked(app, target_name, out, report, stage=stage))))


def settle(asked: Asked) -> Settled:
    """Find the target and the app's settings. Refuse an output folder that holds anything but an artifact."""
    target = load_target(asked.target)
    settings = load_settings(asked.app, asked.target, target_names())
    refuse_keys(settings, target)
    options = options_of(settings, target)
    check_folder(asked.out / asked.target)
    stage = check_stage(settings.name, asked.stage)
    return Settled(target, settings, options, asked.out, Cache(settings.project, asked.fresh), asked.report, stage)


def options_of(settings: Settings, target: Target) -> Options:
    """Return what to package for, and which targets reach a kind of resource in the place of this one. Raises SettingsError."""
    return structs.replace(choose(settings, target), elsewhere=elsewhere(settings, target, load_target))


def read(settled: Settled) -> Read:
    """Collect the app's files, and import the app to find what it declares and which other files it imports."""
    settings = settled.settings
    files = app_files(settings, settled.out)
    own = own_metadata(settings, files.files)
    python = python_for(settings, settled.options.python, files)
    found = read_app(Reading(settings, files, own, python, settled.report), settled.cache)
    model = traced(found.model, settings.otel)
    return Read(settled, model, together(files, found.more), own, (found.slow,) if found.slow else ())


def plan(found: Read) -> Planned:
    """Refuse what the target cannot do, and make its plan. Find the modules of portable and the distributions that ship."""
    settled, model = found.settled, found.model
    target, settings, options = settled.target, settled.settings, settled.options
    gaps = refuse(located(problems(model, target, options), settings), settings.folder, target.name)
    made = placed(target.plan(model, options), options)
    gaps += refuse([*planned_problems(made, target.facts)], settings.folder, target.name)
    needed = needs(model)
    generated = {path: text.encode() for path, text in made.generated().items()} | dict(found.own)
    sources = {**found.files.files, **generated}
    packages = packages_of(target, options.elsewhere)
    drivers = drivers_of(target, needed, options.elsewhere)
    first = (*drivers, *tracing_of(target, needed), *((IMPORTER,) if made.bytecode_alone else ()))
    runtime = runtime_modules(sources, first, left_out(target, needed, sources), packages, settled.cache)
    wanted = wanted_of(settings, target, options, made, needed)
    return Planned(found, made, needed, generated, runtime, wanted, (*gaps, *found.notes, *runtime.refused))


def wanted_of(settings: Settings, target: Target, options: Options, made: Plan, needed: Needs) -> Wanted:
    """Return the distributions that an app and its drivers ask for, and the host that they must fit."""
    return Wanted(
        declared(settings),
        wheel_platform(target.platform.libc[options.python], options.architecture),
        options.python,
        (*requirements_of(target, needed, options.elsewhere), *made.requirements),
        Host(made.provided, made.provided_beneath, settings.provided, made.provided_imported()),
    )


def resolve_and_compile(planned: Planned) -> Resolved:
    """Resolve and install the distributions, and compile the app. Portable's modules are compiled at the same time."""
    settled, wanted = planned.read.settled, planned.wanted
    cache, report, python = settled.cache, settled.report, settled.options.python
    project = settled.settings.project
    form: Form = "one file" if planned.plan.bytecode_alone else "lean"
    interpreter = once(lambda: find_interpreter(python, fetch=True))
    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(bytecode, planned.runtime.files, python, interpreter, cache, form)
        lock = resolve(Resolving(wanted, project, report), cache)
        found = dependencies(Installing(lock, wanted, project, report), planned.plan.dependencies, interpreter, cache)
        compiled = bytecode(planned.sources, python, interpreter, cache)
        lean = ready.result()
    return Resolved(planned, lock, found, compiled, lean)


def put_together(resolved: Resolved) -> Bundled:
    """Make the bundle. Refuse imports that nothing provides, two files with one path, and a bundle that is too large."""
    planned, lean = resolved.planned, resolved.lean
    app, made, runtime = planned.read, planned.plan, planned.runtime.files
    settled = app.settled
    python, target, left = settled.options.python, settled.target, resolved.lock.provided
    refuse_undeclared(app.model, resolved.there, settled.settings.folder)
    runtime_files = lean if made.bytecode_alone and lean else {**runtime, **lean}
    notes = (
        *planned.notes,
        *resolved.dependencies.notes,
        *([f"not packaged, because {target.title} provides them: {', '.join(left)}"] if left else []),
        *_without_bytecode({**resolved.compiled, **lean}, {**app.files.files, **runtime_files}, python),
    )
    bill = {made.sbom: sbom(app.model, resolved.dependencies.requirements).encode()} if made.sbom else {}
    found = bundle(
        made,
        planned.generated | bill,
        app.files,
        runtime_files,
        packages_of(target, settled.options.elsewhere),
        resolved.compiled,
        resolved.dependencies,
        notes,
        (*planned.drivers, *imported_late(app.model, resolved.there)),
        brought(planned.wanted.added),
    )
    check_size(found.files, target.platform.unzipped, target.title)
    return Bundled(settled, found)


def write_down(bundled: Bundled) -> Packaged:
    """Write the artifact, completely or not at all, and the infrastructure that its manifest asks for."""
    settled = bundled.settled
    written = write(bundled.bundle, settled.out)
    folder = settled.out / settled.target.name
    found = settled.target.infra(read_blueprint(written), settled.stage)
    if found is None:
        return Packaged(folder, written, settled.settings.folder)
    found.guard(settled.stage)
    return Packaged(folder, written, settled.settings.folder, replace_files(found.files(), folder / FOLDER))


STAGES: tuple[Callable[[Any], Any], ...] = (settle, read, plan, resolve_and_compile, put_together, write_down)
"""The stages in their order. Each takes the value of the previous one. Problems raise PortableError, with their place."""


def refuse_keys(settings: Settings, target: Target) -> None:
    """Raise PortableError for a key of the target's own table that the target does not know."""
    unknown = sorted(set(settings.table or ()) - target.keys)
    if unknown:
        file = settings.project / "pyproject.toml"
        known = f"of its own it may hold {', '.join(sorted(target.keys))}" if target.keys else "it has none of its own"
        place = key_place(file, unknown[0])
        raise PortableError(f"{place}: [tool.portable.{target.name}] has no {unknown[0]!r}; {known}")


def located(found: list[Problem], settings: Settings) -> list[Problem]:
    """Return problems in which those of the settings have the place of their key."""
    file = settings.project / "pyproject.toml"
    if not file.is_file():
        return found
    return [structs.replace(each, where=key_place(file, each.key)) if each.key is not None else each for each in found]


def refuse(found: list[Problem], folder: Path, target: str) -> tuple[str, ...]:
    """Return the gaps among problems as text. Raises PortableError when one of them stops packaging for the target.

    `folder` is the app's: places in an error are written so that they can be opened from here, those in a gap as they are
    seen from the folder, because the manifest keeps them.
    """
    texts = [f"{problem.where}: {problem.text()}" if problem.where else problem.text() for problem in found]
    errors = [text for text, problem in zip(texts, found, strict=True) if problem.error]
    if errors:
        of_functions = any(problem.error and problem.key is None for problem in found)
        way = f"to package the others, name their modules in [tool.portable.{target}] modules and leave these out"
        raise PortableError(clickable("\n".join([*errors, way] if of_functions else errors), folder))
    return tuple(
        f"{seen_from(problem.where, folder)}: {problem.text()}" if problem.where else problem.text()
        for problem in found
    )


def _without_bytecode(compiled: Mapping[str, bytes], sources: Mapping[str, bytes], python: str) -> list[str]:
    if not compiled:
        return [f"the artifact has no bytecode, because no Python {python} was found here: cold starts are slower"]
    missing = [path for path in sorted(sources) if path.endswith(".py") and cached_path(path, python) not in compiled]
    return [f"{path} cannot be compiled by Python {python}" for path in missing]
