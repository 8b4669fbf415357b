"""An app and a stage in, new code in the functions that it changes out; without the engine, and back again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling import pipeline
from portable.tooling.bundle.manifest import read_manifest
from portable.tooling.deploy.configuration import OWN
from portable.tooling.deploy.lock import locked
from portable.tooling.deploy.order import record_of
from portable.tooling.deploy.record import record_file, void_record
from portable.tooling.infra.blueprint import Blueprint, read_blueprint
from portable.tooling.infra.files import FOLDER
from portable.tooling.infra.remote import Code, Remote, Running
from portable.tooling.infra.stage import check_stage
from portable.tooling.remote.kept import CodeFolder, Kept, digest
from portable.tooling.remote.reached import reached
from portable.tooling.remote.running import remote_of

AT_ONCE = 8
"""Units that get new code at the same time."""
_CODE_ONLY = ("sha256", "size", "version")
"""What of a blueprint only says which code it is."""


@dataclass(frozen=True, slots=True)
class CodeOrder:
    """What a command was asked for. `again` is its command line, `report` is called with each step that may take long."""

    app: Path
    target: str
    stage: str
    out: Path
    again: str
    report: Callable[[str], None]

    @property
    def folder(self) -> Path:
        """Return the folder of the artifact."""
        return self.out.resolve() / self.target


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


def update(order: CodeOrder, deployed: Mapping[str, Any]) -> Updated:
    """Package the app and bring its code to the functions that it changes.

    `deployed` is the manifest of the engine's last deployment, {} where it is not known here. Raises PortableError, also
    for a change that only the engine can make.
    """
    remote = remote_of(order.target)
    with locked(order.out.resolve() / f".{order.target}.lock", order.again, order.report):
        folder = CodeFolder(order.folder)
        kept = folder.read(order.stage)
        before = deployed if not kept.current else (folder.manifest(kept.current) or deployed)
        current = str(before.get("sha256", "")) or kept.current
        folder.keep_beside(current)
        made = pipeline.package(order.app, order.target, order.out, order.report, stage=order.stage)
        manifest = read_manifest(made.folder)
        blueprint = read_blueprint(manifest)
        refuse_more_than_code(before, blueprint, order)
        folder.keep(manifest)
        running = _running(order, blueprint)
        return _bring(order, remote, running, replace(kept, current=current), manifest)


def roll_back(order: CodeOrder) -> Updated:
    """Return to the artifact that ran before the last one. A second time it returns to the last one.

    Raises PortableError where none is kept on this machine.
    """
    remote = remote_of(order.target)
    with locked(order.out.resolve() / f".{order.target}.lock", order.again, order.report):
        folder = CodeFolder(order.folder)
        kept = folder.read(order.stage)
        manifest = folder.manifest(kept.previous)
        file = folder.zip(kept.previous)
        if manifest is None or not file.is_file():
            raise PortableError(
                f"{order.folder} keeps no artifact that the stage {order.stage} ran before: only what this machine has "
                "brought there can be returned to. Check out the older source and deploy it"
            )
        if digest(file) != kept.previous:
            raise PortableError(
                f"{file} is not what was deployed: it was changed since. Deploy the older source instead"
            )
        blueprint = read_blueprint(manifest)
        refuse_more_than_code(folder.manifest(kept.current) or {}, blueprint, order)
        running = _running(order, blueprint)
        return _bring(order, remote, running, kept, manifest)


def remember(folder: CodeFolder, stage: str, manifest: dict[str, Any], marks: Mapping[str, Code] | None = None) -> None:
    """Remember what the engine has deployed, so that it can be compared with and returned to.

    `marks` are the codes of the units as the cloud tells them now; None where they are not asked for.
    """
    kept, sha256 = folder.read(stage), str(manifest["sha256"])
    folder.keep(manifest)
    previous = kept.previous if sha256 == kept.current else kept.current
    units = kept.units if marks is None else {unit: Code(code.mark, sha256) for unit, code in marks.items()}
    folder.write(stage, Kept(sha256, previous, units))


def marks_of(order: CodeOrder, manifest: Mapping[str, Any]) -> Mapping[str, Code] | None:
    """Return the codes of the units of a stage; None where the cloud will tell their hashes, or does not answer now."""
    try:
        remote = remote_of(order.target)
        running = _running(order, read_blueprint(manifest))
        return None if remote.knows_hash else remote.code(running, list(remote.units(running)))
    except PortableError:
        return None  # without them, the next update goes to all units


def refuse_more_than_code(before: Mapping[str, Any], now: Blueprint, order: CodeOrder) -> None:
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
        f"whole: portable deploy --target {order.target} --stage {order.stage}"
    )


def _names(word: str, then: tuple[Any, ...], now: tuple[Any, ...]) -> list[str]:
    """Return what differs of functions or resources, by their names."""
    old, new = ({item.name: item for item in items} for items in (then, now))
    return [f"{word} {name}" for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def _running(order: CodeOrder, blueprint: Blueprint) -> Running:
    record = record_of(order.out, order.target, order.stage)
    outputs = record.outputs if record is not None else {}
    return Running(blueprint, check_stage(blueprint.app, order.stage), outputs)


def _bring(order: CodeOrder, remote: Remote, running: Running, kept: Kept, manifest: dict[str, Any]) -> Updated:
    """Bring an artifact that is kept to each unit that it changes, and remember what each one runs."""
    folder, sha256 = CodeFolder(order.folder), str(manifest["sha256"])
    units = remote.units(running)
    order.report("asking which code runs")
    runs = _known(kept, remote.code(running, list(units)))
    same = tuple(unit for unit in units if runs[unit].sha256 == sha256)
    changes = _Changes(folder, remote, running, manifest)
    untouched = tuple(
        unit
        for unit, functions in units.items()
        if unit not in same and not changes.reach(runs[unit].sha256, functions)
    )
    waiting = [unit for unit in units if unit not in same and unit not in untouched]
    previous = kept.previous if kept.current == sha256 else kept.current
    now = Kept(sha256, previous, dict(runs))
    folder.write(order.stage, now)
    if waiting:
        void_record(record_file(order.folder / FOLDER / OWN, order.stage))
        order.report(f"uploading the code, {manifest['size']} bytes")
        put = remote.publish(running, folder.zip(sha256))
        _put_all(order, folder, now, put, waiting)
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

    def __init__(self, folder: CodeFolder, remote: Remote, running: Running, manifest: dict[str, Any]) -> None:
        self._folder, self._manifest = folder, manifest
        self._modules = {function.name: remote.module(function) for function in running.blueprint.functions}
        self._found: dict[str, frozenset[str]] = {}

    def reach(self, old: str, functions: tuple[str, ...]) -> bool:
        """Say whether the change from an artifact reaches any of these functions: yes where that artifact is not known."""
        if old not in self._found:
            before = self._folder.manifest(old)
            zipped = self._folder.zip(self._manifest["sha256"])
            everything = frozenset(self._modules)
            self._found[old] = reached(before, self._manifest, zipped, self._modules) if before else everything
        return bool(self._found[old].intersection(functions))


def _put_all(order: CodeOrder, folder: CodeFolder, now: Kept, put: Callable[[str], Code], waiting: list[str]) -> None:
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
                    units[unit] = Code(task.result().mark, now.current)
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
        raise _half_done(order, done, failed)


def _half_done(order: CodeOrder, done: list[str], failed: Mapping[str, PortableError]) -> PortableError:
    """Return what says which units have which code, and the next command."""
    reasons = tuple(dict.fromkeys(str(error) for error in failed.values()))
    state = (
        f"{len(done)} of {len(done) + len(failed)} have the new code: {', '.join(sorted(done)) or 'none'}. "
        f"These run the old code, or the new one if only its answer was lost: {', '.join(sorted(failed))}. "
    )
    back = f"`{order.again} --rollback`" if "--rollback" not in order.again else "the same command"
    return HalfDone(f"{state}Run `{order.again}` to go on, or {back} to return", reasons)
