"""Takes an app's requirements and a host; returns exact versions with hashes for its platform and Python, found by uv."""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from portable.tooling.depend.explain import DependencyError, explain, refuse_options
from portable.tooling.depend.interpreters import RUNNING, find_interpreter
from portable.tooling.depend.lock_text import Entry, entries, named
from portable.tooling.depend.provided import Host, left_to_host, without_companions
from portable.tooling.depend.requirement_files import Line, distribution
from portable.tooling.depend.requirements import Declared
from portable.tooling.depend.uv import run_uv
from portable.tooling.depend.uv_settings import same_index, sources

ATTEMPTS = 20
"""Distributions without a wheel that one app may have built here."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A locked dependency: name, version and the sha256 hashes of the files that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to resolve, and for where: `added` are requirements beside the app's own, `platform` is uv's name of it."""

    declared: Declared
    platform: str
    python: str
    added: tuple[str, ...] = ()
    host: Host = field(default_factory=Host)

    @property
    def where(self) -> str:
        """The platform and Python for people."""
        return f"{self.platform}, Python {self.python}"


@dataclass(frozen=True, slots=True)
class Lock:
    """The result: what ships, `provided` what was resolved but is left to the host, `build` names without a wheel."""

    entries: tuple[Entry, ...] = ()
    provided: tuple[str, ...] = ()
    build: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What an installer reads: the distributions of indexes, with their hashes."""
        return requirements_text(self.entries)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every distribution that ships; one that is built here has its version and hash from the wheel."""
        return tuple(Requirement(entry.name, entry.version, entry.hashes) for entry in self.entries)


def requirements_text(locked: tuple[Entry, ...]) -> str:
    """Return the distributions of indexes as a requirements file with hashes."""
    return "".join(" \\\n    --hash=".join((entry.line, *entry.hashes)) + "\n" for entry in locked if not entry.direct)


def lock(wanted: Wanted, project: Path) -> Lock:
    """Resolve in the project's folder, from wheels where there are any. Raises DependencyError with the place."""
    early = without_companions((), wanted.host).difference(wanted.added)
    if early:
        wanted = replace(wanted, added=(*wanted.added, *sorted(early)))
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        added, dropped = Path(temporary, "requirements.in"), Path(temporary, "own.txt")
        added.write_text("".join(f"{line}\n" for line in wanted.added), encoding="utf-8")
        dropped.write_text(without(wanted.declared.dropped), encoding="utf-8")
        arguments = [
            *(inside(file, project) for file in wanted.declared.files),
            *([str(added)] if wanted.added else []),
            *wanted.declared.options,
            f"--overrides={dropped}",
            f"--python-platform={wanted.platform}",
            f"--python-version={wanted.python}",
            f"--python={builder(wanted.python)}",  # spares uv a search
            "--no-universal",
            "--no-header",
        ]
        text, build = _compiled(arguments, wanted, project)
        found = entries(text)
        if any(not entry.name for entry in found):
            described = run_uv(
                ["pip", "compile", "--quiet", "--format=pylock.toml", *arguments, *_built(build)], project
            )
            found = named(found, described.stdout if described.returncode == 0 else "", project)
    found = [entry for entry in found if not entry.path or (project / entry.path).resolve() != project.resolve()]
    found = _allowed(_located(found, project), wanted.declared.lines)
    _check(found, project)
    left = left_to_host(found, wanted.host, wanted.declared.lines)
    kept = tuple(entry for entry in found if entry.name not in left)
    missing = without_companions((entry.name for entry in kept), wanted.host)
    if missing:
        return lock(replace(wanted, added=(*wanted.added, *sorted(missing))), project)
    return Lock(kept, tuple(sorted(left & wanted.host.offered)), tuple(sorted(set(build) - {""})))


def builder(python: str) -> str:
    """Return the interpreter that builds for a Python: one of that version where there is one."""
    return sys.executable if python == RUNNING else find_interpreter(python) or sys.executable


def without(names: tuple[str, ...]) -> str:
    """Return overrides by which uv forgets distributions and what they need."""
    return "".join(f'{name} ; python_version < "0"\n' for name in names)


def inside(file: Path, project: Path) -> str:
    """Return a file as uv is told it, relative to the project where it lies in it."""
    return str(file.relative_to(project)) if file.is_relative_to(project) else str(file)


def _compiled(arguments: list[str], wanted: Wanted, project: Path) -> tuple[str, list[str]]:
    """Return what uv resolved, and which distributions have no wheel; "" among them lifts the rule for all."""
    build: list[str] = [""] if wanted.declared.built else []
    style = ["--generate-hashes", "--annotate", "--annotation-style=split", "--emit-index-annotation"]
    while True:
        done = run_uv(["pip", "compile", *style, *arguments, *_built(build)], project)
        if done.returncode == 0:
            refuse_options(done.stderr, wanted.declared)
            return done.stdout, build
        name = without_wheel(done.stderr)
        if name is None or name in build or "" in build or len(build) > ATTEMPTS:
            raise DependencyError(explain(done.stderr, wanted.where, wanted.declared))
        build.append(name)


def _built(names: list[str]) -> list[str]:
    return [] if "" in names else ["--only-binary=:all:", *(f"--no-binary={name}" for name in names)]


def without_wheel(said: str) -> str | None:
    """Return the name of a source distribution that uv was not allowed to build; one with other wheels has C code."""
    text = " ".join(said.split())
    if "matching" in text and "tag" in text:
        return None
    for pattern in (r"Wheels are required for `([^`\s]+)`", r"ource distributions? for `?([\w.-]+)`? is disabled"):
        match = re.search(pattern, text)
        if match:
            return distribution(match[1])
    return "" if re.search(r"[Bb]uilding source distributions is disabled", text) else None


def _located(resolved: list[Entry], project: Path) -> list[Entry]:
    """Return entries whose paths are whole, without the `.` and `..` of the project's files."""
    return [
        replace(entry, path=str((project / entry.path).resolve())) if entry.path is not None else entry
        for entry in resolved
    ]


def _check(resolved: list[Entry], project: Path) -> None:
    """Refuse what uv took from another place than [tool.uv.sources] says. Raises DependencyError with the place."""
    by_name = {entry.name: entry for entry in resolved}
    for source in sources(project):
        entry = by_name.get(source.name)
        if (
            entry is None
            or entry.direct
            or (source.url and entry.index and same_index(source.url, entry.index, project))
        ):
            continue
        raise DependencyError(
            f"{source.place}: [tool.uv.sources] has a source for {source.name}, but nothing in [project] dependencies "
            f"asks for it, so uv takes {source.name} {entry.version} from another index: list it in [project] dependencies"
        )
    for entry in resolved:
        if not entry.name:
            raise DependencyError(f"the name of {entry.line} cannot be found: write it as name @ {entry.line}")


def _allowed(resolved: list[Entry], lines: tuple[Line, ...]) -> list[Entry]:
    """Return entries with those of their hashes that the app's own lines list. Raises DependencyError for none."""
    listed = {distribution(line.text): line for line in lines if "--hash" in line.text}
    kept = []
    for entry in resolved:
        line = listed.get(entry.name)
        allowed = set(re.findall(r"--hash[=\s]+(\S+)", line.text)) if line and entry.hashes else set(entry.hashes)
        hashes = tuple(item for item in entry.hashes if item in allowed)
        if line and entry.hashes and not hashes:
            raise DependencyError(
                f"{line.place}: no file of {entry.name} {entry.version} has a hash that is listed: add the hash of one of its files"
            )
        kept.append(replace(entry, hashes=hashes))
    return kept


def local_paths(locked: Lock) -> list[str]:
    """Return the paths of this machine that a lock takes distributions from."""
    return [entry.path for entry in locked.entries if entry.path is not None]
