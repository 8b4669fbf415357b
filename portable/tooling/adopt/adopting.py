"""A folder of another framework -> the files of a portable app and the report on it. Nothing is imported or written here."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.adopt.at_import import import_notes
from portable.tooling.adopt.azure.adopting import adopt_azure
from portable.tooling.adopt.azure.apps import is_azure
from portable.tooling.adopt.chalice.adopting import adopt_chalice
from portable.tooling.adopt.clouds import cloud_notes
from portable.tooling.adopt.folder import Folder, imported_roots, is_test, read_folder
from portable.tooling.adopt.functions_framework.adopting import adopt_functions_framework
from portable.tooling.adopt.functions_framework.entries import is_framework
from portable.tooling.adopt.project import ignored_text, project_text, required, requirements_text
from portable.tooling.adopt.values import Adopted, Carried, Kind, Note
from portable.tooling.adopt.written import Written

SECRETS = ("local.settings.json", ".env")
RESERVED = re.compile(r'\("/(admin|runtime|_portable)[/"]')
NONE = "no function could be carried over, so portable finds none in the written app"


def adopt(source: Path) -> Adopted:
    """Return what the app in a folder or a file becomes. Raises PortableError where there is no app of a known framework."""
    folder = read_folder(source)
    if "portable" in folder.local:
        raise PortableError(
            f"{folder.name} has a module portable, which hides the package: rename it, and adopt the app again"
        )
    written = _written(folder)
    notes = [*folder.notes, *written.notes]
    for path, found in folder.sources.items():
        if not is_test(path):
            notes += [*cloud_notes(found), *import_notes(found, written.variables)]
        elif _speaks_of(found.text, written):
            what = f"this test speaks of {written.framework}: it is copied as it is, and fails"
            notes.append(Note(Kind.lost, what, f"{path}:1", "write it with the fixture cloud (docs/testing.md)"))
    notes += [
        _reserved(function)
        for found in written.functions.values()
        for function in found
        if RESERVED.search(function.trigger)
    ]
    functions = tuple(function for found in written.functions.values() for function in found)
    notes += _twice(functions)
    if not functions:
        notes.insert(0, Note(Kind.lost, NONE, next(iter(folder.sources), source.name), "see the other notes for why"))
    return Adopted(written.framework, _files(folder, written), functions, tuple(_unique(notes)))


def _twice(functions: tuple[Carried, ...]) -> list[Note]:
    """Return a note for each route that an earlier function has already."""
    routes: dict[str, Carried] = {}
    found = []
    for function in functions:
        route = function.trigger.partition(",")[0].rstrip(")")
        first = routes.setdefault(route, function)
        if route.startswith("http.") and first is not function:
            what = f"{function.name} has the route of {first.name}, so portable check refuses it: {function.trigger}"
            found.append(Note(Kind.lost, what, function.where, "adopt each app by itself, or give it another path"))
    return found


def _reserved(function: Carried) -> Note:
    what = f"the path of {function.name} is reserved, so portable check refuses it: {function.trigger}"
    return Note(
        Kind.lost,
        what,
        function.where,
        "choose another first segment than /admin, /runtime and /_portable (docs/http.md#routes)",
    )


def _written(folder: Folder) -> Written:
    imports = {path: imported_roots(source) for path, source in folder.sources.items() if not is_test(path)}
    roots = {name for found in imports.values() for name in found}
    if any(name.partition(".")[0] == "chalice" for name in roots):
        return adopt_chalice(folder)
    if any(is_azure(name) for name in roots):
        return adopt_azure(folder)
    if any(is_framework(source) for path, source in folder.sources.items() if path in imports):
        return adopt_functions_framework(folder)
    unread = "".join(f"\n{note.where}: {note.what}" for note in folder.notes)
    raise PortableError(
        f"{folder.name} has no app of Chalice, functions-framework or Azure Functions (v2): "
        f"give the folder with its app.py, main.py or function_app.py{unread}"
    )


def _speaks_of(text: str, written: Written) -> bool:
    return any(name.replace("-", "_") in text or name.replace("-", ".") in text for name in written.distributions)


def _files(folder: Folder, written: Written) -> dict[str, bytes]:
    """Return all files of the written app: those of the source, the changed ones and the project's."""
    kept = {
        path: content
        for path, content in folder.files.items()
        if path not in written.left_out and path.rpartition("/")[2] not in SECRETS
    }
    texts = dict(written.texts)
    requirements = folder.text("requirements.txt")
    if requirements is not None:
        texts["requirements.txt"] = requirements_text(requirements, written.distributions)
    modules = list(written.functions) or [path.removesuffix(".py").replace("/", ".") for path in list(texts)[:1]]
    name = written.name or folder.name
    if required(requirements or "", name):  # a project must not have the name of what it needs
        name = f"{name}-app"
    texts["pyproject.toml"] = project_text(
        folder.text("pyproject.toml"),
        name,
        modules,
        written.distributions,
        requirements is not None,
    )
    texts[".gitignore"] = ignored_text(folder.text(".gitignore"))
    return dict(sorted({**kept, **{path: text.encode() for path, text in texts.items()}}.items()))


def _unique(notes: list[Note]) -> list[Note]:
    found: list[Note] = []
    for note in notes:
        if note not in found:
            found.append(note)
    return found


def placed(adopted: Adopted, root: Path) -> Adopted:
    """Return an adoption whose notes have places that can be opened from the current folder."""
    return replace(
        adopted,
        notes=tuple(replace(note, where=f"{root / note.where}") for note in adopted.notes),
        functions=tuple(replace(function, where=f"{root / function.where}") for function in adopted.functions),
    )
