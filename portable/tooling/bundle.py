"""A plan, the app's files, ours and the installed ones -> the `Bundle`, every path in it once."""

from __future__ import annotations

from collections.abc import Mapping

from portable.errors import PortableError
from portable.tooling.appfiles import AppFiles
from portable.tooling.archive import Member
from portable.tooling.lock import Lock
from portable.tooling.plan import Bundle, Plan

LOCKED = "requirements.txt"
"""Where the provider's own build reads what to install, when the plan leaves that to it."""


def bundle(
    plan: Plan,
    app: AppFiles,
    ours: Mapping[str, bytes],
    compiled: Mapping[str, bytes],
    locked: Lock,
    installed: Mapping[str, Member],
    notes: tuple[str, ...],
) -> Bundle:
    """Return the finished files. Raises PortableError when two sources claim one path, or the app shadows a package."""
    generated = {path: text.encode() for path, text in plan.files.items()}
    if plan.dependencies is None and LOCKED not in generated:
        generated[LOCKED] = locked.text.encode()
    _check_shadows(app, generated, ours)
    return Bundle(
        plan,
        {**app.files, **ours, **generated, **compiled},
        locked.requirements,
        (*plan.notes, *app.notes, *notes),
        app.executable,
        _without_clashes(app, installed),
    )


def _check_shadows(app: AppFiles, generated: Mapping[str, bytes], ours: Mapping[str, bytes]) -> None:
    for path in generated:
        if path in app.files:
            raise PortableError(f"{path} of the app is also the name of a file that is generated: rename yours")
    packages = {path.partition("/")[0] for path in ours}
    for path in app.files:
        first = path.partition("/")[0]
        if first.removesuffix(".py") in packages:
            raise PortableError(f"{path} of the app hides the package {first.removesuffix('.py')}: rename it")


def _without_clashes(app: AppFiles, installed: Mapping[str, Member]) -> dict[str, Member]:
    for path in installed:
        if path in app.files:
            raise PortableError(f"{path} is in the app and in one of its dependencies: rename yours")
    return dict(installed)
