"""The slow stages with their memory: each result is kept by a hash of everything it depends on."""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from portable.tooling.app.files import AppFiles, imported_files, together
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.archive import archive, members, members_of
from portable.tooling.bundle.bytecode import bytecode, compiler
from portable.tooling.bundle.dependencies import Dependencies
from portable.tooling.bundle.runtime_modules import stamp
from portable.tooling.cache import Cache, digest, pack, unpack
from portable.tooling.depend.environment import interpreter_for, newer_python
from portable.tooling.depend.install import Installed, install
from portable.tooling.depend.local import local_stamp
from portable.tooling.depend.lock import Lock, Wanted, local_paths, lock
from portable.tooling.depend.provided import without_companions
from portable.tooling.depend.provider_build import reach, requirements_file
from portable.tooling.depend.requirements import declared
from portable.tooling.depend.wheels import Wheel

Report = Callable[[str], None]
SLOW = 10.0
"""Seconds an import of the app may take before it is told."""


def remembered_model(
    settings: Settings,
    target_python: str,
    files: AppFiles,
    own: Mapping[str, bytes],
    cache: Cache,
    report: Report,
) -> tuple[AppModel, AppFiles, str | None]:
    """Return what the app declares, its files with all it imports, and a note when importing took long.

    `own` is the metadata that the app reads of itself. The app is read by the running Python, or by the target's where
    the running one is too old for it. Raises as `read` and `imported_files` do.
    """
    import msgspec

    sources = {path: data for path, data in files.files.items() if path.endswith(".py")}
    python = newer_python(settings, target_python, sources)
    key = digest(
        [
            python or "",
            stamp(("portable",)),
            sys.executable,
            str(Path(sysconfig.get_path("purelib")).stat().st_mtime_ns),
            str(settings.folder),
            settings.name,
            *settings.modules,
            "",
            declared(settings).stamp(),
            "",
            *(part for path, data in (*own.items(), *files.files.items()) for part in (path, data)),
        ]
    )
    kept = cache.read("model", key)
    if kept is not None:
        stands, _, text = kept.partition(b"\n")
        model = msgspec.json.decode(text, type=AppModel)
        more = imported_files(settings, model.imported(), files)
        if stands.decode() == _stamp(more):
            return model, together(files, more), None
    from portable.tooling.app.read import read

    interpreter = interpreter_for(settings, report, python)
    report("Reading the app's functions")
    started = time.monotonic()
    model = read(settings, interpreter, own)
    took = time.monotonic() - started
    more = imported_files(settings, model.imported(), files)
    cache.write("model", key, _stamp(more).encode() + b"\n" + msgspec.json.encode(model))
    slow = f"importing the app took {took:.0f} s, at every cold start too" if took > SLOW else None
    return model, together(files, more), slow


def _stamp(files: AppFiles) -> str:
    """Return a hash of what the app imports beyond the files that ship by their names."""
    return digest(part for path, data in files.files.items() for part in (path, data))


def remembered_lock(wanted: Wanted, project: Path, cache: Cache, report: Report) -> Lock:
    """Return exact versions of what is wanted. Raises as `lock` does.

    A lock that takes distributions from folders of this machine holds as long as those do not change.
    """
    import msgspec

    if not wanted.declared.files and not wanted.added and not without_companions((), wanted.host):
        return Lock()
    key = _key(wanted)
    kept = cache.read("lock", key)
    if kept is not None:
        found = msgspec.json.decode(kept, type=_KeptLock)
        if found.local == local_stamp(local_paths(found.lock)):
            return found.lock
    report(f"Resolving dependencies for {wanted.where}")
    made = lock(wanted, project)
    cache.write("lock", key, msgspec.json.encode(_KeptLock(made, local_stamp(local_paths(made)))))
    return made


@dataclass(frozen=True, slots=True)
class _KeptLock:
    lock: Lock
    local: str


@dataclass(frozen=True, slots=True)
class _KeptInstall:
    executable: tuple[str, ...]
    lock: Lock
    wheels: dict[str, Wheel]


def remembered_install(
    locked: Lock, wanted: Wanted, project: Path, cache: Cache, report: Report, carried: frozenset[str] = frozenset()
) -> Installed:
    """Return the distributions of a lock as they install. Raises as `install` does."""
    import msgspec

    if not locked.entries:
        return Installed({})
    key = _install_key(locked, wanted, carried)
    files, rest = cache.read("site", key), cache.read("settled", key)
    if files is not None and rest is not None:
        found = msgspec.json.decode(rest, type=_KeptInstall)
        return Installed(unpack(files), frozenset(found.executable), found.lock, found.wheels)
    report("Installing dependencies")
    made = install(locked, wanted, project, carried)
    cache.write("site", key, pack(made.files))
    settled = _KeptInstall(tuple(sorted(made.executable)), made.lock, dict(made.wheels))
    cache.write("settled", key, msgspec.json.encode(settled))
    return made


def remembered_dependencies(
    locked: Lock,
    wanted: Wanted,
    folder: str | None,
    project: Path,
    interpreter: Callable[[], str | None],
    cache: Cache,
    report: Report,
) -> Dependencies:
    """Return what a lock adds to a bundle, installed into a folder of it ("" is its root) with its bytecode.

    None leaves the installing to the provider's build. Raises as `install` does.
    """
    if folder is None:
        found = reach(locked, wanted, project)
        carried = replace(locked, entries=tuple(entry for entry in locked.entries if entry.name in found.carried))
        made = remembered_install(carried, wanted, project, cache, report, found.carried)
        versions = {entry.name: entry for entry in made.lock.entries}
        whole = replace(locked, entries=tuple(versions.get(entry.name, entry) for entry in locked.entries))
        files = requirements_file(whole, found, made.wheels)
        return Dependencies(files, {}, whole.requirements, locked.provided, found.notes)
    made = remembered_install(locked, wanted, project, cache, report)
    if not made.files:
        return Dependencies(provided=locked.provided)
    key = _install_key(locked, wanted, frozenset())
    return _compiled(made, key, folder, wanted.python, interpreter, cache, report)


def _compiled(
    made: Installed,
    install_key: str,
    folder: str,
    python: str,
    interpreter: Callable[[], str | None],
    cache: Cache,
    report: Report,
) -> Dependencies:
    prefix = f"{folder}/" if folder else ""
    files = {f"{prefix}{path}": data for path, data in made.files.items()}
    executable = frozenset(f"{prefix}{path}" for path in made.executable)
    told = made.lock.requirements, made.lock.provided
    key = digest([install_key, folder, compiler() if interpreter() else "as it is"])
    zipped, kept = cache.read("zipped", key), cache.read("compiled", key)
    if zipped is not None and kept is not None:
        return Dependencies(files | unpack(kept), members(zipped), *told)
    report("Compiling and compressing them")
    with ThreadPoolExecutor(1) as beside:
        packing = beside.submit(members_of, files, executable)
        compiled = bytecode(files, python, interpreter, cache)
        packed = packing.result() | members_of(compiled, ())
    cache.write("compiled", key, pack(compiled))
    cache.write("zipped", key, archive(packed.values()))
    return Dependencies(files | compiled, packed, *told)


def _install_key(locked: Lock, wanted: Wanted, carried: frozenset[str]) -> str:
    lines = [entry.line for entry in locked.entries if entry.direct]
    local = local_stamp(local_paths(locked))
    return digest([locked.text, *lines, local, wanted.platform, wanted.python, "", *sorted(carried)])


def _key(wanted: Wanted) -> str:
    host = wanted.host
    parts = [
        wanted.platform,
        wanted.python,
        str(host.leave),
        *sorted(host.offered),
        "",
        *sorted(host.beneath),
        "",
        *sorted(host.used),
    ]
    return digest([*parts, "", *wanted.added, "", *map(str, wanted.declared.files), wanted.declared.stamp()])
