"""What a target cannot do for an app: what follows from the target's declaration, for every target; then its own words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from portable.tooling.app.kinds.registry import RESOURCES, dead_letters, title
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.isolation import isolation_problems
from portable.tooling.target import Options, Problem, Target


def problems(app: AppModel, target: Target, options: Options) -> list[Problem]:
    """Return the errors and gaps of an app on a target, each with its place.

    `Target.check` is asked about the functions that the target has an entry for; of the others it is said that it has
    none.
    """
    able = tuple(function for function in app.functions if function.trigger["kind"] in target.triggers)
    unable = [function for function in app.functions if function not in able]
    return [
        *isolation_problems(app, target.name, options.table),
        *(
            Problem(f"{f.name}: {target.title} does not support the trigger: {title(f.trigger)}", f.where)
            for f in unable
        ),
        *undriven(able, target),
        *target.check(replace(app, functions=able), options),
    ]


def of_functions(
    functions: Iterable[FunctionModel],
    errors: Callable[[FunctionModel], Iterable[str]],
    gaps: Callable[[FunctionModel], Iterable[str]],
) -> list[Problem]:
    """Return the problems of each function at its place: what `errors` says of it, then what `gaps` says."""
    found = []
    for function in functions:
        found += [Problem(f"{function.name}: {text}", function.where) for text in errors(function)]
        found += [Problem(f"{function.name}: {text}", function.where, error=False) for text in gaps(function)]
    return found


def of_queues(app: AppModel, lacking: Mapping[str, str]) -> list[Problem]:
    """Return an error for each queue with an ability that a target lacks. `lacking` says why, by the ability's option."""
    return [
        Problem(f'Queue("{resource.name}", {option}=True): {why}', app.place("queue", resource.name))
        for resource in app.resources
        if resource.kind == "queue"
        for option, why in lacking.items()
        if resource.options.get(option)
    ]


def undriven(functions: tuple[FunctionModel, ...], target: Target) -> Iterator[Problem]:
    """Yield a problem for each resource that a function uses and the target has no driver of."""
    kinds = {grant.kind for function in functions for grant in function.grants} | {"queue"}
    lacking = {kind for kind in kinds if not has_driver(target.package, kind)}
    for function in functions:
        buried = function.dead_letter and "queue" in lacking
        if buried:
            text = f"dead_letter=True is not supported: portable has no queue driver for {target.title}"
            yield Problem(f"{function.name}: {text}", function.where)
        for grant in function.grants:
            if grant.kind in lacking and not (buried and grant.resource == dead_letters(function)):
                text = f"cannot be used: portable has no {grant.kind} driver for {target.title}"
                yield Problem(f'{function.name}: the {grant.kind} "{grant.resource}" {text}', function.where)


def unlimited(app: AppModel, title: str) -> list[Problem]:
    """Return a note for each function whose `concurrency=` a target does not keep. `title` is the target's."""
    text = "concurrency={} is not kept: nothing that portable makes for {} limits calls of one function"
    return [
        Problem(f"{function.name}: {text.format(function.concurrency, title)}", function.where, error=False)
        for function in app.functions
        if function.concurrency is not None
    ]


def shared_environment(functions: Iterable[FunctionModel], sharing: str) -> Iterator[Problem]:
    """Yield a problem for each variable that functions with one environment set to different values.

    `sharing` says who they are, such as "HTTP function".
    """
    values: dict[str, str] = {}
    for function in functions:
        for key, value in function.environment:
            if values.setdefault(key, value) != value:
                text = f"{key} is {value!r} here but {values[key]!r} in another {sharing}: both share one environment"
                yield Problem(f"{function.name}: {text}", function.where)


def has_driver(package: str, kind: str) -> bool:
    """Say whether an adapter has a driver of a kind: whether the runtime module of its pillar binds the driver's name.

    The module is read and not imported, because it may import packages that are not installed here.
    """
    resource = RESOURCES[kind]
    wanted = f"read_{kind}" if resource.text else f"{kind}_driver"
    try:
        found = find_spec(f"{package}.runtime.{resource.pillar}")
    except ModuleNotFoundError:
        return False
    if found is None:
        return False
    if found.origin is None or not found.origin.endswith(".py"):
        return True  # without its source it cannot be asked, and the first call says so
    return wanted in _bound(ast.parse(Path(found.origin).read_text(encoding="utf-8")))


def _bound(module: ast.Module) -> set[str]:
    """Return the names that a module binds at its top."""
    found: set[str] = set()
    for line in module.body:
        if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
            found.add(line.name)
        elif isinstance(line, (ast.Import, ast.ImportFrom)):
            found.update(name.asname or name.name for name in line.names)
        elif isinstance(line, (ast.Assign, ast.AnnAssign)):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found
