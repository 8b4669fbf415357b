"""`tests/unit` mirrors the tree: a test of a room stands in the folder of its name."""

from __future__ import annotations

import ast

from architecture.tracked import ROOT, name, python_files, tree

UNIT = ROOT / "tests" / "unit"
ADAPTERS = {folder.name.removeprefix("portable_"): folder for folder in (ROOT / "adapters").glob("portable_*")}
ROOMS = {
    folder.name: folder for folder in (ROOT / "portable").iterdir() if folder.is_dir() and any(folder.glob("*.py"))
}


def test_every_folder_of_tests_has_the_name_of_a_room() -> None:
    strange = []
    for folder in {path.parent.relative_to(UNIT) for path in python_files("tests/unit")}:
        if not folder.parts:
            continue
        room = (ROOMS | ADAPTERS).get(folder.parts[0])
        if room is None or not room.joinpath(*folder.parts[1:]).is_dir():
            strange.append(str(folder))
    assert strange == []


def test_every_room_and_every_adapter_has_tests_of_its_own() -> None:
    assert [found for found in (*ROOMS, *ADAPTERS) if not any((UNIT / found).rglob("test_*.py"))] == []


def test_what_tests_one_room_only_stands_there() -> None:
    strange = []
    for path in (found for found in python_files("tests/unit") if found.name.startswith("test_")):
        folder = path.parent.relative_to(UNIT).parts
        rooms = rooms_of(tree(path))
        if len(rooms) == 1 and folder and folder[0] not in rooms:
            strange.append(f"{name(path)} tests {', '.join(rooms)}")
    assert strange == []


def rooms_of(module: ast.Module) -> set[str]:
    """Return the rooms and adapters whose modules a test imports. The errors are everybody's."""
    found = set()
    for node in ast.walk(module):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for parts in (whole.split(".") for whole in names):
            if parts[0] == "portable" and len(parts) > 1 and parts[1] in ROOMS:
                found.add(parts[1])
            elif parts[0].startswith("portable_"):
                found.add(parts[0].removeprefix("portable_"))
    return found
