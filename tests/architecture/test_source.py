"""The house rules that a reader can see: size, docstrings, imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from architecture.tracked import name, python_files, shipped

MODULES = python_files("portable", "adapters")
SHIPPED = [path for path in MODULES if shipped(path)]
LIMIT = 300
NEVER_AT_IMPORT = {
    "typing",
    "dataclasses",
    "inspect",
    "asyncio",
    "msgspec",
    "pydantic",
    "boto3",
    "botocore",
    "hypothesis",
}
ALLOWED_AT_IMPORT = {
    "portable/compute/running.py": {"asyncio"},
}
"""Modules that only the entries which need them import."""


def ids(paths: list[Path]) -> list[str]:
    return [name(path) for path in paths]


def at_import(tree: ast.Module) -> set[str]:
    """Return the first names of the modules that a module imports while it is imported itself."""
    found: set[str] = set()

    def visit(statements: list[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in statement.names)
            elif isinstance(statement, ast.ImportFrom) and statement.module:
                found.add(statement.module.partition(".")[0])
            elif isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
                visit(statement.orelse)
            elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.ClassDef)):
                visit(statement.body)
                visit(getattr(statement, "orelse", []))

    visit(tree.body)
    return found


def test_files_are_at_most_300_lines() -> None:
    long = {
        name(path): lines
        for path in python_files("portable", "adapters", "tests", "samples")
        if (lines := count(path)) > LIMIT
    }
    assert long == {}


def count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring, f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", SHIPPED, ids=ids(SHIPPED))
def test_what_ships_postpones_annotations_and_imports_nothing_heavy(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    rest = tree.body[1:]
    if rest:
        first = rest[0]
        assert isinstance(first, ast.ImportFrom), f"{name(path)} does not begin with from __future__ import annotations"
        assert first.module == "__future__"
    heavy = at_import(tree) & NEVER_AT_IMPORT - ALLOWED_AT_IMPORT.get(name(path), set())
    if not name(path).startswith("adapters/"):
        assert heavy == set()
    else:
        assert heavy <= {"asyncio", "boto3", "botocore"}


@pytest.mark.parametrize("path", SHIPPED, ids=ids(SHIPPED))
def test_what_ships_never_imports_what_does_not(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            assert parts[:2] not in (["portable", "tooling"], ["portable", "testing"], ["portable", "conformance"])
            assert "deploy" not in parts
            assert node.level == 0, "imports are absolute"
    if name(path).startswith("portable/"):
        own = {node.module for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)}
        assert not any(
            module and module.startswith(("portable_aws", "portable_azure", "portable_gcp")) for module in own
        )


@pytest.mark.parametrize("path", MODULES, ids=ids(MODULES))
def test_an_adapter_imports_no_other_adapter(path: Path) -> None:
    own = path.parts[path.parts.index("adapters") + 1] if "adapters" in path.parts else "portable"
    others = {"portable_aws", "portable_azure", "portable_gcp", "portable_local"} - {own}
    if own == "portable":
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        assert not any(found.partition(".")[0] in others for found in names)


def test_nothing_is_left_undone() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X ")
    found = [
        name(path)
        for path in python_files("portable", "adapters")
        if any(word in path.read_text("utf-8") for word in words)
    ]
    assert found == []
