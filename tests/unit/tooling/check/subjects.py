"""Subjects without a process: an app of the test, as a target would get it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from portable.tooling.app.files import files_and_leaks
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.cache import Cache
from portable.tooling.check.examine import of_subject
from portable.tooling.check.finding import Finding
from portable.tooling.check.subject import Subject
from portable.tooling.choose import choose
from portable.tooling.targets import load_target


def subject(model: AppModel, target: str, folder: Path, **settings: object) -> Subject:
    """Return a subject of a folder, in which the files already are."""
    chosen = load_target(target)
    found = replace(Settings(folder, folder, model.name, model.modules, table={}), **settings)  # type: ignore[arg-type]
    files, leaks = files_and_leaks(found, folder / "dist")
    options = choose(found, chosen)
    return Subject(chosen, found, options, model, files, leaks, Cache(folder), folder / "dist")


def found(model: AppModel, target: str, folder: Path, rule: str | None = None, **settings: object) -> list[Finding]:
    """Return what was found, of one rule or of all."""
    _, findings = of_subject(subject(model, target, folder, **settings))
    return [one for one in findings if rule is None or one.rule == rule]
