"""Takes an app's requirements; returns distributions of exact versions, installed, compiled and compressed.

Each step is a `Kept`: a function from one value, the hash of all that its result depends on, and the way it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from portable.tooling.archive import Member, archive, members, members_of
from portable.tooling.bundle.bytecode import bytecode, compiler
from portable.tooling.bundle.dependencies import Dependencies
from portable.tooling.cache import Cache, Kept, digest, pack, unpack
from portable.tooling.depend.install import Installed, install
from portable.tooling.depend.local import local_stamp
from portable.tooling.depend.lock import Lock, Wanted, local_paths, lock
from portable.tooling.depend.provided import without_companions
from portable.tooling.depend.provider_build import reach, requirements_file
from portable.tooling.depend.wheels import Wheel

Report = Callable[[str], None]
_SETTLED = ""
"""The path of the additional data in a cache entry. No file has this path."""


@dataclass(frozen=True, slots=True)
class Resolving:
    """What to resolve, in which project."""

    wanted: Wanted
    project: Path
    report: Report


@dataclass(frozen=True, slots=True)
class _KeptLock:
    lock: Lock
    local: str


def _resolve(given: Resolving) -> Lock:
    given.report(f"Resolving dependencies for {given.wanted.where}")
    return lock(given.wanted, given.project)


def _resolving_key(given: Resolving) -> str:
    wanted, host = given.wanted, given.wanted.host
    offered = [str(host.leave), *sorted(host.offered), "", *sorted(host.beneath), "", *sorted(host.used)]
    asked = [*wanted.added, "", *map(str, wanted.declared.files), wanted.declared.stamp()]
    return digest([wanted.platform, wanted.python, *offered, "", *asked])


def _lock_entry(made: Lock) -> bytes:
    import msgspec

    return msgspec.json.encode(_KeptLock(made, local_stamp(local_paths(made))))


def _lock(entry: bytes, _: Resolving) -> Lock | None:
    """Return a cached lock. A lock with folders of this machine is valid as long as those do not change."""
    import msgspec

    found = msgspec.json.decode(entry, type=_KeptLock)
    return found.lock if found.local == local_stamp(local_paths(found.lock)) else None


_RESOLVED = Kept("lock", _resolve, _resolving_key, _lock_entry, _lock)


def resolve(given: Resolving, cache: Cache) -> Lock:
    """Return exact versions of the requirements, or an empty lock if there are none. Raises as `lock` does."""
    wanted = given.wanted
    asks = wanted.declared.files or wanted.added or without_companions((), wanted.host)
    return _RESOLVED(given, cache) if asks else Lock()


def resolved(given: Resolving, cache: Cache) -> Lock | None:
    """Return the versions that an earlier run resolved for the same requirements, None where there are none."""
    return _RESOLVED.held(given, cache)


@dataclass(frozen=True, slots=True)
class Installing:
    """A lock to install. `carried` are names for which a wheel is needed although an index has them."""

    lock: Lock
    wanted: Wanted
    project: Path
    report: Report
    carried: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _KeptInstall:
    executable: tuple[str, ...]
    lock: Lock
    wheels: dict[str, Wheel]


def _install(given: Installing) -> Installed:
    given.report("Installing dependencies")
    return install(given.lock, given.wanted, given.project, given.carried)


def _installing_key(given: Installing) -> str:
    lines = [entry.line for entry in given.lock.entries if entry.direct]
    local = local_stamp(local_paths(given.lock))
    where = given.wanted.platform, given.wanted.python
    return digest([given.lock.text, *lines, local, *where, "", *sorted(given.carried)])


def _installed_entry(made: Installed) -> bytes:
    import msgspec

    settled = _KeptInstall(tuple(sorted(made.executable)), made.lock, dict(made.wheels))
    return pack({_SETTLED: msgspec.json.encode(settled), **made.files})


def _installed(entry: bytes, _: Installing) -> Installed:
    import msgspec

    files = unpack(entry)
    settled = msgspec.json.decode(files.pop(_SETTLED), type=_KeptInstall)
    return Installed(files, frozenset(settled.executable), settled.lock, settled.wheels)


_INSTALLED = Kept("installed", _install, _installing_key, _installed_entry, _installed)


def installed(given: Installing, cache: Cache) -> Installed:
    """Return the distributions of a lock as they install for the target. Raises as `install` does."""
    return _INSTALLED(given, cache) if given.lock.entries else Installed({})


@dataclass(frozen=True, slots=True)
class Compiling:
    """Installed distributions, the start of their paths in the bundle, and the interpreter that compiles them."""

    made: Installed
    installing: Installing
    prefix: str
    interpreter: Callable[[], str | None]
    cache: Cache

    def placed(self) -> dict[str, bytes]:
        """Return the installed files by path in the bundle."""
        return {f"{self.prefix}{path}": data for path, data in self.made.files.items()}


@dataclass(frozen=True, slots=True)
class Compiled:
    """Bytecode by path in the bundle, and all files as members of the zip."""

    bytecode: dict[str, bytes]
    packed: Mapping[str, Member]


def _compile(given: Compiling) -> Compiled:
    given.installing.report("Compiling and compressing them")
    files = given.placed()
    executable = frozenset(f"{given.prefix}{path}" for path in given.made.executable)
    with ThreadPoolExecutor(1) as beside:
        packing = beside.submit(members_of, files, executable)
        made = bytecode(files, given.installing.wanted.python, given.interpreter, given.cache)
        return Compiled(made, packing.result() | members_of(made, ()))


def _compiling_key(given: Compiling) -> str:
    how = compiler() if given.interpreter() else "as it is"
    return digest([_installing_key(given.installing), given.prefix, how])


def _compiled_entry(made: Compiled) -> bytes:
    return pack({_SETTLED: archive(made.packed.values()), **made.bytecode})


def _compiled(entry: bytes, _: Compiling) -> Compiled:
    files = unpack(entry)
    packed = members(files.pop(_SETTLED))
    return Compiled(files, packed)


compiled = Kept("site", _compile, _compiling_key, _compiled_entry, _compiled)
"""Compile and compress installed distributions."""


def dependencies(
    given: Installing, folder: str | None, interpreter: Callable[[], str | None], cache: Cache
) -> Dependencies:
    """Return what a lock adds to a bundle, installed into a folder of it ("" is its root) with its bytecode.

    With None the provider's build installs them. Raises as `install` does.
    """
    if folder is None:
        return _left_to_build(given, cache)
    made = installed(given, cache)
    if not made.files:
        return Dependencies(provided=given.lock.provided)
    compiling = Compiling(made, given, f"{folder}/" if folder else "", interpreter, cache)
    done = compiled(compiling, cache)
    return Dependencies(compiling.placed() | done.bytecode, done.packed, made.lock.requirements, made.lock.provided)


def _left_to_build(given: Installing, cache: Cache) -> Dependencies:
    """Return the locked requirements.txt, and wheels of the distributions that the provider's build cannot download."""
    locked = given.lock
    found = reach(locked, given.wanted, given.project)
    carried = replace(locked, entries=tuple(entry for entry in locked.entries if entry.name in found.carried))
    made = installed(replace(given, lock=carried, carried=found.carried), cache)
    versions = {entry.name: entry for entry in made.lock.entries}
    whole = replace(locked, entries=tuple(versions.get(entry.name, entry) for entry in locked.entries))
    files = requirements_file(whole, found, made.wheels)
    return Dependencies(files, {}, whole.requirements, locked.provided, found.notes)
