"""Reads the folder of an app: its files, its Python sources, and which framework it is of. Nothing is imported."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.adopt.source import Source
from portable.tooling.adopt.values import Kind, Note

SKIPPED = frozenset(
    {
        "__pycache__",
        "node_modules",
        "venv",
        "env",
        "dist",
        "build",
        "vendor",
        "site-packages",
        "__blobstorage__",
        "__queuestorage__",
    }
)
"""Folders that are no part of an app."""
KEPT_HIDDEN = frozenset({".gitignore", ".chalice"})
MOST_FILES = 5_000
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises for a text that it cannot parse. The last two are for expressions that are nested too deeply."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of an app by path, its sources by path, and notes on what could not be read."""

    name: str
    files: Mapping[str, bytes]
    sources: Mapping[str, Source]
    notes: tuple[Note, ...] = ()

    @property
    def local(self) -> frozenset[str]:
        """The names of modules and packages at the top of the folder."""
        return frozenset(path.partition("/")[0].removesuffix(".py") for path in self.sources)

    def text(self, path: str) -> str | None:
        """Return the text of a file, None if there is none."""
        found = self.files.get(path)
        return None if found is None else found.decode("utf-8-sig", errors="replace")


def read_folder(source: Path) -> Folder:
    """Return the app in a folder, or in one file. Raises PortableError where there is none."""
    if not source.exists():
        raise PortableError(f"{source} does not exist: give the folder or the file of an app")
    if source.is_file() and source.suffix != ".py":
        raise PortableError(f"{source} is not a Python file: give the folder or the file of an app")
    root = source if source.is_dir() else source.parent
    paths = [source] if source.is_file() else list(_walk(source))
    if len(paths) > MOST_FILES:
        raise PortableError(f"{source} has more than {MOST_FILES} files: give the folder of one app")
    try:
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise PortableError(f"{error.filename} cannot be read: {error.strerror}") from error
    sources: dict[str, Source] = {}
    notes = []
    for path, content in sorted(files.items()):
        if path.endswith(".py") and not _importable(path):
            what = "the name of the file is none that Python can import: it is copied as it is"
            notes.append(
                Note(Kind.lost, what, f"{path}:1", "rename it, and adopt the app again, if it is part of the app")
            )
        elif path.endswith(".py"):
            try:
                sources[path] = Source(path, content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
            except UNREADABLE as error:
                line = getattr(error, "lineno", None) or 1
                instead = "it is copied as it is: mend it, and adopt the app again"
                notes.append(Note(Kind.lost, f"the file is no Python 3: {_said(error)}", f"{path}:{line}", instead))
    return Folder((source if source.is_dir() else source.with_suffix("")).resolve().name, files, sources, tuple(notes))


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in KEPT_HIDDEN
        if hidden or path.is_symlink() or path.name.endswith((".egg-info", ".pyc")):
            continue
        if path.is_dir():
            if path.name not in SKIPPED and not (path / "pyvenv.cfg").exists():
                yield from _walk(path)
        elif path.is_file():  # a pipe would be waited for
            yield path


def _said(error: BaseException) -> str:
    """Return why a file could not be read as Python."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError | MemoryError):
        return "it is nested too deeply"
    return str(getattr(error, "msg", error))


def _importable(path: str) -> bool:
    """Return whether a file can be imported by its name."""
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in path.removesuffix(".py").split("/"))


def imported_roots(source: Source) -> set[str]:
    """Return the modules that a file imports, with their dots."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def module_name(path: str) -> str:
    """Return the dotted name of a file, such as "chalicelib.users"."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_test(path: str) -> bool:
    """Return whether a file is a test by its name."""
    parts = path.split("/")
    name = parts[-1]
    return (
        name.startswith("test_")
        or name.endswith("_test.py")
        or name == "conftest.py"
        or bool({"tests", "test"} & set(parts[:-1]))
    )
