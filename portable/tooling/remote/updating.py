"""An app and a stage in, new code in the functions that it changes out; without the engine, and back again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any

from portable.errors import PortableError
from portable.tooling.bundle.manifest import read_manifest
from portable.tooling.deploy.order import Order, remote_of
from portable.tooling.deploy.record import void_record
from portable.tooling.infra.blueprint import Blueprint, read_blueprint
from portable.tooling.infra.remote import Code, Remote
from portable.tooling.remote.kept import CodeFolder, Kept, digest
from portable.tooling.remote.reached import reached

AT_ONCE = 8
"""Units that get new code at the same time."""
_CODE_ONLY = ("sha256", "size", "version")
"""What of a blueprint only says which code it is."""


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of the units of a stage. `same` have run this code before, `untouched` run older code that is no different."""

    sha256: str
    changed: tuple[str, ...]
    same: tuple[str, ...]
    untouched: tuple[str, ...]


class HalfDone(PortableError):
    """Some units have the new code and some do not; the message says which, and `notes` say why."""

    def __init__(self, message: str, notes: tuple[str, ...]) -> None:
        super().__init__(message)
        self.notes = notes


def update(order: Order) -> Updated:
    """Package the app and bring its code to the functions that it changes.

    Raises PortableError, also for a change that only the engine can make.
    """
    made = remote_of(order.target)
    with order.alone():
        folder, record = CodeFolder(order.artifact), order.record()
        kept = folder.read(order.stage)
        before = folder.manifest(kept.current) or (record.manifest if record is not None else {})
        current = str(before.get("sha256", "")) or kept.current
        folder.keep_beside(current)
        manifest = read_manifest(order.package().folder)
        remote = made(order.running(manifest))
        refuse_more_than_code(before, remote.running.blueprint, order)
        folder.keep(manifest)
        return _bring(order, remote, replace(kept, current=current), manifest)


def roll_back(order: Order) -> Updated:
    """Return to the artifact that ran before the last one. A second time it returns to the last one, once all is done.

    Raises PortableError where none is kept on this machine.
    """
    made = remote_of(order.target)
    with order.alone():
        folder = CodeFolder(order.artifact)
        kept = folder.read(order.stage)
        manifest = folder.manifest(kept.previous)
        file = folder.zip(kept.previous)
        if manifest is None or not file.is_file():
            raise PortableError(
                f"{order.artifact} keeps no artifact that the stage {order.stage} ran before: only what this machine has "
                "brought there can be returned to. Check out the older source and deploy it"
            )
        if digest(file) != kept.previous:
            raise PortableError(
                f"{file} is not what was deployed: it was changed since. Deploy the older source instead"
            )
        remote = made(order.running(manifest))
        refuse_more_than_code(folder.manifest(kept.current) or {}, remote.running.blueprint, order)
        return _bring(order, remote, kept, manifest, back=True)


def remember(order: Order, manifest: dict[str, Any], *, changed: bool) -> None:
    """Remember what the engine has deployed, if it has changed anything: so it can be compared with and returned to."""
    folder, sha256 = CodeFolder(order.artifact), str(manifest["sha256"])
    kept = folder.read(order.stage)
    if not changed and kept.current == sha256:
        return
    folder.keep(manifest)
    previous = kept.previous if sha256 == kept.current else kept.current
    marks = _marks(order, manifest)
    units = kept.units if marks is None else {unit: Code(code.mark, sha256) for unit, code in marks.items()}
    folder.write(order.stage, Kept(sha256, previous, units))


def _marks(order: Order, manifest: Mapping[str, Any]) -> Mapping[str, Code] | None:
    """Return the codes of the units of a stage; None where the cloud will tell their hashes, or does not answer now."""
    try:
        remote = remote_of(order.target)(order.running(manifest))
        return None if remote.knows_hash else remote.code(list(remote.units()))
    except PortableError:
        return None  # without them, the next update goes to all units


def refuse_more_than_code(before: Mapping[str, Any], now: Blueprint, order: Order) -> None:
    """Raise PortableError where more than code differs from what was deployed, with what it is."""
    if not before:
        return
    then = read_blueprint(before)
    differing = [
        name for name in Blueprint.__slots__ if name not in _CODE_ONLY and getattr(then, name) != getattr(now, name)
    ]
    if not differing:
        return
    named = [*_names("function", then.functions, now.functions), *_names("resource", then.resources, now.resources)]
    what = ", ".join(named) or ", ".join(differing)
    raise PortableError(
        f"not only code has changed since the stage {order.stage} was deployed: {what}. Nothing was updated. Deploy it "
        f"whole: {order.again('deploy')}"
    )


def _names(word: str, then: tuple[Any, ...], now: tuple[Any, ...]) -> list[str]:
    """Return what differs of functions or resources, by their names."""
    old, new = ({item.name: item for item in items} for items in (then, now))
    return [f"{word} {name}" for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def _bring(order: Order, remote: Remote, kept: Kept, manifest: dict[str, Any], *, back: bool = False) -> Updated:
    """Bring an artifact that is kept to each unit that it changes, and remember what each one runs.

    Which artifact is the last one is said before a unit gets it; on the way `back` only afterwards. So the same command
    goes on with what was broken off.
    """
    folder, sha256 = CodeFolder(order.artifact), str(manifest["sha256"])
    units = remote.units()
    order.report("asking which code runs")
    runs = _known(kept, remote.code(list(units)))
    same = tuple(unit for unit in units if runs[unit].sha256 == sha256)
    changes = _Changes(folder, remote, manifest)
    untouched = tuple(
        unit
        for unit, functions in units.items()
        if unit not in same and not changes.reach(runs[unit].sha256, functions)
    )
    waiting = [unit for unit in units if unit not in same and unit not in untouched]
    previous = kept.previous if kept.current == sha256 else kept.current
    done = Kept(sha256, previous, dict(runs))
    now = replace(done, current=kept.current, previous=kept.previous) if back else done
    folder.write(order.stage, now)
    if waiting:
        void_record(order.record_file)
        order.report(f"uploading the code, {manifest['size']} bytes")
        put = remote.publish(folder.zip(sha256))
        now = _put_all(order, folder, now, sha256, put, waiting)
    folder.write(order.stage, replace(done, units=now.units))
    return Updated(sha256, tuple(waiting), same, untouched)


def _known(kept: Kept, runs: Mapping[str, Code]) -> dict[str, Code]:
    """Return the code of each unit, with the hash that is remembered of it where the cloud does not tell it."""
    found = {}
    for unit, code in runs.items():
        known = kept.units.get(unit)
        sure = code.sha256 or (known.sha256 if known is not None and known.mark == code.mark else "")
        found[unit] = Code(code.mark, sure)
    return found


class _Changes:
    """Which functions differ between artifacts that are kept and the one that is brought."""

    def __init__(self, folder: CodeFolder, remote: Remote, manifest: dict[str, Any]) -> None:
        self._folder, self._manifest = folder, manifest
        self._modules = {function.name: remote.module(function) for function in remote.running.blueprint.functions}
        self._found: dict[str, frozenset[str]] = {}

    def reach(self, old: str, functions: tuple[str, ...]) -> bool:
        """Say whether the change from an artifact reaches any of these functions: yes where that artifact is not known."""
        if old not in self._found:
            before = self._folder.manifest(old)
            zipped = self._folder.zip(self._manifest["sha256"])
            everything = frozenset(self._modules)
            self._found[old] = reached(before, self._manifest, zipped, self._modules) if before else everything
        return bool(self._found[old].intersection(functions))


def _put_all(
    order: Order, folder: CodeFolder, now: Kept, sha256: str, put: Callable[[str], Code], waiting: list[str]
) -> Kept:
    """Put the code into units, several at a time. What each one runs is written down as soon as it is known."""
    done: list[str] = []
    failed: dict[str, PortableError] = {}
    units = dict(now.units)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = {pool.submit(put, unit): unit for unit in waiting}
        try:
            for task in as_completed(tasks):
                unit = tasks[task]
                try:
                    units[unit] = Code(task.result().mark, sha256)
                except PortableError as error:
                    failed[unit] = error
                    units.pop(unit, None)
                    continue
                finally:
                    folder.write(order.stage, replace(now, units=units))
                done.append(unit)
                order.report(f"{len(done)} of {len(waiting)} have the new code")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if failed:
        raise _half_done(order, done, failed, back=sha256 != now.current)
    return replace(now, units=units)


def _half_done(order: Order, done: list[str], failed: Mapping[str, PortableError], *, back: bool) -> PortableError:
    """Return what says which units have which code, and the next command."""
    reasons = tuple(dict.fromkeys(str(error) for error in failed.values()))
    state = (
        f"{len(done)} of {len(done) + len(failed)} have the new code: {', '.join(sorted(done)) or 'none'}. "
        f"These run the old code, or the new one if only its answer was lost: {', '.join(sorted(failed))}. "
    )
    ways = [order.again("deploy --code"), order.again("deploy --code --rollback")]
    on, other = reversed(ways) if back else ways
    return HalfDone(f"{state}Run `{on}` to go on, or `{other}` to return", reasons)
