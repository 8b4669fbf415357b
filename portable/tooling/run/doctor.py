"""Takes an artifact; returns its problems. It is loaded as its host does, in a clean process."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portable.errors import PortableError
from portable.tooling.bundle.manifest import NAME, read_manifest
from portable.tooling.cache import hashes
from portable.tooling.depend.interpreters import find_interpreter
from portable.tooling.depend.uv import run_uv
from portable.tooling.elsewhere import packages
from portable.tooling.run.integrity import differences, read_files, read_zip
from portable.tooling.run.libc import too_new
from portable.tooling.run.loading import load_command, load_request, modules_of
from portable.tooling.targets import load_target

LOCKED = "requirements.txt"
PATIENCE = 120
"""Seconds an entry may take to load."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: `ok` or not, one line of text, and the user's traceback if their code raised."""

    ok: bool
    text: str
    traceback: str = ""


def artifacts(path: Path) -> list[Path]:
    """Return the artifacts in a folder: itself, or those one level below. Raises PortableError when there is none."""
    found = [path] if (path / NAME).is_file() else sorted(file.parent for file in path.glob(f"*/{NAME}"))
    if not found:
        raise PortableError(f"{path} contains no artifact: create one with portable package --target …")
    return found


def examine(folder: Path, report: Callable[[str], None]) -> Iterator[Finding]:
    """Yield what is found in an artifact: its files, then what its host loads, at once and later.

    Nothing is loaded from a folder whose files are not those that its manifest lists: such a folder is only read. Raises
    PortableError when the artifact cannot be examined.
    """
    manifest = read_manifest(folder)
    target = load_target(manifest["target"])
    bundle = (folder / "bundle").resolve()
    files, others = read_files(bundle)
    zipped = read_zip(folder, manifest, files)
    unlike = list(differences("bundle/", hashes(files), manifest, others))
    faults = [*differences("bundle.zip", zipped, manifest), *unlike]
    yield from (Finding(ok=False, text=text) for text in faults)
    if zipped is None or unlike:
        yield Finding(ok=False, text="nothing was loaded, because the files differ from the manifest: package again")
        return
    if not faults:
        yield Finding(ok=True, text=f"bundle.zip and bundle/ match the manifest: {len(files)} files")
    libc = target.platform.libc.get(manifest["python"], "")
    yield from (Finding(ok=False, text=text) for text in too_new(files, libc))
    python = find_interpreter(manifest["python"])
    if python is None:
        raise PortableError(
            f"no Python {manifest['python']} was found here: run uv python install {manifest['python']}"
        )
    with tempfile.TemporaryDirectory(prefix="portable-") as temporary:
        clean = _clean(python, Path(temporary), bundle, manifest.get("provided", []), report)
        for command in target.doctor(bundle, clean):
            report(f"Loading {command[-1]}" if len(command[-1]) < 60 else "Loading")
            yield _load(command, bundle)
        report("Loading what handlers load later")
        drivers = {kind: load_target(name) for kind, name in manifest.get("drivers", {}).items()}
        shipped = modules_of(files, packages(target, drivers))
        yield from wanted(manifest)
        brings = manifest.get("brings", [])
        request = load_request(shipped, manifest.get("loads", []), brings)
        later = _load(load_command(clean, manifest.get("site")), bundle, request)
        if brings or not later.ok:
            yield later


def wanted(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield which variables must be set where an artifact runs, for what is reached through other targets."""
    for names in manifest.get("wants", []):
        yield Finding(ok=True, text=f"where it runs, {' or '.join(names)} must be set")


def _clean(python: str, folder: Path, bundle: Path, provided: list[str], report: Callable[[str], None]) -> str:
    """Return an interpreter that has what the host has of the app's, or what its build would install; nothing else."""
    made = run_uv(["venv", "--no-project", f"--python={python}", str(folder / "venv")])
    if made.returncode != 0:
        raise PortableError(f"no virtual environment could be created: {made.stderr.strip()}")
    program = str(folder / "venv" / "bin" / "python")
    locked, host = bundle / LOCKED, folder / "host.txt"
    host.write_text("".join(f"{name}\n" for name in provided), encoding="utf-8")
    wanted = [f"--requirements={locked}", "--require-hashes"] if locked.is_file() else [f"--requirements={host}"]
    # only wheels: a source would run code of its own here
    wanted.append("--only-binary=:all:")
    if locked.is_file() or provided:
        report("Installing what the host itself has or installs")
        done = run_uv(["pip", "install", "--quiet", f"--python={program}", *wanted])
        if done.returncode != 0:
            raise PortableError(f"the host's distributions cannot be installed here: {done.stderr.strip()}")
    return program


def _load(command: list[str], bundle: Path, stdin: str = "") -> Finding:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    try:
        done = subprocess.run(
            command,
            cwd=bundle,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding(ok=False, text=f"{command[-1]} took more than {PATIENCE} s to load")
    if done.returncode == 0:
        lines = done.stdout.strip().splitlines()
        return Finding(ok=True, text=lines[-1] if lines else "loads")
    reason = done.stderr.strip().splitlines()
    return Finding(ok=False, text=reason[-1] if reason else f"exit code {done.returncode}", traceback=_own(done.stderr))


def _own(stderr: str) -> str:
    """Return a traceback from the first frame outside the import system and our command on."""
    lines = stderr.rstrip().splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith("Traceback ")), None)
    if start is None:
        return stderr.rstrip()
    frames, last = [], lines[-1:]
    keep = False
    for line in lines[start + 1 :]:
        if line.startswith('  File "'):
            keep = not line.startswith(('  File "<frozen', '  File "<string>"', '  File "/usr/lib/python')) and (
                "/importlib/__init__.py" not in line
            )
        if keep and line.startswith("  "):
            frames.append(line)
    return "\n".join([lines[start], *frames, *last])
