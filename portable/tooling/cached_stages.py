"""The slow stages with their memory: each result is kept by a hash of everything it depends on."""

from __future__ import annotations

import json
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from portable.tooling.app.files import AppFiles, imported_files, together
from portable.tooling.app.model import AppModel
from portable.tooling.app.settings import Settings
from portable.tooling.bundle.archive import Member, archive, members, members_of
from portable.tooling.bundle.bytecode import bytecode, compiler
from portable.tooling.bundle.runtime_modules import stamp
from portable.tooling.cache import Cache, digest, pack, unpack
from portable.tooling.depend.environment import interpreter_for
from portable.tooling.depend.install import install
from portable.tooling.depend.lock import Lock, Requirement, Wanted, lock
from portable.tooling.depend.requirements import declared

Report = Callable[[str], None]
SLOW = 10.0
"""Seconds an import of the app may take before it is told."""


def remembered_model(
    settings: Settings, files: AppFiles, cache: Cache, report: Report
) -> tuple[AppModel, AppFiles, str | None]:
    """Return what the app declares, its files with all it imports, and a note when importing took long.

    Raises as `read` and `imported_files` do.
    """
    import msgspec

    key = digest(
        [
            stamp(("portable",)),
            sys.executable,
            str(Path(sysconfig.get_path("purelib")).stat().st_mtime_ns),
            str(settings.folder),
            settings.name,
            *settings.modules,
            "",
            *declared(settings),
            "",
            *(part for path, data in files.files.items() for part in (path, data)),
        ]
    )
    kept = cache.read("model", key)
    if kept is not None:
        stands, _, text = kept.partition(b"\n")
        model = msgspec.json.decode(text, type=AppModel)
        more = imported_files(settings, model.modules, files)
        if stands.decode() == _stamp(more):
            return model, together(files, more), None
    from portable.tooling.app.read import read

    interpreter = interpreter_for(settings, report)
    report("Reading the app's functions")
    started = time.monotonic()
    model = read(settings, interpreter)
    took = time.monotonic() - started
    more = imported_files(settings, model.modules, files)
    cache.write("model", key, _stamp(more).encode() + b"\n" + msgspec.json.encode(model))
    slow = f"importing the app took {took:.0f} s, at every cold start too" if took > SLOW else None
    return model, together(files, more), slow


def _stamp(files: AppFiles) -> str:
    """Return a hash of what the app imports beyond the files that ship by their names."""
    return digest(part for path, data in files.files.items() for part in (path, data))


def remembered_lock(wanted: Wanted, project: Path, cache: Cache, report: Report) -> Lock:
    """Return exact versions of what is wanted. Raises as `lock` does."""
    if not wanted.requirements:
        return Lock("", ())
    key = _key(wanted)
    kept = cache.read("lock", key)
    if kept is not None:
        found = json.loads(kept)
        requirements = tuple(
            Requirement(name, version, tuple(hashes)) for name, version, hashes in found["requirements"]
        )
        return Lock(found["text"], requirements, tuple(found["provided"]))
    report(f"Resolving dependencies for {wanted.platform}, Python {wanted.python}")
    made = lock(wanted, project)
    cache.write(
        "lock",
        key,
        json.dumps(
            asdict(made) | {"requirements": [(item.name, item.version, item.hashes) for item in made.requirements]}
        ).encode(),
    )
    return made


@dataclass(frozen=True, slots=True)
class Installed:
    """The files of the dependencies with their bytecode, by path in the bundle, and as the zip holds them."""

    files: Mapping[str, bytes]
    packed: Mapping[str, Member]


def remembered_install(
    locked: Lock,
    wanted: Wanted,
    folder: str,
    project: Path,
    interpreter: Callable[[], str | None],
    cache: Cache,
    report: Report,
) -> Installed:
    """Return what installing a lock into a folder of the bundle ("" is its root) gives. Raises as `install` does."""
    if not locked.requirements:
        return Installed({}, {})
    key = digest([locked.text, wanted.platform, wanted.python, folder, compiler() if interpreter() else "as it is"])
    kept, zipped = cache.read("installed", key), cache.read("zipped", key)
    if kept is not None and zipped is not None:
        return Installed(unpack(kept), members(zipped))
    report("Installing dependencies")
    found = install(locked, wanted, project)
    prefix = f"{folder}/" if folder else ""
    files = {f"{prefix}{path}": data for path, data in found.files.items()}
    executable = frozenset(f"{prefix}{path}" for path in found.executable)
    report("Compiling and compressing them")
    with ThreadPoolExecutor(1) as beside:
        packing = beside.submit(members_of, files, executable)
        compiled = bytecode(files, wanted.python, interpreter, cache)
        packed = packing.result() | members_of(compiled, ())
    files |= compiled
    cache.write("installed", key, pack(files))
    cache.write("zipped", key, archive(packed.values()))
    return Installed(files, packed)


def _key(wanted: Wanted) -> str:
    return digest([wanted.platform, wanted.python, *sorted(wanted.provided), "", *wanted.requirements])
