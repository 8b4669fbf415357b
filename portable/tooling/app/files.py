"""An app's folder -> the files that ship: path in the bundle -> bytes. What must not leave the machine never does."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.app.globs import matcher
from portable.tooling.app.settings import Settings

NEVER = (".git", ".hg", ".svn", ".portable", ".portable.env", ".env", ".env.*", "__pycache__", "*.pyc", "*.pyo")
"""Left out whatever `include` says."""
LEFT_OUT = (
    ".*",
    "tests",
    "test",
    "test_*.py",
    "*_test.py",
    "conftest.py",
    "node_modules",
    "*.egg-info",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
)
"""Left out at any depth unless `include` brings it back."""
LEFT_OUT_AT_TOP = (
    "dist",
    "build",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements*.txt",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
    "noxfile.py",
    "tox.ini",
    "pytest.ini",
    "Makefile",
    "Dockerfile",
    "README*",
    "CHANGELOG*",
    "LICENSE*",
)
"""Left out in the app's own folder unless `include` brings it back: what describes the project, not the program."""


@dataclass(frozen=True, slots=True)
class AppFiles:
    """The bytes of each file by its path, which of them are executable, and what is worth telling."""

    files: dict[str, bytes]
    executable: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def app_files(settings: Settings, out: Path | None = None) -> AppFiles:
    """Return the files of an app that ship; `out`, where artifacts are written, is never among them.

    Links are followed: the artifact holds what they point to. Raises PortableError for a file that cannot be read.
    """
    found = _Walk(settings, out)
    files, executable = {}, set()
    for path, file in sorted(found.walk(settings.folder, "", (os.path.realpath(settings.folder),))):
        try:
            files[path] = file.read_bytes()
        except OSError as error:
            raise PortableError(
                f"{file} cannot be read: {error.strerror}; leave it out by [tool.portable] exclude"
            ) from error
        if file.stat().st_mode & stat.S_IXUSR:
            executable.add(path)
    return AppFiles(files, frozenset(executable), tuple(sorted(found.notes)))


class _Walk:
    def __init__(self, settings: Settings, out: Path | None) -> None:
        self.never = matcher(NEVER)
        self.left_out = matcher(LEFT_OUT)
        self.left_out_at_top = matcher(f"/{pattern}" for pattern in LEFT_OUT_AT_TOP)
        self.included = matcher(settings.include)
        self.excluded = matcher(settings.exclude)
        self.include = settings.include
        self.out = os.path.realpath(out) if out else None
        self.notes: set[str] = set()

    def walk(self, folder: Path, prefix: str, above: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path, file = prefix + entry.name, Path(entry.path)
            real = os.path.realpath(file) if entry.is_symlink() else entry.path
            if self._never(path, real):
                continue
            try:
                mode = os.stat(real).st_mode
            except OSError:
                self.notes.add(f"{path} is a link to nothing and was left out")
                continue
            if stat.S_ISDIR(mode):
                if os.path.realpath(file) in above or (file / "pyvenv.cfg").exists() or self.excluded(path):
                    continue
                if not self._default(path) and not self.included(path) and not self._may_hold_included(path):
                    continue
                yield from self.walk(file, f"{path}/", (*above, os.path.realpath(file)))
            elif stat.S_ISREG(mode) and self._ships(path):
                yield _text(path), file

    def _never(self, path: str, real: str) -> bool:
        name = os.path.basename(real)
        return self.never(path) or self.never(name) or (self.out is not None and os.path.realpath(real) == self.out)

    def _default(self, path: str) -> bool:
        return not self.left_out(path) and not self.left_out_at_top(path)

    def _ships(self, path: str) -> bool:
        return not self.excluded(path) and (self._default(path) or self.included(path))

    def _may_hold_included(self, folder: str) -> bool:
        """Say whether a folder that is left out must be entered: a pattern names something inside it."""
        first = folder.split("/", maxsplit=1)[0]
        return any(pattern.strip("/").split("/")[0] in (first, "**") and "/" in pattern for pattern in self.include)


def _text(path: str) -> str:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise PortableError(f"the name of {path!r} is not UTF-8: rename it") from None
    return path
