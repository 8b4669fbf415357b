"""Takes an app's folder; returns the files that ship, by path in the bundle. Secrets and similar files never ship."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.apart import is_artifact, is_environment
from portable.tooling.app.hard_links import other_names
from portable.tooling.app.judging import Judge, Verdict
from portable.tooling.app.places import shown
from portable.tooling.app.secret_text import secret_text
from portable.tooling.app.settings import Settings

TOLD = 8
"""Number of names in one note. Further ones are only counted."""
NOTES = {
    Verdict.SECRET: "not packaged, because their names look like secrets: {} (to ship one, name it in [tool.portable] include)",
    Verdict.ENVIRONMENT: "not packaged, because environment files never ship: {}",
    Verdict.DATA: "not packaged, because they are databases or logs: {} (to ship one, name it in [tool.portable] include)",
    Verdict.LINK: "not packaged, because they are links to files that do not ship: {}",
    Verdict.NOWHERE: "not packaged, because they are broken links: {}",
}


@dataclass(frozen=True, slots=True)
class AppFiles:
    """The bytes of each file by its path, which of them are executable, and notes for the user."""

    files: dict[str, bytes]
    executable: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """What would leave the app with its files, though it should not: its place, as "file" or "file:line", and what it is."""

    where: str
    what: str
    instead: str


def app_files(settings: Settings, out: Path | None = None) -> AppFiles:
    """Return the files of an app that ship, without those in `out`, the folder of artifacts.

    A link ships what it leads to when that would ship too; so does a file that has another name. Raises PortableError for
    a file that cannot be read, one that holds what looks like a secret, and a link that leads out of the app, unless
    `include` names them.
    """
    files, leaks = files_and_leaks(settings, out)
    outside = [leak for leak in leaks if leak.instead == LINKED]
    if outside:
        raise PortableError("\n".join(f"{leak.where}: {leak.what}: {leak.instead}" for leak in outside))
    _refuse(leaks)
    return files


def files_and_leaks(settings: Settings, out: Path | None = None) -> tuple[AppFiles, tuple[Leak, ...]]:
    """Return the files of an app that would ship, and what must not ship with them. Raises for a file that cannot be read."""
    walk = _Walk(settings, out)
    files, executable = {}, set()
    held = dict(sorted(walk.walk(settings.folder, "", (os.path.realpath(settings.folder),))))
    same = other_names(held, settings.project, lambda name: _stays(walk.judge, name))
    for path, file in held.items():
        name = same.get(path)
        if name is not None and (walk.judge.is_never(name) or not walk.judge.is_named(path)):
            walk.tell(Verdict.LINK, f"{path} -> {name}")
            continue
        files[path] = _read(file)
        if file.stat().st_mode & stat.S_IXUSR:
            executable.add(path)
    leaks = (*walk.outside, *_secrets(settings, walk.judge, files))
    return AppFiles(files, frozenset(executable), _notes(walk.noted)), leaks


def imported_files(settings: Settings, modules: Iterable[str], known: AppFiles) -> AppFiles:
    """Return the files of imported modules that `known` lacks, because their names look like tests or tools.

    Files that `exclude` names do not ship, and a note says so.
    """
    judge = Judge(settings)
    files: dict[str, bytes] = {}
    excluded: list[str] = []
    for name in sorted(modules):
        path = name.replace(".", "/")
        for candidate in (f"{path}.py", f"{path}/__init__.py"):
            file = settings.folder / candidate
            if candidate in known.files or not file.is_file() or judge.is_never(candidate):
                continue
            if judge.is_excluded(candidate):
                excluded.append(candidate)
            else:
                files[candidate] = _read(file)
    _refuse(_secrets(settings, judge, files))
    notes = []
    if files:
        notes.append(
            f"packaged because the app imports them, although such names are normally left out: {_listed(files)} "
            "(to ship other files next to them, use [tool.portable] include)"
        )
    if excluded:
        notes.append(
            f"not packaged because of [tool.portable] exclude, although the app imports them: {_listed(excluded)}"
        )
    return AppFiles(files, frozenset(), tuple(notes))


def further(settings: Settings, names: Iterable[str], known: AppFiles) -> AppFiles:
    """Return files that ship because a declaration names their folder, without those in `known`.

    What `exclude` names and environment files do not ship, nor does what looks like a secret and `include` does not name.
    """
    judge = Judge(settings)
    files = {}
    for name in names:
        stays = judge.is_excluded(name) or _stays(judge, name)
        if name not in known.files and not stays:
            files[name] = _read(settings.folder / name)
    _refuse(_secrets(settings, judge, files))
    return AppFiles(files)


def together(files: AppFiles, more: AppFiles) -> AppFiles:
    """Return the files and notes of both."""
    return replace(files, files=dict(sorted({**files.files, **more.files}.items())), notes=(*files.notes, *more.notes))


def _stays(judge: Judge, name: str) -> bool:
    return judge.is_never(name) or judge.judge(name, None, is_folder=False) is Verdict.SECRET


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(path: Path, error: OSError) -> PortableError:
    return PortableError(f"{shown(path)} cannot be read: {error.strerror}; leave it out by [tool.portable] exclude")


VAULT = (
    "declare a Secret and keep its value in the vault. If it is not a secret, name the file in [tool.portable] include"
)
LINKED = "to ship it, name it in [tool.portable] include; otherwise name it in exclude"


def _secrets(settings: Settings, judge: Judge, files: dict[str, bytes]) -> Iterator[Leak]:
    for path, data in files.items():
        secret = secret_text(data)
        if secret is not None and not judge.is_named(path):
            yield Leak(f"{shown(settings.folder / path)}:{secret.line}", f"this looks like {secret.what}", VAULT)


def _refuse(leaks: Iterable[Leak]) -> None:
    found = [f"{leak.where}: {leak.what}" for leak in leaks]
    if found:
        text = "\n".join(found)
        raise PortableError(f"{text}\nEverybody who can read the artifact could read it: {VAULT}.")


def _notes(noted: dict[Verdict, list[str]]) -> tuple[str, ...]:
    return tuple(NOTES[verdict].format(_listed(noted[verdict])) for verdict in NOTES if noted.get(verdict))


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    rest = len(found) - TOLD
    return ", ".join(found[:TOLD]) + (f" and {rest} more" if rest > 0 else "")


class _Walk:
    """A walk over an app's folder; `noted` and `outside` are filled on the way."""

    def __init__(self, settings: Settings, out: Path | None) -> None:
        self.judge = Judge(settings)
        self.out = os.path.realpath(out) if out else None
        self.noted: dict[Verdict, list[str]] = {}
        self.outside: list[Leak] = []

    def walk(
        self, folder: Path, prefix: str, above: tuple[str, ...], linked: bool = False
    ) -> Iterator[tuple[str, Path]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise _unreadable(folder, error) from error
        for entry in found:
            path, file = _text(prefix + entry.name), Path(entry.path)
            link = entry.is_symlink()
            real = os.path.realpath(file) if link or linked else None
            try:
                mode = os.stat(real or entry.path).st_mode
            except OSError:
                self.tell(Verdict.NOWHERE, path)
                continue
            is_folder = stat.S_ISDIR(mode)
            if (is_folder or stat.S_ISREG(mode)) and self._passes(path, file, real, is_folder, link, above):
                if is_folder:
                    inside = os.path.realpath(file)
                    yield from self.walk(file, f"{path}/", (*above, inside), linked or link)
                else:
                    yield path, file

    def _passes(
        self, path: str, file: Path, real: str | None, is_folder: bool, link: bool, above: tuple[str, ...]
    ) -> bool:
        """Return whether a file ships or a folder is entered, and collect notes."""
        if is_folder:
            target = real or os.path.realpath(file)
            if target in above or target == self.out or is_environment(file) or is_artifact(file):
                return False
        verdict = self.judge.judge(path, real, is_folder)
        if verdict is Verdict.OUTSIDE:
            self.outside.append(Leak(shown(file), f"this link leads out of the app, to {real}", LINKED))
        elif verdict is not Verdict.SHIPS:
            self.tell(verdict, self._name(path, real, is_folder, link))
        return verdict is Verdict.SHIPS

    def _name(self, path: str, real: str | None, is_folder: bool, link: bool) -> str:
        name = f"{path}/" if is_folder else path
        return f"{name} -> {self.judge.inside(real) or 'a place outside the app'}" if link and real else name

    def tell(self, verdict: Verdict, name: str) -> None:
        if verdict in NOTES:
            self.noted.setdefault(verdict, []).append(name)


def _text(path: str) -> str:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise PortableError(f"the name of {path!r} is not UTF-8: rename it") from None
    return path
