"""Python sources of a bundle -> their .pyc files for a version of Python, cached."""

from __future__ import annotations

import json
import pickle
import subprocess
from collections.abc import Callable, Mapping

from portable.tooling import compiling
from portable.tooling.cache import Cache, digest
from portable.tooling.interpreters import RUNNING


def bytecode(
    sources: Mapping[str, bytes], version: str, interpreter: Callable[[], str | None], cache: Cache
) -> dict[str, bytes]:
    """Return the .pyc files by path in the bundle; none when no interpreter of the version is at hand.

    `interpreter` is asked only when the cache does not have them.
    """
    names = sorted(path for path in sources if path.endswith(".py"))
    if not names:
        return {}
    key = digest([version, *(part for name in names for part in (name, sources[name]))])
    kept = cache.read("bytecode", key)
    if kept is not None:
        return _unpacked(kept)
    made = _compiled({name: sources[name] for name in names}, version, interpreter)
    if made is None:
        return {}
    found = {compiling.cached_path(name, version): pyc for name, pyc in made.items()}
    cache.write("bytecode", key, _packed(found))
    return found


def _compiled(
    sources: dict[str, bytes], version: str, interpreter: Callable[[], str | None]
) -> dict[str, bytes] | None:
    if version == RUNNING:
        return compiling.compiled(sources)
    program = interpreter()
    if program is None:
        return None
    done = subprocess.run(
        [program, "-I", "-S", compiling.__file__], input=pickle.dumps(sources), capture_output=True, check=False
    )
    if done.returncode != 0:
        return None
    return pickle.loads(done.stdout)  # type: ignore[no-any-return]  # noqa: S301 - from our own child


def _packed(files: Mapping[str, bytes]) -> bytes:
    index = json.dumps([(path, len(data)) for path, data in files.items()]).encode()
    return b"".join((len(index).to_bytes(8, "big"), index, *files.values()))


def _unpacked(blob: bytes) -> dict[str, bytes]:
    start = 8 + int.from_bytes(blob[:8], "big")
    found = {}
    for path, size in json.loads(blob[8:start]):
        found[path] = blob[start : start + size]
        start += size
    return found
