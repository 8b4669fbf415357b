"""Takes a lock; returns the files of its distributions for another platform. Wheels are unpacked, sources are built here."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from portable.tooling.depend.dist_info import owned, tags, without_traces
from portable.tooling.depend.explain import DependencyError, explain
from portable.tooling.depend.lock import Lock, Wanted, builder, requirements_text, without_wheel
from portable.tooling.depend.lock_text import Entry
from portable.tooling.depend.uv import run_uv
from portable.tooling.depend.uv_settings import Index, indexes, same_index
from portable.tooling.depend.wheels import Wheel, wheel


@dataclass(frozen=True, slots=True)
class Installed:
    """Installed files by path, which are programs, and the lock with what was only known once a source was built.

    `wheels` are those of the distributions that are not in an index, or were built.
    """

    files: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()
    lock: Lock = field(default_factory=Lock)
    wheels: Mapping[str, Wheel] = field(default_factory=dict)


def install(locked: Lock, wanted: Wanted, project: Path, carried: frozenset[str] = frozenset()) -> Installed:
    """Return the installed files. Raises DependencyError, with the place, if a distribution cannot be installed.

    `carried` are names for which a wheel is needed although an index has them.
    """
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        site = Path(temporary, "site")
        build = _of_indexes(locked, wanted, project, site, Path(temporary, "requirements.txt"))
        _direct(locked, wanted, project, site, Path(temporary, "direct.txt"))
        files, executable = _files(site)
    files = without_traces(files)
    found = owned(files)
    made = {}
    entries = []
    for entry in locked.entries:
        known = found.get(entry.name)
        if known is None:
            raise DependencyError(
                explain(f"{entry.line} installed nothing of that name", wanted.where, wanted.declared)
            )
        _check_tags(entry, tags(files.get(f"{known.folder}/WHEEL", b"")), wanted)
        if entry.direct or entry.name in build or entry.name in carried:
            made[entry.name] = wheel(known, files)
        hashes = (made[entry.name].hash,) if entry.direct else entry.hashes
        entries.append(replace(entry, version=known.version, hashes=hashes))
    kept = replace(locked, entries=tuple(entries), build=tuple(build))
    return Installed(files, executable & files.keys(), kept, made)


def _of_indexes(locked: Lock, wanted: Wanted, project: Path, site: Path, file: Path) -> list[str]:
    """Install what indexes have, and return which of it had to be built."""
    build = list(locked.build)
    site.mkdir()
    for options, found in _by_index(locked, project):
        file.write_text(_indexes(wanted) + requirements_text(found), encoding="utf-8")
        while True:
            allowed = ["--only-binary=:all:", *(f"--no-binary={name}" for name in build)]
            arguments = [*_arguments(wanted, site), *options, *allowed, f"--requirements={file}", "--verify-hashes"]
            done = run_uv([*arguments, "--offline"], project)  # the index was asked for these very files a moment ago
            if done.returncode != 0:
                done = run_uv(arguments, project)
            if done.returncode == 0:
                break
            name = without_wheel(done.stderr)
            if not name or name in build:
                raise DependencyError(explain(done.stderr, wanted.where, wanted.declared))
            build.append(name)
    return build


def _by_index(locked: Lock, project: Path) -> list[tuple[tuple[str, ...], tuple[Entry, ...]]]:
    """Return the entries of each index that the project names, with the options that put this index first, and the rest.

    An index may be explicit: uv asks it for nothing but what [tool.uv.sources] says, and a lock has no sources.
    """
    found: dict[tuple[str, ...], list[Entry]] = {}
    known = [index for index in indexes(project, ()) if index.name]
    for entry in locked.entries:
        if not entry.direct:
            url = entry.index or ""
            home = next((index for index in known if url and same_index(index.url, url, project)), None)
            found.setdefault(_first(home, url) if home else (), []).append(entry)
    return [(options, tuple(entries)) for options, entries in found.items()]


def _first(index: Index, url: str) -> tuple[str, ...]:
    if index.option == "--find-links":
        return ("--no-index", f"--find-links={url}")
    return (f"--index={index.name}={index.url}",)


def _direct(locked: Lock, wanted: Wanted, project: Path, site: Path, file: Path) -> None:
    """Install what comes from a path, a URL or git; sources are built, a link to them is never installed."""
    direct = [entry for entry in locked.entries if entry.direct]
    if not direct:
        return
    lines = [f"{entry.name} @ {Path(entry.path).as_uri() if entry.path else entry.line}\n" for entry in direct]
    file.write_text("".join(lines), encoding="utf-8")
    fresh = [f"--reinstall-package={entry.name}" for entry in direct if entry.path]
    done = run_uv([*_arguments(wanted, site), *fresh, f"--requirements={file}"], project)
    if done.returncode != 0:
        raise DependencyError(explain(done.stderr, wanted.where, wanted.declared))


def _arguments(wanted: Wanted, site: Path) -> list[str]:
    return [
        "pip",
        "install",
        "--quiet",
        f"--target={site}",
        "--no-deps",
        "--no-compile-bytecode",
        f"--python-platform={wanted.platform}",
        f"--python-version={wanted.python}",
        f"--python={builder(wanted.python)}",  # spares uv a search
    ]


def _indexes(wanted: Wanted) -> str:
    """Return the lines of the app's requirements files that say where distributions are found, paths made whole."""
    found = []
    for line in wanted.declared.lines:
        match = re.fullmatch(r"(-i|--index-url|--extra-index-url|-f|--find-links)[\s=]+(\S+)|--no-index", line.text)
        if match and match[2] and not re.match(r"[a-z+]+:|\$", match[2]):
            found.append(f"{match[1]} {(line.file.parent / match[2]).resolve()}")
        elif match:
            found.append(line.text)
    return "".join(f"{line}\n" for line in found)


def _check_tags(entry: Entry, found: tuple[str, ...], wanted: Wanted) -> None:
    """Refuse a wheel for this machine alone, as a build of compiled code makes one."""
    if any(re.search(r"-(linux|macosx|win)", tag) for tag in found):
        said = f"Failed to build `{entry.name}`: it has compiled code ({found[0]})"
        raise DependencyError(explain(said, wanted.where, wanted.declared, entry.path or ""))


def _files(site: Path) -> tuple[dict[str, bytes], frozenset[str]]:
    files, executable = {}, set()
    for folder, folders, names in os.walk(site):
        inside = Path(folder).relative_to(site)
        folders[:] = sorted(name for name in folders if name != "__pycache__" and (inside.parts or name != "bin"))
        for name in names:
            if not inside.parts and name == ".lock":
                continue
            path = (inside / name).as_posix()
            files[path] = Path(folder, name).read_bytes()
            if Path(folder, name).stat().st_mode & 0o100:
                executable.add(path)
    return files, frozenset(executable)
