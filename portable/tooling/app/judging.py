"""Takes a path of an app and its real place; returns whether it ships, and if not, why."""

from __future__ import annotations

import os
from enum import Enum

from portable.tooling.app import patterns
from portable.tooling.app.globs import matcher, names
from portable.tooling.app.settings import Settings


class Verdict(Enum):
    """Whether a file or folder ships, or the reason why not."""

    SHIPS = "ships"
    SILENT = "left out, as the documentation lists it or as the settings say"
    ENVIRONMENT = "an environment file"
    SECRET = "named like a secret"  # noqa: S105 - words about secrets
    DATA = "a database or a log"
    LINK = "a link to what does not ship"
    NOWHERE = "a link to nothing"
    OUTSIDE = "a link out of the app that include does not name"


class Judge:
    """The rules of one app. A folder that ships is one that is entered; what is inside is judged again."""

    def __init__(self, settings: Settings) -> None:
        self.is_never = matcher((*patterns.NEVER, *patterns.ENVIRONMENT), ignore_case=True)
        self.is_excluded = matcher(settings.exclude)
        self.is_named = names(settings.include)
        """Whether `include` names a path itself, as secrets and links out of the app need it."""
        self._is_environment = matcher(patterns.ENVIRONMENT, ignore_case=True)
        self.is_secret = matcher(patterns.SECRETS, ignore_case=True)
        self._is_data = matcher(patterns.DATA, ignore_case=True)
        self._is_included = matcher(settings.include)
        self._is_left_out = matcher((*patterns.LEFT_OUT, *(f"/{name}" for name in patterns.LEFT_OUT_AT_TOP)))
        self._include = settings.include
        self._folder = os.path.realpath(settings.folder)
        self._roots = (self._folder, os.path.realpath(settings.project))
        self._named_roots: list[str] = []

    def judge(self, path: str, real: str | None, is_folder: bool) -> Verdict:
        """Return the verdict on a path with `/` between its parts. `real` is the real path behind a link."""
        verdict = self._judge(path, path, is_folder)
        if verdict is not Verdict.SHIPS or real is None:
            return verdict
        inside = self.inside(real)
        if inside is None:
            return self._judge_outside(path, real, is_folder)
        if inside == path:
            return verdict
        return Verdict.SHIPS if self._judge(inside, path, is_folder) is Verdict.SHIPS else Verdict.LINK

    def inside(self, real: str) -> str | None:
        """Return a real place relative to the app's folder or project, None when it lies in neither."""
        for root in self._roots:
            if _lies_in(real, root):
                return os.path.relpath(real, root).replace(os.sep, "/")
        return None

    def _judge(self, path: str, named: str, is_folder: bool) -> Verdict:
        """Judge a path; `named` is what the settings call it."""
        if self.is_never(path):
            return Verdict.ENVIRONMENT if self._is_environment(path) else Verdict.SILENT
        if self.is_excluded(path) or self.is_excluded(named):
            return Verdict.SILENT
        if is_folder and self._may_hold_included(named):
            return Verdict.SHIPS
        if self.is_secret(path):
            return Verdict.SHIPS if self.is_named(named) else Verdict.SECRET
        if self._is_included(named):
            return Verdict.SHIPS
        if self._is_left_out(path):
            return Verdict.SILENT
        return Verdict.DATA if self._is_data(path) and not is_folder else Verdict.SHIPS

    def _judge_outside(self, path: str, real: str, is_folder: bool) -> Verdict:
        """Judge a link out of the app by the part of its target that the app's own place does not share."""
        target = self._apart(real)
        if self.is_never(target) or (self.is_secret(target) and not self.is_named(path)):
            return Verdict.LINK
        if any(_lies_in(real, root) for root in self._named_roots):
            return Verdict.SHIPS
        if not self.is_named(path):
            return Verdict.OUTSIDE
        if is_folder:
            self._named_roots.append(real)
        return Verdict.SHIPS

    def _apart(self, real: str) -> str:
        try:
            found = os.path.relpath(real, self._folder)
        except ValueError:  # another drive
            found = os.path.splitdrive(real)[1]
        return found.replace(os.sep, "/").removeprefix("/").replace("../", "")

    def _may_hold_included(self, folder: str) -> bool:
        """Return whether a folder that is left out must be entered: a pattern names something inside it."""
        first = folder.split("/", maxsplit=1)[0]
        return any(pattern.strip("/").split("/")[0] in (first, "**") and "/" in pattern for pattern in self._include)


def _lies_in(place: str, root: str) -> bool:
    return place == root or place.startswith(root.rstrip(os.sep) + os.sep)
