"""Takes a plan and the files of the app, of portable and of its dependencies; returns the `Bundle` with unique paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portable.errors import PortableError
from portable.tooling.app.files import AppFiles
from portable.tooling.archive import Member
from portable.tooling.bundle.dependencies import Dependencies
from portable.tooling.depend.lock import Requirement
from portable.tooling.depend.requirement_files import normalised
from portable.tooling.plan import Plan


@dataclass(frozen=True, slots=True)
class Bundle:
    """The finished artifact: path in the bundle -> bytes, and the locked requirements inside or beside it.

    `provided` are distributions that the app uses and the host has; `packed` are those of `files` that were compressed before; `executable` the paths of those that are programs.
    `loads` are modules that a handler may import late, `brings` distributions that our own modules import late: `portable
    doctor` imports them all.
    """

    plan: Plan
    files: dict[str, bytes]
    requirements: tuple[Requirement, ...]
    notes: tuple[str, ...] = ()
    executable: frozenset[str] = frozenset()
    packed: dict[str, Member] = field(default_factory=dict)
    provided: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


def bundle(
    plan: Plan,
    generated: dict[str, bytes],
    app: AppFiles,
    runtime: Mapping[str, bytes],
    packages: tuple[str, ...],
    compiled: Mapping[str, bytes],
    dependencies: Dependencies,
    notes: tuple[str, ...],
    loads: tuple[str, ...] = (),
    brings: tuple[str, ...] = (),
) -> Bundle:
    """Return the finished files; `generated` are the plan's, `runtime` those of our `packages`.

    Raises PortableError when two sources claim one path, or the app shadows a package.
    """
    _check_names(app, generated, packages, dependencies.files)
    return Bundle(
        plan,
        {**dependencies.files, **app.files, **runtime, **generated, **compiled},
        dependencies.requirements,
        (*plan.notes, *app.notes, *notes),
        app.executable,
        dict(dependencies.packed),
        tuple(sorted({*dependencies.provided, *_used(plan)})),
        loads,
        brings,
    )


def _used(plan: Plan) -> frozenset[str]:
    """Return the distributions of the host that the app's code imports."""
    known = {normalised(name) for needed in plan.app.imports for name in needed.distributions}
    return plan.provided_here().intersection((*plan.app.uses, *known))


def _check_names(
    app: AppFiles, generated: Mapping[str, bytes], packages: tuple[str, ...], installed: Mapping[str, bytes]
) -> None:
    for path in app.files:
        first = path.partition("/")[0].removesuffix(".py")
        if first in packages:
            raise PortableError(
                f"{path} of the app has the name of the package {first}, which could not be imported: rename it"
            )
        if path in generated:
            raise PortableError(f"{path} of the app has the name of a generated file: rename it")
        if path in installed:
            raise PortableError(f"{path} is both in the app and in one of its dependencies: rename the app's file")
