"""Takes Python sources of a bundle; returns their .pyc files for a version of Python. Results are cached."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Literal

from portable.tooling.bundle import compiling
from portable.tooling.cache import Cache, Kept, digest, pack, unpack
from portable.tooling.depend.interpreters import RUNNING

Form = Literal["whole", "lean", "one file"]
"""`lean` leaves out docstrings and columns, which nobody reads at run time; line numbers stay. `one file` is for all
modules of ours: lean, and in one file, which is at the root of the bundle."""


@once
def compiler() -> str:
    """Return a text that changes with the way of compiling. It is part of the cache key."""
    return digest([Path(compiling.__file__).read_bytes()])


def bytecode(
    sources: Mapping[str, bytes],
    version: str,
    interpreter: Callable[[], str | None],
    cache: Cache,
    form: Form = "whole",
) -> dict[str, bytes]:
    """Return the .pyc files by path in the bundle; none when no interpreter of the version is at hand.

    `interpreter` is asked only when the cache does not have them.
    """
    python = {name: sources[name] for name in sorted(sources) if name.endswith(".py")}
    return _KEPT(_Sources(python, version, interpreter, form), cache) if python else {}


@dataclass(frozen=True, slots=True)
class _Sources:
    files: Mapping[str, bytes]
    version: str
    interpreter: Callable[[], str | None]
    form: Form


def _key(given: _Sources) -> str:
    parts = (part for item in given.files.items() for part in item)
    return digest([compiler(), given.version, given.form, *parts])


def _bytecode(given: _Sources) -> dict[str, bytes]:
    made = _compiled(dict(given.files), given.version, given.interpreter, given.form) or {}
    if given.form == "one file":
        return made
    return {compiling.cached_path(name, given.version): pyc for name, pyc in made.items()}


_KEPT = Kept("bytecode", _bytecode, _key, lambda made: pack(made) if made else None, lambda entry, _: unpack(entry))
"""Without an interpreter nothing is made, and nothing is kept."""


def _compiled(
    sources: dict[str, bytes], version: str, interpreter: Callable[[], str | None], form: Form
) -> dict[str, bytes] | None:
    if version == RUNNING and form == "whole":
        return compiling.compiled(sources)
    program = interpreter()
    if program is None:
        return None
    options = ["-I", "-S", *([] if form == "whole" else ["-X", "no_debug_ranges"])]
    command = [program, *options, compiling.__file__, form]
    done = subprocess.run(command, input=pickle.dumps(sources), capture_output=True, check=False)
    if done.returncode != 0:
        return None
    return pickle.loads(done.stdout)  # type: ignore[no-any-return]  # noqa: S301 - from our own child
