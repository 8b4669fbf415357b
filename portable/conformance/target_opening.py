"""The world of a target is opened here: the name of a target and what it lacks in, its app on it out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from msgspec import structs

from portable.conformance.target_cases import World, lacking
from portable.conformance.target_parts import ABILITIES, KINDS
from portable.testing.app import App, load_modules
from portable.tooling.pipeline import package

APP = Path(__file__).parent / "target_app"
NAME = "target-suite"


def load(kinds: Iterable[str]) -> App:
    """Return the app's functions of some kinds, loaded in this process."""
    if str(APP) not in sys.path:
        sys.path.append(str(APP))
    found = load_modules([import_module(name) for kind in kinds for name in KINDS[kind].modules.split()])
    return replace(found, model=structs.replace(found.model, name=NAME))


@contextmanager
def opened(
    name: str,
    way: str,
    folder: Path,
    lacks: Mapping[str, str] | None = None,
    settings: str = "",
    project: Path | None = None,
) -> Iterator[World]:
    """Open the world of a target, by its name and the way in which its app runs. The package goes to the empty `folder`.

    `settings` are lines of the app's pyproject.toml. `project` is a folder that is kept, so that packaging is fast the
    second time. Raises ValueError for an unknown ability.
    """
    lacks = lacks or {}
    for ability, reason in lacks.items():
        if ability not in ABILITIES:
            raise ValueError(f"{ability!r} is not an ability: a target may lack {', '.join(ABILITIES)}")
        if len(reason.split()) < 3:
            raise ValueError(
                f"{ability}: {reason!r} is not a reason: write what the target does and why it lacks the ability"
            )
    kinds = tuple(kind for kind, part in KINDS.items() if lacking(part, lacks) is None)
    app = load(kinds)
    artifacts = _packaged(name, kinds, folder, settings, project or folder / "app") if way == "artifact" else None
    world = World(name, lacks, artifacts, app, load(KINDS).model)
    try:
        yield world
    finally:
        world.session.close()


def _packaged(name: str, kinds: tuple[str, ...], folder: Path, settings: str, project: Path) -> Path:
    project.mkdir(parents=True, exist_ok=True)
    modules = [module for kind in kinds for module in KINDS[kind].modules.split()]
    for module in modules:
        shutil.copyfile(APP / f"{module}.py", project / f"{module}.py")
    for folder_of_files in filter(None, (KINDS[kind].folder for kind in kinds)):
        shutil.copytree(APP / folder_of_files, project / folder_of_files, dirs_exist_ok=True)
    text = f'[tool.portable]\nname = "{NAME}"\nmodules = {modules!r}\n\n{settings}\n'
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    package(project, name, folder / "out", lambda step: None)
    return folder / "out"
