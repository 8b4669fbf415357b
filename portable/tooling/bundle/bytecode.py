"""Takes Python sources of a bundle; returns their .pyc files for a version of Python. Results are cached."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from portable.tooling.bundle import compiling
from portable.tooling.cache import Cache, Kept, digest, pack, unpack
from portable.tooling.depend.interpreters import RUNNING


@once
def compiler() -> str:
    """Return a text that changes with the way of compiling. It is part of the cache key."""
    return digest([Path(compiling.__file__).read_bytes()])


def bytecode(
    sources: Mapping[str, bytes],
    version: str,
    interpreter: Callable[[], str | None],
    cache: Cache,
    lean: bool = False,
) -> dict[str, bytes]:
    """Return the .pyc files by path in the bundle; none when no interpreter of the version is at hand.

    `interpreter` is asked only when the cache does not have them. `lean` leaves out docstrings and columns, which
    nobody reads at run time; line numbers stay.
    """
    python = {name: sources[name] for name in sorted(sources) if name.endswith(".py")}
    return _KEPT(_Sources(python, version, interpreter, lean), cache) if python else {}


@dataclass(frozen=True, slots=True)
class _Sources:
    files: Mapping[str, bytes]
    version: str
    interpreter: Callable[[], str | None]
    lean: bool


def _key(given: _Sources) -> str:
    parts = (part for item in given.files.items() for part in item)
    return digest([compiler(), given.version, str(given.lean), *parts])


def _bytecode(given: _Sources) -> dict[str, bytes]:
    made = _compiled(dict(given.files), given.version, given.interpreter, given.lean) or {}
    return {compiling.cached_path(name, given.version): pyc for name, pyc in made.items()}


_KEPT = Kept("bytecode", _bytecode, _key, lambda made: pack(made) if made else None, lambda entry, _: unpack(entry))
"""Without an interpreter nothing is made, and nothing is kept."""


def bytecode_alone(files: Mapping[str, bytes], made: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    """Return files with each source replaced by its .pyc in the same place; a source that has none stays.

    The import system takes a/b.pyc when there is no a/b.py; it works on exactly the version it was compiled for.
    """
    found = {}
    for path, content in files.items():
        pyc = made.get(compiling.cached_path(path, version))
        found[path if pyc is None else f"{path}c"] = content if pyc is None else pyc
    return found


def _compiled(
    sources: dict[str, bytes], version: str, interpreter: Callable[[], str | None], lean: bool
) -> dict[str, bytes] | None:
    if version == RUNNING and not lean:
        return compiling.compiled(sources)
    program = interpreter()
    if program is None:
        return None
    options = ["-I", "-S", *(["-X", "no_debug_ranges"] if lean else [])]
    command = [program, *options, compiling.__file__, *(["lean"] if lean else [])]
    done = subprocess.run(command, input=pickle.dumps(sources), capture_output=True, check=False)
    if done.returncode != 0:
        return None
    return pickle.loads(done.stdout)  # type: ignore[no-any-return]  # noqa: S301 - from our own child
