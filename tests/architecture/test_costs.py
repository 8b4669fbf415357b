"""What a test may cost: tests/unit runs on every Python, so it starts a process only where the Python is what is tested."""

from __future__ import annotations

import ast

import pytest
from architecture.tracked import name, python_files

STARTERS = {"subprocess", "multiprocessing", "pty", "concurrent.futures.process"}
PACKAGING = {("portable.tooling.pipeline", "package"), ("portable.tooling.run.doctor", "examine")}
"""Functions of ours that start processes: an artifact is made and examined outside of this one."""
EACH_PYTHON = {
    "tests/unit/core/test_import_graph.py": "the modules that a Python loads for an import",
    "tests/unit/persistence/test_shapes.py": "the modules that a Python loads for an import",
    "tests/unit/storage/test_declaration.py": "the modules that a Python loads for an import",
    "tests/unit/testing/test_cloud.py": "an import that comes first in its process",
    "tests/unit/tooling/test_compiling.py": "the bytecode of a Python",
    "tests/unit/storage/test_obstore.py": "a fork of a Python",
}
"""Files of tests/unit that start a process, and what it shows of the Python. The others are in tests/processes."""


def starts_a_process(source: str) -> bool:
    """Say whether a module names what starts a process."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(alias.name in STARTERS for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module in STARTERS:
            return True
        if isinstance(node, ast.ImportFrom) and {(node.module, alias.name) for alias in node.names} & PACKAGING:
            return True
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.system", "os.popen", "os.fork"):
            return True
    return False


@pytest.mark.parametrize(
    ("source", "starts"),
    [
        ("import subprocess", True),
        ("from subprocess import run", True),
        ("import os\nos.system('true')", True),
        ("from portable.tooling.pipeline import package", True),
        ("from portable.tooling.pipeline import problems", False),
        ("import sys\nprint(sys.path, 'subprocess')", False),
    ],
)
def test_what_starts_a_process_is_told_by_its_source(source: str, starts: bool) -> None:
    assert starts_a_process(source) is starts


def test_a_unit_test_starts_a_process_only_where_the_python_is_what_is_tested() -> None:
    found = {name(path) for path in python_files("tests/unit") if starts_a_process(path.read_text(encoding="utf-8"))}
    wrong = "move what starts a process to tests/processes, which runs once, or say here why each Python matters"
    assert found == set(EACH_PYTHON), wrong
